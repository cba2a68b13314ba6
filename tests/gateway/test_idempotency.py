"""Tests Idempotency-Key: a repeated request is executed once, and gets the first response again."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import count_credentials, data_of, id_of, slashid, tines, versori
from gateway.test_every_operation import (
    CONNECTION,
    EXAMPLES,
    SLASHID,
    VERSORI,
    Example,
    api_of,
    below_of,
    each_of,
    filled,
)
from gateway.tines_samples import JWT, TEXT

from strongroom_server.gateway import openapi
from strongroom_server.gateway.app import VENDORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from conftest import Deployment

    from strongroom_server.gateway.vendor import Vendor

# Operations with another method than GET that may be repeated.
WITHOUT_EFFECT = {"DestroyTeamStaticExternalId", "InitialiseConnection"}
CHANGES = {
    name: example for name, example in EXAMPLES.items() if example.method != "GET" and name not in WITHOUT_EFFECT
}
READS = {name: example for name, example in EXAMPLES.items() if name not in CHANGES and example.sent is None}
# A second valid body for each resource.
OTHERS: dict[str, dict[str, Any]] = {
    "versori": {**VERSORI, "name": "other"},
    "connections": {**CONNECTION, "name": "other"},
    "slashid": {**SLASHID, "json_blob": {"api_key": "other"}},
    "user_credentials": {**TEXT, "value": "other"},
    "teams": {"name": "{}"},
    "folders": {"name": "other", "content_type": "CREDENTIAL", "team_id": 2},
}
REUSED = {"versori": 409, "connections": 409, "slashid": 409, "user_credentials": 422, "teams": 422, "folders": 422}
INVALID = {"versori": 400, "connections": 400, "slashid": 400, "user_credentials": 422, "teams": 422, "folders": 422}
BAD_KEYS = ["a b", "a" * 129, '"', '""', '"a', "a/b", "é"]

each_change = each_of(CHANGES)
each_read = each_of(READS)
each_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


async def body_of(deployment: Deployment, example: Example) -> dict[str, Any] | None:
    """A body that changes something, None if the operation has no body."""
    if example.resource == "slashid" and example.method == "PATCH":
        return {"json_blob": {"api_key": "new"}, "extcred_label": "new"}
    return await filled(deployment, example.sent) if example.sent is not None else None


async def other_of(deployment: Deployment, example: Example) -> dict[str, Any] | None:
    if example.resource == "slashid" and example.method == "PATCH":
        return {"json_blob": {"api_key": "other"}}
    return await filled(deployment, OTHERS[example.resource]) if example.sent is not None else None


async def ask(
    deployment: Deployment, example: Example, below: str, body: dict[str, Any] | None, key: str | bytes
) -> httpx.Response:
    headers: Mapping[str, Any] = {"Idempotency-Key": key}
    sent = {} if body is None else {"json": body}
    return await api_of(deployment, example.resource).request(example.method, below, headers=headers, **sent)


async def rows(deployment: Deployment) -> list[tuple[str, str]]:
    """All rows that a request could change, with the audit events but those of reads: a connection is shown with its app."""
    async with deployment.sql() as sql:
        found = await sql.fetch(
            """
            select 'credential', c::text from credentials c union all select 'team', t::text from teams t
            union all select 'folder', f::text from folders f union all select 'connection', n::text from connections n
            union all select 'event', event_id::text from audit_events
                where outcome = 'OK' and action <> 'GetCredential'
            union all select 'request', request_id from request_ids order by 1, 2
            """
        )
    return [tuple(row) for row in found]


@each_change
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
async def test_a_repeated_request_is_executed_once_and_gets_the_same_response(
    deployment: Deployment, example: Example, quote: str
) -> None:
    below, body = await below_of(deployment, example), await body_of(deployment, example)
    key = f"key:{uuid.uuid4()}"

    first = await ask(deployment, example, below, body, f"{quote}{key}{quote}")

    assert first.status_code == example.status, first.text
    after = await rows(deployment)
    assert ("request", key) in after
    for again in (key, f'"{key}"'):
        answer = await ask(deployment, example, below, body, again)
        assert (answer.status_code, answer.content) == (first.status_code, first.content)
    assert await rows(deployment) == after


@each_change
async def test_without_an_idempotency_key_each_request_is_executed(deployment: Deployment, example: Example) -> None:
    below, body = await below_of(deployment, example), await body_of(deployment, example)
    before = [row for row in await rows(deployment) if row[0] == "request"]
    answer = await ask(deployment, example, below, body, "")
    assert answer.status_code == example.status
    assert [row for row in await rows(deployment) if row[0] == "request"] == before


@each_change
async def test_a_different_request_with_the_same_key_is_refused_in_the_vendors_shape(
    deployment: Deployment, example: Example
) -> None:
    below, body, key = await below_of(deployment, example), await body_of(deployment, example), str(uuid.uuid4())
    assert (await ask(deployment, example, below, body, key)).status_code == example.status
    elsewhere = await below_of(deployment, example) if example.sent is None else below
    before = await rows(deployment)

    answer = await ask(deployment, example, elsewhere, await other_of(deployment, example), key)

    assert answer.status_code == REUSED[example.resource], answer.text
    assert "the request_id was used for another request" in answer.text
    assert await rows(deployment) == before


@each_change
@pytest.mark.parametrize("key", BAD_KEYS, ids=repr)
async def test_a_bad_key_is_refused_by_name_and_changes_nothing(
    deployment: Deployment, example: Example, key: str
) -> None:
    below, body = await below_of(deployment, example), await body_of(deployment, example)
    before = await rows(deployment)
    answer = await ask(deployment, example, below, body, key.encode())
    assert answer.status_code == INVALID[example.resource], answer.text
    assert "Idempotency-Key" in answer.text
    assert "must be 1 to 128 characters" in answer.text
    assert await rows(deployment) == before


@each_change
async def test_two_keys_are_refused(deployment: Deployment, example: Example) -> None:
    below, body = await below_of(deployment, example), await body_of(deployment, example)
    before = await rows(deployment)
    api = api_of(deployment, example.resource)
    headers = [*api.headers.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    sent = {} if body is None else {"json": body}
    answer = await api.http.request(example.method, api.path + below, headers=headers, **sent)  # type: ignore[arg-type] # a body or none
    assert answer.status_code == INVALID[example.resource], answer.text
    assert "Idempotency-Key" in answer.text
    assert await rows(deployment) == before


@each_read
async def test_reads_ignore_the_key(deployment: Deployment, example: Example) -> None:
    answer = await ask(deployment, example, await below_of(deployment, example), None, "not a key")
    assert answer.status_code == example.status


async def test_a_jwt_without_its_private_key_is_created_and_updated_once(deployment: Deployment) -> None:
    api, keyless = tines(deployment), {**JWT, "mode": "JWT", "name": "keyless", "team_id": 1}
    del keyless["jwt_private_key"]
    key, before = {"Idempotency-Key": str(uuid.uuid4())}, await count_credentials(deployment)
    first, again = [await api.request_json("POST", json=keyless, headers=key) for _ in range(2)]
    assert first == again
    assert await count_credentials(deployment) == before + 1

    key, below = {"Idempotency-Key": str(uuid.uuid4())}, f"/{first['id']}"
    change = {"mode": "JWT", "jwt_payload": {"iss": "b"}}
    updated = [await api.request_json("PUT", below, json=change, headers=key) for _ in range(2)]
    assert updated[0] == updated[1]
    async with deployment.sql() as sql:
        assert await sql.fetchval("select version from credentials where number = $1", first["id"]) == 2
    assert '"b"' in (await data_of(deployment, await id_of(deployment, first["id"]))).jwt.payload_json
    other = await api.request("PUT", below, json={**change, "jwt_payload": {"iss": "c"}}, headers=key)
    assert other.status_code == 422
    reused = await api.request("POST", json={**keyless, "jwt_payload": {"iss": "c"}}, headers=key)
    assert reused.status_code == 422
    assert await count_credentials(deployment) == before + 1


async def test_concurrent_requests_with_one_key_create_one_credential(deployment: Deployment) -> None:
    for api, body in ((versori(deployment), VERSORI), (slashid(deployment), SLASHID), (tines(deployment), TEXT)):
        before, headers = await count_credentials(deployment), {"Idempotency-Key": str(uuid.uuid4())}
        answers = await asyncio.gather(*(api.request("POST", json=body, headers=headers) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert await count_credentials(deployment) == before + 1


async def test_a_repeated_purge_deletes_nothing_created_since(deployment: Deployment) -> None:
    api, headers = slashid(deployment), {"Idempotency-Key": str(uuid.uuid4())}
    await api.request_json("POST", json=SLASHID)
    assert (await api.request("DELETE", "?deleteAll=true", headers=headers)).status_code == 204
    made = (await api.request_json("POST", json=SLASHID))["result"]
    assert (await api.request("DELETE", "?deleteAll=true", headers=headers)).status_code == 204
    assert made is not None
    listed = await api.request_json("GET")
    assert len(listed["result"]) == 1


@each_vendor
def test_the_header_is_documented_only_for_operations_that_change_something(vendor: Vendor) -> None:
    document = openapi.document(vendor)
    for path in document["paths"].values():
        for method, operation in path.items():
            if method == "parameters":
                continue
            named = [each for each in operation.get("parameters", ()) if each.get("name") == "Idempotency-Key"]
            expected = 0 if method == "get" or operation["operationId"] in WITHOUT_EFFECT else 1
            assert len(named) == expected, operation["operationId"]
            for parameter in named:
                assert parameter["in"] == "header"
                assert not parameter.get("required", False)
                assert parameter["schema"]["type"] == "string"
