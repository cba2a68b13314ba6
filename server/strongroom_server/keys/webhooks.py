"""Seals the secrets of webhooks again, while nodes serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import Act
from strongroom_server.store import webhooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Webhook
    from strongroom_server.keys.context import Context

RESEAL = "ResealWebhook"


async def reseal(
    context: Context, caller: Caller, key_ids: Sequence[str], organisation_id: str
) -> tuple[int, bool, list[tuple[Webhook, str]]]:
    """Seal every secret under these keys again, in one organisation or, if that is empty, in all.

    Returns how many were stored, whether one was not because it was updated meanwhile, and the webhooks that were left, with the
    reason.
    """
    changed, is_overtaken, broken = 0, False, []
    async for page in webhooks.pages(context.database, key_ids, organisation_id):
        for stored in page:
            webhook = stored.webhook
            try:
                await context.keyring.verify(webhook)
                secret = context.keyring.unseal_webhook(webhook, stored.box)
            except ServiceError as error:
                broken.append((webhook, str(error)))
                continue
            # A new revision, because an update that has read the earlier one would store the hash of the earlier box.
            sealed, box = context.keyring.seal_webhook(structs.replace(webhook, revision=webhook.revision + 1), secret)
            event = context.recorder.administrative_event(
                caller, RESEAL, str(webhook.id), sealed.revision, organisation_id=webhook.organisation_id
            )
            if await webhooks.replace_box(context.database, sealed, box, Act(event)):
                changed += 1
            else:
                is_overtaken = True
    return changed, is_overtaken, broken
