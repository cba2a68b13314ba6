"""Cancels asyncio tasks reliably."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
