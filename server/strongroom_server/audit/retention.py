"""Drops old audit events, a month at a time, and keeps what the chain and older versions need of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from strongroom_server.audit.box_events import KEEP, KEEP_DESTROYED, RESEAL, is_destroyed
from strongroom_server.core.records import AuditHead
from strongroom_server.store import audit, audit_chain

if TYPE_CHECKING:
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database, Transaction

_log = structlog.get_logger()


async def drop_old_months(database: Database, recorder: Recorder, retention_days: int) -> None:
    """Drop the months that ended so many days ago, the oldest first, up to one with events that are not chained."""
    for month in await audit_chain.months_before(database, retention_days):

        async def drop(transaction: Transaction, month: str = month) -> bool:
            if not await audit_chain.is_chained(transaction, month):
                return False
            for organisation_id, position, chain_hash in await audit_chain.ends_of(transaction, month):
                before = await audit_chain.head(transaction, organisation_id, "dropped")
                if before is None or before.position < position:
                    head = AuditHead(organisation_id, "dropped", position, chain_hash, recorder.now(), 0, "", b"")
                    await audit_chain.set_head(transaction, recorder.keyring.sign(head))
            # New events repeat the hashes of boxes that still exist.
            kept = await audit_chain.of_kept_versions(transaction, month)
            events = [_keep_event_of(recorder, event) for event in kept if recorder.keyring.is_authentic(event)]
            await audit.record_events(transaction, events)
            await audit_chain.drop(transaction, month)
            return True

        if not await database.in_transaction(drop):
            _log.warning("audit events not dropped: not all of them are chained", month=month)
            return
        _log.info("audit events dropped", month=month)


def _keep_event_of(recorder: Recorder, event: AuditEvent) -> AuditEvent:
    """The new event that repeats what a dropped one said of a version's box."""
    return recorder.keyring.event_with_mac(
        type(event)(
            organisation_id=event.organisation_id,
            event_id=uuid4(),
            event_time=recorder.now(),
            action=KEEP_DESTROYED if is_destroyed([event]) else KEEP,
            outcome="OK",
            key_id="",
            peer="",
            credential_id=event.credential_id,
            version=event.version,
            box_sha256=event.box_sha256,
            redact_fields=event.redact_fields,
            subject=event.subject if event.subject == audit.WIDENED or event.action in (RESEAL, KEEP) else None,
        )
    )
