"""Owns how calls share statements: what several ask for within a moment goes to the database together. Knows no SQL.

A call that comes alone waits for nothing. Where calls come faster than one a window, the first opens a window, and whatever comes
in it shares its statement; a fixed window would make every lone call slow, and none would share almost nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from strongroom_server.store.database import Database

    _Run = Callable[[Database, Any, Any], Awaitable[Sequence[Any]]]

WINDOW_SECONDS: Final = 0.002
MOST_AT_ONCE: Final = 64
# How much the newest gap between two arrivals counts in their average; the longest that counts, so that a busy time is noticed
# within a few calls.
_WEIGHT: Final = 0.2
_LONGEST_GAP: Final = 4 * WINDOW_SECONDS
# More lanes than are busy at once.
_MOST_LANES: Final = 10_000

KeyT = TypeVar("KeyT", bound="Hashable")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class _Lane:
    """What may share a statement: how fast it comes, and what waits for the end of the window."""

    __slots__ = ("arrived", "gap", "timer", "waiting")

    def __init__(self) -> None:
        self.arrived = float("-inf")
        self.gap = _LONGEST_GAP
        self.waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self.timer: asyncio.TimerHandle | None = None


class Sharing:
    """Gathers what calls ask of one database, by what asks it and a key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lanes: dict[tuple[object, Hashable], _Lane] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def share(
        self,
        run: Callable[[Database, KeyT, Sequence[ItemT]], Awaitable[Sequence[ResultT | Exception]]],
        key: KeyT,
        item: ItemT,
    ) -> ResultT:
        """What `run` answers for the item. It is called with at most MOST_AT_ONCE items of one key, and answers as many results,
        or raises what goes for all of them; a result that is an exception is raised for its item alone.
        """
        loop = asyncio.get_running_loop()
        lane = self._lane((run, key))
        now = loop.time()
        lane.gap += _WEIGHT * (min(now - lane.arrived, _LONGEST_GAP) - lane.gap)
        lane.arrived = now
        if not lane.waiting and lane.gap > WINDOW_SECONDS:
            result = (await run(self._database, key, [item]))[0]
            if isinstance(result, Exception):
                raise result
            return result
        done: asyncio.Future[ResultT] = loop.create_future()
        lane.waiting.append((item, done))
        if len(lane.waiting) == 1:
            lane.timer = loop.call_later(WINDOW_SECONDS, self._start, run, key, lane)
        elif len(lane.waiting) == MOST_AT_ONCE:
            assert lane.timer is not None
            lane.timer.cancel()
            self._start(run, key, lane)
        return await done

    def _lane(self, name: tuple[object, Hashable]) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes = {name: lane for name, lane in self._lanes.items() if lane.waiting}
            lane = self._lanes[name] = _Lane()
        return lane

    def _start(self, run: _Run, key: object, lane: _Lane) -> None:
        # Who has given up meanwhile is asked for no more.
        waiting = [(item, done) for item, done in lane.waiting if not done.done()]
        lane.waiting = []
        if waiting:
            task = asyncio.create_task(self._run(run, key, waiting))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, run: _Run, key: object, waiting: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        results: Sequence[Any]
        try:
            results = await run(self._database, key, [item for item, _ in waiting])
        except Exception as error:  # whatever it is, each of them must hear of it
            results = [error] * len(waiting)
        for (_, done), result in zip(waiting, results, strict=True):
            if done.done():
                continue
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)
