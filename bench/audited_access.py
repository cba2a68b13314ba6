"""What an audited access costs over an unaudited select: `.venv/bin/python bench/audited_access.py`, with nothing by hand.

A server on a Postgres of its own, both with their durable defaults. AccessCredential (opened, audited, committed before the
answer) and GetCredential (metadata, one select) are called in turns, at 1, 16 and 64 at once; each round gives a ratio.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import grpc.aio

from strongroom.v1.credential_pb2 import Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    GetCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

KEY = "sr_bench_only-ever-used-by-the-bench"
METADATA = (("authorization", f"Bearer {KEY}"),)
TICK_MICROSECONDS = 1_000_000 / os.sysconf("SC_CLK_TCK")
CONCURRENCIES = (1, 16, 64)


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one operation: CPU microseconds a request, and the wall time of each request in milliseconds."""

    server: float
    postgres: float
    per_second: float
    milliseconds: list[float]


def cpu(pids: Iterable[int]) -> float:
    """User and system time of processes and of their children that ended, in microseconds."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total * TICK_MICROSECONDS


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


async def measured(
    call: Callable[[], Awaitable[object]], count: int, concurrency: int, server: int, postgres: int
) -> Round:
    """Make so many calls, so many of them at once."""
    times: list[float] = []
    left = iter(range(count))

    async def caller() -> None:
        for _ in left:
            begin = time.perf_counter()
            await call()
            times.append((time.perf_counter() - begin) * 1000)

    server_before, postgres_before, begin = cpu([server]), cpu(family(postgres)), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(concurrency)))
    seconds = time.perf_counter() - begin
    return Round(
        (cpu([server]) - server_before) / count,
        (cpu(family(postgres)) - postgres_before) / count,
        count / seconds,
        times,
    )


async def compared(stub: Any, server: int, postgres: int, rounds: int, count: int) -> list[dict[str, object]]:
    """A row of the table for each operation and concurrency."""
    created = await stub.CreateCredential(
        CreateCredentialRequest(
            credential=Credential(name="bench", data=CredentialData(text=TextData(value="v" * 200)))
        ),
        metadata=METADATA,
    )
    operations: dict[str, Callable[[], Awaitable[object]]] = {
        "access": lambda: stub.AccessCredential(AccessCredentialRequest(id=created.id), metadata=METADATA),
        "get": lambda: stub.GetCredential(GetCredentialRequest(id=created.id), metadata=METADATA),
    }
    rows: list[dict[str, object]] = []
    for concurrency in CONCURRENCIES:
        results: dict[str, list[Round]] = {name: [] for name in operations}
        for index in range(rounds + 1):
            for name, call in operations.items():
                result = await measured(call, count, concurrency, server, postgres)
                if index:  # the first round warms up
                    results[name].append(result)
        ratio = statistics.median(
            (access.server + access.postgres) / (get.server + get.postgres)
            for access, get in zip(results["access"], results["get"], strict=True)
        )
        for name, done in results.items():
            cuts = statistics.quantiles([each for one in done for each in one.milliseconds], n=100)
            rows.append(
                {
                    "operation": name,
                    "concurrency": concurrency,
                    "server_us": round(statistics.median(one.server for one in done)),
                    "postgres_us": round(statistics.median(one.postgres for one in done)),
                    "per_second": round(statistics.median(one.per_second for one in done)),
                    "p50_ms": round(cuts[49], 2),
                    "p95_ms": round(cuts[94], 2),
                    "p99_ms": round(cuts[98], 2),
                    "ratio": round(ratio, 2) if name == "access" else None,
                }
            )
    return rows


async def run(rounds: int, count: int) -> list[dict[str, object]]:
    """Start a server on a Postgres of its own, compare, and stop both."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o711)  # Postgres may run as another user
        postgres = await embedded_postgres.start(place / "postgres")
        command = str(Path(sys.executable).parent / "strongroom-server")
        environment = {
            **os.environ,
            "STRONGROOM_DATABASE_URL": postgres.url,
            "STRONGROOM_DATA_DIR": str(place / "keys"),
            "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
            "STRONGROOM_GRPC_PORT": "0",
            "STRONGROOM_HTTP_PORT": "0",
        }
        try:
            setup = await asyncio.create_subprocess_exec(
                command, "setup", env=environment, stdout=asyncio.subprocess.PIPE
            )
            await setup.communicate()
            with (place / "log").open("wb") as log:
                server = await asyncio.create_subprocess_exec(
                    command, "serve", env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
                )
            assert server.stdout is not None
            target = (await server.stdout.readline()).decode().split()[2].rstrip(",")
            try:
                async with grpc.aio.insecure_channel(target) as channel:
                    return await compared(CredentialServiceStub(channel), server.pid, postgres.pid, rounds, count)
            finally:
                server.terminate()
                await server.wait()
        finally:
            await postgres.stop()


@click.command()
@click.option("--rounds", default=12, show_default=True)
@click.option("--count", default=600, show_default=True, help="Calls of each operation a round.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Where to write the table as JSON.")
def main(rounds: int, count: int, json_path: Path | None) -> None:
    """Print what an audited access costs beside an unaudited select."""
    rows = asyncio.run(run(rounds, count))
    click.echo("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        click.echo("| " + " | ".join("" if value is None else str(value) for value in row.values()) + " |")
    if json_path is not None:
        json_path.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
