"""Runs the statements of concurrent calls together: one statement for all calls of the same kind that arrive at once.

A call that comes alone runs immediately. Further calls wait for the end of a window, and run as one batch. There is at most one
window per WINDOW_SECONDS and kind of call, and it opens only if calls arrive fast enough to fill it. A batch is sent early once it
is as large as recent batches, and soon after it is as large as the last one. A batch does not wait for the statement before it, so
one that hangs delays no other call. bench/README.md has the measurements of simpler forms.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from strongroom_server.store.database import Database, open_pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    import asyncpg

    from strongroom_server.store.primary import Primary

    _Run = Callable[[Database, Any, Any], Awaitable[Sequence[Any]]]

WINDOW_SECONDS: Final = 0.012
MAX_BATCH_SIZE: Final = 64
_POOL_SIZE: Final = 10

# Windows pay if the average gap between calls is smaller than this, and if they gather more calls than this.
_MAX_GAP_SECONDS: Final = 0.002
_SMALL_BATCH: Final = 4

# The weight of the newest gap in the average, and the largest gap that counts: the start of a busy time is noticed soon.
_GAP_WEIGHT: Final = 0.1
_GAP_CAP: Final = 2 * WINDOW_SECONDS

# A queue expects as many calls as its largest recent batch. Each early batch raises the expectation by this much, so that a growing
# number of callers is noticed. Each full window multiplies it by the decay, so that a shrinking number is noticed too.
_GROWTH: Final = 1 / 8
_DECAY: Final = 0.9

# Once a batch is as large as the last one, it waits this long for additional callers.
_GRACE_SECONDS: Final = 0.002

# More queues than are busy at the same time. Idle ones are forgotten beyond it.
_MAX_QUEUES: Final = 10_000

KeyT = TypeVar("KeyT", bound="Hashable")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class _Queue:
    """The calls that can go into one batch.

    waiting: the calls of the next batch. running: how many statements are running. started: when the last batch was sent.
    last_size: its size. expected: the size at which a batch is sent early. gap: the average time between calls.
    """

    __slots__ = ("arrived", "expected", "gap", "key", "last_size", "run", "running", "started", "timer", "waiting")

    def __init__(self, run: _Run, key: Hashable) -> None:
        self.run = run
        self.key = key
        self.waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self.running = 0
        self.last_size = 0
        self.expected = float(MAX_BATCH_SIZE)
        self.started = float("-inf")
        self.arrived = float("-inf")
        self.gap = _GAP_CAP
        self.timer: asyncio.TimerHandle | None = None


class BatchingDatabase(Database):
    """A database that runs the items of concurrent `batch` calls together."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        super().__init__(pool)
        self._queues: dict[tuple[_Run, Hashable], _Queue] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def batch(
        self,
        run: Callable[[Database, KeyT, Sequence[ItemT]], Awaitable[Sequence[ResultT | Exception]]],
        key: KeyT,
        item: ItemT,
    ) -> ResultT:
        """As Database.batch, with at most MAX_BATCH_SIZE items of concurrent calls that have the same `run` and key."""
        queue = self._queue(run, key)
        loop = asyncio.get_running_loop()
        now = loop.time()
        queue.gap += _GAP_WEIGHT * (min(now - queue.arrived, _GAP_CAP) - queue.gap)
        queue.arrived = now
        # A single caller in a fast loop never has company, so its calls must not wait.
        has_company = queue.running or queue.waiting or (queue.last_size > 1 and queue.gap < _MAX_GAP_SECONDS)
        if not has_company:
            result = (await self._execute(queue, [item], now))[0]
            if isinstance(result, Exception):
                raise result
            answer: ResultT = result
            return answer
        done: asyncio.Future[ResultT] = loop.create_future()
        queue.waiting.append((item, done))
        if len(queue.waiting) == MAX_BATCH_SIZE:
            self._send(queue)
        elif not queue.running and len(queue.waiting) >= int(queue.expected):
            queue.expected = max(queue.expected, len(queue.waiting)) + _GROWTH
            self._send(queue)
        elif queue.timer is None:
            queue.timer = loop.call_at(queue.started + WINDOW_SECONDS, self._end_window, queue)
        elif len(queue.waiting) == queue.last_size and queue.started + WINDOW_SECONDS > now + _GRACE_SECONDS:
            queue.timer.cancel()
            queue.timer = loop.call_at(now + _GRACE_SECONDS, self._end_window, queue)
        return await done

    def _queue(self, run: _Run, key: Hashable) -> _Queue:
        queue = self._queues.get((run, key))
        if queue is None:
            if len(self._queues) >= _MAX_QUEUES:
                self._queues = {name: queue for name, queue in self._queues.items() if queue.running or queue.waiting}
            queue = self._queues[run, key] = _Queue(run, key)
        return queue

    def _end_window(self, queue: _Queue) -> None:
        queue.expected = max(len(queue.waiting), queue.expected * _DECAY)
        if len(queue.waiting) <= _SMALL_BATCH:
            queue.gap = _GAP_CAP
        self._send(queue)

    def _send(self, queue: _Queue) -> None:
        """Start a statement for the waiting calls that were not cancelled."""
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        waiting = [each for each in queue.waiting if not each[1].done()]
        queue.waiting = []
        if waiting:
            task = asyncio.create_task(self._complete(queue, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _complete(self, queue: _Queue, waiting: Sequence[tuple[Any, asyncio.Future[Any]]]) -> None:
        """Run a batch, and give each of its calls its result."""
        results: Sequence[Any]
        try:
            results = await self._execute(queue, [item for item, _ in waiting], asyncio.get_running_loop().time())
        except Exception as error:  # every call of the batch must get the error
            results = [error] * len(waiting)
        for (_, done), result in zip(waiting, results, strict=True):
            if done.done():
                continue
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)

    async def _execute(self, queue: _Queue, items: Sequence[Any], now: float) -> Sequence[Any]:
        queue.running += 1
        queue.started, queue.last_size = now, len(items)
        try:
            return await queue.run(self, queue.key, items)
        finally:
            queue.running -= 1
            if queue.waiting and not queue.running and queue.gap > _MAX_GAP_SECONDS:
                self._send(queue)


async def connect(primary: Primary) -> BatchingDatabase:
    """Connect to the server that takes writes. Raises DATABASE_UNAVAILABLE."""
    return BatchingDatabase(await open_pool(primary, _POOL_SIZE))
