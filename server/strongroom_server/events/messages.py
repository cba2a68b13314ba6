"""Makes the messages of rows, and the body that a webhook is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from strongroom.v1.event_service_pb2 import Delivery, DeliveryAttempt, Event, Webhook
from strongroom_server.core.timestamps import timestamp

if TYPE_CHECKING:
    from strongroom_server.core import records


def webhook_message(webhook: records.Webhook, health: records.WebhookHealth) -> Webhook:
    """The message of a row."""
    return Webhook(
        id=str(webhook.id),
        organisation_id=webhook.organisation_id,
        display_name=webhook.display_name,
        url=webhook.url,
        event_types=webhook.event_types,
        paused=webhook.paused,
        disable_time=timestamp(health.disable_time),
        disable_reason=health.disable_reason,
        failing_since_time=timestamp(health.failing_since_time),
        create_time=timestamp(webhook.create_time),
        update_time=timestamp(webhook.update_time),
        etag=str(webhook.revision),
    )


def event_message(published: records.PublishedEvent) -> Event:
    """The message of a row."""
    event = published.event
    return Event(
        id=str(event.event_id),
        organisation_id=event.organisation_id,
        sequence=published.sequence,
        type=event.event_type,
        create_time=timestamp(event.create_time),
        credential_id="" if event.credential_id is None else str(event.credential_id),
        data_json=event.data_json,
    )


def delivery_message(delivery: records.Delivery) -> Delivery:
    """The message of a row."""
    return Delivery(
        webhook_id=str(delivery.webhook_id),
        event_id=str(delivery.event_id),
        event_type=delivery.event_type,
        sequence=delivery.sequence,
        state=delivery.state,  # type: ignore[arg-type] # an enumeration's number
        next_attempt_time=timestamp(delivery.next_attempt_time),
        attempts=(
            DeliveryAttempt(time=timestamp(time), outcome=outcome)
            for time, outcome in zip(delivery.attempt_times, delivery.attempt_outcomes, strict=True)
        ),
    )


def body_of(event: records.OutboxEvent, sequence: int | None) -> str:
    """The JSON text that a webhook is sent: `type`, `timestamp` and `data`, as Standard Webhooks says."""
    data: dict[str, str | int] = {"organisation_id": event.organisation_id}
    if sequence is not None:
        data["sequence"] = sequence
    if event.credential_id is not None:
        data["credential_id"] = str(event.credential_id)
    # Members of the event's own never replace those above.
    data = {**msgspec.json.decode(event.data_json), **data}
    return msgspec.json.encode(
        {"type": event.event_type, "timestamp": event.create_time.isoformat(), "data": data}
    ).decode()
