"""Clients make calls over HTTP/2 connections on which they never let the server send a response."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import grpc.aio
import httpx
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
    from pathlib import Path

_ACCESS: Final = "/strongroom.v1.CredentialService/AccessCredential"
_METADATA: Final = bearer(KEY)
_RESPONSE: Final = 60_000
_CONNECTIONS: Final = 5
_CALLS: Final = 400
# What their responses take if nothing ends them: the bytes, and gRPC's copy.
_UNBOUNDED: Final = 2 * _CONNECTIONS * _CALLS * _RESPONSE


async def test_responses_that_nobody_reads_end_with_their_connections_and_others_are_served(
    database_url: str, tmp_path: Path
) -> None:
    environment = {
        "STRONGROOM_DATA_DIR": str(tmp_path / "data"),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
        "STRONGROOM_MEMORY_MB": "64",
        # Otherwise some of its calls are refused, because it has too many at once.
        "STRONGROOM_KEY_LIMITS": "off",
    }
    create = CreateCredentialRequest(credential=named(data=CredentialData(raw=RawData(value=b"x" * _RESPONSE))))
    async with (
        running("run", **environment) as run,
        grpc.aio.insecure_channel(run.target) as channel,
        httpx.AsyncClient(base_url=run.url) as http,
        AsyncExitStack() as stack,
    ):
        stub, other = CredentialServiceStub(channel), bearer(await create_other_organisation(channel, KEY))
        mine = AccessCredentialRequest(id=(await stub.CreateCredential(create, metadata=other)).id)
        theirs = AccessCredentialRequest(id=(await stub.CreateCredential(create, metadata=_METADATA)).id)
        before = most_resident(run)
        attack = unread_calls(_ACCESS, *_METADATA, request=theirs.SerializeToString(), count=_CALLS)
        opened = []
        for _ in range(_CONNECTIONS):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(run.target.rpartition(":")[2]))
            stack.callback(writer.close)
            writer.write(attack)
            opened.append((reader, writer))
        closing = asyncio.create_task(are_closed(opened))
        while not closing.done():
            await stub.AccessCredential(mine, metadata=other, timeout=20)
            await stub.ListCredentials(ListCredentialsRequest(), metadata=other, timeout=20)
            assert (await http.get("/readyz")).status_code == 200
            assert await is_healthy(run.target)
            await asyncio.sleep(0.05)
        assert await closing
        metrics = (await http.get("/metrics")).text
        assert f"strongroom_grpc_connections_closed_total {_CONNECTIONS}.0" in metrics
        assert most_resident(run) - before < _UNBOUNDED * 3 / 4
