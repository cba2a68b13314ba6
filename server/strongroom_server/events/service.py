"""Serves EventService."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.event_service_pb2 import DeleteWebhookResponse, ListDeliveriesResponse
from strongroom_server.access.caller import require_team
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.events import checks, webhooks
from strongroom_server.events.messages import delivery_message, event_message
from strongroom_server.rules import fields
from strongroom_server.rules.pages import page_of
from strongroom_server.store import deliveries, events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom.v1.event_service_pb2 import (
        CreateWebhookRequest,
        CreateWebhookResponse,
        DeleteWebhookRequest,
        Delivery,
        Event,
        GetWebhookRequest,
        ListDeliveriesRequest,
        ListWebhooksRequest,
        ListWebhooksResponse,
        RedeliverEventRequest,
        StreamEventsRequest,
        TestWebhookRequest,
        TestWebhookResponse,
        UpdateWebhookRequest,
        Webhook,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.events.context import Context

# About as many as a turn of the stream sends: it keeps the others while it waits for its next turn. More are not faster.
_STREAM_BATCH: Final = 100

_log = structlog.get_logger()


class EventServicer:
    """The methods of EventService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create_webhook(self, request: CreateWebhookRequest, caller: Caller) -> CreateWebhookResponse:
        return await webhooks.create(self._allowed(caller), request, caller)

    async def get_webhook(self, request: GetWebhookRequest, caller: Caller) -> Webhook:
        return await webhooks.get(self._allowed(caller), request, caller)

    async def list_webhooks(self, request: ListWebhooksRequest, caller: Caller) -> ListWebhooksResponse:
        return await webhooks.list_webhooks(self._allowed(caller), request, caller)

    async def update_webhook(self, request: UpdateWebhookRequest, caller: Caller) -> Webhook:
        return await webhooks.update(self._allowed(caller), request, caller)

    async def delete_webhook(self, request: DeleteWebhookRequest, caller: Caller) -> DeleteWebhookResponse:
        await webhooks.delete(self._allowed(caller), request, caller)
        return DeleteWebhookResponse()

    async def test_webhook(self, request: TestWebhookRequest, caller: Caller) -> TestWebhookResponse:
        return await webhooks.test(self._allowed(caller), request, caller)

    async def redeliver_event(self, request: RedeliverEventRequest, caller: Caller) -> Delivery:
        """Make a delivery due. The job sends it."""
        context = self._allowed(caller)
        webhook = (await webhooks.read(context, "webhook_id", request.webhook_id, caller)).webhook
        event_id = checks.uuid_of("event_id", request.event_id)
        event = context.recorder.event(caller, "RedeliverEvent", subject=f"{webhook.id} {event_id}")
        act = context.recorder.act(event, caller.request)
        if not await deliveries.redeliver(context.database, caller.organisation_id, webhook.id, event_id, act):
            raise ServiceError(reasons.ERROR_REASON_EVENT_NOT_FOUND)
        return await self.present_delivery(request, caller)

    async def present_delivery(self, request: RedeliverEventRequest, caller: Caller) -> Delivery:
        """Read the delivery that a request names. Raises EVENT_NOT_FOUND."""
        webhook_id = checks.uuid_of("webhook_id", request.webhook_id)
        event_id = checks.uuid_of("event_id", request.event_id)
        context = self._allowed(caller)
        delivery = await deliveries.get(context.database, caller.organisation_id, webhook_id, event_id)
        if delivery is None:
            raise ServiceError(reasons.ERROR_REASON_EVENT_NOT_FOUND)
        return delivery_message(delivery)

    async def list_deliveries(self, request: ListDeliveriesRequest, caller: Caller) -> ListDeliveriesResponse:
        context = self._allowed(caller)
        webhook = (await webhooks.read(context, "webhook_id", request.webhook_id, caller)).webhook
        page = page_of(context.keyring, request, "deliveries", caller.organisation_id, str(webhook.id))
        rows = await deliveries.page(
            context.database,
            caller.organisation_id,
            webhook.id,
            before=UUID(page.after) if page.after else None,
            size=page.limit,
        )
        shown, next_page_token = page.cut(rows, lambda delivery: str(delivery.event_id))
        return ListDeliveriesResponse(deliveries=map(delivery_message, shown), next_page_token=next_page_token)

    async def stream_events(self, request: StreamEventsRequest, caller: Caller) -> AsyncIterator[Event | None]:
        """Yield events in their order, and None while there are none, so that the pipeline checks the caller's key again.

        An event that somebody changed in the database ends the stream with SEAL_BROKEN: to leave it out would hide it.
        """
        context, after = self._allowed(caller), request.after_sequence
        fields.require(fields.number("after_sequence", after))
        await self._require_kept(caller.organisation_id, after)
        while True:
            found = await events.after(context.database, caller.organisation_id, after, limit=_STREAM_BATCH)
            for published in found:
                # A gap: these events were deleted while the stream was slow.
                if after and published.sequence != after + 1:
                    await self._require_kept(caller.organisation_id, after)
                if not context.keyring.has_outbox_mac(published.event):
                    event_id = str(published.event.event_id)
                    _log.error("event forged", organisation=caller.organisation_id, event_id=event_id)
                    raise ServiceError(reasons.ERROR_REASON_SEAL_BROKEN)
                yield event_message(published)
                after = published.sequence
            if not found:
                yield None

    def _allowed(self, caller: Caller) -> Context:
        """What the methods use. Raises TEAM_NOT_ALLOWED, OPENING_KEY_ABSENT."""
        require_team(caller, None)
        if not self._context.keyring.opens:
            # The database role of a writer may insert events and nothing else.
            raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)
        return self._context

    async def _require_kept(self, organisation_id: str, after: int) -> None:
        """Raises EVENTS_EXPIRED if events after this number are gone, FIELD_INVALID if it was never given."""
        newest, oldest = await events.sequences(self._context.database, organisation_id)
        if after > newest:
            raise invalid("after_sequence", f"must be at most {newest}, the newest sequence number")
        if 0 < after < (oldest or newest + 1) - 1:
            raise ServiceError(reasons.ERROR_REASON_EVENTS_EXPIRED, oldest=str(oldest or newest + 1))
