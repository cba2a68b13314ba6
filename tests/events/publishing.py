"""Makes events that have a sequence number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waiting import until

from strongroom_server.audit import outbox
from strongroom_server.store import events

if TYPE_CHECKING:
    from conftest import Deployment


async def published(deployment: Deployment, organisation_id: str) -> str:
    """Store an event, and wait until the node has given it a sequence number. Returns its id."""
    service = deployment.service
    event = outbox.prepare_event(service.recorder, organisation_id, outbox.CREDENTIAL_EXPIRED, None, {})
    newest, _ = await events.sequences(service.database, organisation_id)
    await events.add(service.database, event)

    async def is_numbered() -> bool:
        found = await events.after(service.database, organisation_id, newest, limit=100)
        return event in [each.event for each in found]

    await until(is_numbered)
    return str(event.event_id)
