"""Runs the statements of concurrent calls together: one statement for all calls that read or write the same kind of row.

A call that comes alone runs at once. While its statement runs, further calls linger for LINGER_SECONDS and then run as one batch.
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

LINGER_SECONDS: Final = 0.0025
MAX_BATCH_SIZE: Final = 64
POOL_SIZE: Final = 10

KeyT = TypeVar("KeyT", bound="Hashable")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class _Queue:
    """The calls that can go into one batch."""

    __slots__ = ("running", "timer", "waiting")

    def __init__(self) -> None:
        self.waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self.running = 0
        self.timer: asyncio.TimerHandle | None = None


class BatchingDatabase(Database):
    """A database that runs the batched statements of concurrent calls together."""

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
        """The result of `run` for the item, together with at most MAX_BATCH_SIZE items of concurrent calls with the same key."""
        name = (run, key)
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue()
            queue.running = 1
            try:
                return await super().batch(run, key, item)
            finally:
                self._end(name, queue)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[ResultT] = loop.create_future()
        queue.waiting.append((item, done))
        if len(queue.waiting) == MAX_BATCH_SIZE:
            self._start(name, queue)
        elif queue.timer is None:
            queue.timer = loop.call_later(LINGER_SECONDS, self._start, name, queue)
        return await done

    def _start(self, name: tuple[_Run, Hashable], queue: _Queue) -> None:
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        waiting = [each for each in queue.waiting if not each[1].done()]
        queue.waiting = []
        queue.running += 1
        task = asyncio.create_task(self._run(name, queue, waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(
        self, name: tuple[_Run, Hashable], queue: _Queue, waiting: Sequence[tuple[Any, asyncio.Future[Any]]]
    ) -> None:
        run, key = name
        results: Sequence[Any]
        try:
            results = await run(self, key, [item for item, _ in waiting]) if waiting else []
        except Exception as error:  # every call of the batch gets the error
            results = [error] * len(waiting)
        finally:
            self._end(name, queue)
        for (_, done), result in zip(waiting, results, strict=True):
            if done.done():
                continue
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)

    def _end(self, name: tuple[_Run, Hashable], queue: _Queue) -> None:
        queue.running -= 1
        if not queue.running and not queue.waiting:
            del self._queues[name]


async def connect(primary: Primary) -> BatchingDatabase:
    """Connect to the server that takes writes. Raises DATABASE_UNAVAILABLE."""
    return BatchingDatabase(await open_pool(primary, POOL_SIZE))
