"""Cancels asyncio tasks reliably, and keeps those that outlive the call that began them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

# A task that has not ended this long after it was cancelled is cancelled again.
_CANCEL_SECONDS: Final = 1.0


async def cancel_all(tasks: Iterable[asyncio.Task[None]], on_timeout: Callable[[], None]) -> None:
    """Cancel tasks, and return once they have ended. `on_timeout` must close the connection that keeps a task waiting.

    One cancellation may not be enough: if the connection breaks while a cancelled task rolls back, the driver's error replaces
    the CancelledError, and a task that continues after errors continues.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_SECONDS)
        if pending:
            on_timeout()


class Background:
    """Tasks that go on when the calls that began them have ended."""

    def __init__(self) -> None:
        # The event loop keeps no reference to a task.
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Begin a task. It must raise nothing."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> None:
        """Wait so long for the tasks that have begun."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
