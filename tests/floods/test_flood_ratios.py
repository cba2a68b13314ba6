"""Beside each flood of bench/floods.py the other organisation's latencies stay within bounds, relative to itself alone.

It measures latencies, so `make soak` runs it after all other tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from bench.floods import FLOODS

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="the server and the load need a core each"),
]

ROOT: Final = Path(__file__).parents[2]
CALLS: Final = 300


class Bound(NamedTuple):
    """The most that p50 and p99 beside a flood may be, as multiples of those alone. reason: why it is not the target."""

    p50: float
    p99: float
    reason: str = ""


TARGET: Final = Bound(2, 3)
# By flood, and by what the other organisation's calls use. What is not here has the target. Remove a line when the target holds.
# The bounds are about 1.5 times the highest ratio of the runs in bench/README.md.
NOT_YET: Final[dict[tuple[str, str], Bound]] = {
    ("access", "gRPC"): Bound(3.5, 4, "one run of two had 2.2"),
    ("page", "gRPC"): Bound(4, 3, "a step of the flood's page runs before each step of a call"),
    ("filter_without_match", "gRPC"): Bound(12, 18, "as pages"),
    ("exact_total", "gRPC"): Bound(6, 8, "as filters"),
    ("audit_stream", "gRPC"): Bound(
        6, 26, "refused streams are sent again at once, and wait in gRPC's line with all calls"
    ),
    ("bad_body", "gRPC"): Bound(2.5, 5, "gRPC reads each body from its connection"),
    ("http_create", "gRPC"): Bound(4.5, 3, "not profiled"),
    ("http_list", "gRPC"): Bound(13, 13, "not profiled"),
    ("http_list", "HTTP"): Bound(9, 13, "not profiled"),
    ("http_unknown_key", "HTTP"): Bound(2, 14, "one run of 60 calls, of which p99 is the slowest"),
    ("http_bad_body", "gRPC"): Bound(61, 42, "not profiled"),
    ("http_bad_body", "HTTP"): Bound(25, 34, "not profiled"),
    ("http_slow_reader", "gRPC"): Bound(13, 12, "as lists"),
    ("http_slow_reader", "HTTP"): Bound(6.5, 7, "not profiled"),
}


async def measured(flood: str, written: Path) -> list[dict[str, Any]]:
    """The rows of one measurement."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.floods", f"--floods={flood}", f"--calls={CALLS}", f"--json={written}",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    rows: list[dict[str, Any]] = json.loads(written.read_text())
    return rows


def exceeded(rows: Iterable[dict[str, Any]]) -> list[str]:
    """What is above its bound, in words."""
    found = []
    for row in rows:
        bound = NOT_YET.get((row["flood"], row["calls over"]), TARGET)
        for name, most in (("p50", bound.p50), ("p99", bound.p99)):
            if row[f"{name} ratio"] > most:
                alone, beside = row[f"alone {name}"], row[name]
                found.append(f"{name} over {row['calls over']}: {beside:.1f} ms is over {most} x {alone:.1f} ms")
    return found


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_slows_the_other_organisation_within_its_bound(flood: str, tmp_path: Path) -> None:
    rows = await measured(flood, tmp_path / "first.json")
    if exceeded(rows):
        # Other programs on the machine disturb single measurements, so a second one decides.
        rows = await measured(flood, tmp_path / "second.json")
    assert not exceeded(rows)
