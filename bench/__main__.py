"""`python -m bench`: measures each operation and its floors. README.md explains the results."""

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
    from bench.programs import Deployment, Postgres, Program

CONCURRENCIES: Final = (1, 16, 64)
_SEPARATE: Final = "HTTP create, separate gateway"

RATIOS: Final = (
    Ratio("create", "floor: create", figures.server, 1.25, "server CPU"),
    Ratio("create", "floor: insert", figures.postgres, 0.75, "Postgres CPU"),
    Ratio("access", "floor: access", figures.server, 1.4, "server CPU"),
    Ratio("get", "floor: empty", figures.server, 1.4, "server CPU"),
    Ratio("page, small organisation", "floor: empty", figures.server, 3.5, "server CPU"),
    Ratio("page, large organisation", "page, small organisation", figures.cpu, 1.1, "CPU"),
    Ratio("import", "create", figures.cpu, 0.4, "CPU"),
    *(Ratio(f"HTTP create: {vendor}", "create", figures.cpu, 0.65, "CPU") for vendor in operations.VENDORS),
    *(Ratio(f"{_SEPARATE}: {vendor}", "create", figures.cpu, 1.9, "CPU") for vendor in operations.VENDORS),
    Ratio("create", "create unbatched", figures.median, 1.1, "median time", concurrency=1),
    Ratio("create", "create unbatched", figures.median, 1.0, "median time"),
    Ratio("create, 2 workers", "create, 1 worker", figures.per_second, 1.3, "per second", least=True),
    Ratio("access, 2 workers", "access, 1 worker", figures.per_second, 1.3, "per second", least=True),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """The running programs. Each has a deployment of its own, so that none does another's background work."""

    floors: list[Operation]
    # Measured at every concurrency.
    everywhere: list[Operation]
    # Measured at 64 concurrent requests only.
    at_64: list[Operation]
    unbatched: Operation
    together: Program


@asynccontextmanager
async def start_programs(postgres: Postgres, large: int, facts: dict[str, float]) -> AsyncIterator[Programs]:
    """Start everything that is measured. `large` is the size of the large organisation."""
    async with AsyncExitStack() as stack:

        async def start(deployment: Deployment, *command: str) -> Program:
            return await stack.enter_async_context(deployment.program(*command))

        deployment = await postgres.create_deployment("together")
        begin = time.perf_counter()
        together = await start(deployment, STRONGROOM, "run")
        facts["seconds to start"] = time.perf_counter() - begin
        facts["MB at start"] = resident(together.pid)
        apart = await postgres.create_deployment("apart")
        serving = await start(apart, STRONGROOM, "serve")
        gateway = await start(apart, STRONGROOM, "gateway", "--service", f"127.0.0.1:{serving.ports[0]}")
        unbatched = await postgres.create_deployment("unbatched")
        alone = await start(unbatched, sys.executable, "-m", "bench.unbatched", "run")
        floors = await start(deployment, sys.executable, "-m", "bench.floors", await postgres.create_database("floors"))
        workers: list[Operation] = []
        for count in (1, 2):
            of_workers = await postgres.create_deployment(f"workers_{count}")
            program = await start(of_workers, STRONGROOM, "serve", "--workers", str(count))
            named = f"{count} worker{'s' * (count > 1)}"
            # Many more connections than workers, so that each worker gets its share.
            workers += [
                operations.create(program, of_workers, f"create, {named}", streams=4),
                await operations.access(program, of_workers, f"access, {named}", streams=4),
            ]
        # In the deployment of the separate gateway: the creates that are compared with a small table's insert must not run
        # on a table of a million rows.
        pages = [
            operations.page(
                serving, f"page, {name} organisation", await operations.create_organisation(serving, apart, name, size)
            )
            for name, size in (("small", 1_000), ("large", large))
        ]
        yield Programs(
            operations.floors(floors),
            [
                operations.create(together, deployment),
                await operations.access(together, deployment),
                await operations.get(together),
            ],
            [
                *pages,
                operations.import_(together, deployment),
                *operations.vendor_creates("HTTP create", together.ports[1], (together.pid,), deployment),
                *operations.vendor_creates(_SEPARATE, gateway.ports[0], (gateway.pid, serving.pid), apart),
                *workers,
            ],
            operations.create(alone, unbatched, "create unbatched"),
            together,
        )


async def run(rounds: int, count: int, large: int, further: int) -> Bench:
    """Start everything, measure the operations in turns, and stop it."""
    async with programs.postgres() as postgres:
        counters = await asyncpg.connect(postgres.url)
        bench = Bench(count, postgres.pid, counters)
        async with start_programs(postgres, large, bench.facts) as up:
            for number in range(rounds + 1):
                for concurrency in CONCURRENCIES:
                    measured = [
                        *up.floors,
                        *up.everywhere,
                        *([up.unbatched] if concurrency in (1, 64) else []),
                        *(up.at_64 if concurrency == 64 else []),
                        *up.floors,
                    ]
                    for operation in measured:
                        # The first round warms up.
                        await bench.measure(operation, concurrency, kept=number > 0)
                click.echo(f"round {number} of {rounds}", err=True)
            bench.facts["MB after the rounds"] = resident(up.together.pid)
            if further:
                await _soak(up, further)
                bench.facts["MB at the end"] = resident(up.together.pid)
        await counters.close()
        return bench


async def _soak(up: Programs, requests: int) -> None:
    """Send so many requests of the three kinds in turns, and print the memory of their process after each tenth."""
    for tenth in range(1, 11):
        for operation in up.everywhere:
            load = await operation.load(64)
            await load.run(requests // 10 // len(up.everywhere))
        click.echo(f"{requests * tenth // 10:,} additional requests: {resident(up.together.pid):.1f} MB", err=True)


@click.command()
@click.option("--rounds", default=12, show_default=True)
@click.option("--count", default=1_600, show_default=True, help="Requests of an operation per round.")
@click.option("--large", default=1_000_000, show_default=True, help="Credentials of the large organisation.")
@click.option("--further", default=0, help="Additional requests to one process, to see whether its memory grows.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="The file for all figures as JSON.")
def main(rounds: int, count: int, large: int, further: int, json_path: Path | None) -> None:
    """Print the cost of each operation, and its target."""
    bench = programs.run(run(rounds, count, large, further))
    click.echo(figures.report(bench, RATIOS, json_path))


if __name__ == "__main__":
    main()
