"""Shows in a metric why a process is not ready."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from prometheus_client import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EVERY_SECONDS: Final = 0.5

_OBSTACLE: Final = Gauge(
    "strongroom_obstacle",
    "1 while the cause keeps a process of the node from being ready.",
    ("cause",),
    multiprocess_mode="livemax",
)


@contextmanager
def show_obstacles(obstacles: Callable[[], Mapping[str, bool]]) -> Iterator[None]:
    """Set the metric twice a second until the context ends. `obstacles` returns which causes there are now."""
    task = asyncio.create_task(_show_forever(obstacles))
    try:
        yield
    finally:
        task.cancel()


async def _show_forever(obstacles: Callable[[], Mapping[str, bool]]) -> None:
    while True:
        for cause, is_there in obstacles().items():
            _OBSTACLE.labels(cause).set(is_there)
        await asyncio.sleep(EVERY_SECONDS)
