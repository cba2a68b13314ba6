"""Parses requests that came over the network. The parser holds the interpreter until it is done, so it gets no large parts.

A map of 90,000 entries, which fits into 1 MiB, stops the event loop for 60 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError, Message

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError, invalid

if TYPE_CHECKING:
    from strongroom_server.rpc.methods import Method

# More than the fields of one credential hold together. A map of 24,000 entries fits into it.
LARGEST_PART: Final = 256 * 1024
# Other requests run between the steps of a larger request.
LARGE: Final = 64 * 1024
# More parts than a message of an import may have.
_MOST_PARTS: Final = 100


def parse(method: Method, request: Message | bytes) -> Any:
    """Parse a request that came over the network. Raises REQUEST_MALFORMED, and FIELD_INVALID if it is too large."""
    if isinstance(request, Message):
        return request
    if len(request) > LARGEST_PART:
        if not method.streams_requests:
            raise invalid("request", "must be at most 256 KiB")
        if _has_large_part(request):
            raise invalid("request", "must not have a part of more than 256 KiB")
    try:
        return method.request_type.FromString(request)
    except DecodeError:
        raise _malformed() from None


def _has_large_part(message: bytes) -> bool:
    """Whether a field of a message of a stream is too large to be parsed at once. Raises REQUEST_MALFORMED."""
    position = 0
    for _ in range(_MOST_PARTS):
        if len(message) - position <= LARGEST_PART:
            return False
        tag, position = _varint(message, position)
        # Each field is a message: protobuf's wire type 2, with its length in front.
        if tag & 7 != 2:
            raise _malformed()
        size, position = _varint(message, position)
        if size > LARGEST_PART:
            return True
        position += size
    return True


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """The number at this place, and the place after it."""
    number = 0
    for index, byte in enumerate(message[position : position + 10]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, position + index + 1
    raise _malformed()


def _malformed() -> ServiceError:
    return ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_MALFORMED)
