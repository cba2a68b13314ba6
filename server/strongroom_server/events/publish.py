"""Gives events their sequence numbers, about a second after they were committed, and adds their deliveries.

Numbers are given under a lock that is held until the commit, to events that are committed already. So numbers become visible in
their order and without gaps, which a database sequence cannot do: a transaction that takes a number first may commit last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.store import events

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.events.context import Context
    from strongroom_server.store.database import Transaction

BLOCK: Final = 500
_MOST_REPORTED: Final = 10_000

_log = structlog.get_logger()


async def publish_all(context: Context, reported: set[UUID]) -> int:
    """Number every event that is not numbered yet, and return how many. Forged events get no number.

    `reported` has the forged events that were logged. This adds to it, so that each is logged once.
    """
    total = 0
    # Where to go on. Organisations take turns, so that none waits until another one has no more events.
    left: dict[str, tuple[datetime, UUID] | None] = dict.fromkeys(
        await events.organisations_unnumbered(context.database)
    )
    while left:
        for organisation_id, after in list(left.items()):
            try:
                count, left[organisation_id] = await _publish_block(context, organisation_id, after, reported)
            except Exception as error:  # what is wrong with one organisation must not hold up the others
                if isinstance(error, ServiceError) and error.reason == reasons.ERROR_REASON_DATABASE_UNAVAILABLE:
                    raise
                _log.error("events not numbered", organisation=organisation_id, **log_fields(error))
                count, left[organisation_id] = 0, None
            total += count
            if left[organisation_id] is None:
                del left[organisation_id]
    return total


async def _publish_block(
    context: Context, organisation_id: str, after: tuple[datetime, UUID] | None, reported: set[UUID]
) -> tuple[int, tuple[datetime, UUID] | None]:
    """Number the events after that place. Returns how many, and the place to continue after if there may be more."""

    async def publish(transaction: Transaction) -> tuple[int, tuple[datetime, UUID] | None]:
        if not await events.lock_head(transaction, organisation_id):
            return 0, None
        found = await events.unnumbered(transaction, organisation_id, after=after, limit=BLOCK)
        authentic = []
        for event in found:
            if context.keyring.has_outbox_mac(event):
                authentic.append(event.event_id)
            elif event.event_id not in reported:
                if len(reported) < _MOST_REPORTED:
                    reported.add(event.event_id)
                _log.error("event forged", organisation=organisation_id, event_id=str(event.event_id))
        if authentic:
            await events.number(transaction, organisation_id, authentic)
        last = found[-1] if len(found) == BLOCK else None
        return len(authentic), (last.create_time, last.event_id) if last else None

    return await context.database.in_transaction(publish)
