"""Reads and writes times in JSON as the vendors' APIs do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from strongroom_server.gateway.problems import invalid_field

if TYPE_CHECKING:
    from strongroom_server.gateway.json_body import JsonObject

_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})"
_ZONE = r"(?P<zone>[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
_RFC_3339 = re.compile(rf"{_DATE}[Tt](?P<minutes>\d{{2}}:\d{{2}})(?P<seconds>:\d{{2}}(\.\d{{1,9}})?){_ZONE}", re.ASCII)
_ISO_8601 = re.compile(
    rf"{_DATE}([Tt ](?P<minutes>\d{{2}}:\d{{2}})(?P<seconds>:\d{{2}}(\.\d{{1,9}})?)?{_ZONE}?)?", re.ASCII
)


def timestamp(body: JsonObject, member: str) -> Timestamp | None:
    """The member's date-time of RFC 3339. Raises RefusedError."""
    return _read(body, member, _RFC_3339, "must be a date-time of RFC 3339, such as 2030-01-31T12:00:00Z")


def date_or_timestamp(body: JsonObject, member: str) -> Timestamp | None:
    """The member's date or date-time of ISO 8601, in UTC if it has no zone. Raises RefusedError."""
    return _read(
        body, member, _ISO_8601, "must be a date or a date-time of ISO 8601, such as 2030-01-31 or 2030-01-31T12:00:00Z"
    )


def rfc_3339(time: Timestamp) -> str:
    """Such as 2021-03-26T12:34:16Z, with 0, 3, 6 or 9 decimals."""
    return time.ToJsonString()


def milliseconds(time: Timestamp) -> str:
    """Such as 2021-03-26T12:34:16.540Z, always with three decimals."""
    return f"{time.ToDatetime().isoformat(timespec='milliseconds')}Z"


def _read(body: JsonObject, member: str, form: re.Pattern[str], rule: str) -> Timestamp | None:
    text = body.text(member)
    if text is None:
        return None
    # The parser accepts more than these forms, so the form is checked first.
    if found := form.fullmatch(text):
        minutes, seconds, zone = found["minutes"] or "00:00", found["seconds"] or ":00", found["zone"] or "Z"
        parsed = Timestamp()
        try:
            parsed.FromJsonString(f"{found['date']}T{minutes}{seconds}{zone.upper()}")
        except ValueError:
            # The text of the ValueError quotes the value.
            raise invalid_field(body.path + member, rule) from None
        return parsed
    raise invalid_field(body.path + member, rule)
