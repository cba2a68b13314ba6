"""Encodes requests and the rows of request ids, for their digests and MACs. Must not know SQL or messages."""

from __future__ import annotations

from operator import attrgetter

import msgspec

from strongroom_server.core.records import Made

_FORMAT = 1
_COLUMNS = attrgetter(*(name for name in Made.__struct_fields__ if name != "mac"))
_ENCODER = msgspec.msgpack.Encoder(uuid_format="bytes", enc_hook=lambda value: value.bytes)


def encode_request(organisation_id: str, key_id: str, request_id: str, method: str, body: bytes) -> bytes:
    """A request as a MessagePack array. It includes the caller, so equal bodies of two callers have different digests."""
    return _ENCODER.encode(("strongroom request", _FORMAT, organisation_id, key_id, request_id, method, body))


def encode_made(made: Made) -> bytes:
    """The row as a MessagePack array of the format and every column except the MAC, each typed and length-prefixed."""
    return _ENCODER.encode(("strongroom Made", _FORMAT, _COLUMNS(made)))
