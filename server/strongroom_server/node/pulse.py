"""Measures how late the event loop is, and how many calls are in flight."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from prometheus_client import Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS: Final = 0.25

_LAG = Histogram(
    "strongroom_event_loop_lag_seconds",
    "How late the event loop ran a timer. Four times a second.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
_IN_FLIGHT = Gauge(
    "strongroom_calls_in_flight", "Calls that have begun and not ended. Streams not counted.", multiprocess_mode="livesum"
)


async def measure_forever(in_flight: Callable[[], int]) -> None:
    """Measure until cancelled. A gauge of each call would cost each call more."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _SECONDS
        await asyncio.sleep(_SECONDS)
        _LAG.observe(max(loop.time() - due, 0.0))
        _IN_FLIGHT.set(in_flight())
