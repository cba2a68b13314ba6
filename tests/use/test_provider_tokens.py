"""Tokens are requested once for all that wait, stored whatever happens, and never handed out after a change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from rpc.calls import deleted, refused, updated
from schemes.provider import provider, provider_process
from use.granting import managed, row_of
from use.minting import minted, node, oauth, recipe, stored
from waiting import until

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import Credential
from strongroom_server.core.errors import ServiceError
from strongroom_server.store import tokens as store

if TYPE_CHECKING:
    from typing import Any

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def test_a_token_that_comes_after_a_deletion_is_not_handed_out(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.4)
    credential = await stored(node, oauth(provider.token_url))
    call = asyncio.create_task(refused(minted(node, credential)))
    await until(provider.log)
    await deleted(node, credential.id)
    assert (await call).reason == "CREDENTIAL_NOT_FOUND"
    assert (await row_of(node, credential))["box"] is not None


async def test_a_token_of_an_earlier_policy_is_not_handed_out(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.4)
    credential = await stored(node, oauth(provider.token_url), {"audience": "https://a.example.com"})
    call = asyncio.create_task(refused(minted(node, credential)))
    await until(provider.log)
    settings = Credential.UseSettings(audience="https://b.example.com")
    await updated(node, credential.id, "use_settings.audience", use_settings=settings)
    assert (await call).reason == "CONCURRENT_CHANGE"
    assert (await minted(node, credential)).generation == 2
    assert [each["fields"]["audience"] for each in provider.log()] == [
        "https://a.example.com",
        "https://b.example.com",
    ]


async def test_a_token_is_not_handed_out_for_a_host_that_is_no_longer_allowed(
    node: Deployment, provider: Provider
) -> None:
    provider.set(latency=0.4)
    credential = await stored(node, oauth(provider.token_url), allowed_hosts=["a.example.com"])
    call = asyncio.create_task(refused(minted(node, credential, target_host="a.example.com")))
    await until(provider.log)
    await updated(node, credential.id, "allowed_hosts", allowed_hosts=["b.example.com"])
    assert (await call).reason == "HOST_NOT_ALLOWED"


async def test_a_grant_goes_on_if_its_policy_changes_during_a_request(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.4)
    credential = await managed(node, provider)
    call = asyncio.create_task(minted(node, credential))
    await until(provider.log)
    settings = Credential.UseSettings(scopes=["read"])
    await updated(node, credential.id, "use_settings.scopes", use_settings=settings)
    assert (await call).generation == 2
    assert [each["generation"] for each in provider.log()] == [1, 2]


async def test_without_a_ttl_only_concurrent_callers_share_a_token(node: Deployment, provider: Provider) -> None:
    url = f"{provider.url}/answer?status=200&body=%7B%22token%22%3A%22t%22%7D&seconds=0.3"
    credential = await stored(node, recipe(url))
    await asyncio.gather(*(minted(node, credential) for _ in range(20)))
    shared = len(provider.log("/answer"))
    await minted(node, credential)
    await minted(node, credential)
    assert (shared, len(provider.log("/answer"))) == (1, 3)


async def test_a_credential_has_tokens_for_at_most_twenty_sets_of_parameters(
    node: Deployment, provider: Provider
) -> None:
    credential = await stored(node, oauth(provider.token_url))
    await minted(node, credential)
    generations = [(await minted(node, credential, audience=f"https://{index}")).generation for index in range(22)]
    assert generations == sorted(generations)
    async with node.sql() as sql:
        rows = await sql.fetch("select parameters_sha256 from tokens where credential_id = $1", credential.id)
    assert len(rows) == store.MOST_PARAMETERS
    assert b"" in {row[0] for row in rows}


@pytest.mark.parametrize("reason", ["DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED", "DATABASE_FULL"])
async def test_a_pair_that_the_database_does_not_take_is_stored_later(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    replace, failures = store.replace, 2

    async def failing(*arguments: Any) -> bool:
        nonlocal failures
        if failures:
            failures -= 1
            raise ServiceError(reasons.ErrorReason.Value(f"ERROR_REASON_{reason}"))
        return await replace(*arguments)

    monkeypatch.setattr(store, "replace", failing)
    credential = await managed(node, provider)
    assert (await minted(node, credential)).generation == 1
    assert len(provider.log()) == 1
    assert failures == 0


async def test_a_node_that_stops_stores_what_was_requested(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.6)
    credential = await managed(node, provider)
    call = asyncio.create_task(minted(node, credential))
    await until(provider.log)
    call.cancel()
    servicer: Any = node.service.methods["/strongroom.v1.UseService/MintToken"].handle.__self__  # type: ignore[attr-defined]
    await servicer._context.tokens.finish(5)
    servicer._context.tokens._is_ending = False
    assert (await row_of(node, credential))["generation"] == 1
