"""Refuses an old row that was put back: one that an administrative event says was changed since.

Only events that an admin key signed count, so someone who can add events cannot lock anyone out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import AuditEvent
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, Transaction
    from strongroom_server.store.subjects import SubjectRow

_PAGE: Final = 100

_log = structlog.get_logger()


async def verify_newest(
    database: Database | Transaction,
    keyring: Keyring,
    row: SubjectRow,
    newer: Sequence[AuditEvent],
) -> None:
    """Raises SEAL_BROKEN if no admin key signed the row, it was changed, or an authentic event says that it is an old one.

    `newer` holds at most the newest of the events that are newer than the row, which one statement read together with it. If it
    is empty, nothing is read here.
    """
    await keyring.verify(row)
    seen, events = 0, newer
    while events:
        for event in events:
            if keyring.is_authentic(event):
                _log.error(
                    "old row put back",
                    table=subjects.KINDS[type(row)].table,
                    organisation=row.organisation_id,
                    subject=subjects.subject_of(row),
                    revision=row.revision,
                    newer=event.revision,
                )
                raise seal_broken(row)
            _log.error("audit event forged", organisation=row.organisation_id, event_id=str(event.event_id))
        seen += len(events)
        events = await subjects.newer_events(database, row, limit=_PAGE, skip=seen)
