"""Owns page tokens: opaque, good only for the list they came from."""

from __future__ import annotations

import base64
import binascii
import hashlib

from strongroom.v1 import error_reason_pb2
from strongroom_server.errors import ServiceError, invalid

DEFAULT_SIZE = 50
LARGEST_SIZE = 500


def page_size(asked: int, largest: int = LARGEST_SIZE) -> int:
    """How many elements a page has. Raises FIELD_INVALID for a negative number."""
    if asked < 0:
        raise invalid(("page_size", "must not be negative"))
    return min(asked or DEFAULT_SIZE, largest)


def encode(after: str, *listed: object) -> str:
    """The token of the page after this key, in the list that is described by the other arguments."""
    return base64.urlsafe_b64encode(_fingerprint(listed) + after.encode()).decode()


def decode(token: str, *listed: object) -> str:
    """The key after which the page starts. Raises PAGE_TOKEN_INVALID for a token of another list."""
    try:
        octets = base64.urlsafe_b64decode(token.encode("ascii"))
        fingerprint, after = octets[:8], octets[8:].decode()
    except (UnicodeError, binascii.Error):
        fingerprint, after = b"", ""
    if fingerprint != _fingerprint(listed):
        raise ServiceError(error_reason_pb2.ERROR_REASON_PAGE_TOKEN_INVALID)
    return after


def _fingerprint(listed: tuple[object, ...]) -> bytes:
    return hashlib.sha256(repr(listed).encode()).digest()[:8]
