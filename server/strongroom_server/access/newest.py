"""Refuses an old row that was put back: an API key, organisation, team or key that an administrative event says was changed since.

Only events that an admin key signed count, so someone who can add events cannot lock anyone out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.store import subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import AuditEvent, Row
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, Transaction

_PAGE: Final = 100

_log = structlog.get_logger()


async def is_newest(
    database: Database | Transaction,
    keyring: Keyring,
    row: type[Row],
    organisation_id: str,
    subject: str | None,
    revision: int,
    newer: Sequence[AuditEvent] | None = None,
) -> bool:
    """Whether no authentic event says that a row was changed or deleted after this revision.

    `newer` holds at most the newest such event, if the statement that read the row also looked for it. If it is empty, nothing is
    read here.
    """

    async def page(skip: int) -> Sequence[AuditEvent]:
        return await subjects.newer_events(database, row, organisation_id, subject, revision, limit=_PAGE, skip=skip)

    skip, events = 0, await page(0) if newer is None else newer
    while events:
        for event in events:
            if keyring.is_authentic(event):
                _log.error(
                    "old row put back",
                    table=subjects.KINDS[row].table,
                    organisation=organisation_id,
                    subject=subject,
                    revision=revision,
                    newer=event.revision,
                )
                return False
            _log.error("audit event forged", organisation=organisation_id, event_id=str(event.event_id))
        skip += len(events)
        events = await page(skip)
    return True
