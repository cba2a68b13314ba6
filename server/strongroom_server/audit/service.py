"""Implements AuditService: pages and streams of audit events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.audit_service_pb2 import (
    AuditEvent,
    CredentialUse,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
    StreamAuditEventsRequest,
)
from strongroom_server.access.caller import require_team
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.timestamps import timestamp
from strongroom_server.rules import fields
from strongroom_server.rules.pages import page_of
from strongroom_server.store import audit, audit_chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import ChainedEvent
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database

# About as many as a turn of the stream sends: it keeps the others while it waits for its next turn. More are not faster.
_STREAM_BATCH: Final = 100


class AuditServicer:
    """The methods of AuditService. Each takes a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def list_audit_events(self, request: ListAuditEventsRequest, caller: Caller) -> ListAuditEventsResponse:
        self._require_readable(caller)
        organisation_id = request.organisation_id or caller.organisation_id
        narrowed = _filters_of(request)
        page = page_of(self._keyring, request, "audit events", organisation_id, repr(narrowed))
        before = msgspec.json.decode(page.after, type=tuple[datetime, UUID]) if page.after else None
        rows, edge = await audit.page(self._database, organisation_id, narrowed, before=before, size=page.limit)
        shown, next_page_token = page.cut(
            rows, lambda row: _key_of(row.event.event_time, row.event.event_id), _key_of(*edge) if edge else ""
        )
        return ListAuditEventsResponse(audit_events=map(_message_of, shown), next_page_token=next_page_token)

    async def stream_audit_events(
        self, request: StreamAuditEventsRequest, caller: Caller
    ) -> AsyncIterator[AuditEvent | None]:
        """Yield events as they are chained, and None while there are none, so that the pipeline checks the caller's key again."""
        self._require_readable(caller)
        fields.require(fields.number("after_chain_position", request.after_chain_position))
        organisation_id = request.organisation_id or caller.organisation_id
        after = request.after_chain_position
        while True:
            found = await audit_chain.chained(self._database, organisation_id, after=after, limit=_STREAM_BATCH)
            for chained in found:
                yield _message_of(chained)
                after = chained.chain_position or after
            if not found:
                yield None

    def _require_readable(self, caller: Caller) -> None:
        require_team(caller, None)
        if not self._keyring.opens:
            # The database role of a writer can insert events and cannot read them.
            raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)


def _key_of(event_time: datetime, event_id: UUID) -> str:
    """The key of an event in page tokens."""
    return msgspec.json.encode((event_time, str(event_id))).decode()


def _filters_of(request: ListAuditEventsRequest) -> audit.EventFilter:
    credential_id = fields.credential_id("credential_id", request.credential_id) if request.credential_id else None
    if isinstance(credential_id, int):
        raise invalid("credential_id", "must be a credential's id, not its number")
    for name in ("action", "key_id", "outcome"):
        fields.require(fields.text(name, getattr(request, name), fields.LONGEST_NAME))
    return audit.EventFilter(
        credential_id=credential_id,
        action=request.action,
        key_id=request.key_id,
        outcome=request.outcome,
        start_time=fields.time("start_time", request.start_time) if request.HasField("start_time") else None,
        end_time=fields.time("end_time", request.end_time) if request.HasField("end_time") else None,
    )


def _message_of(chained: ChainedEvent) -> AuditEvent:
    event = chained.event
    return AuditEvent(
        organisation_id=event.organisation_id,
        id=str(event.event_id),
        event_time=timestamp(event.event_time),
        action=event.action,
        outcome=event.outcome,
        key_id=event.key_id,
        peer=event.peer,
        credential_id="" if event.credential_id is None else str(event.credential_id),
        credential_ids=map(str, event.credential_ids),
        version=event.version or 0,
        revision=event.revision or 0,
        box_sha256=event.box_sha256 or b"",
        request_id=event.request_id or "",
        subject=event.subject or "",
        chain_position=chained.chain_position or 0,
        principal=event.principal,
        use=CredentialUse.FromString(event.use) if event.use else None,
    )
