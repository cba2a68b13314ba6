"""Deletes expired credentials, tokens and sessions, old versions and old request ids, in small batches. It tells organisations of
credentials that have expired, in the transaction that deletes them.

Reads do not depend on it: they check expiry themselves.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from strongroom.v1 import error_reason_pb2
from strongroom_server.access.caller import Caller
from strongroom_server.access.organisations import read_verified
from strongroom_server.audit import outbox
from strongroom_server.audit.retention import drop_old_months
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.jobs.notices import event_of, is_signed
from strongroom_server.store import audit, connection_sessions, expiry, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import Organisation
    from strongroom_server.store.database import Database, Transaction

EVERY_SECONDS: Final = 30.0
BATCH: Final = 100

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Changes that were committed during the last turn are checked again.
_OVERLAP: Final = timedelta(minutes=5)

_log = structlog.get_logger()


async def sweep_forever(
    database: Database, recorder: Recorder, retention_days: int, clock_is_right: Callable[[], bool]
) -> None:
    """Sweep every 30 seconds until cancelled, except while the database's clock is wrong. An error is retried at the next turn.

    0 days keep audit events forever.
    """
    since = _BEGINNING
    while True:
        begin = recorder.now()
        try:
            await audit.add_audit_partitions(database)
            # What is deleted because of a wrong clock does not come back.
            if clock_is_right():
                await sweep(database, recorder, since)
                if retention_days:
                    await drop_old_months(database, recorder, retention_days)
                since = begin - _OVERLAP
        except Exception as error:  # the next turn may succeed
            _log.warning("sweep failed", **log_fields(error))
        await asyncio.sleep(EVERY_SECONDS)


async def sweep(database: Database, recorder: Recorder, since: datetime = _BEGINNING) -> int:
    """Delete everything that has expired, and return the number of credentials. Old versions are looked for in credentials and
    organisations that changed since then.
    """
    deleted = 0
    for organisation_id in await expiry.organisations_with_expired(database):
        settings = await _settings(database, recorder, organisation_id)
        while settings and (batch := await _delete_expired(database, recorder, settings)):
            deleted += batch
    for organisation_id in await expiry.organisations_with_old_versions(database, since):
        if settings := await _settings(database, recorder, organisation_id):
            await expiry.delete_old_versions(database, organisation_id, settings.kept_versions, since)
    while await expiry.delete_request_ids(database, limit=BATCH):
        pass
    while await tokens.forget_expired(database, limit=BATCH):
        pass
    while await connection_sessions.delete_old(database, limit=BATCH):
        pass
    if deleted:
        _log.info("swept", credentials=deleted)
    return deleted


async def _settings(database: Database, recorder: Recorder, organisation_id: str) -> Organisation | None:
    """The settings of an organisation, or None if somebody changed its row: nothing of it is deleted then."""
    try:
        return await read_verified(database, recorder.keyring, organisation_id)
    except ServiceError as error:
        if error.reason != error_reason_pb2.ERROR_REASON_SEAL_BROKEN:
            raise
        _log.error("organisation forged: not swept", organisation=organisation_id)
        return None


async def _delete_expired(database: Database, recorder: Recorder, settings: Organisation) -> int:
    system = Caller.system(settings.organisation_id)

    async def delete(transaction: Transaction) -> int:
        locked = await expiry.lock_expired(transaction, settings.organisation_id, settings.undelete_window, limit=BATCH)
        removed = [(row, expired) for row, expired in locked if await is_signed(recorder, row)]
        if removed:
            rows = [row for row, _ in removed]
            events = [recorder.event(system, "RemoveCredential", row) for row in rows]
            told = [
                event_of(recorder, outbox.CREDENTIAL_EXPIRED, row, row.expire_time, "expire_time")
                for row, expired in removed
                if expired and row.expire_time
            ]
            await expiry.delete_credentials(transaction, rows, events, told)
        return len(removed)

    return await database.in_transaction(delete)
