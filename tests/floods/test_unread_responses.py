"""Clients make calls over HTTP/2 connections on which they never let the server send a response."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import grpc.aio
import httpx
import pytest
from floods.containers import limited_memory, required
from floods.test_descriptors import is_healthy
from floods.test_http_floods import are_closed
from floods.test_memory import most_resident
from node.test_process import KEY, running
from rpc.calls import bearer
from samples import named

from bench.connection_attacks import unread_calls
from bench.floods import create_other_organisation
from strongroom.v1.credential_pb2 import CredentialData, RawData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    ListCredentialsRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from floods.test_http_floods import Stream
    from node.test_process import Run

_ACCESS: Final = "/strongroom.v1.CredentialService/AccessCredential"
_METADATA: Final = bearer(KEY)
_RESPONSE: Final = 60_000
_CALLS: Final = 400
_CREATE: Final = CreateCredentialRequest(credential=named(data=CredentialData(raw=RawData(value=b"x" * _RESPONSE))))
# The memory of a container, more than a node with a small budget needs, and less than the unread responses of so many connections.
_LIMIT: Final = 512 << 20
_CONNECTIONS_ABOVE_LIMIT: Final = 15


def unbounded(connections: int) -> int:
    """What the responses of so many connections take if nothing ends them: the bytes, and gRPC's copy."""
    return 2 * connections * _CALLS * _RESPONSE


class Attacked(NamedTuple):
    """A node, the connections whose clients read nothing, the memory that it had before, and a check that others are served."""

    run: Run
    opened: list[Stream]
    before: int
    check: Callable[[], Awaitable[None]]


@asynccontextmanager
async def attacked(
    database_url: str, directory: Path, budget_mb: int, connections: int, through: Sequence[str] = ()
) -> AsyncIterator[Attacked]:
    """A node with this memory for requests and responses, and so many connections of one organisation."""
    environment = {
        "STRONGROOM_DATA_DIR": str(directory / "data"),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
        "STRONGROOM_MEMORY_MB": str(budget_mb),
        # Otherwise some of its calls are refused, because it has too many at once.
        "STRONGROOM_KEY_LIMITS": "off",
    }
    async with (
        running("run", through=through, **environment) as run,
        grpc.aio.insecure_channel(run.target) as channel,
        httpx.AsyncClient(base_url=run.url) as http,
        AsyncExitStack() as stack,
    ):
        stub, other = CredentialServiceStub(channel), bearer(await create_other_organisation(channel, KEY))
        mine = AccessCredentialRequest(id=(await stub.CreateCredential(_CREATE, metadata=other)).id)
        theirs = AccessCredentialRequest(id=(await stub.CreateCredential(_CREATE, metadata=_METADATA)).id)
        attack = unread_calls(_ACCESS, *_METADATA, request=theirs.SerializeToString(), count=_CALLS)

        async def check() -> None:
            await stub.AccessCredential(mine, metadata=other, timeout=20)
            await stub.ListCredentials(ListCredentialsRequest(), metadata=other, timeout=20)
            assert (await http.get("/readyz")).status_code == 200
            assert await is_healthy(run.target)
            await asyncio.sleep(0.05)

        before = most_resident(run)
        opened = []
        for _ in range(connections):
            stream = await asyncio.open_connection("127.0.0.1", int(run.target.rpartition(":")[2]))
            stack.callback(stream[1].close)
            stream[1].write(attack)
            opened.append(stream)
        yield Attacked(run, opened, before, check)


async def closed_while_others_are_served(node: Attacked, least: int) -> None:
    """Wait until the node has closed so many of the connections, and check meanwhile that others are served."""
    closing = [asyncio.create_task(are_closed([stream])) for stream in node.opened]
    while sum(task.done() and task.result() for task in closing) < least:
        await node.check()
    for task in closing:
        task.cancel()
    await asyncio.gather(*closing, return_exceptions=True)


async def test_responses_that_nobody_reads_end_with_their_connections_and_others_are_served(
    database_url: str, tmp_path: Path
) -> None:
    connections = 5
    async with attacked(database_url, tmp_path, 64, connections) as node:
        await closed_while_others_are_served(node, connections)
        async with httpx.AsyncClient(base_url=node.run.url) as http:
            metrics = (await http.get("/metrics")).text
        assert f"strongroom_grpc_connections_closed_total {connections}.0" in metrics
        assert most_resident(node.run) - node.before < unbounded(connections) * 3 / 4


@pytest.mark.soak
@pytest.mark.parametrize(("budget_mb", "status"), [(128, None), (8192, -signal.SIGKILL)], ids=["default", "too large"])
async def test_the_memory_for_responses_keeps_a_node_with_512_mb_alive(
    database_url: str, tmp_path: Path, budget_mb: int, status: int | None
) -> None:
    """With the memory that a container of 512 MB has by default it survives. With one that bounds nothing the kernel kills it."""
    assert unbounded(_CONNECTIONS_ABOVE_LIMIT) > _LIMIT
    with limited_memory(_LIMIT) as found:
        group = required(found)
        async with attacked(database_url, tmp_path, budget_mb, _CONNECTIONS_ABOVE_LIMIT, group.through) as node:
            if status is None:
                # Those whose responses fit into the memory together stay open: two or so.
                await closed_while_others_are_served(node, _CONNECTIONS_ABOVE_LIMIT * 2 // 3)
                assert node.run.process.returncode is None
            else:
                async with asyncio.timeout(60):
                    assert await node.run.process.wait() == status
            # `pytest -rP` shows it.
            sys.stdout.write(f"peak: {group.peak() >> 20} MB in all\n")
