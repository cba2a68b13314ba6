"""Computes the hash chain of an organisation's audit events: each hash covers an event and the hash before it."""

from __future__ import annotations

import hashlib
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from strongroom_server.core.records import AuditEvent

if TYPE_CHECKING:
    from uuid import UUID

# Format 2 covers the signer of administrative events, format 3 also the principal, format 4 also the use. Other events stay in
# format 1.
_FORMAT = 1
_SIGNED_FORMAT = 2
_PRINCIPAL_FORMAT = 3
_USE_FORMAT = 4


def _columns_without(*names: str) -> attrgetter[tuple[object, ...]]:
    return attrgetter(*(name for name in AuditEvent.__struct_fields__ if name not in names))


_COLUMNS = _columns_without("mac", "signer_id", "principal", "use")
_SIGNED_COLUMNS = _columns_without("mac", "principal", "use")
_PRINCIPAL_COLUMNS = _columns_without("mac", "use")
_USE_COLUMNS = _columns_without("mac")


def _bytes_of(value: UUID) -> bytes:
    return value.bytes


_ENCODER = msgspec.msgpack.Encoder(uuid_format="bytes", enc_hook=_bytes_of)


def encode(event: AuditEvent) -> bytes:
    """The event as a MessagePack array of the format and every column except the MAC, each typed and length-prefixed."""
    if event.use:
        return _ENCODER.encode(("strongroom AuditEvent", _USE_FORMAT, _USE_COLUMNS(event)))
    if event.principal:
        return _ENCODER.encode(("strongroom AuditEvent", _PRINCIPAL_FORMAT, _PRINCIPAL_COLUMNS(event)))
    if event.signer_id:
        return _ENCODER.encode(("strongroom AuditEvent", _SIGNED_FORMAT, _SIGNED_COLUMNS(event)))
    return _ENCODER.encode(("strongroom AuditEvent", _FORMAT, _COLUMNS(event)))


def first(organisation_id: str) -> bytes:
    """The start of an organisation's chain, which its first event is linked to."""
    return hashlib.sha256(f"strongroom audit chain {organisation_id}".encode()).digest()


def link(before: bytes, position: int, event: AuditEvent) -> bytes:
    """The hash at a position: of the hash before it, the position, and the event with its MAC."""
    return hashlib.sha256(before + position.to_bytes(8, "big") + event.mac + encode(event)).digest()
