"""Ends asyncio tasks reliably."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# A task that has not ended this long after it was cancelled is cancelled again.
_CANCEL_SECONDS: Final = 1.0


async def cancel_all(tasks: Iterable[asyncio.Task[None]], not_yet: Callable[[], None]) -> None:
    """Return once these tasks have ended; `not_yet` is called where that takes long, to break what they wait for.

    A connection that breaks while a cancelled task rolls back raises its own error in place of the cancelling, and a task that goes
    on after errors would go on after that one.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_SECONDS)
        if pending:
            not_yet()
