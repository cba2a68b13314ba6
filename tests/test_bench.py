"""The benchmarks run and fill their tables. The measured values are not checked."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest
from waiting import until

from bench.soak_calls import Calls

ROOT = Path(__file__).parents[1]


@pytest.mark.soak  # it starts the processes of seven deployments, and takes a minute of two cores
async def test_the_bench_measures_every_operation(tmp_path: Path) -> None:
    written = tmp_path / "bench.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench", "--rounds=1", "--count=64", "--large=2000", f"--json={written}",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()

    assert process.returncode == 0, said.decode()
    figures = json.loads(written.read_text())
    operations = {(row["operation"], row["concurrency"]) for row in figures["operations"]}
    assert {("create", 1), ("create", 16), ("create", 64), ("floor: empty", 64), ("import", 64)} <= operations
    assert {(f"HTTP create: {vendor}", 64) for vendor in ("versori", "slashid", "tines")} <= operations
    assert all(row["median"] > 0 for row in figures["ratios"])
    assert figures["facts"][0]["seconds to start"] > 0


async def test_a_worker_of_the_soak_that_ends_before_its_next_request_is_due_has_not_made_it() -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        calls.seconds_apart = 60
        return httpx.Response(201, json={"id": 1})

    async with httpx.AsyncClient(base_url="http://a", transport=httpx.MockTransport(respond)) as http:
        calls = Calls([], [http], "", "")
        worker = asyncio.create_task(calls.repeat(0))
        await until(lambda: calls.made == 2)
        worker.cancel()
        # If it had made a coroutine, Python would warn that nobody awaits it.
        with pytest.raises(asyncio.CancelledError):
            await worker
