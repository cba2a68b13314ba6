"""Tests SlashID's DELETE: one credential by its id, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import ulid
from gateway.apis import VendorApi, another_organisation, slashid, tines, versori

from strongroom_server.credentials import delete as credential_delete
from strongroom_server.gateway.vendors.slashid import deletes

if TYPE_CHECKING:
    from conftest import Deployment

BODY: dict[str, object] = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "k"}}
UNKNOWN = "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"


async def api_of_new_organisation(deployment: Deployment) -> VendorApi:
    """A client for a new organisation."""
    organisation, key = await another_organisation(deployment)
    return slashid(deployment, key, organisation)


async def create(api: VendorApi, count: int) -> list[str]:
    """Create credentials, and return their ids in order."""
    return sorted([(await api.request_json("POST", json=BODY))["result"][0] for _ in range(count)])


async def remaining(api: VendorApi) -> list[str]:
    return [each["external_cred_id"] for each in (await api.request_json("GET"))["result"]]


@pytest.mark.parametrize(
    "query",
    [
        "?credentialId={}",
        "/?credentialId={}",
        "?credentialId={}&deleteAll=",
        "?credentialId={}&deleteAll=false",
        # credentialId has priority over deleteAll.
        "?credentialId={}&deleteAll=true",
        "?deleteAll=true&credentialId={}&unknown=1",
    ],
)
async def test_the_credential_with_the_id_is_deleted(deployment: Deployment, query: str) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, 3)
    answer = await api.request("DELETE", query.format(made[1]), headers={"Content-Type": "application/json"})

    assert answer.status_code == 204
    assert answer.content == b""
    assert "Content-Type" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert await remaining(api) == [made[0], made[2]]
    gone = await api.request("GET", f"/{made[1]}")
    assert gone.status_code == 404
    assert gone.json() == {"errors": [{"httpcode": 404, "message": f"could not find external credential {made[1]}"}]}


@pytest.mark.parametrize("query", [f"?credentialId={UNKNOWN}", f"?credentialId={UNKNOWN}&deleteAll=true"])
async def test_an_unknown_id_is_204_and_deletes_nothing(deployment: Deployment, query: str) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, 2)
    answer = await api.request("DELETE", query)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await remaining(api) == made


async def test_deleting_a_credential_twice_is_204(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    [made] = await create(api, 1)

    assert [(await api.request("DELETE", f"?credentialId={made}")).status_code for _ in range(2)] == [204, 204]


@pytest.mark.parametrize("credential_id", ["hunter2", "1", UNKNOWN[:-1], f"{UNKNOWN}0", f"{{{UNKNOWN}}}", "%00"])
@pytest.mark.parametrize("further", ["", "&deleteAll=true"])
async def test_a_malformed_id_is_refused(deployment: Deployment, credential_id: str, further: str) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, 1)
    answer = await api.request("DELETE", f"?credentialId={credential_id}{further}")

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": "credentialId must be a UUID"}]}
    assert await remaining(api) == made


@pytest.mark.parametrize("query", ["?deleteAll=true", "/?deleteAll=true&credentialId="])
async def test_all_credentials_of_this_surface_and_organisation_are_deleted(deployment: Deployment, query: str) -> None:
    organisation, key = await another_organisation(deployment)
    api = slashid(deployment, key, organisation)
    await create(api, 3)
    [elsewhere] = await create(slashid(deployment), 1)
    others = [
        (versori(deployment, key, organisation), {"name": "n", "type": "Default", "data": {}}),
        (tines(deployment, key=key), {"name": "n", "mode": "TEXT", "team_id": 1, "value": "v"}),
    ]
    ids = [(await other.request_json("POST", json=body))["id"] for other, body in others]
    answer = await api.request("DELETE", query)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await remaining(api) == []
    assert elsewhere in await remaining(slashid(deployment))
    for (other, _), credential_id in zip(others, ids, strict=True):
        assert (await other.request("GET", f"/{credential_id}")).status_code == 200
    assert (await api.request("DELETE", query)).status_code == 204


async def test_all_credentials_are_deleted_even_if_that_takes_several_calls(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 2)
    api = await api_of_new_organisation(deployment)
    await create(api, 5)

    assert (await api.request("DELETE", "?deleteAll=true")).status_code == 204
    assert await remaining(api) == []


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "delete-all"}])
async def test_a_request_that_runs_out_of_time_is_503_and_its_repetition_continues(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 2)
    monkeypatch.setattr(deletes, "PURGE_SECONDS", 0)
    api = await api_of_new_organisation(deployment)
    made = await create(api, 5)
    answers = [await api.request("DELETE", "?deleteAll=true", headers=headers) for _ in range(3)]

    message = "2 credentials are deleted and more are left: repeat the request"
    for answer in answers[:2]:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        assert answer.json() == {"errors": [{"httpcode": 503, "message": message}]}
    assert answers[2].status_code == 204
    assert await remaining(api) == []
    assert len(made) == 5


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "credentialId is required unless deleteAll is true"),
        ("?credentialId=", "credentialId is required unless deleteAll is true"),
        ("?deleteAll=", "credentialId is required unless deleteAll is true"),
        ("?deleteAll=false", "credentialId is required unless deleteAll is true"),
        ("?credentialId=&deleteAll=false", "credentialId is required unless deleteAll is true"),
        ("?deleteAll=maybe", "deleteAll must be one of true, false"),
        ("?deleteAll=TRUE", "deleteAll must be one of true, false"),
        ("?deleteAll=1", "deleteAll must be one of true, false"),
        (f"?credentialId={UNKNOWN}&deleteAll=maybe", "deleteAll must be one of true, false"),
        ("?deleteAll=true&deleteAll=true", "deleteAll must not be repeated"),
        (f"?credentialId={UNKNOWN}&credentialId={UNKNOWN}", "credentialId must not be repeated"),
    ],
)
async def test_a_bad_selection_is_refused(deployment: Deployment, query: str, message: str) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, 2)
    answer = await api.request("DELETE", query)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": message}]}
    assert await remaining(api) == made


async def test_the_parameters_are_read_only_from_the_query(deployment: Deployment) -> None:
    api = await api_of_new_organisation(deployment)
    made = await create(api, 1)
    answer = await api.request(
        "DELETE", headers={"deleteAll": "true"}, json={"deleteAll": True, "credentialId": made[0]}
    )

    assert answer.status_code == 400
    assert await remaining(api) == made


async def test_a_credential_of_another_surface_is_not_deleted(deployment: Deployment) -> None:
    made = await versori(deployment).request_json("POST", json={"name": "n", "type": "Default", "data": {}})
    credential_id = ulid.ULID.from_str(made["id"]).to_uuid()

    assert (await slashid(deployment).request("DELETE", f"?credentialId={credential_id}")).status_code == 204
    assert (await versori(deployment).request("GET", f"/{made['id']}")).status_code == 200


async def test_the_path_of_a_credential_has_no_delete(deployment: Deployment) -> None:
    [made] = await create(slashid(deployment), 1)
    answer = await slashid(deployment).request("DELETE", f"/{made}")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, PATCH"
    assert answer.json() == {"errors": [{"httpcode": 405, "message": "the method must be one of GET, PATCH"}]}
    assert made in await remaining(slashid(deployment))
