"""Shows in metrics why a process is not ready, and how late its event loop runs what is due."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from prometheus_client import Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

EVERY_SECONDS: Final = 0.5

_OBSTACLE: Final = Gauge(
    "strongroom_obstacle",
    "1 while the cause keeps this process from being ready.",
    ("cause",),
    multiprocess_mode="livemax",
)
_LATE: Final = Histogram(
    "strongroom_event_loop_late_seconds",
    "How late the event loop ran what was due, twice a second.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)


@asynccontextmanager
async def show_pulse(obstacles: Callable[[], Mapping[str, bool]]) -> AsyncIterator[None]:
    """Set the metrics twice a second until the context ends. `obstacles` returns which causes keep the process from being ready."""
    task = asyncio.create_task(_beat(obstacles))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _beat(obstacles: Callable[[], Mapping[str, bool]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        for cause, is_there in obstacles().items():
            _OBSTACLE.labels(cause).set(is_there)
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        _LATE.observe(max(loop.time() - due, 0.0))
