"""Requests of EventService that change something, for the tests of all methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conftest import ORGANISATION
from events.publishing import published
from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.v1.event_service_pb2 import (
    CreateWebhookRequest,
    DeleteWebhookRequest,
    RedeliverEventRequest,
    TestWebhookRequest,
    UpdateWebhookRequest,
    Webhook,
)
from strongroom.v1.event_service_pb2_grpc import EventServiceStub

if TYPE_CHECKING:
    from conftest import Deployment

NAMES = ("CreateWebhook", "UpdateWebhook", "DeleteWebhook", "TestWebhook", "RedeliverEvent")
# An address that no node sends anything to.
URL = "https://203.0.113.1/"


async def event_request(deployment: Deployment, name: str) -> Any:
    """A request of this method that is granted, for a webhook of its own."""
    create = CreateWebhookRequest(webhook=Webhook(url=URL, paused=True))
    if name == "CreateWebhook":
        return create
    made = await EventServiceStub(deployment.grpc).CreateWebhook(create, metadata=deployment.metadata)
    webhook_id = made.webhook.id
    if name == "RedeliverEvent":
        return RedeliverEventRequest(webhook_id=webhook_id, event_id=await published(deployment, ORGANISATION))
    return {
        "UpdateWebhook": UpdateWebhookRequest(
            id=webhook_id, webhook=Webhook(display_name="d"), update_mask=FieldMask(paths=["display_name"])
        ),
        "DeleteWebhook": DeleteWebhookRequest(id=webhook_id),
        "TestWebhook": TestWebhookRequest(id=webhook_id),
    }[name]
