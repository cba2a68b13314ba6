"""The client's methods for AuditService, one for each RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc import aio

from strongroom.calls import Calls
from strongroom.v1.audit_service_pb2 import (
    AuditEvent,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
    StreamAuditEventsRequest,
)
from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from google.protobuf.timestamp_pb2 import Timestamp

    from strongroom.pages import Pages


class AuditCalls(Calls):
    """Reads the audit trail."""

    @property
    def _audit(self) -> AuditServiceStub:
        return self._stub(AuditServiceStub)

    def list_audit_events(
        self,
        *,
        organisation_id: str = "",
        credential_id: str = "",
        action: str = "",
        key_id: str = "",
        outcome: str = "",
        start_time: Timestamp | None = None,
        end_time: Timestamp | None = None,
        page_size: int = 0,
        page_token: str = "",
        timeout_seconds: float | None = None,
    ) -> Pages[ListAuditEventsResponse, AuditEvent]:
        """List the audit events that match all given filters, newest first.

        organisation_id: an operator can pass `strongroom` to list the events of operators. Default: the API key's organisation.
        page_size: 1 to 500, default 50.
        """
        request = ListAuditEventsRequest(
            organisation_id=organisation_id,
            credential_id=credential_id,
            action=action,
            key_id=key_id,
            outcome=outcome,
            start_time=start_time,
            end_time=end_time,
            page_size=page_size,
            page_token=page_token,
        )
        return self._pages(self._audit.ListAuditEvents, request, lambda page: page.audit_events, timeout_seconds)

    async def stream_audit_events(
        self, *, organisation_id: str = "", after_chain_position: int = 0, timeout_seconds: float | None = None
    ) -> AsyncIterator[AuditEvent]:
        """Iterate over all events after a position, and then over new events as they happen, without end.

        If the stream breaks, start again with `after_chain_position` set to the `chain_position` of the last event.

        timeout_seconds: the timeout of the whole stream, default none.
        """
        request = StreamAuditEventsRequest(organisation_id=organisation_id, after_chain_position=after_chain_position)
        try:
            async for event in self._audit.StreamAuditEvents(
                request, timeout=timeout_seconds, metadata=self._metadata()
            ):
                yield event
        except aio.AioRpcError as error:
            failure = self._failure_of(error)
        else:
            return
        raise failure
