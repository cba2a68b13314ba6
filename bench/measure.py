"""Measures the cost of a load: CPU time of processes, wall time, and Postgres's own exact counters."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import asyncpg

    from bench.operations import Load

_TICK: Final = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sample:
    """One load of one operation.

    server, postgres: CPU microseconds per request in Strongroom's and in Postgres's processes. transactions, wal: writing
    transactions and bytes of WAL per request. milliseconds: the wall time of each request.
    """

    server: float
    postgres: float
    per_second: float
    transactions: float = 0.0
    wal: float = 0.0
    milliseconds: list[float] = field(default_factory=list, repr=False)

    @property
    def cpu(self) -> float:
        """CPU microseconds in total."""
        return self.server + self.postgres


def cpu(pid: int) -> float:
    """CPU microseconds of a process and its children, including those that have ended and were waited for."""
    try:
        # The kernel's clock of a process (clock_getcpuclockid(3)) is exact; /proc counts ticks of 10 ms.
        total = time.clock_gettime(~pid << 3 | 2) * 1_000_000
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    ended = sum(int(ticks) for ticks in stat[13:15]) * _TICK
    return total + ended + sum(cpu(int(child)) for child in children)


async def written(postgres: asyncpg.Connection[asyncpg.Record]) -> tuple[int, int]:
    """The number of writing transactions so far, and of bytes of WAL."""
    row = await postgres.fetchrow(
        "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
    )
    assert row is not None
    return int(row[0]), int(row[1])


def resident(pid: int) -> float:
    """The memory of a process, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def sample(
    load: Load,
    count: int,
    servers: Sequence[int],
    postgres_pid: int,
    counters: asyncpg.Connection[asyncpg.Record],
    settle: Callable[[], Awaitable[None]] | None,
) -> Sample:
    """Send so many requests and measure them, including the background work until `settle` returns."""
    transactions, wal = await written(counters)
    server, postgres, begin = sum(map(cpu, servers)), cpu(postgres_pid), time.perf_counter()
    milliseconds = await load.run(count)
    seconds = time.perf_counter() - begin
    if settle is not None:
        await settle()
    server, postgres = sum(map(cpu, servers)) - server, cpu(postgres_pid) - postgres
    transactions_after, wal_after = await written(counters)
    return Sample(
        server / count,
        postgres / count,
        count / seconds,
        (transactions_after - transactions) / count,
        (wal_after - wal) / count,
        milliseconds,
    )
