"""`python -m bench.peers`: measures a create and an access of OpenBao and Strongroom in turns, on databases of one Postgres.

openbao.py describes how OpenBao is set up; README.md explains the tables.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import asyncpg
import click

from bench import figures, load, openbao, operations, programs
from bench.figures import Bench, Ratio
from bench.operations import Load, Operation
from bench.programs import STRONGROOM

RATIOS: Final = (
    Ratio("create", "OpenBao create", figures.cpu, 0.5, "CPU"),
    Ratio("access", "OpenBao access", figures.cpu, 0.6, "CPU"),
)
# Has the same size as the data in operations.NEW_CREDENTIAL.
_DATA: Final = {"username": "someone", "password": "s" * 60}


def _of_openbao(bao: openbao.Bao) -> list[Operation]:
    names = map("credential-{}".format, itertools.count())
    creates = (openbao.create_request(bao, name, _DATA) for name in names)
    accesses = itertools.repeat(openbao.access_request(bao, "credential-0"))

    async def create(concurrency: int) -> Load:
        return await load.http_load(bao.port, creates, concurrency)

    async def access(concurrency: int) -> Load:
        return await load.http_load(bao.port, accesses, concurrency)

    return [Operation("OpenBao create", (bao.pid,), create), Operation("OpenBao access", (bao.pid,), access)]


async def run(rounds: int, count: int) -> Bench:
    """Start both, measure them in turns, and stop them."""
    async with programs.postgres() as postgres:
        counters = await asyncpg.connect(postgres.url)
        bench = Bench(count, postgres.pid, counters)
        directory = postgres.directory / "openbao"
        directory.mkdir()
        deployment = await postgres.create_deployment("strongroom_here")
        async with (
            openbao.running(directory, await postgres.create_database("openbao")) as bao,
            deployment.program(STRONGROOM, "serve") as strongroom,
        ):
            measured = [
                *_of_openbao(bao),
                operations.create(strongroom, deployment),
                await operations.access(strongroom, deployment),
            ]
            for number in range(rounds + 1):
                for operation in measured:
                    # The first round warms up.
                    await bench.measure(operation, 64, kept=number > 0)
                click.echo(f"round {number} of {rounds}", err=True)
        await counters.close()
        return bench


@click.command()
@click.option("--rounds", default=12, show_default=True)
@click.option("--count", default=1_600, show_default=True, help="Requests of an operation per round.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="The file for all figures as JSON.")
def main(rounds: int, count: int, json_path: Path | None) -> None:
    """Print the cost of OpenBao and of Strongroom."""
    bench = programs.run(run(rounds, count))
    click.echo(figures.report(bench, RATIOS, json_path))


if __name__ == "__main__":
    main()
