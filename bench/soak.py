"""Makes the calls of hours in a shorter time, and says whether the server keeps more and more: `python -m bench.soak`.

It measures how many calls a second the server answers at most, then makes the calls of a deployment of 50 calls a second in four
hours at 60 % of that rate. Meanwhile it samples the server's memory, descriptors, asyncio tasks, Python objects, connections to
Postgres and the entries of its tables in memory. The server has one core, the load and Postgres the other.

If it is interrupted, it says what it has found until then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import statistics
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from bench import programs
from bench.soak_calls import open_clients
from bench.watched import ADDRESSES, KEPT, SEEN, USED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bench.programs import Deployment, Program
    from bench.soak_calls import Calls

_CALLS_PER_SECOND: Final = 50
_HOURS: Final = 4
_WORKERS: Final = 32
_CONNECTIONS: Final = 8
_WARM_UP_SECONDS: Final = 5
_CAPACITY_SECONDS: Final = 10
_SAMPLES: Final = 100
_MEMORY: Final = "memory, MB"
_MEGABYTES: Final = (_MEMORY, USED, KEPT)
# Samples of the first part of a run do not count: caches fill, and memory grows to its usual size.
_WARM_UP_PART: Final = 0.3
# Growth is noise below twice the deviation of the samples from their line, or this part of their mean, or so many things.
_NOISE_DEVIATIONS: Final = 2.0
_NOISE_PART: Final = 0.01
_NOISE_COUNT: Final = 3
_GROWS: Final = "GROWS"
# With fewer it says nothing.
_LEAST_SAMPLES: Final = 10
_SLOPE_CALLS: Final = 100_000
# Tables that grow until they have so many entries. The driver keeps 100 statements of each connection.
_BOUNDS: Final = {
    "strongroom_server.credentials.vault.Vault.seen": SEEN,
    "strongroom_server.credentials.revisions.SeenRevisions._recent": SEEN // 2,
    "strongroom_server.credentials.revisions.SeenRevisions._older": SEEN // 2,
    "strongroom_server.rpc.presented._address()": ADDRESSES,
    "strongroom_server.store.database._Connection._stmt_cache": 2_000,
}


class Trend(NamedTuple):
    """The line through samples by least squares: what they grow by from the first to the last, and their noise."""

    mean: float
    calls: int
    growth: float
    noise: float

    @property
    def slope(self) -> float:
        """What they grow by in 100,000 calls."""
        return self.growth / self.calls * _SLOPE_CALLS

    @property
    def is_flat(self) -> bool:
        """Whether they do not grow by more than their noise."""
        return self.growth <= self.noise


def trend_of(calls: Sequence[int], samples: Sequence[float], least_noise: float) -> Trend:
    """The trend of samples that were taken after so many calls."""
    mean = statistics.fmean(samples)
    slope, intercept = statistics.linear_regression(calls, samples)
    deviations = [sample - slope * made - intercept for made, sample in zip(calls, samples, strict=True)]
    deviation = math.sqrt(sum(each * each for each in deviations) / max(1, len(deviations) - 2))
    noise = max(_NOISE_DEVIATIONS * deviation, _NOISE_PART * mean, least_noise)
    made = calls[-1] - calls[0]
    return Trend(mean, made, slope * made, noise)


class _Watch:
    """Samples of a server by name, each with the number of calls that were made before it."""

    def __init__(self, program: Program, deployment: Deployment, http: httpx.AsyncClient) -> None:
        self._pid = program.pid
        self._deployment = deployment
        self._http = http
        self.seconds = 0.0
        self.calls: list[int] = []
        self.samples: dict[str, list[float]] = {}

    async def sample(self, calls: int) -> None:
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
        connections = await self._deployment.watching.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and pid != pg_backend_pid()"
        )
        sizes = (await self._http.get("/sizes")).json()
        found = {
            _MEMORY: resident / 1024,
            "descriptors": len(list(Path(f"/proc/{self._pid}/fd").iterdir())),
            "connections to Postgres": connections,
            **sizes,
        }
        for name, value in found.items():
            # A table that was not there before had no entries.
            self.samples.setdefault(name, [0.0] * len(self.calls)).append(value)
        self.calls.append(calls)
        for values in self.samples.values():
            values.extend([0.0] * (len(self.calls) - len(values)))

    def verdict_of(self, name: str, trend: Trend) -> str:
        """Whether a figure grows. A table may grow until it has its bound."""
        if trend.is_flat:
            return "flat"
        if name in _BOUNDS and max(self.samples[name]) <= _BOUNDS[name]:
            return f"within its bound of {_BOUNDS[name]:,}"
        return _GROWS

    def trends(self) -> dict[str, Trend]:
        """The trends after the warm-up."""
        first = int(len(self.calls) * _WARM_UP_PART)
        return {
            name: trend_of(self.calls[first:], values[first:], 0 if name in _MEGABYTES else _NOISE_COUNT)
            for name, values in self.samples.items()
        }


@asynccontextmanager
async def _working(calls: Calls) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(calls.repeat(worker)) for worker in range(_WORKERS)]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _capacity(calls: Calls) -> float:
    """The calls a second of workers that do not wait."""
    await asyncio.sleep(_WARM_UP_SECONDS)
    before, began = calls.made, time.perf_counter()
    await asyncio.sleep(_CAPACITY_SECONDS)
    return (calls.made - before) / (time.perf_counter() - began)


async def _soak(calls: Calls, watch: _Watch, count: int, seconds: float) -> None:
    """Make so many calls, or those of so many seconds if these are fewer."""
    start, began = calls.made, time.perf_counter()
    sampled, over = 0, 0.0
    while over < 1:
        made, watch.seconds = calls.made - start, time.perf_counter() - began
        over = max(made / count, watch.seconds / seconds)
        if over * _SAMPLES >= sampled:
            await watch.sample(made)
            sampled += 1
        await asyncio.sleep(0.1)


def _pin(program: Program) -> None:
    os.sched_setaffinity(0, {0})
    for task in Path(f"/proc/{program.pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {1})


def _say(watch: _Watch, calls: Calls) -> bool:
    """Print what was sampled. Returns whether all of it is flat and every call ended as it had to."""
    made = watch.calls[-1]
    trends = watch.trends()
    own = (*_MEGABYTES, "descriptors", "connections to Postgres", "tasks", "objects", "blocks of Python")
    # Of the tables only those that grow are of interest.
    shown = {name: trend for name, trend in trends.items() if name in own or not trend.is_flat}
    tables = len(trends) - len(own)
    hours = made / _CALLS_PER_SECOND / 3600
    lines = [
        f"{made:,} calls, {made / watch.seconds:.0f} a second: those of {hours:.2f} hours at {_CALLS_PER_SECOND} calls a second.",
        f"{len(watch.calls)} samples, of which the first {_WARM_UP_PART:.0%} are the warm-up. Flat is growth within noise:",
        f"{_NOISE_DEVIATIONS:g} standard deviations from the line, {_NOISE_PART:.0%} of the mean, or {_NOISE_COUNT} things.",
        "",
        f"| | first | last | mean | slope: growth in {_SLOPE_CALLS:,} calls | growth | noise | verdict |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {name} | {watch.samples[name][0]:.4g} | {watch.samples[name][-1]:.4g} | {trend.mean:.6g} | {trend.slope:.3g} "
            f"| {trend.growth:.3g} | {trend.noise:.3g} | {watch.verdict_of(name, trend)} |"
            for name, trend in shown.items()
        ),
        "",
        f"Of {tables} tables in memory {tables - len(shown) + len(own)} are flat; the table above has the others.",
        f"Calls that did not end as they had to: {dict(calls.surprises) or 'none'}.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return not calls.surprises and all(watch.verdict_of(name, trend) != _GROWS for name, trend in trends.items())


async def _run(count: int, seconds: float, load: float, written: str | None) -> bool:
    flat = False
    async with programs.postgres() as postgres, AsyncExitStack() as stack:
        deployment = await postgres.create_deployment("soak")
        command = (sys.executable, "-m", "bench.watched", "run")
        program = await stack.enter_async_context(deployment.program(*command))
        _pin(program)
        target, url = f"127.0.0.1:{program.ports[0]}", f"http://127.0.0.1:{program.ports[1]}"
        calls = await open_clients(stack, target, url, _CONNECTIONS)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60))
        watch = _Watch(program, deployment, http)
        try:
            async with _working(calls):
                capacity = await _capacity(calls)
                calls.seconds_apart = 1 / (load * capacity)
                sys.stdout.write(f"At most {capacity:.0f} calls a second; now {load * capacity:.0f} ({load:.0%}).\n")
                sys.stdout.flush()
                await _soak(calls, watch, count, seconds)
        finally:
            if len(watch.calls) >= _LEAST_SAMPLES:
                flat = _say(watch, calls)
                if written:
                    facts: dict[str, Any] = {"capacity": capacity, "calls": watch.calls, "samples": watch.samples}
                    Path(written).write_text(json.dumps(facts))
    return flat


def main() -> None:
    """Soak the server, and fail if something grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    most = _HOURS * 3600 * _CALLS_PER_SECOND
    parser.add_argument("--calls", type=int, default=most, help="how many calls; %(default)s by default")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so many minutes")
    parser.add_argument("--load", type=float, default=0.6, help="the part of the most calls a second")
    parser.add_argument("--json", help="a file to write the samples to")
    arguments = parser.parse_args()
    if not programs.run(_run(arguments.calls, arguments.minutes * 60, arguments.load, arguments.json)):
        sys.exit("Not everything is flat, or calls did not end as they had to.")


if __name__ == "__main__":
    main()
