"""Owns times on the wire: RFC 3339 in, and out as the vendors write it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from strongroom_server.gateway.problems import refused

if TYPE_CHECKING:
    from strongroom_server.gateway.json_body import JsonObject

_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


def timestamp(body: JsonObject, member: str) -> Timestamp | None:
    """A member that holds a date-time. Raises RefusedError."""
    text = body.text(member)
    if text is None:
        return None
    # The parser takes more than RFC 3339, so the form is checked first.
    if _RFC_3339.fullmatch(text):
        parsed = Timestamp()
        # Its error would repeat the value.
        with suppress(ValueError):
            parsed.FromJsonString(text.upper())
            return parsed
    raise refused(body.path + member, "must be a date-time of RFC 3339, such as 2030-01-31T12:00:00Z")


def rfc_3339(time: Timestamp) -> str:
    """Such as 2021-03-26T12:34:16Z, with as many decimals as it takes."""
    return time.ToJsonString()


def milliseconds(time: Timestamp) -> str:
    """Such as 2021-03-26T12:34:16.540Z, always with three decimals."""
    return f"{time.ToDatetime().isoformat(timespec='milliseconds')}Z"
