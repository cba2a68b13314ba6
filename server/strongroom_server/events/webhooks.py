"""Creates, reads, lists, changes, deletes and tests webhooks."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog
from msgspec import structs
from uuid_utils.compat import uuid7

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.event_service_pb2 import CreateWebhookResponse, ListWebhooksResponse, TestWebhookResponse
from strongroom_server.access.newest import verify_newest
from strongroom_server.audit import outbox
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.events import checks
from strongroom_server.events.messages import webhook_message
from strongroom_server.events.sending import send
from strongroom_server.rules import field_masks
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import audit
from strongroom_server.store import webhooks as store

if TYPE_CHECKING:
    from strongroom.v1.event_service_pb2 import (
        CreateWebhookRequest,
        DeleteWebhookRequest,
        GetWebhookRequest,
        ListWebhooksRequest,
        TestWebhookRequest,
        UpdateWebhookRequest,
        Webhook,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Act, StoredWebhook
    from strongroom_server.events.context import Context

_SECRET_BYTES: Final = 32
_FIRST: Final = UUID(int=0)
_HEALTHY: Final = records.WebhookHealth()

_log = structlog.get_logger()


async def create(context: Context, request: CreateWebhookRequest, caller: Caller) -> CreateWebhookResponse:
    """Create a webhook with a new secret. Raises ServiceError."""
    sent, now, secret = request.webhook, context.recorder.now(), secrets.token_bytes(_SECRET_BYTES)
    checks.check_webhook(context.client, sent)
    webhook, box = context.keyring.seal_webhook(
        records.Webhook(
            organisation_id=caller.organisation_id,
            id=uuid7(),
            display_name=sent.display_name,
            url=sent.url,
            event_types=tuple(dict.fromkeys(sent.event_types)),
            paused=sent.paused,
            sealing_key_id="",
            box_sha256=b"",
            create_time=now,
            update_time=now,
            revision=1,
        ),
        secret,
    )
    act = _act(context, caller, "CreateWebhook", webhook.id, webhook.revision)
    await context.database.in_transaction(lambda transaction: store.create(transaction, webhook, box, act))
    shown = f"whsec_{base64.b64encode(secret).decode()}"
    return CreateWebhookResponse(webhook=webhook_message(webhook, _HEALTHY), secret=shown)


async def get(context: Context, request: GetWebhookRequest, caller: Caller) -> Webhook:
    """Read a webhook. Raises ServiceError."""
    stored = await read(context, "id", request.id, caller)
    return webhook_message(stored.webhook, stored.health)


async def list_webhooks(context: Context, request: ListWebhooksRequest, caller: Caller) -> ListWebhooksResponse:
    """Read a page of webhooks, by id. One that somebody changed in the database is left out. Raises ServiceError."""
    page = page_of(context.keyring, request, "webhooks", caller.organisation_id)
    after = UUID(page.after) if page.after else _FIRST
    rows = await store.page(context.database, caller.organisation_id, after=after, size=page.limit)
    shown, next_page_token = page.cut(rows, lambda row: str(row.webhook.id))
    response = ListWebhooksResponse(next_page_token=next_page_token)
    for row in shown:
        try:
            await context.keyring.verify(row.webhook)
        except ServiceError:
            organisation_id = row.webhook.organisation_id
            _log.error(
                "row forged: left out of a list", table="Webhook", organisation=organisation_id, id=str(row.webhook.id)
            )
        else:
            response.webhooks.append(webhook_message(row.webhook, row.health))
    return response


async def update(context: Context, request: UpdateWebhookRequest, caller: Caller) -> Webhook:
    """Change a webhook, and enable it if it is disabled. Raises ServiceError."""
    checks.check_mask(request.update_mask)
    stored = await read(context, "id", request.id, caller)
    present = stored.webhook
    require_etag(request.webhook.etag, present.revision)
    merged = webhook_message(present, _HEALTHY)
    for path in request.update_mask.paths:
        field_masks.copy_field(request.webhook, merged, path)
    checks.check_webhook(context.client, merged)
    changed = context.keyring.sign(
        structs.replace(
            present,
            display_name=merged.display_name,
            url=merged.url,
            event_types=tuple(dict.fromkeys(merged.event_types)),
            paused=merged.paused,
            update_time=context.recorder.now(),
            revision=present.revision + 1,
        )
    )
    act = _act(context, caller, "UpdateWebhook", changed.id, changed.revision)
    if not await store.replace(context.database, changed, present.revision, act):
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
    return webhook_message(changed, _HEALTHY)


async def delete(context: Context, request: DeleteWebhookRequest, caller: Caller) -> None:
    """Delete a webhook with its deliveries. Raises ServiceError."""
    present = (await read(context, "id", request.id, caller)).webhook
    require_etag(request.etag, present.revision)
    act = _act(context, caller, "DeleteWebhook", present.id, present.revision + 1)
    if not await store.delete(context.database, present, act):
        raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)


async def test(context: Context, request: TestWebhookRequest, caller: Caller) -> TestWebhookResponse:
    """Send an event once, after its audit event is committed. Raises ServiceError."""
    stored = await read(context, "id", request.id, caller)
    event = outbox.prepare_event(context.recorder, caller.organisation_id, outbox.TEST, None, {})
    await audit.commit(context.database, context.recorder.event(caller, "TestWebhook", subject=str(stored.webhook.id)))
    outcome = await send(context, stored, event, None)
    return TestWebhookResponse(succeeded=outcome.succeeded, outcome=outcome.text)


async def read(context: Context, path: str, webhook_id: str, caller: Caller) -> StoredWebhook:
    """Read and verify a webhook of the caller's organisation. Raises WEBHOOK_NOT_FOUND, SEAL_BROKEN."""
    stored = await store.get(context.database, caller.organisation_id, checks.uuid_of(path, webhook_id))
    if stored is None:
        raise ServiceError(reasons.ERROR_REASON_WEBHOOK_NOT_FOUND)
    await verify_newest(context.database, context.keyring, stored.webhook, stored.newer)
    return stored


def _act(context: Context, caller: Caller, action: str, webhook_id: UUID, revision: int) -> Act:
    event = context.recorder.administrative_event(caller, action, str(webhook_id), revision)
    return context.recorder.act(event, caller.request)
