"""Seals data into libsodium boxes, and opens them. Must not know rows, and of keys only the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from nacl.bindings import crypto_box_seal, crypto_box_seal_open
from nacl.exceptions import CryptoError

if TYPE_CHECKING:
    from uuid import UUID

SUITE = 1
_SMALLEST_BUCKET = 256


class BoxBroken(Exception):
    """The box does not open, or has other content than expected. Callers must not learn which."""


@dataclass(frozen=True, slots=True)
class Header:
    """Identifies a box. It is sealed together with the data, and compared when the box is opened."""

    key_id: str
    organisation_id: str
    credential_id: UUID
    version: int
    variant: str

    def encode(self) -> bytes:
        """Two bytes of length, then a MessagePack array of suite, key, organisation, credential, version and variant."""
        fields = msgspec.msgpack.encode(
            (SUITE, self.key_id, self.organisation_id, self.credential_id.bytes, self.version, self.variant)
        )
        return len(fields).to_bytes(2, "big") + fields


def seal(public_key: bytes, header: Header, data: bytes) -> bytes:
    """Seal the data with a public key of 32 bytes. The content is padded to a power of two, at least 256; the box adds 48 bytes."""
    plain = header.encode() + len(data).to_bytes(4, "big") + data
    bucket = max(_SMALLEST_BUCKET, 1 << (len(plain) - 1).bit_length())
    return crypto_box_seal(plain.ljust(bucket, b"\0"), public_key)


def unseal(public_key: bytes, private_key: bytes, header: Header, box: bytes) -> bytes:
    """Open a box that must have this header, and return its data. Raises BoxBroken."""
    try:
        plain = crypto_box_seal_open(box, public_key, private_key)
    except (CryptoError, TypeError, ValueError, RuntimeError):
        raise BoxBroken from None
    expected = header.encode()
    start = len(expected) + 4
    end = start + int.from_bytes(plain[len(expected) : start], "big")
    if not plain.startswith(expected) or end > len(plain):
        raise BoxBroken
    return plain[start:end]
