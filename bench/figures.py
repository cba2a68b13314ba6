"""Computes the results from samples: medians in a table, and ratios per round against their targets."""

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
    """CPU microseconds in Strongroom's processes."""
    return sampled.server


def postgres(sampled: Sample) -> float:
    """CPU microseconds in Postgres."""
    return sampled.postgres


def cpu(sampled: Sample) -> float:
    """CPU microseconds in total."""
    return sampled.cpu


def per_second(sampled: Sample) -> float:
    """Requests per second."""
    return sampled.per_second


def median(sampled: Sample) -> float:
    """The median time of a request, in milliseconds."""
    return statistics.median(sampled.milliseconds)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two operations at a concurrency. `target` is its maximum, or with `least` its minimum."""

    of: str
    to: str
    what: Callable[[Sample], float]
    target: float
    unit: str
    concurrency: int = 64
    least: bool = False


class Bench:
    """The results: a sample per round for each operation and concurrency, and single figures."""

    def __init__(self, count: int, postgres_pid: int, counters: asyncpg.Connection[asyncpg.Record]) -> None:
        self.samples: dict[tuple[str, int], list[Sample]] = {}
        self.facts: dict[str, float] = {}
        self._count = count
        self._postgres_pid = postgres_pid
        self._counters = counters

    async def measure(self, operation: Operation, concurrency: int, *, kept: bool) -> None:
        """Send a round's requests of an operation, and keep the sample if `kept`."""
        # Without concurrency a request takes several times as long.
        count = max(concurrency, round(self._count * operation.share * (1 if concurrency > 1 else 0.2)))
        load = await operation.load(concurrency)
        settle = operation.deployment.wait_until_chained if operation.deployment else None
        result = await sample(load, count, operation.pids, self._postgres_pid, self._counters, settle)
        if kept:
            self.samples.setdefault((operation.name, concurrency), []).append(result)

    def ratios(self, ratio: Ratio) -> list[float]:
        """A ratio in each round. A floor's value is the mean of its measurements before and after the operations."""
        above = [ratio.what(each) for each in self.samples[ratio.of, ratio.concurrency]]
        below = [ratio.what(each) for each in self.samples[ratio.to, ratio.concurrency]]
        if ratio.to.startswith("floor"):
            below = [(before + after) / 2 for before, after in zip(below[::2], below[1::2], strict=True)]
        return [one / other for one, other in zip(above, below, strict=True)]


def table(bench: Bench) -> list[dict[str, object]]:
    """A row for each operation and concurrency: medians over the rounds, and percentiles of all requests' times."""
    return [
        {
            "operation": name,
            "concurrency": concurrency,
            "server us": round(statistics.median(each.server for each in samples)),
            "Postgres us": round(statistics.median(each.postgres for each in samples)),
            "per second": round(statistics.median(each.per_second for each in samples)),
            **_times([ms for each in samples for ms in each.milliseconds]),
            "transactions": round(statistics.median(each.transactions for each in samples), 2),
            "WAL bytes": round(statistics.median(each.wal for each in samples)),
        }
        for (name, concurrency), samples in sorted(bench.samples.items(), key=lambda item: item[0][1])
    ]


def _times(milliseconds: list[float]) -> dict[str, object]:
    cuts = statistics.quantiles(milliseconds, n=100)
    return {f"p{percent} ms": round(cuts[percent - 1], 2) for percent in (50, 95, 99)}


def ratios(bench: Bench, wanted: Sequence[Ratio]) -> list[dict[str, object]]:
    """A row for each ratio: the median over the rounds, the quartiles, and the target."""
    rows: list[dict[str, object]] = []
    for ratio in wanted:
        found = bench.ratios(ratio)
        low, middle, high = statistics.quantiles(found, n=4) if len(found) > 1 else found * 3
        met = middle >= ratio.target if ratio.least else middle <= ratio.target
        rows.append(
            {
                "ratio": f"{ratio.of} / {ratio.to}",
                "of": ratio.unit,
                "concurrency": ratio.concurrency,
                "median": round(middle, 2),
                "quartiles": f"{low:.2f}-{high:.2f}",
                "target": f"{'at least' if ratio.least else 'at most'} {ratio.target}",
                "met": "yes" if met else "no",
            }
        )
    return rows


def as_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a Markdown table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def report(bench: Bench, wanted: Sequence[Ratio], json_path: Path | None) -> str:
    """All figures as Markdown tables. Also writes them as JSON if a path is given."""
    tables: dict[str, Sequence[Mapping[str, object]]] = {
        "operations": table(bench),
        "ratios": ratios(bench, wanted),
        "facts": [{name: round(value, 2) for name, value in bench.facts.items()}] if bench.facts else [],
    }
    if json_path is not None:
        json_path.write_text(json.dumps(tables, indent=1))
    return "\n\n".join(as_text(rows) for rows in tables.values() if rows)
