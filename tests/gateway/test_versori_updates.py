"""Tests Versori's updates, which replace a whole credential, and deletions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import ulid
from conftest import ORGANISATION
from gateway.apis import BAD_JSON, base_64, count_credentials, data_of, slashid, versori

from strongroom.v1.credential_pb2 import CredentialData, KeyValuesData, RawData

if TYPE_CHECKING:
    from conftest import Deployment

VALID: dict[str, object] = {"isValid": True, "errors": []}
FULL: dict[str, object] = {
    "name": "n",
    "type": "Default",
    "data": {"apiKey": base_64("hunter2"), "region": base_64("eu")},
    "redactFields": ["apiKey"],
    "expiresAt": "2100-01-01T00:00:00Z",
}
# The body that replaces FULL, and the members of the response besides id, organisationID and name.
REPLACEMENTS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "without redactFields and expiresAt": (
        {"type": "Default", "data": {"apiKey": base_64("x")}},
        {"type": "Default", "data": {"apiKey": base_64("x")}, **VALID},
    ),
    "with null for both": (
        {"type": "Default", "data": {}, "redactFields": None, "expiresAt": None},
        {"type": "Default", "data": {}, **VALID},
    ),
    "with others of both": (
        {
            "type": "Default",
            "data": {"a": base_64("1"), "b": base_64("2")},
            "redactFields": ["b"],
            "expiresAt": "2100-06-01T00:00:00.5+01:00",
        },
        {
            "type": "Default",
            "data": {"a": base_64("1")},
            "redactFields": ["b"],
            "expiresAt": "2100-05-31T23:00:00.500Z",
            **VALID,
        },
    ),
    "of another type": (
        {"type": "BasicAuth", "data": {"username": base_64("anna"), "password": base_64("p")}},
        {"type": "BasicAuth", "data": {"username": base_64("anna")}, **VALID},
    ),
    "of another type with redactFields": (
        {"type": "Raw", "data": {"raw": base_64("x")}, "redactFields": ["raw"]},
        {"type": "Raw", "data": {}, **VALID},
    ),
    "invalid": (
        {"type": "BasicAuth", "data": {"username": base_64("anna")}},
        {
            "type": "BasicAuth",
            "data": {"username": base_64("anna")},
            "isValid": False,
            "errors": ["data.password: is required"],
        },
    ),
    "with unknown members": (
        {"type": "Default", "data": {}, "id": "mine", "organisationID": "other", "kwargs": {}, "isValid": False},
        {"type": "Default", "data": {}, **VALID},
    ),
}


async def create(deployment: Deployment, **changed: object) -> str:
    made: Any = await versori(deployment).request_json("POST", json={**FULL, **changed})
    return str(made["id"])


async def access(deployment: Deployment, credential_id: str) -> CredentialData:
    """All secret data, as AccessCredential returns it."""
    return await data_of(deployment, str(ulid.ULID.from_str(credential_id).to_uuid()))


@pytest.mark.parametrize(("sent", "answer"), REPLACEMENTS.values(), ids=REPLACEMENTS)
async def test_an_update_replaces_everything(
    deployment: Deployment, sent: dict[str, object], answer: dict[str, object]
) -> None:
    credential_id = await create(deployment)
    updated = await versori(deployment).request("PUT", f"/{credential_id}", json={"name": "new", **sent})

    assert updated.status_code == 200
    assert updated.json() == {"id": credential_id, "organisationID": ORGANISATION, "name": "new", **answer}
    assert updated.headers["Content-Type"] == "application/json"
    assert updated.headers["Cache-Control"] == "no-store"
    assert await versori(deployment).request_json("GET", f"/{credential_id}") == updated.json()


async def test_an_update_replaces_the_data(deployment: Deployment) -> None:
    credential_id = await create(deployment)

    await versori(deployment).request_json(
        "PUT", f"/{credential_id}", json={**FULL, "data": {"other": base_64(b"\0\xff")}, "redactFields": ["other"]}
    )
    assert await access(deployment, credential_id) == CredentialData(
        key_values=KeyValuesData(values={"other": b"\0\xff"})
    )

    await versori(deployment).request_json(
        "PUT", f"/{credential_id}", json={"name": "n", "type": "Raw", "data": {"raw": base_64("r")}}
    )
    assert await access(deployment, credential_id) == CredentialData(raw=RawData(value=b"r"))


async def test_an_update_makes_an_invalid_credential_valid_and_invalid_again(deployment: Deployment) -> None:
    api = versori(deployment)
    credential_id = await create(deployment, type="BasicAuth", data={}, redactFields=None)
    whole = {"username": base_64("anna"), "password": base_64("p")}
    bodies = [{"name": "n", "type": "BasicAuth", "data": data} for data in (whole, {}, whole)]

    shown = [await api.request_json("GET", f"/{credential_id}")]
    shown += [await api.request_json("PUT", f"/{credential_id}", json=body) for body in bodies]

    missing = ["data.username: is required", "data.password: is required"]
    assert [(each["isValid"], each["errors"]) for each in shown] == [
        (False, missing),
        (True, []),
        (False, missing),
        (True, []),
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": None}, "name must be 1 to 255 characters long"),
        ({"name": "n" * 256}, "name must be 1 to 255 characters long"),
        ({"type": None}, "type is required"),
        ({"type": "hunter2"}, "type must be one of Default, Raw, BasicAuth"),
        (
            {"type": "OAuth2Refresh"},
            "type must not be OAuth2Refresh: only the connections API creates and updates those",
        ),
        ({"data": None}, "data is required"),
        ({"data": {"k": "hunter2!"}}, "data.k must be base64 with padding (RFC 4648, section 4)"),
        ({"data": {"k": base_64(bytes(65 * 1024))}}, "data must be at most 64 KiB"),
        ({"redactFields": "k"}, "redactFields must be an array"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt must be in the future"),
        ({"expiresAt": "tomorrow"}, "expiresAt must be a date-time of RFC 3339"),
    ],
)
async def test_a_bad_update_is_refused_by_field_and_rule_and_changes_nothing(
    deployment: Deployment, changed: dict[str, object], message: str
) -> None:
    credential_id = await create(deployment)
    before = await versori(deployment).request_json("GET", f"/{credential_id}")
    sent = {**FULL, "name": "new", **changed}
    answer = await versori(deployment).request(
        "PUT", f"/{credential_id}", json={name: value for name, value in sent.items() if value is not None}
    )

    assert answer.status_code == 400
    assert answer.json()["code"] == "400014"
    assert answer.json()["message"].startswith(message)
    assert "hunter2" not in answer.text
    assert await versori(deployment).request_json("GET", f"/{credential_id}") == before


@pytest.mark.parametrize(("body", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(deployment: Deployment, body: str, rule: str) -> None:
    answer = await versori(deployment).request("PUT", f"/{await create(deployment)}", content=body)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("body must")
    assert rule in answer.json()["message"]


async def test_a_deletion_returns_the_id_and_the_credential_is_404(deployment: Deployment) -> None:
    api = versori(deployment)
    credential_id = await create(deployment)
    first = await api.request(
        "DELETE", f"/{credential_id}/", headers={"Content-Type": "application/json"}, content=b"nobody reads this"
    )

    assert first.status_code == 200
    assert first.text == f'{{"id":"{credential_id}"}}'
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Cache-Control"] == "no-store"
    for method in ("DELETE", "GET", "PUT"):
        answer = await api.request(method, f"/{credential_id}", json=FULL)
        assert answer.status_code == 404
        assert answer.json() == {
            "code": "404009",
            "message": "there is no such credential",
            "extensions": {"reason": "CREDENTIAL_NOT_FOUND"},
        }
    listed = await api.request_json("GET", params={"first": 50, "sort": "id:desc"})
    assert credential_id not in [item["id"] for item in listed["items"]]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("credential_id", ["01KASF8PKYFGRSTBHZ3XQGN6RH", "1", "x" * 26, "8" + "0" * 25, "%00"])
async def test_an_unknown_id_is_404_and_creates_nothing(
    deployment: Deployment, method: str, credential_id: str
) -> None:
    before = await count_credentials(deployment)
    answer = await versori(deployment).request(method, f"/{credential_id}", json=FULL)

    assert (answer.status_code, answer.json()["code"]) == (404, "404009")
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_credential_of_another_surface_is_404(deployment: Deployment, method: str) -> None:
    blob = {"extcred_provider": "generic", "extcred_type": "api_key", "json_blob": {"api_key": "k"}}
    other = (await slashid(deployment).request_json("POST", json=blob))["result"][0]
    credential_id = ulid.ULID.from_bytes(bytes.fromhex(other.replace("-", "")))

    assert (await versori(deployment).request(method, f"/{credential_id}", json=FULL)).status_code == 404
    assert (await slashid(deployment).request("GET", f"/{other}")).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_another_organisation_in_the_path_is_forbidden(deployment: Deployment, method: str) -> None:
    credential_id = await create(deployment, name="kept")
    answer = await versori(deployment, organisation="other").request(method, f"/{credential_id}", json=FULL)

    assert (answer.status_code, answer.json()["code"]) == (403, "403005")
    assert (await versori(deployment).request_json("GET", f"/{credential_id}"))["name"] == "kept"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(("authorization", "code"), [(None, "401001"), ("Bearer sr_none_0123456789abcdef", "401002")])
async def test_a_request_without_a_valid_key_is_401_and_changes_nothing(
    deployment: Deployment, method: str, authorization: str | None, code: str
) -> None:
    credential_id = await create(deployment, name="kept")
    headers = {"Authorization": authorization} if authorization else {}
    answer = await deployment.http.request(
        method, f"{versori(deployment).path}/{credential_id}", headers=headers, json=FULL
    )

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert (await versori(deployment).request_json("GET", f"/{credential_id}"))["name"] == "kept"


async def test_concurrent_updates_leave_one_of_them_complete(deployment: Deployment) -> None:
    api = versori(deployment)
    credential_id = await create(deployment)
    one = {**FULL, "name": "one", "data": {"k": base_64("one"), "s": base_64("one")}, "redactFields": ["s"]}
    two = {"name": "two", "type": "Raw", "data": {"raw": base_64("two")}}
    values = {
        "one": CredentialData(key_values=KeyValuesData(values={"k": b"one", "s": b"one"})),
        "two": CredentialData(raw=RawData(value=b"two")),
    }

    for _ in range(10):
        answers = await asyncio.gather(*(api.request("PUT", f"/{credential_id}", json=body) for body in (one, two)))
        assert [answer.status_code for answer in answers] == [200, 200]
        shown = await api.request_json("GET", f"/{credential_id}")
        assert shown in [answer.json() for answer in answers]
        assert await access(deployment, credential_id) == values[shown["name"]]


async def test_one_of_two_concurrent_deletions_is_404(deployment: Deployment) -> None:
    api = versori(deployment)
    for _ in range(5):
        credential_id = await create(deployment)
        answers = await asyncio.gather(*(api.request("DELETE", f"/{credential_id}") for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 404]
