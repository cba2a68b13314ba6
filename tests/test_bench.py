"""The benchmarks run: what they measure is not looked at here."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "bench" / "audited_access.py"


async def test_the_bench_of_audited_accesses_fills_its_table(tmp_path: Path) -> None:
    bench = tmp_path / "table.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), "--rounds=1", "--count=20", f"--json={bench}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()

    assert process.returncode == 0, said.decode()
    rows = json.loads(bench.read_text())
    assert [(row["operation"], row["concurrency"]) for row in rows] == [
        (operation, concurrency) for concurrency in (1, 16, 64) for operation in ("access", "get")
    ]
    assert said.decode().count("\n") == len(rows) + 2
