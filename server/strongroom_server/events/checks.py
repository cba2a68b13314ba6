"""Checks the requests of EventService before anything is stored. Each function raises FIELD_INVALID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from strongroom_server.audit.outbox import TYPES
from strongroom_server.core.errors import FieldViolation, invalid
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.rules import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.field_mask_pb2 import FieldMask

    from strongroom.v1.event_service_pb2 import Webhook
    from strongroom_server.egress.client import Client

_LONGEST_URL: Final = 2048
_CHANGEABLE: Final = ("display_name", "url", "event_types", "paused")


def uuid_of(path: str, value: str) -> UUID:
    """The id of a webhook or event that a request names."""
    fields.require(fields.uuid(path, value))
    return UUID(value)


def check_webhook(client: Client, webhook: Webhook) -> None:
    """Check what a caller may set of a webhook. Addresses are checked when the host is looked up, before each request."""
    fields.require(_violations(webhook))
    try:
        client.destination_of(webhook.url)
    except EgressRefused as refusal:
        remedy = refusal.metadata["remedy"]
        raise invalid("webhook.url", f"{refusal.detail}; {remedy}") from None


def _violations(webhook: Webhook) -> Iterator[FieldViolation]:
    yield from fields.text("webhook.display_name", webhook.display_name, fields.LONGEST_NAME)
    yield from fields.text("webhook.url", webhook.url, _LONGEST_URL, shortest=1)
    yield from fields.at_most("webhook.event_types", webhook.event_types, len(TYPES))
    for index, event_type in enumerate(webhook.event_types[: len(TYPES)]):
        if event_type not in TYPES:
            yield FieldViolation(f"webhook.event_types[{index}]", f"must be one of {', '.join(TYPES)}")


def check_mask(mask: FieldMask) -> None:
    """Check the update mask."""
    if not mask.paths:
        raise invalid("update_mask", f"must name at least one of {', '.join(_CHANGEABLE)}")
    if not set(mask.paths) <= set(_CHANGEABLE):
        raise invalid("update_mask", f"must name only {', '.join(_CHANGEABLE)}")
