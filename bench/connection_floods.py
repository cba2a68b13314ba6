"""Measures what the attacks of one HTTP/2 client without a key do to another client's calls.

`python -m bench.connection_floods`. The other client makes one access after another, first alone and then beside each attack. The
server may have 300 descriptors, so that 320 connections are more than it can hold. The server has one core, the load the other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bench import programs
from bench.connection_attacks import ATTACKS
from bench.programs import KEY
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, CreateCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_METADATA: Final = (("authorization", f"Bearer {KEY}"),)
_DESCRIPTORS: Final = 300
_OWN: Final = (("grpc.use_local_subchannel_pool", 1),)
_CALL_SECONDS: Final = 2.0


@asynccontextmanager
async def _attacking(port: int, name: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", "15", sys.executable, "-m", "bench.connection_floods", "--attack", name, str(port)
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class _Calls:
    """The calls of the other client, over one connection."""

    def __init__(self, channel: grpc.aio.Channel, port: int, stored: str) -> None:
        self._stub = CredentialServiceStub(channel)
        self._port = port
        self._stored = stored
        self.succeeded = self.made = self.healthy = self.checked = 0

    async def run(self, seconds: float) -> tuple[float, float]:
        """Make calls, and a health check over a new connection after every fiftieth. The result is p50 and p99 in milliseconds."""
        times: list[float] = []
        self.succeeded = self.made = self.healthy = self.checked = 0
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            if self.made % 50 == 0:
                await self._check()
            began = time.perf_counter()
            self.made += 1
            with suppress(grpc.aio.AioRpcError):
                request = AccessCredentialRequest(id=self._stored)
                await self._stub.AccessCredential(request, metadata=_METADATA, timeout=_CALL_SECONDS)
                self.succeeded += 1
            times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.002)
        return statistics.median(times), sorted(times)[int(len(times) * 0.99)]

    async def _check(self) -> None:
        self.checked += 1
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self._port}", options=_OWN) as channel:
            with suppress(grpc.aio.AioRpcError):
                stub: Any = health_pb2_grpc.HealthStub(channel)  # its stub file has no methods
                await stub.Check(health_pb2.HealthCheckRequest(), timeout=_CALL_SECONDS)
                self.healthy += 1


def _memory_mb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def _measure(chosen: Sequence[str], seconds: float, server: str) -> None:
    os.sched_setaffinity(0, {0})
    if not os.getuid():
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    async with programs.postgres() as postgres:
        deployment = await postgres.create_deployment("floods")
        limit = f"--nofile={_DESCRIPTORS}:{_DESCRIPTORS}"
        for name in chosen:
            # A server for each, because an attack may leave memory and connections behind.
            async with deployment.program("prlimit", limit, server, "serve") as program:
                for task in Path(f"/proc/{program.pid}/task").iterdir():
                    os.sched_setaffinity(int(task.name), {1})
                port = program.ports[0]
                async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_OWN) as channel:
                    await _measure_one(name, channel, port, program.pid, seconds)


async def _measure_one(name: str, channel: grpc.aio.Channel, port: int, pid: int, seconds: float) -> None:
    created = await CredentialServiceStub(channel).CreateCredential(
        CreateCredentialRequest(
            credential=Credential(surface=SURFACE_NATIVE, name=name, data=CredentialData(text=TextData(value="x")))
        ),
        metadata=_METADATA,
    )
    calls = _Calls(channel, port, created.id)
    await calls.run(0.5)
    alone = await calls.run(seconds)
    memory = _memory_mb(pid)
    async with _attacking(port, name):
        await asyncio.sleep(1.5)
        beside = await calls.run(seconds)
        descriptors = _descriptors(pid)
        grown = _memory_mb(pid) - memory
    sys.stdout.write(
        f"{name:20} calls {calls.succeeded}/{calls.made}  health {calls.healthy}/{calls.checked}  "
        f"p50 {beside[0]:.1f} ms ({beside[0] / alone[0]:.1f} x)  p99 {beside[1]:.1f} ms ({beside[1] / alone[1]:.1f} x)  "
        f"memory +{grown} MB  descriptors {descriptors}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Measure, and print a line for each attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="those to measure")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long the other client calls for a figure")
    parser.add_argument("--server", default=programs.STRONGROOM, help="the program, to compare with another version")
    parser.add_argument("--attack", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.attack:
        name, port = arguments.attack
        asyncio.run(ATTACKS[name].run(int(port)))
        return
    programs.run(_measure(arguments.attacks.split(","), arguments.seconds, arguments.server))


if __name__ == "__main__":
    main()
