"""Measures how long a node needs to load 100,000 API keys, and their memory. `python -m bench.known_keys`.

The keys are copies of the first one. Nobody could use them, because their signatures are wrong, but a node loads them before that.
"""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path
from typing import Final

from bench import programs
from strongroom_server.access.known_keys import KnownKeys
from strongroom_server.store import database

_KEYS: Final = 100_000
_COPY: Final = """
    insert into api_keys select (jsonb_populate_record(k, jsonb_build_object('id', 'key' || n))).*
    from api_keys k, generate_series(1, $1) n
"""


def _resident_mb(name: str) -> float:
    """The memory of this process by the kernel: VmRSS now, VmHWM at most."""
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) / 1024


async def _longest_pause(work: asyncio.Task[None]) -> float:
    """The longest time in milliseconds that the event loop runs nothing else while this works."""
    longest = 0.0
    while not work.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - began - 0.001)
    return longest * 1000


async def _load(known: KnownKeys) -> None:
    known.read(None)
    while not known.is_complete:
        await asyncio.sleep(0.001)


async def _benchmark() -> None:
    async with programs.postgres() as postgres:
        deployment = await postgres.create_deployment("known_keys")
        await deployment.watching.execute(_COPY, _KEYS)
        await deployment.watching.execute("analyze api_keys")
        pool = await database.connect(deployment.url)
        known = KnownKeys(pool)
        await pool.fetchrow("select 1")
        for what in ("first load", "load after a reconnect", "load after a reconnect"):
            gc.collect()
            Path("/proc/self/clear_refs").write_text("5")
            before, began, cpu = _resident_mb("VmRSS"), time.perf_counter(), time.process_time()
            pause = await _longest_pause(asyncio.create_task(_load(known)))
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            line = (
                f"{what} of {_KEYS:,} keys: {seconds:.2f} s, {cpu:.2f} s of CPU, longest pause {pause:.1f} ms, memory before"
                f" {before:.0f} MB, at most {_resident_mb('VmHWM'):.0f} MB, after {_resident_mb('VmRSS'):.0f} MB"
            )
            print(line, flush=True)  # noqa: T201 - the result of the benchmark
        await pool.close()


if __name__ == "__main__":
    programs.run(_benchmark())
