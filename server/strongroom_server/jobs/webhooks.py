"""Publishes events and delivers them to webhooks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from strongroom_server.core.errors import log_fields
from strongroom_server.events import metrics
from strongroom_server.events.delivery import Sender
from strongroom_server.events.publish import publish_all
from strongroom_server.store import deliveries, events

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.events.context import Context

EVERY_SECONDS: Final = 0.5
# A webhook that answers quickly gets up to 4 events in this time. Each turn costs the database about a millisecond.
_SHORTEST_SECONDS: Final = 0.05
_CLEAN_SECONDS: Final = 30.0
_BATCH: Final = 500

_log = structlog.get_logger()


async def deliver_forever(context: Context, clock_is_right: Callable[[], bool]) -> None:
    """Publish and deliver every half second until cancelled, or sooner if a delivery has ended.

    An error ends the turn, and the next turn tries again.
    """
    sender, reported, cleaned_at = Sender(context), set[UUID](), float("-inf")
    try:
        while True:
            try:
                await publish_all(context, reported)
                await sender.start_due()
                # What is deleted or given up because of a wrong clock does not come back.
                if clock_is_right() and time.monotonic() - cleaned_at > _CLEAN_SECONDS:
                    cleaned_at = time.monotonic()
                    await clean(context)
                    metrics.OLDEST_PENDING.set(await deliveries.oldest_pending(context.database))
            except Exception as error:  # the job must outlive any error
                _log.warning("delivering failed", **log_fields(error))
            await asyncio.sleep(_SHORTEST_SECONDS)
            await sender.wait_for_room(EVERY_SECONDS - _SHORTEST_SECONDS)
    finally:
        await sender.close()


async def clean(context: Context) -> None:
    """Give up deliveries that waited too long, and delete events that are no longer kept."""
    while await deliveries.give_up_late(context.database, limit=_BATCH) == _BATCH:
        pass
    while await events.delete_old(context.database, limit=_BATCH) == _BATCH:
        pass
