"""One refresh by several nodes, of which one is killed or frozen at an exact point."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from schemes.provider import provider, provider_process
from use.granting import change_row, managed, row_of
from use.minting import minted, node, oauth, stored
from use.refreshing_nodes import NodeProcess, nodes, start
from waiting import until

from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_REAUTH_REQUIRED,
    REFRESH_STATE_REAUTH_SUSPECTED,
)
from strongroom_server.store import tokens as store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

# As if the lease and the patience with its holder were over.
OVER = "lease_until = now() - interval '1 minute'"


@pytest.fixture(scope="module")
async def other(node: Deployment, provider_process: Provider) -> AsyncIterator[NodeProcess]:
    """A node that takes over."""
    async with nodes(node, provider_process, 1) as [started]:
        yield started


@pytest.mark.parametrize("is_grant", [True, False])
async def test_callers_of_two_nodes_cause_one_request(
    node: Deployment, provider: Provider, other: NodeProcess, *, is_grant: bool
) -> None:
    provider.set(latency=0.5)
    credential = await (managed(node, provider) if is_grant else stored(node, oauth(provider.token_url)))
    async with nodes(node, provider, 1) as [another]:
        responses = await asyncio.gather(*(each.mint(credential.id) for each in (other, another) for _ in range(25)))
    assert len({response.get("token") for response in responses}) == 1
    assert responses[0]["generation"] == 1
    assert len(provider.log()) == 1


async def test_all_that_wait_for_another_node_share_their_reads(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads, get, gets = store.read, [], store.get, []

    async def reading(*arguments: Any, **options: Any) -> Any:
        reads.append(arguments)
        return await read(*arguments, **options)

    async def getting(*arguments: Any) -> Any:
        gets.append(arguments)
        return await get(*arguments)

    provider.set(latency=2)
    credential = await managed(node, provider)
    async with nodes(node, provider, 1) as [holder]:
        call = asyncio.create_task(holder.mint(credential.id))
        await until(provider.log)
        monkeypatch.setattr(store, "read", reading)
        monkeypatch.setattr(store, "get", getting)
        responses = await asyncio.gather(*(minted(node, credential) for _ in range(50)))
        assert {response.token for response in responses} == {(await call)["token"]}
    assert len(provider.log()) == 1
    assert len(reads) < 100
    assert len(gets) < 50 * 6


@pytest.mark.parametrize(
    ("point", "rotation", "state", "requests"),
    [
        ("connected", "strict", REFRESH_STATE_ACTIVE, 1),
        ("leased", "strict", REFRESH_STATE_ACTIVE, 1),
        ("sent", "strict", REFRESH_STATE_REAUTH_REQUIRED, 2),
        ("sent", "grace:60", REFRESH_STATE_ACTIVE, 2),
        ("answered", "once", REFRESH_STATE_REAUTH_REQUIRED, 2),
        ("answered", "none", REFRESH_STATE_ACTIVE, 2),
        ("stored", "strict", REFRESH_STATE_ACTIVE, 1),
    ],
)
async def test_the_refresh_of_a_killed_node_is_taken_over(
    node: Deployment, provider: Provider, other: NodeProcess, point: str, rotation: str, state: int, requests: int
) -> None:
    provider.set(rotation=rotation)
    credential = await managed(node, provider)
    killed = await start(node, provider)
    killed.arm(f"{point}:KILL")
    call = asyncio.create_task(killed.mint(credential.id))
    await killed.ended()
    with pytest.raises(ConnectionError):
        await call
    response = await other.mint(credential.id)
    row = await row_of(node, credential)
    assert row["state"] == state
    assert ("token" in response) == (state == REFRESH_STATE_ACTIVE)
    assert len(provider.log()) == requests
    assert all(each["concurrency"] == 1 for each in provider.log())


async def test_a_late_response_is_stored_and_heals(node: Deployment, provider: Provider, other: NodeProcess) -> None:
    credential = await managed(node, provider)
    frozen = await start(node, provider)
    try:
        frozen.arm("answered:STOP")
        call = asyncio.create_task(frozen.mint(credential.id))
        await frozen.stopped()
        await change_row(node, credential, OVER)
        provider.set(answer="status:503", retry_after="60")
        assert "error" in await other.mint(credential.id)
        assert (await row_of(node, credential))["state"] == REFRESH_STATE_REAUTH_SUSPECTED
        frozen.send(signal.SIGCONT)
        token = (await call)["token"]
    finally:
        await frozen.kill()
    row = await row_of(node, credential)
    assert (row["state"], row["generation"], row["in_doubt"]) == (REFRESH_STATE_ACTIVE, 1, False)
    assert (await other.mint(credential.id))["token"] == token


async def test_a_late_failure_changes_nothing(node: Deployment, provider: Provider, other: NodeProcess) -> None:
    credential = await managed(node, provider)
    frozen = await start(node, provider)
    try:
        frozen.arm("failed:STOP")
        provider.set(answer="status:503", times=1)
        call = asyncio.create_task(frozen.mint(credential.id))
        await frozen.stopped()
        await change_row(node, credential, OVER)
        token = (await other.mint(credential.id))["token"]
        before = await row_of(node, credential)
        frozen.send(signal.SIGCONT)
        # It failed, and another node has a token.
        assert (await call)["token"] == token
    finally:
        await frozen.kill()
    assert await row_of(node, credential) == before


async def test_a_node_whose_watch_reconnects_keeps_its_number_and_its_lease(
    node: Deployment, provider: Provider, other: NodeProcess
) -> None:
    provider.set(latency=3)
    credential = await managed(node, provider)
    async with nodes(node, provider, 1) as [holder]:
        calls = [asyncio.create_task(holder.mint(credential.id))]
        await until(provider.log)
        row = await row_of(node, credential)
        calls.append(asyncio.create_task(other.mint(credential.id)))
        async with node.sql() as sql:
            held = "select pid from pg_locks where locktype = 'advisory' and classid = 7070 and objid::bigint = $1"
            pid = await sql.fetchval(held, row["lease_node"])
            await sql.execute("select pg_terminate_backend($1::integer)", pid)

            async def is_back() -> bool:
                return (await sql.fetchval(held, row["lease_node"])) not in (None, pid)

            await until(is_back)
        assert len({(await call)["token"] for call in calls}) == 1
    assert len(provider.log()) == 1
