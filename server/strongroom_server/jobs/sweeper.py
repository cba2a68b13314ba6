"""Owns the removal of what is over, in small batches. Readers do not wait for it: expiry is decided when a row is read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.access.caller import Caller
from strongroom_server.audit.retention import drop_old_months
from strongroom_server.core.errors import log_fields
from strongroom_server.store import audit, expiry

if TYPE_CHECKING:
    from strongroom_server.audit.record import Recorder
    from strongroom_server.store.database import Database, Transaction

EVERY_SECONDS: Final = 30.0
BATCH: Final = 100

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What changed while the last turn was under way is looked at again.
_OVERLAP: Final = timedelta(minutes=5)

_log = structlog.get_logger()


async def sweep_forever(database: Database, recorder: Recorder, retention_days: int) -> None:
    """Sweep again and again until cancelled; a database that is away is tried at the next turn. 0 days keep events forever."""
    since = _BEGINNING
    while True:
        begin = recorder.now()
        try:
            await audit.add_audit_partitions(database)
            await sweep(database, recorder, since)
            if retention_days:
                await drop_old_months(database, recorder, retention_days)
            since = begin - _OVERLAP
        except Exception as error:  # whatever it is, the next turn may do better
            _log.warning("sweep failed", **log_fields(error))
        await asyncio.sleep(EVERY_SECONDS)


async def sweep(database: Database, recorder: Recorder, since: datetime = _BEGINNING) -> int:
    """Remove all that is over now, and answer how many credentials went. Versions are looked for in what changed since then."""
    removed = 0
    for organisation_id in await expiry.organisations_with_expired(database):
        while batch := await _remove_expired(database, recorder, organisation_id):
            removed += batch
    for organisation_id in await expiry.organisations_with_old_versions(database, since):
        await expiry.remove_old_versions(database, organisation_id, since)
    while await expiry.remove_request_ids(database, limit=BATCH):
        pass
    if removed:
        _log.info("swept", credentials=removed)
    return removed


async def _remove_expired(database: Database, recorder: Recorder, organisation_id: str) -> int:
    system = Caller.system(organisation_id)

    async def remove(transaction: Transaction) -> int:
        rows = await expiry.lock_expired(transaction, organisation_id, limit=BATCH)
        if rows:
            events = [recorder.event(system, "RemoveCredential", row) for row in rows]
            await expiry.remove(transaction, rows, events)
        return len(rows)

    return await database.in_transaction(remove)
