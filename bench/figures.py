"""Owns what becomes of samples: medians in a table, ratios a round, and whether they are what they should be."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.measure import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import asyncpg

    from bench.measure import Sample
    from bench.operations import Operation


def server(sampled: Sample) -> float:
    """CPU microseconds in our processes."""
    return sampled.server


def postgres(sampled: Sample) -> float:
    """CPU microseconds in Postgres."""
    return sampled.postgres


def cpu(sampled: Sample) -> float:
    """CPU microseconds in all."""
    return sampled.cpu


def pace(sampled: Sample) -> float:
    """Requests a second."""
    return sampled.per_second


def median(sampled: Sample) -> float:
    """The median time of a request, in milliseconds."""
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
        count = max(at_once, round(self._count * operation.share * (1 if at_once > 1 else 0.2)))
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


def ratios(bench: Bench, held: Sequence[Ratio]) -> list[dict[str, object]]:
    """A row for each ratio: the median over the rounds, the quarters around it, and the bar."""
    rows: list[dict[str, object]] = []
    for ratio in held:
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


def tell(bench: Bench, held: Sequence[Ratio], json_path: Path | None) -> str:
    """All figures as tables, written as JSON too where a path is given."""
    told: dict[str, Sequence[Mapping[str, object]]] = {
        "operations": table(bench),
        "ratios": ratios(bench, held),
        "facts": [{name: round(value, 2) for name, value in bench.facts.items()}] if bench.facts else [],
    }
    if json_path is not None:
        json_path.write_text(json.dumps(told, indent=1))
    return "\n\n".join(as_text(rows) for rows in told.values() if rows)
