"""Owns the calls in flight: how many there are, when each must have ended, and the waiting for all of them.

Knows nothing of what they do.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

# How late a call may be told that it is.
_LOOK_SECONDS: Final = 0.1


class StoppedError(Exception):
    """The node stops before the call has ended."""


class InFlight:
    """The calls in flight. One clock looks after all of them: one for each, as asyncio.timeout sets it, costs a call as much as to
    find out who makes it.
    """

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._clock: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._calls)

    def within(self, seconds: float) -> Call:
        """Counts what is done in it, and raises TimeoutError once it takes longer, to a tenth of a second."""
        return Call(self, seconds)

    async def drain(self, seconds: float) -> bool:
        """Wait so long for those there are. Answers whether all ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        """End those there are: their `with` raises StoppedError."""
        for call in self._calls:
            call.stop()

    def begin(self, call: Call) -> None:
        """Count a call."""
        self._calls.add(call)
        self._idle.clear()
        if self._clock is None:
            self._clock = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def end(self, call: Call) -> None:
        """Count a call no more."""
        self._calls.discard(call)
        if not self._calls:
            self._idle.set()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for call in self._calls:
            call.end_if_late(now)
        self._clock = loop.call_later(_LOOK_SECONDS, self._look) if self._calls else None


class Call:
    """One call, from the beginning of its `with` to the end of it."""

    __slots__ = ("_cause", "_ends", "_in_flight", "_seconds", "_task")

    _task: asyncio.Task[object]

    def __init__(self, in_flight: InFlight, seconds: float) -> None:
        self._in_flight = in_flight
        self._seconds = seconds
        self._ends = 0.0
        # What the call was ended with.
        self._cause: type[Exception] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._ends = asyncio.get_running_loop().time() + self._seconds
        self._in_flight.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._in_flight.end(self)
        # As asyncio.timeout does it: whoever else cancelled the task is heard.
        if self._cause is not None and not self._task.uncancel() and kind is asyncio.CancelledError:
            raise self._cause from error

    def wait_on(self) -> None:
        """What comes now has a time of its own."""
        self._ends = float("inf")

    def end_if_late(self, now: float) -> None:
        """Cancel the call if its time is over."""
        if self._ends <= now:
            self._cancel(TimeoutError)

    def stop(self) -> None:
        """Cancel the call because the node stops."""
        self._cancel(StoppedError)

    def _cancel(self, cause: type[Exception]) -> None:
        if self._cause is None:
            self._cause = cause
            self._task.cancel()
