"""Decides which call runs next when more arrive than can run: organisations take turns, and so do the callers of each.

Knows nothing of what the calls do. bench/README.md has the measurements behind the numbers.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from time import monotonic
from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Gauge, Histogram

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

# An organisation counts as active for so long after a call, so that one which makes a call after the other has its share kept free.
ACTIVE_SECONDS: Final = 1.0
# Once an organisation's calls have waited longer than the first for the second, its new calls are refused until it is less.
MOST_WAIT_SECONDS: Final = 2.0
OVERLOAD_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1
# Nothing of these is waited for: it would only take memory.
MOST_WAITING: Final = 10_000

_SECONDS = Histogram(
    "strongroom_queue_seconds",
    "How long calls waited for their turn. Calls that did not wait are not counted.",
    ("lane",),
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
_WAITING = Gauge("strongroom_queued", "Calls that wait for their turn.", ("lane",), multiprocess_mode="livesum")
_SHED = Counter("strongroom_shed", "Calls that were refused because calls wait too long.", ("lane",))


class FairQueue:
    """A lane of the node: the calls that run, and those that wait for a turn.

    most: how many calls of an organisation run at once while no other organisation is active. shared: how many, otherwise.
    total: how many run in all.
    """

    def __init__(self, lane: str, most: int, shared: int, total: int) -> None:
        self._most = most
        self._shared = shared
        self._total = total
        self._running = 0
        self._waiting = 0
        # Those with calls that run or wait.
        self._organisations: dict[str, _Organisation] = {}
        # Those with calls that wait, in the order of their turns.
        self._turns: OrderedDict[str, _Organisation] = OrderedDict()
        self._last = ""
        self._alone_at = 0.0
        self._seconds = _SECONDS.labels(lane)
        self._gauge = _WAITING.labels(lane)
        self._shed = _SHED.labels(lane)

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return self._waiting

    def turn(self, organisation_id: str, caller: str, *, sheds: bool = True) -> Turn:
        """A context that begins when it is the call's turn. It can be left early with `end`.

        Raises OVERLOADED if `sheds` and the calls of the organisation wait too long.
        """
        return Turn(self, organisation_id, caller, sheds=sheds)

    def enter(self, organisation_id: str, caller: str, *, sheds: bool) -> asyncio.Future[None] | None:
        """Let a call run at once, or return the future of its turn. Raises OVERLOADED."""
        now = monotonic()
        if organisation_id != self._last:
            self._last = organisation_id
            self._alone_at = now + ACTIVE_SECONDS
        organisation = self._organisations.get(organisation_id)
        if organisation is None:
            organisation = self._organisations[organisation_id] = _Organisation()
        if not organisation.callers and self._may_run(organisation, now):
            self._running += 1
            organisation.running += 1
            return None
        if sheds and (organisation.late_since < now - OVERLOAD_SECONDS or self._waiting >= MOST_WAITING):
            if not organisation.running and not organisation.callers:
                del self._organisations[organisation_id]
            self._shed.inc()
            raise ServiceError(error_reason_pb2.ERROR_REASON_OVERLOADED, retry_seconds=str(RETRY_SECONDS))
        self._turns.setdefault(organisation_id, organisation)
        return self._wait(organisation, caller, now)

    def leave(self, organisation_id: str) -> None:
        """End a call that ran, and let others run in its place."""
        if monotonic() < self._alone_at:
            # Its place is free once the event loop has run: a flood of calls that never wait takes no more of a turn of the loop
            # than its share.
            asyncio.get_running_loop().call_soon(self._free, organisation_id)
        else:
            self._free(organisation_id)

    def _free(self, organisation_id: str) -> None:
        self._running -= 1
        organisation = self._organisations[organisation_id]
        organisation.running -= 1
        if self._turns:
            self._hand_over(monotonic())
        if not organisation.running and not organisation.callers:
            del self._organisations[organisation_id]

    def give_up(self, organisation_id: str, caller: str, turn: asyncio.Future[None]) -> None:
        """Remove a call that waits no longer."""
        organisation = self._organisations[organisation_id]
        waiting = organisation.callers[caller]
        # From the end: whoever gives up came last more often than first.
        for index in range(len(waiting) - 1, -1, -1):
            if waiting[index][0] is turn:
                del waiting[index]
                break
        self._waiting -= 1
        self._gauge.set(self._waiting)
        if waiting:
            return
        del organisation.callers[caller]
        if not organisation.callers:
            del self._turns[organisation_id]
        if not organisation.running and not organisation.callers:
            del self._organisations[organisation_id]

    def _may_run(self, organisation: _Organisation, now: float) -> bool:
        most = self._shared if now < self._alone_at else self._most
        return organisation.running < most and self._running < self._total

    def _wait(self, organisation: _Organisation, caller: str, now: float) -> asyncio.Future[None]:
        turn = asyncio.get_running_loop().create_future()
        waiting = organisation.callers.get(caller)
        if waiting is None:
            waiting = organisation.callers[caller] = deque()
        waiting.append((turn, now))
        self._waiting += 1
        self._gauge.set(self._waiting)
        return turn

    def _hand_over(self, now: float) -> None:
        """Let as many waiting calls run as may."""
        while self._running < self._total:
            # One that has its share keeps its place.
            ready = (each for each in self._turns.items() if self._may_run(each[1], now))
            organisation_id, organisation = next(ready, ("", None))
            if organisation is None:
                return
            self._start(organisation, now)
            if organisation.callers:
                self._turns.move_to_end(organisation_id)
            else:
                del self._turns[organisation_id]

    def _start(self, organisation: _Organisation, now: float) -> None:
        caller, waiting = next(iter(organisation.callers.items()))
        turn, since = waiting.popleft()
        if waiting:
            organisation.callers.move_to_end(caller)
        else:
            del organisation.callers[caller]
        self._waiting -= 1
        self._running += 1
        organisation.running += 1
        self._gauge.set(self._waiting)
        self._seconds.observe(now - since)
        if now - since < MOST_WAIT_SECONDS:
            organisation.late_since = float("inf")
        elif organisation.late_since > now:
            organisation.late_since = now
        turn.set_result(None)


class _Organisation:
    """The calls of an organisation: how many run, and those that wait, by caller. late_since: since when they wait too long."""

    __slots__ = ("callers", "late_since", "running")

    def __init__(self) -> None:
        self.running = 0
        self.callers: OrderedDict[str, deque[tuple[asyncio.Future[None], float]]] = OrderedDict()
        self.late_since = float("inf")


class Turn:
    """One call in a queue."""

    __slots__ = ("_caller", "_organisation_id", "_queue", "_sheds", "lasts")

    def __init__(self, queue: FairQueue, organisation_id: str, caller: str, *, sheds: bool) -> None:
        self._queue = queue
        self._organisation_id = organisation_id
        self._caller = caller
        self._sheds = sheds
        # Whether it has begun and not ended.
        self.lasts = False

    async def __aenter__(self) -> Self:
        turn = self._queue.enter(self._organisation_id, self._caller, sheds=self._sheds)
        if turn is not None:
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._queue.leave(self._organisation_id)
                else:
                    self._queue.give_up(self._organisation_id, self._caller, turn)
                raise
        self.lasts = True
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let another call run in the place of this one. It may be called more than once."""
        if self.lasts:
            self.lasts = False
            self._queue.leave(self._organisation_id)
