"""Tests SlashID's list, which has no pages and no key material."""

from __future__ import annotations

import asyncio
import operator
from typing import TYPE_CHECKING, Any

import pytest
from gateway.apis import VendorApi, another_organisation, slashid, tines, versori
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
    from conftest import Deployment

BODY: dict[str, object] = {
    "extcred_provider": "shopify",
    "extcred_type": "api_key",
    "extcred_label": "store",
    "json_blob": {"api_key": "hunter2"},
}


def in_order(*credentials: dict[str, str]) -> list[dict[str, str]]:
    return sorted(credentials, key=operator.itemgetter("external_cred_id"))


async def test_without_credentials_the_result_is_empty(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    answer = await slashid(deployment, key, organisation).request("GET")

    assert answer.status_code == 200
    assert answer.text == '{"result":[]}'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_all_are_listed_without_their_blobs(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    api = slashid(deployment, key, organisation)
    first = await api.request_json("POST", json=BODY)
    second = await api.request_json(
        "POST", json={"extcred_provider": "google", "extcred_type": "json_credentials", "json_blob": {"k": "hunter2"}}
    )
    invalid = await api.request_json("POST", json={**BODY, "json_blob": {}})
    # Credentials of another surface and of another organisation must not be listed.
    await versori(deployment, key, organisation).request_json("POST", json={"name": "n", "type": "Default", "data": {}})
    await tines(deployment, key=key).request_json(
        "POST", json={"name": "n", "mode": "TEXT", "team_id": 1, "value": "v"}
    )
    await slashid(deployment).request_json("POST", json=BODY)
    answer = await api.request("GET")

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


async def test_a_list_longer_than_the_services_largest_page_is_complete(deployment: Deployment) -> None:
    organisation, key = await another_organisation(deployment)
    credential = Credential(
        surface=SURFACE_SLASHID,
        provider=PROVIDER_GENERIC,
        data=CredentialData(api_key=ApiKeyData(api_key="k")),
    )

    async def filled(count: int) -> list[str]:
        request, metadata = CreateCredentialRequest(credential=credential), bearer(key)
        return [(await deployment.credentials.CreateCredential(request, metadata=metadata)).id for _ in range(count)]

    made = [credential_id for ids in await asyncio.gather(*(filled(67) for _ in range(15))) for credential_id in ids]
    listed = (await slashid(deployment, key, organisation).request_json("GET"))["result"]

    assert len(made) == 1005
    assert [each["external_cred_id"] for each in listed] == sorted(made)


async def test_a_query_and_a_body_are_ignored(deployment: Deployment) -> None:
    made = (await slashid(deployment).request_json("POST", json=BODY))["result"][0]
    answer = await slashid(deployment).request(
        "GET",
        "/?credentialId=&deleteAll=true&limit=1&offset=5",
        headers={"Content-Type": "application/json"},
        content=b"nobody reads this",
    )

    assert answer.status_code == 200
    assert made in [each["external_cred_id"] for each in answer.json()["result"]]


@pytest.mark.parametrize("further", ["everywhere", "0"])
async def test_a_read_ignores_the_consistency(deployment: Deployment, further: str) -> None:
    made = (await slashid(deployment).request_json("POST", json=BODY))["result"][0]
    headers = {"SlashID-Required-Consistency": further, "SlashID-Required-Consistency-Timeout": further}

    assert (await slashid(deployment).request("GET", headers=headers)).status_code == 200
    assert (await slashid(deployment).request("GET", f"/{made}", headers=headers)).status_code == 200


# The operations, each with a valid body.
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
async def test_a_wrong_key_or_organisation_is_401_without_a_body(
    deployment: Deployment, method: str, below: str, sent: dict[str, Any], changed: dict[str, str]
) -> None:
    api = slashid(deployment)
    made = (await api.request_json("POST", json=BODY))["result"][0]
    before = (await api.request_json("GET"))["result"]
    answer = await api.request(method, below.format(made), headers=changed, **sent)

    assert answer.status_code == 401
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await api.request_json("GET"))["result"] == before


@pytest.mark.parametrize(("method", "below", "sent"), OPERATIONS, ids=["".join(row[:2]) for row in OPERATIONS])
async def test_the_organisation_is_required(
    deployment: Deployment, method: str, below: str, sent: dict[str, Any]
) -> None:
    nameless = VendorApi(deployment.http, slashid(deployment).path, {"SlashID-API-Key": deployment.api_key})
    made = (await slashid(deployment).request_json("POST", json=BODY))["result"][0]
    before = (await slashid(deployment).request_json("GET"))["result"]
    answer = await nameless.request(method, below.format(made), **sent)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"httpcode": 400, "message": "SlashID-OrgID is required"}]}
    assert (await slashid(deployment).request_json("GET"))["result"] == before
