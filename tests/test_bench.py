"""The benchmarks run and fill their tables. The measured values are not checked."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

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
