"""Owns how calls share statements: what several ask for at the same time goes to the database together. Knows no SQL.

A call that comes alone waits for nothing. One that comes while another is under way waits until that is done, and then goes with
those that have come meanwhile. Most statements are so quick that these are one or two, which gains nothing: so where calls come
fast enough for a few a window, statements start one a window, each for all that have come. A window ends before its time once as
many wait as those of late gathered, for then most likely all are there, and a moment after as many wait as went together the last
time; where that is only a few, none is opened again soon.
Statements start no less often than windows end, so that one that hangs holds nobody up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from strongroom_server.store.database import Database

    _Run = Callable[[Database, Any, Any], Awaitable[Sequence[Any]]]

WINDOW_SECONDS: Final = 0.012
MOST_AT_ONCE: Final = 64
# Calls that come more slowly than this, or fewer than these, are not worth a window.
_SLOW_SECONDS: Final = 0.002
_FEW: Final = 4
# How many are worth waiting for: as many as the fullest window of late gathered. A window that they end early adds an eighth, so
# that now and then one waits for another who may be there by now; one that lasts its time takes a tenth away.
_MORE: Final = 1 / 8
_LESS: Final = 0.9
# Once as many wait as went together the last time, others who are not there yet get no longer.
_GRACE_SECONDS: Final = 0.002
# How much the newest gap between two calls counts in their average, and the longest that counts: a busy time is noticed soon.
_WEIGHT: Final = 0.1
_LONGEST_GAP: Final = 2 * WINDOW_SECONDS
# More lanes than are busy at once.
_MOST_LANES: Final = 10_000

KeyT = TypeVar("KeyT", bound="Hashable")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class _Lane:
    """What may share a statement: who waits for the next one, how many are under way, when the last began and for how many, how
    many are worth waiting for, and how fast calls come.
    """

    __slots__ = ("arrived", "began", "enough", "gap", "key", "run", "running", "size", "timer", "waiting")

    def __init__(self, run: _Run, key: Hashable) -> None:
        self.run = run
        self.key = key
        self.waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self.running = 0
        self.size = 0
        self.enough = float(MOST_AT_ONCE)
        self.began = float("-inf")
        self.arrived = float("-inf")
        self.gap = _LONGEST_GAP
        self.timer: asyncio.TimerHandle | None = None


class Sharing:
    """Gathers what calls ask of one database, by what asks it and a key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lanes: dict[tuple[object, Hashable], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def share(
        self,
        run: Callable[[Database, KeyT, Sequence[ItemT]], Awaitable[Sequence[ResultT | Exception]]],
        key: KeyT,
        item: ItemT,
    ) -> ResultT:
        """What `run` answers for the item. It is called with at most MOST_AT_ONCE items of one key, and answers as many results,
        or raises what goes for all of them; a result that is an exception is raised for its item alone.
        """
        lane = self._lane(run, key)
        loop = asyncio.get_running_loop()
        now = loop.time()
        lane.gap += _WEIGHT * (min(now - lane.arrived, _LONGEST_GAP) - lane.gap)
        lane.arrived = now
        # Who calls alone, however fast, never meets another: only others' company is worth waiting for.
        in_company = lane.running or lane.waiting or (lane.size > 1 and lane.gap < _SLOW_SECONDS)
        if not in_company:
            result = (await self._ask(lane, [item], now))[0]
            if isinstance(result, Exception):
                raise result
            answer: ResultT = result
            return answer
        done: asyncio.Future[ResultT] = loop.create_future()
        lane.waiting.append((item, done))
        if len(lane.waiting) == MOST_AT_ONCE:
            self._start(lane)
        elif not lane.running and len(lane.waiting) >= int(lane.enough):
            lane.enough = max(lane.enough, len(lane.waiting)) + _MORE
            self._start(lane)
        elif lane.timer is None:
            lane.timer = loop.call_at(lane.began + WINDOW_SECONDS, self._close, lane)
        elif len(lane.waiting) == lane.size and lane.began + WINDOW_SECONDS > now + _GRACE_SECONDS:
            lane.timer.cancel()
            lane.timer = loop.call_at(now + _GRACE_SECONDS, self._close, lane)
        return await done

    def _lane(self, run: _Run, key: Hashable) -> _Lane:
        lane = self._lanes.get((run, key))
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes = {name: lane for name, lane in self._lanes.items() if lane.running or lane.waiting}
            lane = self._lanes[run, key] = _Lane(run, key)
        return lane

    def _close(self, lane: _Lane) -> None:
        """End a window."""
        lane.enough = max(len(lane.waiting), lane.enough * _LESS)
        if len(lane.waiting) <= _FEW:
            lane.gap = _LONGEST_GAP
        self._start(lane)

    def _start(self, lane: _Lane) -> None:
        """Ask for those who wait and have not given up."""
        if lane.timer is not None:
            lane.timer.cancel()
            lane.timer = None
        waiting = [each for each in lane.waiting if not each[1].done()]
        lane.waiting = []
        if waiting:
            task = asyncio.create_task(self._answer(lane, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, lane: _Lane, waiting: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        results: Sequence[Any]
        try:
            results = await self._ask(lane, [item for item, _ in waiting], asyncio.get_running_loop().time())
        except Exception as error:  # whatever it is, each of them must hear of it
            results = [error] * len(waiting)
        for (_, done), result in zip(waiting, results, strict=True):
            if done.done():
                continue
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)

    async def _ask(self, lane: _Lane, items: Sequence[Any], now: float) -> Sequence[Any]:
        lane.running += 1
        lane.began, lane.size = now, len(items)
        try:
            return await lane.run(self._database, lane.key, items)
        finally:
            lane.running -= 1
            if lane.waiting and not lane.running and lane.gap > _SLOW_SECONDS:
                self._start(lane)
