"""Prepares events that organisations are told of. The statement of a change stores its event: store/events.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from uuid_utils.compat import uuid7

from strongroom_server.core.records import OutboxEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from strongroom_server.audit.record import Recorder

CONNECTION_CREATED: Final = "connection.created"
GRANT_REFRESH_FAILED: Final = "grant.refresh_failed"
GRANT_REAUTH_REQUIRED: Final = "grant.reauth_required"
GRANT_RECOVERED: Final = "grant.recovered"
CREDENTIAL_EXPIRING: Final = "credential.expiring"
CREDENTIAL_EXPIRED: Final = "credential.expired"
CREDENTIAL_REMINDER: Final = "credential.reminder"
CREDENTIAL_INVALID: Final = "credential.invalid"

# What a webhook can choose from.
TYPES: Final = (
    CONNECTION_CREATED,
    GRANT_REFRESH_FAILED,
    GRANT_REAUTH_REQUIRED,
    GRANT_RECOVERED,
    CREDENTIAL_EXPIRING,
    CREDENTIAL_EXPIRED,
    CREDENTIAL_REMINDER,
    CREDENTIAL_INVALID,
)
# Only TestWebhook sends it.
TEST: Final = "webhook.test"


def prepare_event(
    recorder: Recorder,
    organisation_id: str,
    event_type: str,
    credential_id: UUID | None,
    data: Mapping[str, str | int | bool | None],
) -> OutboxEvent:
    """An event with this deployment's proof. `data` must not hold a secret: receivers log what they get."""
    return recorder.keyring.outbox_event_with_mac(
        OutboxEvent(
            organisation_id, uuid7(), event_type, recorder.now(), credential_id, msgspec.json.encode(data).decode()
        )
    )
