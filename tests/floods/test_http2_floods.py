"""One HTTP/2 connection without any key attacks a node. Another client's calls all succeed, and health answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from conftest import open_deployment
from grpc_health.v1 import health_pb2, health_pb2_grpc
from waiting import until

from bench.connection_attacks import ATTACKS, Attack, unread_calls
from strongroom.v1.identity_service_pb2 import GetCallerRequest
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom_server.rpc import server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Deployment

_FRAMES = 3_000
_CALLS = 10
# An attack connects again when the server ends its connection, so it may have no end.
_MOST_CALLS = 50
_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)


async def _require_healthy(target: str) -> None:
    async with grpc.aio.insecure_channel(target, options=_OWN_CONNECTION) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its stub file has no methods
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def _call(deployment: Deployment, channel: grpc.aio.Channel) -> None:
    await IdentityServiceStub(channel).GetCaller(GetCallerRequest(), metadata=deployment.metadata, timeout=20)


@asynccontextmanager
async def _attacked(port: int, attack: Attack) -> AsyncIterator[asyncio.Task[None]]:
    attacking = asyncio.create_task(attack.run(port, _FRAMES))
    try:
        yield attacking
        # An attack that ended by an error of its own shows nothing.
        assert not attacking.done() or attacking.exception() is None
    finally:
        attacking.cancel()
        await asyncio.gather(attacking, return_exceptions=True)


@pytest.mark.parametrize("name", ATTACKS)
async def test_the_calls_of_another_client_succeed_beside_an_attack(deployment: Deployment, name: str) -> None:
    port = int(deployment.grpc_target.rpartition(":")[2])
    async with _attacked(port, ATTACKS[name]) as attacking:
        for made in range(_MOST_CALLS):
            await _call(deployment, deployment.grpc)
            if made >= _CALLS and attacking.done():
                break
        await _require_healthy(deployment.grpc_target)


async def test_a_connection_without_a_preface_does_not_delay_the_stop(database_url: str, tmp_path: Path) -> None:
    async with open_deployment(database_url, tmp_path / "deployment") as opened:
        port = int(opened.grpc_target.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        await _call(opened, opened.grpc)
        began = asyncio.get_running_loop().time()
    # Without the rule it is the 10 s of a handshake.
    assert asyncio.get_running_loop().time() - began < 8
    writer.transport.abort()


async def test_connections_end_by_age_and_idleness_and_no_call_fails(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {
        "grpc.max_connection_idle_ms": 200,
        "grpc.max_connection_age_ms": 300,
        "grpc.max_connection_age_grace_ms": 5_000,
    }
    monkeypatch.setattr(server, "_OPTIONS", tuple((name, short.get(name, value)) for name, value in server._OPTIONS))
    async with open_deployment(database_url, tmp_path / "deployment") as opened:
        port = int(opened.grpc_target.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"".join(ATTACKS["idle"].frames()))

        async def ended() -> bool:
            return await reader.read(65_536) == b""

        calling = True

        async def call() -> int:
            made = 0
            while calling:
                await _call(opened, opened.grpc)
                made += 1
            return made

        calls = [asyncio.create_task(call()) for _ in range(4)]
        # The connection without calls ends, while those of the client are replaced under its calls.
        await until(ended)
        await asyncio.sleep(1)
        calling = False
        assert min(await asyncio.gather(*calls)) > 1
        writer.transport.abort()


async def test_a_stream_whose_caller_reads_nothing_ends(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    underway = server._Underway()
    monkeypatch.setattr(server, "_Underway", lambda: underway)
    monkeypatch.setattr(server, "_WRITE_SECONDS", 0.3)
    async with open_deployment(database_url, tmp_path / "deployment") as opened:
        await _call(opened, opened.grpc)
        port = int(opened.grpc_target.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(unread_calls("/strongroom.v1.AuditService/StreamAuditEvents", *opened.metadata))
        await until(lambda: underway.calls == 1)
        await until(lambda: underway.calls == 0)
        assert not writer.is_closing()
        writer.transport.abort()
