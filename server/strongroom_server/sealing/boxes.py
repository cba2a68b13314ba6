"""Owns the sealed box: what stands in it and how it is opened. Knows nothing of rows and keys beyond their bytes."""

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
    """The box does not open, or holds something else than it should. Why, nobody is told."""


@dataclass(frozen=True, slots=True)
class Header:
    """What never changes about a box: it is sealed in front of the data and compared on opening."""

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
    """Seal the data to a public key of 32 bytes. The box is 48 bytes longer than a power of two from 256 up."""
    plain = header.encode() + len(data).to_bytes(4, "big") + data
    bucket = max(_SMALLEST_BUCKET, 1 << (len(plain) - 1).bit_length())
    return crypto_box_seal(plain.ljust(bucket, b"\0"), public_key)


def unseal(public_key: bytes, private_key: bytes, header: Header, box: bytes) -> bytes:
    """Open a box that must carry this header, and answer its data. Raises BoxBroken."""
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
