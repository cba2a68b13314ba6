"""Stored tokens under the keys of the deployment: sealed and signed again, verified, counted, backed up, and forgotten."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
from backup.commands import age_key, back_up, restored
from conftest import new_database
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed, rows_under
from schemes.provider import provider, provider_process
from use.granting import change_row, managed, row_of
from use.minting import minted, node, oauth, stored
from waiting import until

from strongroom.v1.credential_pb2 import REFRESH_STATE_REAUTH_SUSPECTED
from strongroom_server.core.errors import ServiceError
from strongroom_server.jobs import sweeper
from strongroom_server.keys import sealing
from strongroom_server.keys.tokens import resign_page
from strongroom_server.store import token_keys
from strongroom_server.store.keys import KEYS_CHANNEL

if TYPE_CHECKING:
    from pathlib import Path

    from backup.commands import AgeKey
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["age_key", "node", "provider", "provider_process"]


async def test_tokens_are_sealed_again_and_an_old_key_is_in_use_until_then(
    node: Deployment, provider: Provider
) -> None:
    grant, client = await managed(node, provider), await stored(node, oauth(provider.token_url))
    before = [await minted(node, each) for each in (grant, client)]
    old, _ = await new_active_key(node)
    async with keys_of(node) as context:
        with pytest.raises(ServiceError, match="KEY_IN_USE"):
            await sealing.retire(context, OPERATOR, old)
    done = await resealed(node, old)
    assert (done.broken, done.broken_grants) == ({}, [])
    assert await rows_under(node, old) == 0
    assert [await minted(node, each) for each in (grant, client)] == before
    assert len(provider.log()) == 2
    assert await findings(node) == []


async def test_a_broken_token_is_requested_again_and_a_broken_grant_is_reported(
    node: Deployment, provider: Provider
) -> None:
    grant, client = await managed(node, provider), await stored(node, oauth(provider.token_url))
    for each in (grant, client):
        await minted(node, each)
        await change_row(node, each, "expire_time = expire_time + interval '1 s'")
    found = await findings(node)
    assert len(found) == 2
    assert all("was changed" in text for text in found)
    old, _ = await new_active_key(node)
    done = await resealed(node, old)
    assert [each.row.id for each, _ in done.broken_grants] == [(await row_of(node, grant))["credential_id"]]
    assert (await row_of(node, client))["box"] is None
    assert (await minted(node, client)).generation == 2
    await change_row(node, grant, "expire_time = expire_time - interval '1 s'")
    assert (await resealed(node, old)).broken_grants == []


async def test_a_token_that_came_while_its_key_was_retired_is_sealed_again(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This node does not hear that its key is retired.
    monkeypatch.setitem(node.service.watch._on_change, KEYS_CHANNEL, lambda _: None)
    provider.set(latency=2)
    credential = await managed(node, provider)
    call = asyncio.create_task(minted(node, credential))
    await until(provider.log)
    old, new = await new_active_key(node)
    await resealed(node, old)
    async with keys_of(node) as context:
        await sealing.retire(context, OPERATOR, old)
    assert (await call).generation == 1
    assert (await row_of(node, credential))["sealing_key_id"] == new.id
    assert len(provider.log()) == 1


async def test_tokens_are_signed_again(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    token = await minted(node, credential)
    async with keys_of(node) as context:
        page = await token_keys.page(context.database, token_keys.FIRST)
        changed, broken = await resign_page(context, page)
    assert (changed, broken) == (len(page), [])
    assert await minted(node, credential) == token


async def test_a_restored_grant_is_suspected_and_nobody_holds_its_lease(
    node: Deployment, provider: Provider, age_key: AgeKey, postgres_url: str, tmp_path: Path
) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    await change_row(node, credential, "lease_node = 1, lease_until = now() + interval '1 h', fence = 7")
    files = await back_up(node, age_key, tmp_path)
    url = await new_database(postgres_url, "template0")
    await restored(files, age_key, tmp_path / "restored", url)
    sql = await asyncpg.connect(url)
    try:
        row = await sql.fetchrow("select * from tokens where credential_id = $1", credential.id)
    finally:
        await sql.close()
    assert row is not None
    assert (row["lease_node"], row["lease_until"], row["fence"]) == (None, None, 7)
    assert (row["state"], row["in_doubt"], row["box"] is None) == (REFRESH_STATE_REAUTH_SUSPECTED, True, False)


async def test_the_sweeper_forgets_expired_tokens_and_no_grant(node: Deployment, provider: Provider) -> None:
    provider.set(expires_in=1)
    grant, client = await managed(node, provider), await stored(node, oauth(provider.token_url))
    for each in (grant, client):
        await minted(node, each)
        await change_row(node, each, "expire_time = now() - interval '1 h'")
    await sweeper.sweep(node.service.database, node.service.recorder)
    assert (await row_of(node, client))["box"] is None
    assert (await row_of(node, grant))["box"] is not None
    assert (await minted(node, client)).generation == 2
    # As it was signed: other tests look at all tokens.
    await change_row(node, grant, "expire_time = create_time + interval '1 s'")
