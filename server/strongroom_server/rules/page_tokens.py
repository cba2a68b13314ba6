"""Encodes and decodes page tokens. A token is opaque, and valid only for the list that it was made for."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError, invalid

if TYPE_CHECKING:
    from strongroom_server.sealing.keyring import Keyring

DEFAULT_SIZE: Final = 50
LARGEST_SIZE: Final = 500

_TAG_BYTES: Final = 16


def page_size(requested: int, largest: int = LARGEST_SIZE) -> int:
    """The size of a page. Raises FIELD_INVALID for a negative number."""
    if requested < 0:
        raise invalid("page_size", "must not be negative")
    return min(requested or DEFAULT_SIZE, largest)


def encode(keyring: Keyring, after: str, *listed: object) -> str:
    """The token of the page that starts after this key. `listed` identifies the list."""
    return base64.urlsafe_b64encode(_tag(keyring, after, listed) + after.encode()).decode()


def decode(keyring: Keyring, token: str, *listed: object) -> str:
    """The key after which the page starts. Raises PAGE_TOKEN_INVALID if the token was not made for this list."""
    try:
        octets = base64.urlsafe_b64decode(token.encode("ascii"))
        tag, after = octets[:_TAG_BYTES], octets[_TAG_BYTES:].decode()
    except (UnicodeError, binascii.Error):
        tag, after = b"", ""
    if not hmac.compare_digest(tag, _tag(keyring, after, listed)):
        raise ServiceError(error_reason_pb2.ERROR_REASON_PAGE_TOKEN_INVALID)
    return after


def _tag(keyring: Keyring, after: str, listed: tuple[object, ...]) -> bytes:
    """Proves that this deployment made the token, so that no other key reaches SQL."""
    _, digest = keyring.digest(repr(("page token", after, listed)).encode())
    return digest[:_TAG_BYTES]
