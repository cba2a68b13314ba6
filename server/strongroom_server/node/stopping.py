"""Times the stop of a node: when it reports not ready, when it refuses new calls, and when calls in flight must have ended."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# From the signal to the end of the last call in flight.
GRACE_SECONDS: Final = 10.0
# How much of it a node takes new calls, unless STRONGROOM_DRAIN_SECONDS says otherwise.
NOT_READY_SECONDS: Final = 1.0
# This long before the end, calls that are still in flight are ended, so that their error responses can be sent.
_RESPONSE_SECONDS: Final = 0.5
# After the last call, requests for tokens that are under way have this long: a refresh token that a provider has replaced would be
# lost. With GRACE_SECONDS it is less than the 30 seconds after which Kubernetes and systemd kill.
REQUEST_SECONDS: Final = 10.0


def grace_seconds(drain_seconds: float) -> float:
    """The seconds from the signal to the end of the last call of a node that takes new calls for so long."""
    return GRACE_SECONDS + drain_seconds - NOT_READY_SECONDS


class Stopping:
    """The deadlines that all parts of a node share when it stops."""

    def __init__(self) -> None:
        self._ends_at = math.inf
        self._refusing = asyncio.Event()
        self._at_end: list[Callable[[], None]] = []

    @property
    def has_begun(self) -> bool:
        """Whether the node is stopping. It reports not ready then."""
        return self._ends_at != math.inf

    @property
    def seconds_left(self) -> float:
        """How long calls in flight may still take."""
        return max(self._ends_at - asyncio.get_running_loop().time(), 0.0)

    def at_end(self, end: Callable[[], None]) -> None:
        """Register a function to call when calls in flight must end."""
        self._at_end.append(end)

    def begin(self, drain_seconds: float = NOT_READY_SECONDS) -> None:
        """Start to stop: report not ready, and start the time for calls in flight. It is longer the longer new calls are taken."""
        if not self.has_begun:
            loop = asyncio.get_running_loop()
            seconds = grace_seconds(drain_seconds)
            self._ends_at = loop.time() + seconds
            loop.call_later(seconds - _RESPONSE_SECONDS, self._end)

    def refuse(self) -> None:
        """Refuse new calls from now on."""
        self.begin()
        self._refusing.set()

    async def until_refusing(self) -> None:
        """Return when new calls must be refused."""
        await self._refusing.wait()

    def _end(self) -> None:
        for end in self._at_end:
            end()
