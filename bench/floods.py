"""Measures what one organisation's flood does to another organisation's calls.

`python -m bench.floods`. The other organisation makes one call after another, first alone and then beside each flood, and the
figures are the ratios of its latencies, of the same run. The server has one core of its own, the load and Postgres have another, on
which the other organisation's client has a higher priority than the flood. A flood has 512 calls under way at once, or 1,000
streams; a refused call is sent again at once. Floods over HTTP have 256 requests at once, and are measured with calls over gRPC and
over HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import signal
import statistics
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc.aio

from bench import http_floods, programs, statement_floods
from bench.programs import KEY
from strongroom.v1.audit_service_pb2 import StreamAuditEventsRequest
from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateOrganisationRequest,
    Organisation,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

_AT_ONCE: Final = 512
_STREAMS: Final = 1_000
_IMPORTS: Final = 64
_CHANNELS: Final = 16
_STORED: Final = 3_000
_CALLS: Final = 400
_Metadata = tuple[tuple[str, str], ...]


def _metadata(key: str) -> _Metadata:
    return (("authorization", f"Bearer {key}"),)


def _create(name: str, size: int = 16) -> CreateCredentialRequest:
    data = CredentialData(text=TextData(value="x" * size))
    return CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name=name, data=data))


class _Flood:
    """The calls of a flood. Each is sent again when it ends, however it ends."""

    def __init__(self, channels: Sequence[grpc.aio.Channel], metadata: _Metadata, stored: str) -> None:
        self._stubs = [CredentialServiceStub(channel) for channel in channels]
        self._audits = [AuditServiceStub(channel) for channel in channels]
        self._metadata = metadata
        self._stored = stored
        self._names = map("flood-{}".format, itertools.count())
        self.ended = self.refused = 0

    async def access(self, index: int) -> None:
        stub = self._stubs[index % _CHANNELS]
        await stub.AccessCredential(AccessCredentialRequest(id=self._stored), metadata=self._metadata)

    async def create_64_kib(self, index: int) -> None:
        await self._stubs[index % _CHANNELS].CreateCredential(
            _create(next(self._names), 64_000), metadata=self._metadata
        )

    async def _list(self, index: int, **fields: Any) -> None:
        request = ListCredentialsRequest(**fields)
        await self._stubs[index % _CHANNELS].ListCredentials(request, metadata=self._metadata)

    async def page(self, index: int) -> None:
        await self._list(index, page_size=100)

    async def filter_without_match(self, index: int) -> None:
        await self._list(index, variant="jwt")

    async def exact_total(self, index: int) -> None:
        await self._list(index, page_size=1, with_total_size=True)

    async def audit_stream(self, index: int) -> None:
        request = StreamAuditEventsRequest()
        async for _ in self._audits[index % _CHANNELS].StreamAuditEvents(request, metadata=self._metadata):
            pass

    async def import_(self, index: int) -> None:
        async def requests() -> AsyncIterator[ImportCredentialsRequest]:
            for _ in range(20):
                yield ImportCredentialsRequest(creates=[_create(next(self._names)) for _ in range(50)])

        async for _ in self._stubs[index % _CHANNELS].ImportCredentials(requests(), metadata=self._metadata):
            # An import takes longer than a measurement, so its batches count.
            self.ended += 1

    async def unknown_key(self, index: int) -> None:
        metadata = _metadata(f"sr_unknown{index}_{'x' * 40}")
        await self._stubs[index % _CHANNELS].AccessCredential(
            AccessCredentialRequest(id=self._stored), metadata=metadata
        )

    async def bad_body(self, index: int) -> None:
        await self._stubs[index % _CHANNELS].CreateCredential(_create("", 64_000), metadata=self._metadata)

    async def run(self, call: Callable[[int], Awaitable[None]], count: int) -> None:
        """Keep so many calls under way until cancelled."""

        async def repeat(index: int) -> None:
            while True:
                try:
                    await call(index)
                except grpc.aio.AioRpcError as error:
                    self.refused += error.code() in {
                        grpc.StatusCode.RESOURCE_EXHAUSTED,
                        grpc.StatusCode.UNAVAILABLE,
                        grpc.StatusCode.UNAUTHENTICATED,
                        grpc.StatusCode.INVALID_ARGUMENT,
                    }
                self.ended += 1

        await asyncio.gather(*(repeat(index) for index in range(count)))


async def create_other_organisation(channel: grpc.aio.Channel, admin_key: str) -> str:
    """Create the organisation `other`, and return a key of it that reads, writes and accesses credentials."""
    stub = OrganisationServiceStub(channel)
    made = await stub.CreateOrganisation(
        CreateOrganisationRequest(organisation=Organisation(id="other")), metadata=_metadata(admin_key)
    )
    request = CreateApiKeyRequest(api_key=ApiKey(roles=(ROLE_READER, ROLE_WRITER, ROLE_USER)))
    return (await stub.CreateApiKey(request, metadata=_metadata(made.api_key.key))).key


class _Flooding:
    """A flood in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def counts(self) -> tuple[int, int]:
        """How many calls ended, and how many of them were refused. The flood has stopped."""
        assert self._process.stdout is not None
        ended, refused = (await self._process.stdout.read()).split()
        await self._process.wait()
        return int(ended), int(refused)


@asynccontextmanager
async def _flooding(address: str, name: str, stored: str) -> AsyncIterator[_Flooding]:
    process = await asyncio.create_subprocess_exec(
        "nice",
        "-n",
        "10",
        sys.executable,
        "-m",
        "bench.floods",
        "--flood",
        name,
        address,
        stored,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield _Flooding(process)
    finally:
        process.terminate()


async def _open_flood(stack: AsyncExitStack, address: str, stored: str) -> _Flood:
    options = (("grpc.use_local_subchannel_pool", 1),)
    channels = [
        await stack.enter_async_context(grpc.aio.insecure_channel(address, options=options)) for _ in range(_CHANNELS)
    ]
    return _Flood(channels, _metadata(KEY), stored)


async def _flood(name: str, address: str, stored: str) -> None:
    """Print a line, flood until SIGTERM, and print how many calls ended and were refused."""
    async with AsyncExitStack() as stack:
        flood: _Flood | http_floods.HttpFlood | statement_floods.StatementFlood
        if name in http_floods.FLOODS:
            flood, count = await http_floods.open_flood(stack, address, KEY), http_floods.AT_ONCE
        elif name in statement_floods.FLOODS:
            flood, count = await statement_floods.open_flood(address), 1
        else:
            flood = await _open_flood(stack, address, stored)
            count = {"audit_stream": _STREAMS, "import_": _IMPORTS}.get(name, _AT_ONCE)
        with suppress(asyncio.CancelledError):
            task = asyncio.create_task(flood.run(getattr(flood, name), count))
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            sys.stdout.write("\n")
            sys.stdout.flush()
            await task
        sys.stdout.write(f"{flood.ended} {flood.refused}")
        sys.stdout.flush()
        # Calls that are under way end with the process.
        os._exit(0)


async def _times(stub: Any, ids: Sequence[str], metadata: _Metadata, count: int) -> list[float]:
    """The milliseconds of the other organisation's accesses, one after another. An error ends the run."""
    times = []
    for index in range(count):
        began = time.perf_counter()
        await stub.AccessCredential(AccessCredentialRequest(id=ids[index % len(ids)]), metadata=metadata)
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.002)
    return times


def _figures(times: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    return statistics.median(times), sorted(times)[int(len(times) * 0.99)]


async def _measure(chosen: Sequence[str], calls: int, seconds: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    os.sched_setaffinity(0, {0})
    if not os.getuid():
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    async with programs.postgres() as postgres:
        deployment = await postgres.create_deployment("floods")
        async with deployment.program(programs.STRONGROOM, "run") as program, AsyncExitStack() as stack:
            os.sched_setaffinity(program.pid, {1})
            for task in Path(f"/proc/{program.pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {1})
            address, http_address = (f"127.0.0.1:{port}" for port in program.ports[:2])
            options = (("grpc.use_local_subchannel_pool", 1),)
            channels = [
                await stack.enter_async_context(grpc.aio.insecure_channel(address, options=options)) for _ in range(2)
            ]
            mine, flooding = map(CredentialServiceStub, channels)
            key = await create_other_organisation(channels[0], KEY)
            other = _metadata(key)
            ids = [(await mine.CreateCredential(_create(f"n{index}"), metadata=other)).id for index in range(20)]
            flood_ids = []
            for start in range(0, _STORED, 100):
                flood_ids += [
                    created.id
                    for created in await asyncio.gather(
                        *(
                            flooding.CreateCredential(_create(f"s{start + index}"), metadata=_metadata(KEY))
                            for index in range(100)
                        )
                    )
                ]
            over_http = await http_floods.open_calls(stack, http_address, key, "other")
            if set(chosen) & set(http_floods.FLOODS):
                await http_floods.fill(flooding, _metadata(KEY))
            measured = {"gRPC": lambda count: _times(mine, ids, other, count), "HTTP": over_http.times}
            for times in measured.values():
                await times(100)
            for name in chosen:
                is_http = name in http_floods.FLOODS
                ways = ("gRPC", "HTTP") if is_http else ("gRPC",)
                # Chaining what was stored before would slow the other organisation when it is alone, and so hide what a flood does.
                await deployment.wait_until_chained()
                alone = {way: _figures(await measured[way](calls)) for way in ways}
                place = http_address if is_http else deployment.url if name in statement_floods.FLOODS else address
                async with _flooding(place, name, flood_ids[0]) as flood:
                    await asyncio.sleep(seconds)
                    began = time.perf_counter()
                    beside = {way: _figures(await measured[way](calls)) for way in ways}
                ended, refused = await flood.counts()
                rate = ended / (time.perf_counter() - began + seconds)
                for way in ways:
                    (p50_alone, p99_alone), (p50, p99) = alone[way], beside[way]
                    rows.append(
                        {
                            "flood": name, "calls over": way, "alone p50": p50_alone, "p50": p50, "p50 ratio": p50 / p50_alone,
                            "alone p99": p99_alone, "p99": p99, "p99 ratio": p99 / p99_alone,
                            "flood calls/s": rate, "refused": refused / max(1, ended),
                        }
                    )  # fmt: skip
                    _say(rows[-1])
                await asyncio.sleep(2)
    return rows


def _say(row: dict[str, Any]) -> None:
    shown = (f"{name} {value if isinstance(value, str) else round(value, 2)}" for name, value in row.items())
    sys.stdout.write("  ".join(shown) + "\n")
    sys.stdout.flush()


FLOODS: Final = (
    "access",
    "create_64_kib",
    "page",
    "filter_without_match",
    "exact_total",
    "audit_stream",
    "import_",
    "unknown_key",
    "bad_body",
    *http_floods.FLOODS,
)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--floods", default=",".join(FLOODS), help="those to measure")
    parser.add_argument("--calls", type=int, default=_CALLS, help="the other organisation's calls for a figure")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a flood runs before it is measured")
    parser.add_argument("--json", help="a file to write the figures to")
    parser.add_argument("--flood", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.flood:
        asyncio.run(_flood(*arguments.flood))
    rows = programs.run(_measure(arguments.floods.split(","), arguments.calls, arguments.seconds))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
