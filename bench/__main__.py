"""`python -m bench`: what each operation costs beside its floors, with nothing by hand. README.md says how to read it."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import click
import uvloop

from bench import operations, programs
from bench.measure import resident, sample
from bench.programs import STRONGROOM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from bench.measure import Sample
    from bench.operations import Operation
    from bench.programs import Place, Postgres, Program

CONCURRENCIES: Final = (1, 16, 64)


def _server(sampled: Sample) -> float:
    return sampled.server


def _postgres(sampled: Sample) -> float:
    return sampled.postgres


def _cpu(sampled: Sample) -> float:
    return sampled.cpu


def _pace(sampled: Sample) -> float:
    return sampled.per_second


def _median(sampled: Sample) -> float:
    return statistics.median(sampled.milliseconds)


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is held against what, at a concurrency; the bar is the most it should be, or with `least` the least."""

    of: str
    to: str
    what: Callable[[Sample], float]
    bar: float
    unit: str
    at_once: int = 64
    least: bool = False


RATIOS: Final = (
    Ratio("create", "floor: create", _server, 1.25, "server CPU"),
    Ratio("create", "floor: insert", _postgres, 0.75, "Postgres CPU"),
    Ratio("access", "floor: access", _server, 1.4, "server CPU"),
    Ratio("get", "floor: empty", _server, 1.4, "server CPU"),
    Ratio("page, small organisation", "floor: empty", _server, 3.5, "server CPU"),
    Ratio("page, large organisation", "page, small organisation", _cpu, 1.1, "CPU"),
    Ratio("import", "create", _cpu, 0.4, "CPU"),
    *(Ratio(f"door: {vendor}", "create", _cpu, 0.65, "CPU") for vendor in ("Versori", "SlashID", "Tines")),
    *(Ratio(f"door apart: {vendor}", "create", _cpu, 1.9, "CPU") for vendor in ("Versori", "SlashID", "Tines")),
    Ratio("create", "create unshared", _median, 1.1, "median time", at_once=1),
    Ratio("create", "create unshared", _median, 1.0, "median time"),
    Ratio("create, 2 workers", "create, 1 worker", _pace, 1.3, "a second", least=True),
    Ratio("access, 2 workers", "access, 1 worker", _pace, 1.3, "a second", least=True),
)


class Bench:
    """What was measured: by operation and concurrency, a sample a round; and facts of one figure."""

    def __init__(self, count: int, postgres_pid: int, counters: asyncpg.Connection[asyncpg.Record]) -> None:
        self.samples: dict[tuple[str, int], list[Sample]] = {}
        self.facts: dict[str, float] = {}
        self._count = count
        self._postgres_pid = postgres_pid
        self._counters = counters

    async def measure(self, operation: Operation, at_once: int, *, kept: bool) -> None:
        """Make a round's requests of an operation."""
        # Alone, everything takes several times as long.
        count = max(at_once, round(self._count * operation.share * (1 if at_once > 1 else 0.25)))
        load = await operation.load(at_once)
        settle = operation.place.chained if operation.place else None
        result = await sample(load, count, operation.pids, self._postgres_pid, self._counters, settle)
        if kept:
            self.samples.setdefault((operation.name, at_once), []).append(result)

    def ratios(self, ratio: Ratio) -> list[float]:
        """A ratio in each round; a floor stands for a round by those before and after it."""
        above = [ratio.what(each) for each in self.samples[ratio.of, ratio.at_once]]
        below = [ratio.what(each) for each in self.samples[ratio.to, ratio.at_once]]
        if ratio.to.startswith("floor"):
            below = [(before + after) / 2 for before, after in zip(below[::2], below[1::2], strict=True)]
        return [one / other for one, other in zip(above, below, strict=True)]


@dataclass(frozen=True, slots=True)
class House:
    """What is up at the same time: each in a deployment of its own, so that nobody does another's work."""

    floors: list[Operation]
    # At every concurrency, and at 64 at once alone.
    everywhere: list[Operation]
    at_64: list[Operation]
    unshared: Operation
    together: Program


@asynccontextmanager
async def house(postgres: Postgres, large: int, facts: dict[str, float]) -> AsyncIterator[House]:
    """Start all that is measured. `large` is the size of the large organisation."""
    async with AsyncExitStack() as stack:

        async def started(place: Place, *command: str) -> Program:
            return await stack.enter_async_context(place.program(*command))

        place = await postgres.place("together")
        begin = time.perf_counter()
        together = await started(place, STRONGROOM, "run")
        facts["seconds to start"] = time.perf_counter() - begin
        facts["MB at start"] = resident(together.pid)
        apart = await postgres.place("apart")
        serving = await started(apart, STRONGROOM, "serve")
        gateway = await started(apart, STRONGROOM, "gateway", "--service", f"127.0.0.1:{serving.ports[0]}")
        unshared = await postgres.place("unshared")
        alone = await started(unshared, sys.executable, "-m", "bench.unshared", "run")
        floors = await started(place, sys.executable, "-m", "bench.floors", await postgres.database("floors"))
        workers: list[Operation] = []
        for count in (1, 2):
            of_workers = await postgres.place(f"workers_{count}")
            program = await started(of_workers, STRONGROOM, "serve", "--workers", str(count))
            named = f"{count} worker{'s' * (count > 1)}"
            # From more clients than there are workers by far, so that each gets its share of them.
            workers += [
                operations.create(program, of_workers, f"create, {named}", streams=4),
                await operations.access(program, of_workers, f"access, {named}", streams=4),
            ]
        pages = [
            operations.page(
                together, f"page, {name} organisation", await operations.organisation_of(together, place, name, size)
            )
            for name, size in (("small", 1_000), ("large", large))
        ]
        yield House(
            operations.floors(floors),
            [
                operations.create(together, place),
                await operations.access(together, place),
                await operations.get(together),
            ],
            [
                *pages,
                # operations.importing(together, place),
                *operations.doors("door", together.ports[1], (together.pid,), place),
                *operations.doors("door apart", gateway.ports[0], (gateway.pid, serving.pid), apart),
                *workers,
            ],
            operations.create(alone, unshared, "create unshared"),
            together,
        )


async def run(rounds: int, count: int, large: int) -> Bench:
    """Start everything, measure it in turns, and stop it."""
    async with programs.postgres() as postgres:
        counters = await asyncpg.connect(postgres.url)
        bench = Bench(count, postgres.pid, counters)
        async with house(postgres, large, bench.facts) as up:
            for number in range(rounds + 1):
                for at_once in CONCURRENCIES:
                    of_these = [
                        *up.floors,
                        *up.everywhere,
                        *([up.unshared] if at_once in (1, 64) else []),
                        *(up.at_64 if at_once == 64 else []),
                        *up.floors,
                    ]
                    for operation in of_these:
                        # The first round warms up.
                        await bench.measure(operation, at_once, kept=number > 0)
                click.echo(f"round {number} of {rounds}", err=True)
            bench.facts["MB at the end"] = resident(up.together.pid)
        await counters.close()
        return bench


def table(bench: Bench) -> list[dict[str, object]]:
    """A row for each operation and concurrency: medians over the rounds, and the times of all requests together."""
    return [
        {
            "operation": name,
            "at once": at_once,
            "server us": round(statistics.median(each.server for each in samples)),
            "Postgres us": round(statistics.median(each.postgres for each in samples)),
            "a second": round(statistics.median(each.per_second for each in samples)),
            **_times([ms for each in samples for ms in each.milliseconds]),
            "transactions": round(statistics.median(each.transactions for each in samples), 2),
            "WAL bytes": round(statistics.median(each.wal for each in samples)),
        }
        for (name, at_once), samples in sorted(bench.samples.items(), key=lambda item: item[0][1])
    ]


def _times(milliseconds: list[float]) -> dict[str, object]:
    cuts = statistics.quantiles(milliseconds, n=100)
    return {f"p{percent} ms": round(cuts[percent - 1], 2) for percent in (50, 95, 99)}


def ratios(bench: Bench) -> list[dict[str, object]]:
    """A row for each ratio: the median over the rounds, the quarters around it, and the bar."""
    rows: list[dict[str, object]] = []
    for ratio in RATIOS:
        found = bench.ratios(ratio)
        low, middle, high = statistics.quantiles(found, n=4) if len(found) > 1 else found * 3
        met = middle >= ratio.bar if ratio.least else middle <= ratio.bar
        rows.append(
            {
                "ratio": f"{ratio.of} / {ratio.to}",
                "of": ratio.unit,
                "at once": ratio.at_once,
                "median": round(middle, 2),
                "quarters": f"{low:.2f}-{high:.2f}",
                "bar": f"{'at least' if ratio.least else 'at most'} {ratio.bar}",
                "met": "yes" if met else "no",
            }
        )
    return rows


def as_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a table of Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@click.command()
@click.option("--rounds", default=12, show_default=True)
@click.option("--count", default=1_600, show_default=True, help="Requests of an operation a round, many at once.")
@click.option("--large", default=1_000_000, show_default=True, help="Credentials of the large organisation.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Where to write all figures as JSON.")
def main(rounds: int, count: int, large: int, json_path: Path | None) -> None:
    """Print what each operation costs, and what it should."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        bench = runner.run(run(rounds, count, large))
    facts = {name: round(value, 2) for name, value in bench.facts.items()}
    figures, held = table(bench), ratios(bench)
    click.echo(f"{as_text(figures)}\n\n{as_text(held)}\n\n{as_text([facts])}")
    if json_path is not None:
        json_path.write_text(json.dumps({"operations": figures, "ratios": held, "facts": facts}, indent=1))


if __name__ == "__main__":
    main()
