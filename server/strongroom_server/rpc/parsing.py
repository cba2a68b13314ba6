"""Parses requests that came over the network. The parser holds the interpreter until it is done, so it gets no large parts.

A map of 90,000 entries, which fits into 1 MiB, stops the event loop for 60 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError, Message

from strongroom.v1 import error_reason_pb2
from strongroom.v1.use_service_pb2 import ForwardHttpRequestRequest
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.limits import LARGEST_BODY, LARGEST_HEAD, LARGEST_REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        _require_small_parts(method, request)
    try:
        return method.request_type.FromString(request)
    except DecodeError:
        raise _malformed() from None


def _require_small_parts(method: Method, request: bytes) -> None:
    """Raises FIELD_INVALID if a request has too much that is not only bytes, REQUEST_MALFORMED."""
    if method.has_head and not method.converses:
        body = head = 0
        for number, size in _parts(request):
            if number == ForwardHttpRequestRequest.BODY_FIELD_NUMBER:
                body += size
            else:
                head += size
        if body > LARGEST_BODY:
            raise invalid("body", "must be at most 1 MiB")
        if head > LARGEST_HEAD:
            raise invalid("head", "must be at most 256 KiB")
    elif method.converses or not method.streams_requests:
        raise invalid("request", "must be at most 256 KiB")
    elif len(request) > LARGEST_REQUEST:
        raise invalid("request", "must be at most 1 MiB")
    elif any(size > LARGEST_PART for _, size in _parts(request)):
        raise invalid("request", "must not have a part of more than 256 KiB")


def _parts(message: bytes) -> Iterator[tuple[int, int]]:
    """The number and the size of each field of a message. Raises REQUEST_MALFORMED."""
    position = 0
    for _ in range(_MOST_PARTS):
        if position >= len(message):
            return
        tag, position = _varint(message, position)
        # Each field is a message or bytes: protobuf's wire type 2, with its length in front.
        if tag & 7 != 2:
            raise _malformed()
        size, position = _varint(message, position)
        yield tag >> 3, size
        position += size
    raise invalid("request", f"must not have more than {_MOST_PARTS} parts")


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
