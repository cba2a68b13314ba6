"""The client's methods for EventService, one for each RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf.field_mask_pb2 import FieldMask
from grpc import aio

from strongroom.calls import Calls, new_request_id
from strongroom.v1.event_service_pb2 import (
    CreateWebhookRequest,
    CreateWebhookResponse,
    DeleteWebhookRequest,
    Delivery,
    Event,
    GetWebhookRequest,
    ListDeliveriesRequest,
    ListDeliveriesResponse,
    ListWebhooksRequest,
    ListWebhooksResponse,
    RedeliverEventRequest,
    StreamEventsRequest,
    TestWebhookRequest,
    TestWebhookResponse,
    UpdateWebhookRequest,
    Webhook,
)
from strongroom.v1.event_service_pb2_grpc import EventServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from strongroom.pages import Pages

# The server waits 15 seconds for a receiver.
_TEST_SECONDS: Final = 20.0


class EventCalls(Calls):
    """Manages webhooks, shows their deliveries, and streams events. Role of all methods: admin."""

    @property
    def _events(self) -> EventServiceStub:
        return self._stub(EventServiceStub)

    async def create_webhook(
        self, webhook: Webhook, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> CreateWebhookResponse:
        """Create a webhook. The response has the `secret` to verify signatures with, which is not shown again.

        If the response of an attempt was lost, the call raises AlreadyExistsError / WEBHOOK_EXISTS with the id: delete that webhook
        and create another one. An organisation with 20 webhooks raises ResourceExhaustedError / WEBHOOKS_EXHAUSTED.

        request_id: see create_credential.
        """
        request = CreateWebhookRequest(webhook=webhook, request_id=request_id or new_request_id())
        return await self._call(self._events.CreateWebhook, request, timeout_seconds)

    async def get_webhook(self, webhook_id: str, *, timeout_seconds: float | None = None) -> Webhook:
        """Read a webhook, without its secret."""
        return await self._call(self._events.GetWebhook, GetWebhookRequest(id=webhook_id), timeout_seconds)

    def list_webhooks(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListWebhooksResponse, Webhook]:
        """List the webhooks by id.

        page_size, page_token: see list_organisations.
        """
        request = ListWebhooksRequest(page_size=page_size, page_token=page_token)
        return self._pages(self._events.ListWebhooks, request, lambda page: page.webhooks, timeout_seconds)

    async def update_webhook(
        self,
        webhook_id: str,
        webhook: Webhook,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Webhook:
        """Set the fields in `update_mask` of a webhook to their values in `webhook`. This enables a disabled webhook.

        webhook: with its etag set, the update is refused if the webhook has changed; see update_credential.
        update_mask: any of display_name, url, event_types, paused.
        request_id: see create_credential.
        """
        request = UpdateWebhookRequest(
            id=webhook_id,
            webhook=webhook,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._events.UpdateWebhook, request, timeout_seconds)

    async def delete_webhook(
        self, webhook_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a webhook with its deliveries.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = DeleteWebhookRequest(id=webhook_id, etag=etag, request_id=request_id or new_request_id())
        await self._call(self._events.DeleteWebhook, request, timeout_seconds)

    async def test_webhook(self, webhook_id: str, *, timeout_seconds: float | None = None) -> TestWebhookResponse:
        """Have the server send an event of the type `webhook.test`, and return whether the receiver accepted it.

        The call is not retried. The receiver has 15 seconds to respond, so the timeout must be longer.

        timeout_seconds: default 20, or the client's timeout if that is longer.
        """
        if timeout_seconds is None:
            timeout_seconds = max(_TEST_SECONDS, self._timeout_seconds)
        request = TestWebhookRequest(id=webhook_id)
        return await self._call(self._events.TestWebhook, request, timeout_seconds, is_retried=False)

    async def redeliver_event(
        self, webhook_id: str, event_id: str, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> Delivery:
        """Have an event sent to a webhook again, and retried for three days.

        An event that is no longer kept raises NotFoundError / EVENT_NOT_FOUND.

        request_id: see create_credential.
        """
        request = RedeliverEventRequest(
            webhook_id=webhook_id, event_id=event_id, request_id=request_id or new_request_id()
        )
        return await self._call(self._events.RedeliverEvent, request, timeout_seconds)

    def list_deliveries(
        self, webhook_id: str, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListDeliveriesResponse, Delivery]:
        """List the deliveries of a webhook, newest event first.

        page_size, page_token: see list_organisations.
        """
        request = ListDeliveriesRequest(webhook_id=webhook_id, page_size=page_size, page_token=page_token)
        return self._pages(self._events.ListDeliveries, request, lambda page: page.deliveries, timeout_seconds)

    async def stream_events(
        self, *, after_sequence: int = 0, timeout_seconds: float | None = None
    ) -> AsyncIterator[Event]:
        """Iterate over all events after a sequence number, and then over new events as they happen, without end.

        If the stream breaks, start again with `after_sequence` set to the `sequence` of the last event that you have processed.
        If events after that number are no longer kept, the call raises FailedPreconditionError / EVENTS_EXPIRED: read the present
        state of what you follow, and start with the sequence number that the error's metadata `oldest` has, minus 1.

        timeout_seconds: the timeout of the whole stream, default none.
        """
        request = StreamEventsRequest(after_sequence=after_sequence)
        try:
            async for event in self._events.StreamEvents(request, timeout=timeout_seconds, metadata=self._metadata()):
                yield event
        except aio.AioRpcError as error:
            failure = self._failure_of(error)
        else:
            return
        raise failure
