"""SlashID's door: the list, which has no pages and no key material."""

from __future__ import annotations

import asyncio
import operator
from typing import TYPE_CHECKING, Any

import pytest
from gateway.doors import Door, another_organisation, slashid, tines, versori
from rpc.calls import bearer

from strongroom.v1.credential_pb2 import (
    PROVIDER_GENERIC,
    SURFACE_SLASHID,
    ApiKeyData,
    Credential,
    CredentialData,
)
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest

if TYPE_CHECKING:
    from conftest import House

BODY: dict[str, object] = {
    "extcred_provider": "shopify",
    "extcred_type": "api_key",
    "extcred_label": "store",
    "json_blob": {"api_key": "hunter2"},
}


def in_order(*credentials: dict[str, str]) -> list[dict[str, str]]:
    return sorted(credentials, key=operator.itemgetter("external_cred_id"))


async def test_where_nothing_is_the_result_is_empty(house: House) -> None:
    organisation, key = await another_organisation(house)
    answer = await slashid(house, key, organisation).ask("GET")

    assert answer.status_code == 200
    assert answer.text == '{"result":[]}'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_all_are_listed_without_their_blobs(house: House) -> None:
    organisation, key = await another_organisation(house)
    door = slashid(house, key, organisation)
    first = await door.answered("POST", json=BODY)
    second = await door.answered(
        "POST", json={"extcred_provider": "google", "extcred_type": "json_credentials", "json_blob": {"k": "hunter2"}}
    )
    invalid = await door.answered("POST", json={**BODY, "json_blob": {}})
    # Neither another surface's nor another organisation's.
    await versori(house, key, organisation).answered("POST", json={"name": "n", "type": "Default", "data": {}})
    await tines(house, key=key).answered("POST", json={"name": "n", "mode": "TEXT", "team_id": 1, "value": "v"})
    await slashid(house).answered("POST", json=BODY)
    answer = await door.ask("GET")

    assert answer.status_code == 200
    assert answer.json() == {
        "result": in_order(
            {
                "external_cred_id": first["result"][0],
                "organization_id": organisation,
                "extcred_provider": "shopify",
                "extcred_type": "api_key",
                "extcred_label": "store",
            },
            {
                "external_cred_id": second["result"][0],
                "organization_id": organisation,
                "extcred_provider": "google",
                "extcred_type": "json_credentials",
                "extcred_label": "",
            },
            {
                "external_cred_id": invalid["result"][0],
                "organization_id": organisation,
                "extcred_provider": "shopify",
                "extcred_type": "api_key",
                "extcred_label": "store",
            },
        )
    }
    assert "hunter2" not in answer.text


async def test_a_list_of_more_than_the_services_largest_page_is_whole(house: House) -> None:
    organisation, key = await another_organisation(house)
    credential = Credential(
        surface=SURFACE_SLASHID,
        provider=PROVIDER_GENERIC,
        data=CredentialData(api_key=ApiKeyData(api_key="k")),
    )

    async def filled(count: int) -> list[str]:
        request, metadata = CreateCredentialRequest(credential=credential), bearer(key)
        return [(await house.credentials.CreateCredential(request, metadata=metadata)).id for _ in range(count)]

    made = [credential_id for ids in await asyncio.gather(*(filled(67) for _ in range(15))) for credential_id in ids]
    listed = (await slashid(house, key, organisation).answered("GET"))["result"]

    assert len(made) == 1005
    assert [each["external_cred_id"] for each in listed] == sorted(made)


async def test_a_query_and_a_body_are_ignored(house: House) -> None:
    made = (await slashid(house).answered("POST", json=BODY))["result"][0]
    answer = await slashid(house).ask(
        "GET",
        "/?credentialId=&deleteAll=true&limit=1&offset=5",
        headers={"Content-Type": "application/json"},
        content=b"nobody reads this",
    )

    assert answer.status_code == 200
    assert made in [each["external_cred_id"] for each in answer.json()["result"]]


@pytest.mark.parametrize("further", ["everywhere", "0"])
async def test_the_consistency_of_a_read_is_not_looked_at(house: House, further: str) -> None:
    made = (await slashid(house).answered("POST", json=BODY))["result"][0]
    headers = {"SlashID-Required-Consistency": further, "SlashID-Required-Consistency-Timeout": further}

    assert (await slashid(house).ask("GET", headers=headers)).status_code == 200
    assert (await slashid(house).ask("GET", f"/{made}", headers=headers)).status_code == 200


# The operations, and how each is asked with a body that is good.
OPERATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "", {"json": BODY}),
    ("GET", "", {}),
    ("DELETE", "?deleteAll=true", {}),
    ("DELETE", "?credentialId={}", {}),
    ("GET", "/{}", {}),
    ("PATCH", "/{}", {"json": {"extcred_label": "changed"}}),
)


@pytest.mark.parametrize(("method", "below", "sent"), OPERATIONS, ids=["".join(row[:2]) for row in OPERATIONS])
@pytest.mark.parametrize(
    "changed",
    [
        {"SlashID-API-Key": ""},
        {"SlashID-API-Key": "sr_none_0123456789abcdef"},
        {"SlashID-API-Key": "not a key"},
        {"SlashID-OrgID": "other"},
    ],
)
async def test_a_wrong_key_or_organisation_is_answered_401_without_a_body(
    house: House, method: str, below: str, sent: dict[str, Any], changed: dict[str, str]
) -> None:
    door = slashid(house)
    made = (await door.answered("POST", json=BODY))["result"][0]
    before = (await door.answered("GET"))["result"]
    answer = await door.ask(method, below.format(made), headers=changed, **sent)

    assert answer.status_code == 401
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await door.answered("GET"))["result"] == before


@pytest.mark.parametrize(("method", "below", "sent"), OPERATIONS, ids=["".join(row[:2]) for row in OPERATIONS])
async def test_the_organisation_must_be_named(house: House, method: str, below: str, sent: dict[str, Any]) -> None:
    nameless = Door(house.http, slashid(house).path, {"SlashID-API-Key": house.api_key})
    made = (await slashid(house).answered("POST", json=BODY))["result"][0]
    before = (await slashid(house).answered("GET"))["result"]
    answer = await nameless.ask(method, below.format(made), **sent)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": "SlashID-OrgID is required"}]}
    assert (await slashid(house).answered("GET"))["result"] == before
