"""What the audit trail records of EventService: each change, each test, and no read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.expected_events import events_of
from events.publishing import published
from events.world import World, path, served, world
from rpc.calls import refused

from strongroom.v1 import event_service_pb2 as pb

if TYPE_CHECKING:
    from google.protobuf.message import Message

__all__ = ["served", "world"]


async def test_each_change_and_each_test_is_recorded_once_and_no_read(world: World) -> None:
    stub, metadata = world.stub, world.metadata
    create = pb.CreateWebhookRequest(webhook=pb.Webhook(url=world.receiver.url(path())), request_id="create")
    webhook_id = (await stub.CreateWebhook(create, metadata=metadata)).webhook.id
    assert (await refused(stub.CreateWebhook(create, metadata=metadata))).reason == "WEBHOOK_EXISTS"
    await world.update(webhook_id, paused=True)
    await stub.TestWebhook(pb.TestWebhookRequest(id=webhook_id), metadata=metadata)
    event_id = await published(world.deployment, world.organisation_id)
    redeliver = pb.RedeliverEventRequest(webhook_id=webhook_id, event_id=event_id, request_id="redeliver")
    answers: list[Message] = [await stub.RedeliverEvent(redeliver, metadata=metadata) for _ in range(2)]
    assert answers[0] == answers[1]
    await stub.GetWebhook(pb.GetWebhookRequest(id=webhook_id), metadata=metadata)
    await stub.ListWebhooks(pb.ListWebhooksRequest(), metadata=metadata)
    await stub.ListDeliveries(pb.ListDeliveriesRequest(webhook_id=webhook_id), metadata=metadata)
    await world.streamed(1)
    await stub.DeleteWebhook(pb.DeleteWebhookRequest(id=webhook_id), metadata=metadata)

    found = await events_of(world.deployment, metadata, ("action", "subject", "revision", "request_id", "outcome"))
    assert [tuple(each.values()) for each in found] == [
        ("CreateWebhook", webhook_id, 1, "create", "OK"),
        ("UpdateWebhook", webhook_id, 2, None, "OK"),
        ("TestWebhook", webhook_id, None, None, "OK"),
        ("RedeliverEvent", f"{webhook_id} {event_id}", None, "redeliver", "OK"),
        ("DeleteWebhook", webhook_id, 3, None, "OK"),
    ]
