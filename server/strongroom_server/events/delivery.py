"""Sends the deliveries that are due, many at a time, and decides when a failed one is tried again."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.errors import log_fields
from strongroom_server.core.tasks import cancel_all
from strongroom_server.events import metrics
from strongroom_server.events.sending import send
from strongroom_server.store import deliveries, webhooks

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.events.context import Context
    from strongroom_server.store.deliveries import Taken

# Requests under way at a time on one node.
MOST_OF_NODE: Final = 64
# After which time a failed delivery is tried again, by how often it has failed. 71.6 hours in all.
BACKOFF: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
)
# Receivers that failed together are not asked together again. Earlier, so that the last attempt is within three days.
_JITTER: Final = 0.1

_log = structlog.get_logger()


class Sender:
    """The requests of this node that are under way. Each is a task, so no delivery waits for another one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        # Set when a delivery has ended, because its webhook may then get another one.
        self._has_room = asyncio.Event()

    async def start_due(self) -> int:
        """Take the deliveries that are due, begin to send them, and return how many."""
        self._has_room.clear()
        free = MOST_OF_NODE - len(self._tasks)
        if free <= 0:
            return 0
        taken = await self._context.database.in_transaction(
            lambda transaction: deliveries.take(transaction, limit=free)
        )
        for each in taken:
            task = asyncio.create_task(self._deliver(each))
            self._tasks.add(task)
            task.add_done_callback(self._end)
        return len(taken)

    async def wait_for_room(self, seconds: float) -> None:
        """Wait until a delivery that is under way ends, at most so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._has_room.wait()

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """End what is under way. When its lease is over, another node sends it again."""
        await cancel_all(list(self._tasks), lambda: None)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._has_room.set()

    async def _deliver(self, taken: Taken) -> None:
        """Send an event and store the outcome. If that fails, the end of the lease makes the delivery due again."""
        context, event = self._context, taken.published.event
        try:
            stored = await webhooks.get(context.database, event.organisation_id, taken.webhook_id)
            if stored is None or stored.webhook.paused:
                return
            outcome = await send(context, stored, event, taken.published.sequence)
            if outcome.succeeded:
                await deliveries.delivered(context.database, taken, outcome.text)
                metrics.REQUESTS.labels("delivered").inc()
                return
            retry_time = (
                None if outcome.is_gone else retry_time_of(taken, context.recorder.now(), outcome.retry_seconds)
            )
            await deliveries.failed(context.database, taken, outcome.text, retry_time, is_gone=outcome.is_gone)
            metrics.REQUESTS.labels("given_up" if retry_time is None else "failed").inc()
        except Exception as error:  # one delivery must not end the others
            _log.warning("delivery failed", organisation=event.organisation_id, **log_fields(error))


def retry_time_of(taken: Taken, now: datetime, retry_seconds: float | None = None) -> datetime | None:
    """When a delivery that has failed once more is tried again. None if that would be too late.

    `retry_seconds` is what the receiver has asked for. It can delay the next attempt, and cannot prevent it.
    """
    if taken.failures >= len(BACKOFF):
        return None
    retry_time = now + BACKOFF[taken.failures] * random.uniform(1 - _JITTER, 1)  # noqa: S311 - spreads load
    asked_for = now + timedelta(seconds=retry_seconds or 0)
    if retry_time < asked_for <= taken.give_up_time:
        return asked_for
    return retry_time if retry_time <= taken.give_up_time else None
