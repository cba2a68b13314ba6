"""Drops old audit events, a month at a time, and keeps what the chain and older versions need of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from strongroom_server.audit.box_events import KEEP, KEEP_DESTROYED, KEEP_REVISION, RESEAL, is_destroyed
from strongroom_server.core.records import AuditHead
from strongroom_server.store import audit, audit_chain
from strongroom_server.store.subjects import SIGNED, actions_of, keep_action

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
            await audit.record_events(transaction, await _kept_events(recorder, transaction, month))
            await audit_chain.drop(transaction, month)
            return True

        if not await database.in_transaction(drop):
            _log.warning("audit events not dropped: not all of them are chained", month=month)
            return
        _log.info("audit events dropped", month=month)


async def _kept_events(recorder: Recorder, transaction: Transaction, month: str) -> list[AuditEvent]:
    """New events that repeat what the authentic events of a month prove and no other event does: the hashes of boxes that
    exist, and the last revisions of rows.
    """
    is_authentic = recorder.keyring.is_authentic
    boxes = list(filter(is_authentic, await audit_chain.of_kept_versions(transaction, month)))
    writes = list(filter(is_authentic, await audit_chain.last_writes(transaction, month)))
    of_boxes, of_writes = ({event.event_id for event in events} for events in (boxes, writes))
    kept = [
        _keep_event_of(recorder, event, revision=event.revision if event.event_id in of_writes else None)
        for event in boxes
    ]
    kept += [_keep_revision_of(recorder, event) for event in writes if event.event_id not in of_boxes]
    for row in SIGNED:
        for event in await audit_chain.last_of_subjects(transaction, month, actions_of(row)):
            if is_authentic(event):
                kept.append(_keep_subject_of(recorder, event, keep_action(row, event.action)))
    return kept


def _keep_event_of(recorder: Recorder, event: AuditEvent, *, revision: int | None) -> AuditEvent:
    """The event that repeats what another said of a version's box and, if it was the last write, of the row."""
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
            revision=revision,
            box_sha256=event.box_sha256,
            redact_fields=event.redact_fields,
            subject=event.subject if event.subject == audit.WIDENED or event.action in (RESEAL, KEEP) else None,
        )
    )


def _keep_revision_of(recorder: Recorder, event: AuditEvent) -> AuditEvent:
    """The event that repeats the revision of a credential's last write."""
    return recorder.keyring.event_with_mac(
        type(event)(
            organisation_id=event.organisation_id,
            event_id=uuid4(),
            event_time=recorder.now(),
            action=KEEP_REVISION,
            outcome="OK",
            key_id="",
            peer="",
            credential_id=event.credential_id,
            revision=event.revision,
        )
    )


def _keep_subject_of(recorder: Recorder, event: AuditEvent, action: str) -> AuditEvent:
    """The event, signed by this node, that repeats the last revision of a row that an admin key signs."""
    return recorder.keyring.signed_event(
        type(event)(
            organisation_id=event.organisation_id,
            event_id=uuid4(),
            event_time=recorder.now(),
            action=action,
            outcome="OK",
            key_id="",
            peer="",
            revision=event.revision,
            subject=event.subject,
        )
    )
