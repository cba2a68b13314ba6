"""Tests SlashID's updates of the label, the key material, or both."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import ulid
from conftest import ORGANISATION
from gateway.apis import BAD_JSON, count_credentials, data_of, slashid, versori

from strongroom.v1.credential_pb2 import ApiKeyData, CredentialData

if TYPE_CHECKING:
    from conftest import Deployment

BODY: dict[str, object] = {
    "extcred_provider": "shopify",
    "extcred_type": "api_key",
    "extcred_label": "store",
    "json_blob": {"api_key": "hunter2", "n": 1},
}
# The body of an update, and the members that it changes.
CHANGES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "the label": ({"extcred_label": "new"}, {"extcred_label": "new"}),
    "the label to none": ({"extcred_label": ""}, {"extcred_label": ""}),
    "the blob": ({"json_blob": {"api_key": "new", "m": 2}}, {"json_blob": {"api_key": "new", "m": 2}}),
    "the blob to one that is not usable": ({"json_blob": {"key": 5}}, {"json_blob": {"key": 5}}),
    "both": (
        {"extcred_label": "new", "json_blob": {"api_key": "new"}},
        {"extcred_label": "new", "json_blob": {"api_key": "new"}},
    ),
    "nothing": ({}, {}),
    "nothing, with null for both": ({"extcred_label": None, "json_blob": None}, {}),
    "nothing known": ({"kwargs": {}, "id": 5}, {}),
    "the body of older clients": (
        {
            "external_cred_id": "019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11",
            "organization_id": "other",
            "extcred_provider": "google",
            "extcred_type": "user_pass",
            "extcred_label": "new",
            "json_blob": {"api_key": "new"},
        },
        {"extcred_label": "new", "json_blob": {"api_key": "new"}},
    ),
}


async def create(deployment: Deployment, **changed: object) -> str:
    return str((await slashid(deployment).request_json("POST", json={**BODY, **changed}))["result"][0])


async def read(deployment: Deployment, credential_id: str) -> Any:
    return (await slashid(deployment).request_json("GET", f"/{credential_id}"))["result"]


@pytest.mark.parametrize(("sent", "changed"), CHANGES.values(), ids=CHANGES)
async def test_an_update_changes_the_sent_members_and_is_204(
    deployment: Deployment, sent: dict[str, object], changed: dict[str, object]
) -> None:
    credential_id = await create(deployment)
    answer = await slashid(deployment).request("PATCH", f"/{credential_id}", json=sent)

    assert answer.status_code == 204
    assert answer.content == b""
    assert "Content-Type" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert await read(deployment, credential_id) == {
        "external_cred_id": credential_id,
        "organization_id": ORGANISATION,
        **BODY,
        **changed,
    }


async def test_a_new_label_does_not_change_the_sealed_data(deployment: Deployment) -> None:
    credential_id = await create(deployment)
    async with deployment.sql() as connection:
        query = "SELECT version FROM credentials WHERE id = $1::text::uuid"
        before = await connection.fetchval(query, credential_id)
        await slashid(deployment).request("PATCH", f"/{credential_id}", json={"extcred_label": "new"})
        assert await connection.fetchval(query, credential_id) == before
        await slashid(deployment).request("PATCH", f"/{credential_id}", json={"json_blob": {"api_key": "new"}})
        assert await connection.fetchval(query, credential_id) == before + 1

    assert await data_of(deployment, credential_id) == CredentialData(api_key=ApiKeyData(api_key="new"))


@pytest.mark.parametrize("type_name", ["json_credentials", "user_pass"])
async def test_a_new_blob_is_returned_verbatim(deployment: Deployment, type_name: str) -> None:
    blob = '{"z":1.50,"a":12345678901234567890123,"e":1E5,"deep":{"b":[{}, 1.0],"a":null}}'
    credential_id = await create(deployment, extcred_type=type_name, json_blob={})
    await slashid(deployment).request("PATCH", f"/{credential_id}", content=f'{{"json_blob": {blob}}}')
    answer = await slashid(deployment).request("GET", f"/{credential_id}")

    assert f'"json_blob":{blob}' in answer.text


async def test_a_new_document_is_returned_verbatim(deployment: Deployment) -> None:
    blob = '{ "type": "service_account",\n "private_key": "hunter2", "n": [1.50, 12345678901234567890123] }'
    credential_id = await create(deployment, extcred_type="json_credentials", json_blob={"old": 1})
    await slashid(deployment).request("PATCH", f"/{credential_id}", content=f'{{"json_blob":{blob}}}')
    answer = await slashid(deployment).request("GET", f"/{credential_id}")

    assert f'"json_blob":{blob}}}' in answer.text
    assert (await data_of(deployment, credential_id)).json_document.json == blob


async def test_a_new_blob_is_read_by_the_type_of_the_credential(deployment: Deployment) -> None:
    credential_id = await create(deployment, extcred_type="user_pass", json_blob={"username": "a", "password": "b"})
    sent = {"extcred_type": "api_key", "json_blob": {"username": "c", "password": "d", "api_key": "e"}}
    await slashid(deployment).request("PATCH", f"/{credential_id}", json=sent)
    data = await data_of(deployment, credential_id)

    assert (await read(deployment, credential_id))["extcred_type"] == "user_pass"
    assert (data.basic_auth.username, data.basic_auth.password) == ("c", "d")
    assert json.loads(data.extra_json) == {"api_key": "e"}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"json_blob": "hunter2"}, "json_blob must be a JSON object"),
        ({"json_blob": ["hunter2"]}, "json_blob must be a JSON object"),
        ({"json_blob": 5}, "json_blob must be a JSON object"),
        ({"extcred_label": "new", "json_blob": False}, "json_blob must be a JSON object"),
        ({"json_blob": {"api_key": "h" * 65 * 1024}}, "json_blob must be at most 64 KiB"),
        ({"extcred_label": 5}, "extcred_label must be a string"),
        ({"extcred_label": "l" * 256}, "extcred_label must be at most 255 characters long"),
        ({"extcred_label": "hunter2\0"}, "extcred_label must not contain NUL"),
    ],
)
async def test_a_bad_update_is_refused_by_field_and_rule_and_changes_nothing(
    deployment: Deployment, sent: dict[str, object], message: str
) -> None:
    credential_id = await create(deployment)
    answer = await slashid(deployment).request("PATCH", f"/{credential_id}", json=sent)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": message}]}
    assert (await read(deployment, credential_id)).items() >= BODY.items()


@pytest.mark.parametrize(("sent", "rule"), BAD_JSON.items())
async def test_bad_json_is_refused_by_its_rule(deployment: Deployment, sent: str, rule: str) -> None:
    answer = await slashid(deployment).request("PATCH", f"/{await create(deployment)}", content=sent)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["httpcode"] == 400
    assert answer.json()["errors"][0]["message"].startswith("body must")
    assert rule in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("sent", [{}, {"extcred_label": "new"}, {"json_blob": {"api_key": "new"}}])
@pytest.mark.parametrize(
    ("credential_id", "named"),
    [
        ("019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11", " 019ab2f4-5a7e-7c31-9d2e-3f1f6f0a9b11"),
        ("hunter2", ": its id is a UUID"),
        ("1", ": its id is a UUID"),
    ],
)
async def test_an_unknown_id_is_404(
    deployment: Deployment, credential_id: str, named: str, sent: dict[str, object]
) -> None:
    before = await count_credentials(deployment)
    answer = await slashid(deployment).request("PATCH", f"/{credential_id}", json=sent)

    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"httpcode": 404, "message": f"could not find external credential{named}"}]}
    assert await count_credentials(deployment) == before


async def test_a_credential_of_another_surface_is_404(deployment: Deployment) -> None:
    made = await versori(deployment).request_json("POST", json={"name": "n", "type": "Default", "data": {}})
    credential_id = ulid.ULID.from_str(made["id"]).to_uuid()

    assert (
        await slashid(deployment).request("PATCH", f"/{credential_id}", json={"extcred_label": "new"})
    ).status_code == 404
    assert (await versori(deployment).request_json("GET", f"/{made['id']}"))["name"] == "n"


BAD_HEADERS = [
    ("SlashID-Required-Consistency", "everywhere", "must be one of local_region, all_regions"),
    ("SlashID-Required-Consistency", "ALL_REGIONS", "must be one of local_region, all_regions"),
    ("SlashID-Required-Consistency-Timeout", "0", "must be an integer from 1 to 120"),
    ("SlashID-Required-Consistency-Timeout", "121", "must be an integer from 1 to 120"),
    ("SlashID-Required-Consistency-Timeout", "soon", "must be an integer from 1 to 120"),
]


@pytest.mark.parametrize(("header", "value", "rule"), BAD_HEADERS)
@pytest.mark.parametrize(
    ("method", "below"), [("POST", ""), ("PATCH", "/{}"), ("DELETE", "?credentialId={}"), ("DELETE", "?deleteAll=true")]
)
async def test_every_write_refuses_a_bad_header(
    deployment: Deployment, method: str, below: str, header: str, value: str, rule: str
) -> None:
    credential_id = await create(deployment)
    before = await count_credentials(deployment)
    answer = await slashid(deployment).request(
        method, below.format(credential_id), headers={header: value}, json={**BODY, "extcred_label": "new"}
    )

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": f"{header} {rule}"}]}
    assert (await read(deployment, credential_id))["extcred_label"] == "store"
    assert await count_credentials(deployment) == before


@pytest.mark.parametrize(
    "further",
    [
        {"SlashID-Required-Consistency": "local_region", "SlashID-Required-Consistency-Timeout": "120"},
        {"SlashID-Required-Consistency": "all_regions", "SlashID-Required-Consistency-Timeout": "1"},
        {"SlashID-Required-Consistency": "", "SlashID-Required-Consistency-Timeout": ""},
    ],
)
async def test_every_consistency_is_accepted_without_regions(deployment: Deployment, further: dict[str, str]) -> None:
    credential_id = await create(deployment)
    updated = await slashid(deployment).request(
        "PATCH", f"/{credential_id}/", headers=further, json={"extcred_label": "new"}
    )
    shown = await read(deployment, credential_id)
    deleted = await slashid(deployment).request("DELETE", f"/?credentialId={credential_id}", headers=further)

    assert (updated.status_code, shown["extcred_label"], deleted.status_code) == (204, "new", 204)


async def test_concurrent_updates_leave_one_of_them_complete(deployment: Deployment) -> None:
    credential_id = await create(deployment)
    bodies = [
        {"extcred_label": name, "json_blob": {"api_key": name, "digits": index + 1.5}}
        for index, name in enumerate(("one", "two"))
    ]

    for _ in range(10):
        answers = await asyncio.gather(
            *(slashid(deployment).request("PATCH", f"/{credential_id}", json=body) for body in bodies)
        )
        shown = await read(deployment, credential_id)
        assert [answer.status_code for answer in answers] == [204, 204]
        assert {name: shown[name] for name in ("extcred_label", "json_blob")} in bodies


async def test_concurrent_updates_of_different_members_both_take_effect(deployment: Deployment) -> None:
    credential_id = await create(deployment)
    for index in range(10):
        bodies: list[dict[str, object]] = [{"extcred_label": f"{index}"}, {"json_blob": {"api_key": f"{index}"}}]
        await asyncio.gather(*(slashid(deployment).request("PATCH", f"/{credential_id}", json=body) for body in bodies))
        assert (await read(deployment, credential_id)).items() >= {**bodies[0], **bodies[1]}.items()
