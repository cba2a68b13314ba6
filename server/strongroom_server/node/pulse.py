"""Measures how late the event loop is, and how many calls are in flight."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from prometheus_client import Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS: Final = 0.25

_LAG = Histogram(
    "strongroom_event_loop_lag_seconds",
    "How late the event loop ran a timer. Four times a second.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
_IN_FLIGHT = Gauge(
    "strongroom_calls_in_flight",
    "Calls that have begun and not ended. Streams not counted.",
    multiprocess_mode="livesum",
)


@contextmanager
def measuring(in_flight: Callable[[], int]) -> Iterator[None]:
    """Measure until the context ends. A gauge that each call changes would cost each call more."""
    task = asyncio.create_task(_measure_forever(in_flight))
    try:
        yield
    finally:
        task.cancel()


async def _measure_forever(in_flight: Callable[[], int]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _SECONDS
        await asyncio.sleep(_SECONDS)
        _LAG.observe(max(loop.time() - due, 0.0))
        _IN_FLIGHT.set(in_flight())
