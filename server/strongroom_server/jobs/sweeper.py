"""Owns the removal of what is over, in small batches. Readers do not wait for it: expiry is decided when a row is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.store import audit, expiry

if TYPE_CHECKING:
    from strongroom_server.store.database import Database

EVERY_SECONDS: Final = 30.0
BATCH: Final = 100

_log = structlog.get_logger()


async def sweep_forever(database: Database) -> None:
    """Sweep again and again until cancelled; a database that is away is tried at the next turn."""
    while True:
        try:
            await audit.add_audit_partitions(database)
            await sweep(database)
        except Exception as error:  # whatever it is, the next turn may do better
            _log.warning("sweep failed", error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def sweep(database: Database) -> int:
    """Remove all that is over now, and answer how many credentials went."""
    removed = 0
    for organisation_id in await expiry.organisations_with_expired(database):
        while batch := await expiry.remove_expired(database, organisation_id, limit=BATCH):
            removed += batch
    while await expiry.remove_request_ids(database, limit=BATCH):
        pass
    if removed:
        _log.info("swept", credentials=removed)
    return removed
