"""Decides which call runs next when more arrive than can run: organisations take turns, and so do the callers of each.

Knows nothing of what the calls do. bench/README.md has the measurements behind the numbers.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from operator import attrgetter
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Gauge, Histogram

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.activity import ACTIVE_SECONDS, REST_TURNS
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from strongroom_server.core.activity import Activity

# Once an organisation's calls have waited longer than the first for the second, its new calls are refused until it is less.
MOST_WAIT_SECONDS: Final = 2.0
OVERLOAD_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1
# What the turns of a rest may take for others, so that a call that takes as many is not delayed by more.
MOST_REST_SECONDS: Final = 0.002
# An organisation with more waiting calls than this floods a lane that has a rest factor.
MOST_WITHOUT_REST: Final = 8
# The longest rest in such a lane.
LONGEST_REST_SECONDS: Final = 0.25
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

    activity: which organisations are active, in all lanes. most: how many calls of an organisation run at once while no other
    organisation is active. shared: how many otherwise, at least: more if the event loop has time and `grows`. total: how many run
    in all. rest_factor: after a call of an organisation that floods the lane while others are active, its place stays free for so
    many times the time of the call. It is for calls that take time of the database, which the event loop does not see.
    """

    def __init__(
        self,
        lane: str,
        activity: Activity,
        most: int,
        shared: int,
        total: int,
        *,
        grows: bool = True,
        rest_factor: int = 0,
    ) -> None:
        self._activity = activity
        self._most = most
        self._shared = shared
        self._total = total
        self._running = 0
        self._waiting = 0
        # Those with calls that run or wait.
        self._organisations: dict[str, _Organisation] = {}
        # Those with calls that wait, in the order of their turns.
        self._turns: OrderedDict[str, _Organisation] = OrderedDict()
        # How many calls of an organisation run at once beside others. More do while turns of the event loop are short: with a
        # distant database calls take little of them and last long.
        self._sharing = float(shared)
        self._most_sharing = most if grows else shared
        self._rest_factor = rest_factor
        # The places of calls that ended: the turn of the event loop in which each is free again, when it ended, and whose it was.
        self._resting: deque[tuple[int, float, str]] = deque()
        self._loop_turn = 0
        # The last call that came while its organisation was not alone.
        self._shared_at = 0.0
        self._seconds = _SECONDS.labels(lane)
        self._gauge = _WAITING.labels(lane)
        self._shed = _SHED.labels(lane)

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return self._waiting

    def turn(self, organisation_id: str, caller: str, *, sheds: bool = True, counts: bool = True) -> Turn:
        """A context that begins when it is the call's turn. It can be left early with `end`.

        counts: whether the call makes its organisation active. Raises OVERLOADED if `sheds` and the calls of the organisation wait
        too long, or too many wait.
        """
        return Turn(self, organisation_id, caller, sheds=sheds, counts=counts)

    def enter(self, turn: Turn) -> asyncio.Future[None] | None:
        """Let a call run at once, or return the future that ends when it runs. Raises OVERLOADED."""
        now = monotonic()
        organisation_id = turn.organisation_id
        if turn.counts:
            self._activity.called(organisation_id, now)
        if self._activity.beside_others(organisation_id, now):
            if now >= self._shared_at + ACTIVE_SECONDS:
                self._sharing = float(self._shared)
            self._shared_at = now
        organisation = self._organisations.get(organisation_id)
        if organisation is None:
            organisation = self._organisations[organisation_id] = _Organisation()
        if not organisation.callers and self._may_run(organisation_id, organisation, now):
            self._running += 1
            organisation.running += 1
            turn.began = now
            turn.lasts = True
            return None
        if turn.sheds:
            self._shed_if_overloaded(organisation_id, organisation, now)
        return self._wait(organisation, turn, now)

    def count_refused(self, seconds: float) -> None:
        """Count a call that its caller refuses because it has waited so long."""
        self._shed.inc()
        self._seconds.observe(seconds)

    def leave(self, organisation_id: str, began: float) -> None:
        """End a call that ran since then, and let others run in its place."""
        now = monotonic()
        if not self._activity.beside_others(organisation_id, now):
            self._free(organisation_id)
            return
        if self._rest_factor and self._organisations[organisation_id].waiting > MOST_WITHOUT_REST:
            seconds = min(self._rest_factor * (now - began), LONGEST_REST_SECONDS)
            asyncio.get_running_loop().call_later(seconds, self._free, organisation_id)
            return
        # Beside others the place is free some turns of the event loop later. Otherwise calls would run as fast as gRPC hands them
        # over, which takes turns as well, and a flood would wait where nobody sees whose calls they are.
        if not self._resting:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._resting.append((self._loop_turn + REST_TURNS, thread_time(), organisation_id))

    def _next_turn(self) -> None:
        self._loop_turn += 1
        # One in a turn, because calls that a statement served together end together, and would begin together too.
        if self._resting and self._resting[0][0] <= self._loop_turn:
            _, since, organisation_id = self._resting.popleft()
            if thread_time() - since > MOST_REST_SECONDS:
                self._sharing = max(self._sharing - 1, self._shared)
            else:
                self._sharing = min(self._sharing + 0.1, self._most_sharing)
            self._free(organisation_id)
        if self._resting:
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _free(self, organisation_id: str) -> None:
        self._running -= 1
        organisation = self._organisations[organisation_id]
        organisation.running -= 1
        if self._turns:
            self._hand_over(monotonic())
        self._forget_idle(organisation_id, organisation)

    def give_up(self, turn: Turn) -> None:
        """Remove a call that waits no longer. One that was removed before is ignored."""
        organisation = self._organisations.get(turn.organisation_id)
        waiting = organisation.callers.get(turn.caller) if organisation is not None else None
        if organisation is None or waiting is None or turn not in waiting:
            return
        del waiting[turn]
        self._count(organisation, -1)
        if not waiting:
            del organisation.callers[turn.caller]
        if not organisation.callers:
            del self._turns[turn.organisation_id]
            self._forget_idle(turn.organisation_id, organisation)

    def _may_run(self, organisation_id: str, organisation: _Organisation, now: float) -> bool:
        most = self._sharing if self._activity.beside_others(organisation_id, now) else self._most
        return organisation.running + 1 <= most and self._running < self._total

    def _shed_if_overloaded(self, organisation_id: str, organisation: _Organisation, now: float) -> None:
        if organisation.late_since < now - OVERLOAD_SECONDS:
            self._shed.inc()
            raise _overloaded()
        if self._waiting < MOST_WAITING:
            return
        self._shed.inc()
        longest = max(self._turns.values(), key=attrgetter("waiting"))
        if longest.waiting <= organisation.waiting + 1:
            self._forget_idle(organisation_id, organisation)
            raise _overloaded()
        # The last call of the longest queue makes room, so that no organisation can keep the others out.
        turn = next(reversed(next(reversed(longest.callers.values()))))
        turn.refuse(_overloaded())
        self.give_up(turn)

    def _wait(self, organisation: _Organisation, turn: Turn, now: float) -> asyncio.Future[None]:
        self._turns.setdefault(turn.organisation_id, organisation)
        waiting = organisation.callers.get(turn.caller)
        if waiting is None:
            waiting = organisation.callers[turn.caller] = OrderedDict()
        waiting[turn] = None
        self._count(organisation, 1)
        return turn.begin_to_wait(now)

    def _hand_over(self, now: float) -> None:
        """Let as many waiting calls run as may."""
        while self._running < self._total:
            # One that has its share keeps its place.
            ready = (each for each in self._turns.items() if self._may_run(*each, now))
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
        turn, _ = waiting.popitem(last=False)
        if waiting:
            organisation.callers.move_to_end(caller)
        else:
            del organisation.callers[caller]
        self._count(organisation, -1)
        self._running += 1
        organisation.running += 1
        waited = now - turn.since
        self._seconds.observe(waited)
        if waited < MOST_WAIT_SECONDS:
            organisation.late_since = float("inf")
        elif organisation.late_since > now:
            organisation.late_since = now
        turn.start(now)

    def _count(self, organisation: _Organisation, change: int) -> None:
        organisation.waiting += change
        self._waiting += change
        self._gauge.set(self._waiting)

    def _forget_idle(self, organisation_id: str, organisation: _Organisation) -> None:
        if not organisation.running and not organisation.callers:
            del self._organisations[organisation_id]


class _Organisation:
    """The calls of an organisation: how many run, and those that wait, by caller. late_since: since when they wait too long."""

    __slots__ = ("callers", "late_since", "running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting = 0
        # Ordered sets: calls that give up are removed from the middle, hundreds at a time when a connection ends.
        self.callers: OrderedDict[str, OrderedDict[Turn, None]] = OrderedDict()
        self.late_since = float("inf")


class Turn:
    """One call in a queue."""

    __slots__ = ("_queue", "_waking", "began", "caller", "counts", "lasts", "organisation_id", "sheds", "since")

    _waking: asyncio.Future[None]

    def __init__(self, queue: FairQueue, organisation_id: str, caller: str, *, sheds: bool, counts: bool) -> None:
        self._queue = queue
        self.organisation_id = organisation_id
        self.caller = caller
        self.sheds = sheds
        self.counts = counts
        # Whether it has begun and not ended.
        self.lasts = False
        # When it began to wait, and to run.
        self.since = self.began = 0.0

    async def __aenter__(self) -> Self:
        waking = self._queue.enter(self)
        if waking is not None:
            try:
                await waking
            except BaseException:
                # A call that is cancelled may have been started since: its task runs only after both.
                if self.lasts:
                    self.end()
                else:
                    self._queue.give_up(self)
                raise
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let another call run in the place of this one. It may be called more than once."""
        if self.lasts:
            self.lasts = False
            self._queue.leave(self.organisation_id, self.began)

    def begin_to_wait(self, now: float) -> asyncio.Future[None]:
        """Return the future that ends with `start` or `refuse`. For the queue."""
        self.since = now
        self._waking = asyncio.get_running_loop().create_future()
        return self._waking

    def start(self, now: float) -> None:
        """Wake the call. For the queue."""
        self.began = now
        self.lasts = True
        if not self._waking.done():
            self._waking.set_result(None)

    def refuse(self, error: ServiceError) -> None:
        """Wake the call with an error. For the queue."""
        if not self._waking.done():
            self._waking.set_exception(error)


def _overloaded() -> ServiceError:
    return ServiceError(error_reason_pb2.ERROR_REASON_OVERLOADED, retry_seconds=str(RETRY_SECONDS))
