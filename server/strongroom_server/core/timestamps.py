"""Converts datetimes to protobuf timestamps and texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, overload

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def timestamp(time: datetime) -> Timestamp: ...
@overload
def timestamp(time: datetime | None) -> Timestamp | None: ...
def timestamp(time: datetime | None) -> Timestamp | None:
    """An aware datetime as a Timestamp, None as None."""
    if time is None:
        return None
    message = Timestamp()
    put(message, time)
    return message


def put(message: Timestamp, time: datetime) -> None:
    """Set a Timestamp, such as a field of another message, to an aware datetime."""
    since = time - _EPOCH
    message.seconds = since.days * 86_400 + since.seconds
    message.nanos = since.microseconds * 1_000


def text_of(time: datetime) -> str:
    """A time in UTC as RFC 3339 writes it, without fractions of a second: in the metadata of errors, and in events."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
