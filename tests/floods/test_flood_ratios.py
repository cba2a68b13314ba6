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

from bench import http_floods
from bench.floods import FLOODS

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not {0, 1} <= os.sched_getaffinity(0), reason="the server and the load need a core each"),
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
# The bounds are 1.5 times the ratios in bench/README.md, because runs differ.
NOT_YET: Final[dict[tuple[str, str], Bound]] = {
    ("access", "gRPC"): Bound(2.4, 4.7, "runs differ"),
    ("create_64_kib", "gRPC"): Bound(2.1, 4.5, "a request is parsed and sealed at once"),
    ("filter_without_match", "gRPC"): Bound(2, 4.3, "runs differ"),
    ("exact_total", "gRPC"): Bound(2, 3.5, "runs differ"),
    ("audit_stream", "gRPC"): Bound(2.4, 10.9, "refused streams are sent again at once"),
    ("unknown_key", "gRPC"): Bound(2, 3.7, "runs differ"),
    ("bad_body", "gRPC"): Bound(2.4, 6.1, "a request is parsed at once"),
    ("http_create", "gRPC"): Bound(4.5, 6.2, "HTTP requests of the flood are read before their turn"),
    ("http_page", "gRPC"): Bound(2.3, 3.8, "runs differ"),
    ("http_list", "gRPC"): Bound(2.6, 3, "runs differ"),
    ("http_list", "HTTP"): Bound(2.2, 4, "runs differ"),
    ("http_unknown_key", "HTTP"): Bound(2.8, 3, "runs differ"),
    ("http_bad_body", "gRPC"): Bound(2.7, 3, "runs differ"),
    ("http_bad_body", "HTTP"): Bound(2.2, 3, "runs differ"),
    ("http_dense_body", "gRPC"): Bound(2, 5.7, "a body is parsed at once"),
    ("http_dense_body", "HTTP"): Bound(2.2, 7.8, "a body is parsed at once"),
    ("http_slow_reader", "gRPC"): Bound(2, 6.1, "runs differ"),
    ("http_slow_reader", "HTTP"): Bound(2.5, 6.1, "runs differ"),
}


def ways_of(flood: str) -> tuple[str, ...]:
    """What the other organisation's calls use beside a flood."""
    return ("gRPC", "HTTP") if flood in http_floods.FLOODS else ("gRPC",)


async def measured(flood: str, written: Path) -> list[dict[str, Any]]:
    """The rows of one measurement: the other organisation's calls over each protocol, beside a flood that really made calls."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.floods", f"--floods={flood}", f"--calls={CALLS}", f"--json={written}",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    rows: list[dict[str, Any]] = json.loads(written.read_text())
    assert {(row["flood"], row["calls over"]) for row in rows} == {(flood, way) for way in ways_of(flood)}
    assert all(row["flood calls/s"] > 0 for row in rows), rows
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


def test_each_bound_is_of_a_flood_that_is_measured() -> None:
    assert set(NOT_YET) <= {(flood, way) for flood in FLOODS for way in ways_of(flood)}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_slows_the_other_organisation_within_its_bound(flood: str, tmp_path: Path) -> None:
    rows = await measured(flood, tmp_path / "first.json")
    if exceeded(rows):
        # Other programs on the machine disturb single measurements, so a second one decides.
        rows = await measured(flood, tmp_path / "second.json")
    assert not exceeded(rows)
