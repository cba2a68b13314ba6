"""Counts the calls in flight, ends those that exceed their timeout, and waits until all have ended.

Knows nothing of what the calls do.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

# A call ends at most this long after its timeout.
_CHECK_SECONDS: Final = 0.1


class StoppedError(Exception):
    """The node stops before the call has ended."""


class InFlight:
    """The calls in flight.

    One timer checks all calls, because a timer per call, as in asyncio.timeout, costs 3.5 us more.
    """

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._calls)

    def within(self, seconds: float) -> Call:
        """A context that counts as a call, and raises TimeoutError if it takes longer, to a tenth of a second."""
        return Call(self, seconds)

    async def drain(self, seconds: float) -> bool:
        """Wait at most so long for the calls in flight. Returns whether all ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        """End the calls in flight: their `with` raises StoppedError."""
        for call in self._calls:
            call.stop()

    def add(self, call: Call) -> None:
        """Count a call."""
        self._calls.add(call)
        self._idle.clear()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)

    def remove(self, call: Call) -> None:
        """Stop counting a call."""
        self._calls.discard(call)
        if not self._calls:
            self._idle.set()

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for call in self._calls:
            call.end_if_late(now)
        self._timer = loop.call_later(_CHECK_SECONDS, self._check) if self._calls else None


class Call:
    """One call, from the start of its `with` to the end of it."""

    __slots__ = ("_cause", "_deadline", "_in_flight", "_seconds", "_task")

    _task: asyncio.Task[object]

    def __init__(self, in_flight: InFlight, seconds: float) -> None:
        self._in_flight = in_flight
        self._seconds = seconds
        self._deadline = 0.0
        # The exception that the `with` raises if this object cancelled the call.
        self._cause: type[Exception] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._deadline = asyncio.get_running_loop().time() + self._seconds
        self._in_flight.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._in_flight.remove(self)
        # As in asyncio.timeout: if other code cancelled the task too, its CancelledError is raised.
        if self._cause is not None and not self._task.uncancel() and kind is asyncio.CancelledError:
            raise self._cause from error

    def clear_timeout(self) -> None:
        """End the call's timeout. The caller sets one for what follows."""
        self._deadline = float("inf")

    def end_if_late(self, now: float) -> None:
        """Cancel the call if its timeout has passed."""
        if self._deadline <= now:
            self._cancel(TimeoutError)

    def stop(self) -> None:
        """Cancel the call because the node stops."""
        self._cancel(StoppedError)

    def _cancel(self, cause: type[Exception]) -> None:
        if self._cause is None:
            self._cause = cause
            self._task.cancel()
