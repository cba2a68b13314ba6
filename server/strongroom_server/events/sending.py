"""Sends one event to one webhook, signed as Standard Webhooks says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from standardwebhooks import Webhook as Signer

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.access.newest import verify_newest
from strongroom_server.core.errors import ServiceError
from strongroom_server.egress.messages import Request
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.retry_after import retry_after_of
from strongroom_server.events.messages import body_of

if TYPE_CHECKING:
    from strongroom_server.core.records import OutboxEvent, StoredWebhook
    from strongroom_server.events.context import Context

# The specification recommends 15 to 30 seconds.
_SECONDS: Final = 15.0
_GONE: Final = 410

_log = structlog.get_logger()


class Outcome(NamedTuple):
    """How a request ended: the text of DeliveryAttempt.outcome. `retry_seconds` is the receiver's Retry-After."""

    text: str
    succeeded: bool = False
    is_gone: bool = False
    retry_seconds: float | None = None


async def send(context: Context, stored: StoredWebhook, event: OutboxEvent, sequence: int | None) -> Outcome:
    """Send an event once. Nothing is sent if the webhook or the event is not what a node has signed."""
    webhook = stored.webhook
    try:
        await verify_newest(context.database, context.keyring, webhook, stored.newer)
        if event.organisation_id != webhook.organisation_id or not context.keyring.has_outbox_mac(event):
            _log.error("event forged", organisation=webhook.organisation_id, event_id=str(event.event_id))
            return Outcome("SEAL_BROKEN")
        secret = context.keyring.unseal_webhook(webhook, stored.box)
        to, target = context.client.destination_of(webhook.url)
        request = Request("POST", target, *_signed(secret, event, sequence, context))
        async with (
            asyncio.timeout(_SECONDS),
            context.client.open(to, _SECONDS, tenant=webhook.organisation_id) as opened,
        ):
            # The body is not read: it may be of any size.
            response = await opened.exchange(request)
    except TimeoutError:
        return Outcome("timeout")
    except EgressRefused as refusal:
        return Outcome(refusal.metadata["class"])
    except ServiceError as error:
        if error.reason == reasons.ERROR_REASON_DATABASE_UNAVAILABLE:
            raise
        reason = ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
        _log.error("webhook not usable", organisation=webhook.organisation_id, webhook=str(webhook.id), reason=reason)
        return Outcome(reason)
    status = response.status
    return Outcome(str(status), 200 <= status < 300, status == _GONE, retry_after_of(response.headers))


def _signed(
    secret: bytes, event: OutboxEvent, sequence: int | None, context: Context
) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The headers and the body of a request. The signature covers the id, the time of this attempt and the body."""
    now, message_id, body = context.recorder.now(), str(event.event_id), body_of(event, sequence)
    headers = (
        ("Content-Type", "application/json"),
        ("User-Agent", "Strongroom"),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(now.timestamp()))),
        ("webhook-signature", Signer(secret).sign(message_id, now, body)),
    )
    return headers, body.encode()
