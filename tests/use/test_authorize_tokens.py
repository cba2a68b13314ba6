"""AuthorizeHttpRequest adds tokens of providers and signatures with temporary keys, and records both."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from rpc.calls import refused
from schemes.provider import provider, provider_process
from use.calls import HOST, authorized, invoker_of
from use.minting import client, node, oauth, recipe, stored

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import PLACEMENT_LOCATION_HEADER, Credential

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.credential_pb2 import CredentialData

__all__ = ["node", "provider", "provider_process"]


async def events(node: Deployment, credential: Credential) -> list[tuple[str, str, int]]:
    """Outcome, kind and generation of each event of AuthorizeHttpRequest, oldest first."""
    request = ListAuditEventsRequest(credential_id=credential.id, action="AuthorizeHttpRequest")
    page = await node.audit.ListAuditEvents(request, metadata=node.metadata)
    return [(each.outcome, each.use.kind, each.use.generation) for each in reversed(page.audit_events)]


def of(provider: Provider, variant: str) -> tuple[CredentialData, dict[str, Any]]:
    if variant == "oauth":
        return oauth(provider.token_url), {}
    if variant == "client_credentials":
        return client(), {"token_url": provider.token_url}
    placement = Credential.SecretPlacement(location=PLACEMENT_LOCATION_HEADER, name="X-Token", prefix="t ")
    return recipe(f"{provider.url}/answer?body=%7B%22token%22%3A%22t0ken%22%7D"), {"placement": placement}


@pytest.mark.parametrize("variant", ["oauth", "client_credentials", "http_request"])
async def test_an_invoker_gets_the_token_of_a_provider_and_each_use_is_recorded(
    node: Deployment, provider: Provider, variant: str
) -> None:
    data, settings = of(provider, variant)
    made = await stored(node, data, settings, allowed_hosts=[HOST])
    by = await invoker_of(node)
    responses = [await authorized(node, made.id, by) for _ in range(2)]
    headers = [(each.name, each.value) for response in responses for each in response.headers]
    is_recipe = variant == "http_request"
    assert {name for name, _ in headers} == {"X-Token" if is_recipe else "Authorization"}
    assert all(value.startswith("t " if is_recipe else "Bearer ") for _, value in headers)
    # Without a TTL the recipe runs for each use.
    cached = [("STARTED", "token", 0), ("OK", "token", 2)] if is_recipe else [("OK", "token", 1)]
    assert await events(node, made) == [("STARTED", "token", 0), ("OK", "token", 1), *cached]
    assert len(set(headers)) == 1


async def test_a_rejected_token_is_replaced_and_a_failure_is_the_outcome(node: Deployment, provider: Provider) -> None:
    made = await stored(node, oauth(provider.token_url), allowed_hosts=[HOST])
    (first,) = (await authorized(node, made.id)).headers
    rejected = hashlib.sha256(first.value.removeprefix("Bearer ").encode()).digest()
    response = await authorized(node, made.id, rejected_token_sha256=rejected)
    assert response.headers[0].value != first.value
    assert response.HasField("expire_time")
    provider.set(answer="error:invalid_client")
    broken = await stored(node, oauth(provider.token_url), allowed_hosts=[HOST])
    assert (await refused(authorized(node, broken.id))).reason == "PROVIDER_REFUSED"
    assert [outcome for outcome, _, _ in await events(node, broken)] == ["STARTED", "PROVIDER_REFUSED"]


async def test_nobody_is_asked_for_a_token_that_the_caller_may_not_use(node: Deployment, provider: Provider) -> None:
    made = await stored(node, oauth(provider.token_url), allowed_hosts=["other.vendor.com"])
    assert (await refused(authorized(node, made.id))).reason == "HOST_NOT_ALLOWED"
    assert provider.log() == []
