"""Owns how a node stops: when it says that it is not ready, when it refuses new calls, and when calls in flight must have ended."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# From the signal to the end of the last call in flight.
GRACE_SECONDS: Final = 10.0
# A node that is told to stop still takes calls for this long, so that load balancers can look elsewhere first.
NOT_READY_SECONDS: Final = 1.0
# Calls that are still in flight so long before the end are ended, which leaves time to tell their callers.
_TELL_SECONDS: Final = 0.5


class Stopping:
    """The one clock by which all parts of a node stop."""

    def __init__(self) -> None:
        self._ends_at = math.inf
        self._refusing = asyncio.Event()
        self._at_end: list[Callable[[], None]] = []

    @property
    def has_begun(self) -> bool:
        """Whether the node has been told to stop. It is not ready then."""
        return self._ends_at != math.inf

    @property
    def seconds_left(self) -> float:
        """How long calls in flight may still take."""
        return max(self._ends_at - asyncio.get_running_loop().time(), 0.0)

    def at_end(self, end: Callable[[], None]) -> None:
        """Have `end` called when calls in flight must end."""
        self._at_end.append(end)

    def begin(self) -> None:
        """Be told to stop."""
        if not self.has_begun:
            loop = asyncio.get_running_loop()
            self._ends_at = loop.time() + GRACE_SECONDS
            loop.call_later(GRACE_SECONDS - _TELL_SECONDS, self._end)

    def refuse(self) -> None:
        """Take no new calls from now on."""
        self.begin()
        self._refusing.set()

    async def until_refusing(self) -> None:
        """Return when no new calls are to be taken."""
        await self._refusing.wait()

    def _end(self) -> None:
        for end in self._at_end:
            end()
