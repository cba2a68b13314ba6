"""Owns letting go of old audit events, a month at a time: what the chain needs of them is signed and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from strongroom_server.core.records import AuditHead
from strongroom_server.store import audit, audit_chain

if TYPE_CHECKING:
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database, Transaction

_log = structlog.get_logger()


async def drop_old_months(database: Database, recorder: Recorder, retention_days: int) -> None:
    """Drop the months whose every event is older than so many days, and chained."""
    for month in await audit_chain.months_before(database, retention_days):

        async def drop(transaction: Transaction, month: str = month) -> bool:
            if not await audit_chain.is_chained(transaction, month):
                return False
            for organisation_id, position, chain_hash in await audit_chain.ends_of(transaction, month):
                before = await audit_chain.head(transaction, organisation_id, "dropped")
                if before is None or before.position < position:
                    head = AuditHead(organisation_id, "dropped", position, chain_hash, recorder.now(), 0, "", b"")
                    await audit_chain.set_head(transaction, recorder.keyring.sign(head))
            # The hashes of versions that are still there go on in events of their own.
            kept = await audit_chain.of_kept_versions(transaction, month)
            carried = [_carried(recorder, event) for event in kept if recorder.keyring.is_authentic(event)]
            await audit.record_events(transaction, carried)
            await audit_chain.drop(transaction, month)
            return True

        if not await database.in_transaction(drop):
            _log.warning("audit events not dropped: not all of them are chained", month=month)
            return
        _log.info("audit events dropped", month=month)


def _carried(recorder: Recorder, event: AuditEvent) -> AuditEvent:
    return recorder.keyring.event_with_mac(
        type(event)(
            organisation_id=event.organisation_id,
            event_id=uuid4(),
            event_time=recorder.now(),
            action="KeepVersion",
            outcome="OK",
            key_id="",
            peer="",
            credential_id=event.credential_id,
            version=event.version,
            box_sha256=event.box_sha256,
            redact_fields=event.redact_fields,
            subject=audit.WIDENED if event.subject == audit.WIDENED else None,
        )
    )
