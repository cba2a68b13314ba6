"""Owns how a time of the database stands in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from google.protobuf.timestamp_pb2 import Timestamp

if TYPE_CHECKING:
    from datetime import datetime


@overload
def timestamp(time: datetime) -> Timestamp: ...
@overload
def timestamp(time: datetime | None) -> Timestamp | None: ...
def timestamp(time: datetime | None) -> Timestamp | None:
    """An aware datetime as a Timestamp, None as None."""
    if time is None:
        return None
    message = Timestamp()
    message.FromDatetime(time)
    return message
