"""Runs several workers on one address: one is killed, all are stopped, their parent is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from node.test_process import BILLING, CREATE, KEY, LIST, data_dir, ended, running, set_up_database, stopped
from waiting import until

if TYPE_CHECKING:
    from node.test_process import Run

__all__ = ["data_dir"]


def children(run: Run) -> list[int]:
    return children_of(run.process.pid)


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def lives(pid: int) -> bool:
    """Whether the process runs. A zombie does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def set_up(database_url: str, data_dir: Path) -> dict[str, str]:
    environment = {
        "STRONGROOM_DATA_DIR": str(data_dir),
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
    }
    await set_up_database(environment)
    return environment


async def test_two_workers_serve_one_address_and_a_killed_worker_is_replaced(database_url: str, data_dir: Path) -> None:
    environment = await set_up(database_url, data_dir)
    async with running("serve", "--workers", "2", **environment) as run:
        first = children(run)
        assert len(first) == 2
        await run.grpcurl(CREATE, BILLING)

        os.kill(first[0], signal.SIGKILL)
        await until(lambda: not lives(first[0]))
        for _ in range(4):
            assert len((await run.grpcurl(LIST, {}))["credentials"]) == 1
        await until(lambda: len(children(run)) == 2)
        second = children(run)

        assert await stopped(run, signal.SIGTERM) == 0
        assert not any(map(lives, (*first, *second)))


async def test_a_frozen_worker_is_replaced_and_a_worker_that_pauses_is_not(database_url: str, data_dir: Path) -> None:
    environment = await set_up(database_url, data_dir)
    async with running("serve", "--workers", "2", **environment) as run:
        pauses, freezes = children(run)
        os.kill(pauses, signal.SIGSTOP)
        await asyncio.sleep(1.5)
        os.kill(pauses, signal.SIGCONT)
        os.kill(freezes, signal.SIGSTOP)
        await until(lambda: not lives(freezes))
        await until(lambda: len(children(run)) == 2)

        assert pauses in children(run)
        for _ in range(4):
            assert await run.grpcurl(LIST, {}) == {}
        assert await stopped(run, signal.SIGTERM) == 0


async def test_metrics_of_one_worker_count_the_calls_of_all(database_url: str, data_dir: Path) -> None:
    environment = await set_up(database_url, data_dir)
    async with running("serve", "--workers", "2", **environment) as run:
        # Each grpcurl opens a connection, which the kernel gives to one of the workers.
        for _ in range(6):
            await run.grpcurl(LIST, {})
        counted = []
        for _ in range(4):
            async with httpx.AsyncClient() as http:
                metrics = (await http.get(f"{run.url}/metrics")).text
            lines = [line for line in metrics.splitlines() if line.startswith("strongroom_calls_total{")]
            counted.append(sum(float(line.split()[-1]) for line in lines if 'method="ListCredentials"' in line))
    assert counted == [6.0] * 4


async def test_workers_end_when_their_parent_is_killed(database_url: str, data_dir: Path) -> None:
    environment = await set_up(database_url, data_dir)
    async with running("serve", "--workers", "2", **environment) as run:
        workers = children(run)
        await stopped(run, signal.SIGKILL)
        await until(lambda: not any(map(lives, workers)))


async def test_workers_that_cannot_start_report_the_reason_and_end_the_command(
    database_url: str, data_dir: Path
) -> None:
    status, said = await ended(
        "serve",
        "--workers",
        "2",
        STRONGROOM_DATA_DIR=str(data_dir),
        STRONGROOM_DATABASE_URL=database_url.replace("/strongroom?", "/nowhere?"),
        STRONGROOM_GRPC_PORT="0",
        STRONGROOM_HTTP_PORT="0",
    )
    assert status == 3
    assert said.endswith("strongroom-server: a worker did not start\n")
