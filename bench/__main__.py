"""`python -m bench`: what each operation costs beside its floors, with nothing by hand. README.md says how to read it."""

from __future__ import annotations

import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import click

from bench import figures, operations, programs
from bench.figures import Bench, Ratio
from bench.measure import resident
from bench.programs import STRONGROOM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.operations import Operation
    from bench.programs import Place, Postgres, Program

CONCURRENCIES: Final = (1, 16, 64)


RATIOS: Final = (
    Ratio("create", "floor: create", figures.server, 1.25, "server CPU"),
    Ratio("create", "floor: insert", figures.postgres, 0.75, "Postgres CPU"),
    Ratio("access", "floor: access", figures.server, 1.4, "server CPU"),
    Ratio("get", "floor: empty", figures.server, 1.4, "server CPU"),
    Ratio("page, small organisation", "floor: empty", figures.server, 3.5, "server CPU"),
    Ratio("page, large organisation", "page, small organisation", figures.cpu, 1.1, "CPU"),
    Ratio("import", "create", figures.cpu, 0.4, "CPU"),
    *(Ratio(f"api: {vendor}", "create", figures.cpu, 0.65, "CPU") for vendor in ("Versori", "SlashID", "Tines")),
    *(Ratio(f"api apart: {vendor}", "create", figures.cpu, 1.9, "CPU") for vendor in ("Versori", "SlashID", "Tines")),
    Ratio("create", "create unbatched", figures.median, 1.1, "median time", at_once=1),
    Ratio("create", "create unbatched", figures.median, 1.0, "median time"),
    Ratio("create, 2 workers", "create, 1 worker", figures.pace, 1.3, "a second", least=True),
    Ratio("access, 2 workers", "access, 1 worker", figures.pace, 1.3, "a second", least=True),
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is up at the same time: each in a deployment of its own, so that nobody does another's work."""

    floors: list[Operation]
    # At every concurrency, and at 64 at once alone.
    everywhere: list[Operation]
    at_64: list[Operation]
    unbatched: Operation
    together: Program


@asynccontextmanager
async def deployment(postgres: Postgres, large: int, facts: dict[str, float]) -> AsyncIterator[Deployment]:
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
        unbatched = await postgres.place("unbatched")
        alone = await started(unbatched, sys.executable, "-m", "bench.unbatched", "run")
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
        # Where creates are held against a small table's insert, they are not to meet a million rows.
        pages = [
            operations.page(
                serving, f"page, {name} organisation", await operations.organisation_of(serving, apart, name, size)
            )
            for name, size in (("small", 1_000), ("large", large))
        ]
        yield Deployment(
            operations.floors(floors),
            [
                operations.create(together, place),
                await operations.access(together, place),
                await operations.get(together),
            ],
            [
                *pages,
                operations.importing(together, place),
                *operations.apis("api", together.ports[1], (together.pid,), place),
                *operations.apis("api apart", gateway.ports[0], (gateway.pid, serving.pid), apart),
                *workers,
            ],
            operations.create(alone, unbatched, "create unbatched"),
            together,
        )


async def run(rounds: int, count: int, large: int, further: int) -> Bench:
    """Start everything, measure it in turns, and stop it."""
    async with programs.postgres() as postgres:
        counters = await asyncpg.connect(postgres.url)
        bench = Bench(count, postgres.pid, counters)
        async with deployment(postgres, large, bench.facts) as up:
            for number in range(rounds + 1):
                for at_once in CONCURRENCIES:
                    of_these = [
                        *up.floors,
                        *up.everywhere,
                        *([up.unbatched] if at_once in (1, 64) else []),
                        *(up.at_64 if at_once == 64 else []),
                        *up.floors,
                    ]
                    for operation in of_these:
                        # The first round warms up.
                        await bench.measure(operation, at_once, kept=number > 0)
                click.echo(f"round {number} of {rounds}", err=True)
            bench.facts["MB after the rounds"] = resident(up.together.pid)
            if further:
                await _run_on(up, further)
                bench.facts["MB at the end"] = resident(up.together.pid)
        await counters.close()
        return bench


async def _run_on(up: Deployment, requests: int) -> None:
    """Make so many requests of the three kinds in turn, and tell the memory of their process after each tenth."""
    for tenth in range(1, 11):
        for operation in up.everywhere:
            load = await operation.load(64)
            await load.run(requests // 10 // len(up.everywhere))
        click.echo(f"{requests * tenth // 10:,} requests more: {resident(up.together.pid):.1f} MB", err=True)


@click.command()
@click.option("--rounds", default=12, show_default=True)
@click.option("--count", default=1_600, show_default=True, help="Requests of an operation a round, many at once.")
@click.option("--large", default=1_000_000, show_default=True, help="Credentials of the large organisation.")
@click.option("--further", default=0, help="So many requests more to one process, to see whether its memory grows.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Where to write all figures as JSON.")
def main(rounds: int, count: int, large: int, further: int, json_path: Path | None) -> None:
    """Print what each operation costs, and what it should."""
    bench = programs.ran(run(rounds, count, large, further))
    click.echo(figures.tell(bench, RATIOS, json_path))


if __name__ == "__main__":
    main()
