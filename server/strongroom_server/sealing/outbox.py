"""Encodes events of the outbox, for their MACs. Must not know SQL or messages."""

from __future__ import annotations

from operator import attrgetter

import msgspec

from strongroom_server.core.records import OutboxEvent

_FORMAT = 1
_COLUMNS = attrgetter(*(name for name in OutboxEvent.__struct_fields__ if name != "mac"))
_ENCODER = msgspec.msgpack.Encoder(uuid_format="bytes", enc_hook=lambda value: value.bytes)


def encode(event: OutboxEvent) -> bytes:
    """The event as a MessagePack array of the format and every column except the MAC, each typed and length-prefixed."""
    return _ENCODER.encode(("strongroom OutboxEvent", _FORMAT, _COLUMNS(event)))
