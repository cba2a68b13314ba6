"""Converts datetimes to protobuf timestamps."""

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
