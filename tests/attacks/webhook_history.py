"""What happened to the webhooks and events of the attacked deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest import ORGANISATION
from events.publishing import published
from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.v1.event_service_pb2 import CreateWebhookRequest, UpdateWebhookRequest, Webhook
from strongroom.v1.event_service_pb2_grpc import EventServiceStub

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata


async def begin(deployment: Deployment, ids: dict[str, str], by: Metadata) -> None:
    """Make a paused webhook and a published event of each organisation."""
    stub = EventServiceStub(deployment.grpc)
    for hook, event, organisation_id, metadata in (
        ("hooked", "event", ORGANISATION, deployment.metadata),
        ("their_hook", "their_event", ids["other"], by),
    ):
        request = CreateWebhookRequest(webhook=Webhook(url="https://203.0.113.1/", paused=True))
        ids[hook] = (await stub.CreateWebhook(request, metadata=metadata)).webhook.id
        ids[event] = await published(deployment, organisation_id)


async def go_on(deployment: Deployment, ids: dict[str, str]) -> None:
    """Change the URL of a webhook."""
    request = UpdateWebhookRequest(
        id=ids["hooked"], webhook=Webhook(url="https://203.0.113.2/"), update_mask=FieldMask(paths=["url"])
    )
    await EventServiceStub(deployment.grpc).UpdateWebhook(request, metadata=deployment.metadata)
