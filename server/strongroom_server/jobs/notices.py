"""Tells organisations of the times of their credentials, and of credentials that became INVALID.

The statement that stores an event also marks it as told, so each event is stored once, whichever node does it. The sweeper tells
that an expire_time has passed, in the transaction that deletes the credential.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import CREDENTIAL_STATE_INVALID
from strongroom_server.audit import outbox
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.store import notices
from strongroom_server.store.notices import Told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import Credential, OutboxEvent
    from strongroom_server.store.database import Database
    from strongroom_server.store.notices import Due

EVERY_SECONDS: Final = 1.0
BATCH: Final = 100
# So long before its end a credential is expiring, the longest first. The trigger of migration 0031 has the first.
LEADS: Final = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
# After this time a deleted credential, and one whose row was changed in the database, is looked at again.
_LOOK_AGAIN: Final = timedelta(hours=1)

_log = structlog.get_logger()


async def tell_forever(database: Database, recorder: Recorder, clock_is_right: Callable[[], bool]) -> None:
    """Tell what is due, every second until cancelled, except while the database's clock is wrong. An error is retried at the next
    turn.
    """
    while True:
        try:
            # What was told because of a wrong clock cannot be taken back.
            if clock_is_right():
                await tell_due(database, recorder)
        except Exception as error:  # the next turn may succeed
            _log.warning("telling failed", **log_fields(error))
        await asyncio.sleep(EVERY_SECONDS)


async def tell_due(database: Database, recorder: Recorder) -> int:
    """Tell everything that is due. Returns how many rows were done, including those that had nothing to tell."""
    total = 0
    while found := await notices.due(database, limit=BATCH):
        count = await notices.tell(database, [await _told_of(recorder, due) for due in found])
        total += count
        # If other nodes did all of it, they do the rest too, or it is for the next turn.
        if len(found) < BATCH or not count:
            break
    return total


def event_of(recorder: Recorder, event_type: str, row: Credential, time: datetime, field: str = "") -> OutboxEvent:
    """An event about a credential. `field` is the field of Credential that has the time."""
    data = {"name": row.name, "time": time.isoformat(), **({"field": field} if field else {})}
    return outbox.prepare_event(recorder, row.organisation_id, event_type, row.id, data)


async def is_signed(recorder: Recorder, row: Credential) -> bool:
    """Whether a node signed the row. Jobs leave the others alone: their times and states may be forged.

    Raises DATABASE_UNAVAILABLE.
    """
    try:
        await recorder.keyring.verify(row)
    except ServiceError as error:
        if error.reason != reasons.ERROR_REASON_SEAL_BROKEN:
            raise
        _log.error("credential left alone: its row was changed", credential=str(row.id))
        return False
    return True


async def _told_of(recorder: Recorder, due: Due) -> Told:
    """What to tell of what is due. The table only says where to look: times and states are those of the signed row."""
    row = due.row
    if row.delete_time is not None or not await is_signed(recorder, row):
        return Told(due, None, due.now + _LOOK_AGAIN)
    match due.about:
        case "reminder_time" if row.reminder_time:
            return Told(due, event_of(recorder, outbox.CREDENTIAL_REMINDER, row, row.reminder_time), None)
        case "state" if row.state == CREDENTIAL_STATE_INVALID:
            return Told(due, event_of(recorder, outbox.CREDENTIAL_INVALID, row, due.time), None)
        case "expire_time" if row.expire_time:
            return _expiry_of(recorder, due, row.expire_time)
        case "certificate_expire_time" if row.certificate_expire_time:
            return _expiry_of(recorder, due, row.certificate_expire_time)
    return Told(due, None, None)


def _expiry_of(recorder: Recorder, due: Due, end: datetime) -> Told:
    """What to tell of a time at which something expires. Of lead times that have passed together only the shortest is told."""
    of_certificate = due.about == "certificate_expire_time"
    if end <= due.now:
        # The sweeper tells the other kind.
        event = event_of(recorder, outbox.CREDENTIAL_EXPIRED, due.row, end, due.about) if of_certificate else None
        return Told(due, event, None)
    coming = [end - lead for lead in LEADS if end - lead > due.now]
    next_time = coming[0] if coming else end if of_certificate else None
    if len(coming) == len(LEADS):
        return Told(due, None, next_time)
    return Told(due, event_of(recorder, outbox.CREDENTIAL_EXPIRING, due.row, end, due.about), next_time)
