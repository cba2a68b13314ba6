"""Checks single fields of requests: their bounds and their form. Functions yield violations; `require` raises them.

The bounds are documented in the protos' comments. The paths of violations start in the request.
"""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from google.protobuf.unknown_fields import UnknownFieldSet

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import FieldViolation, ServiceError, invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from google.protobuf.descriptor import EnumDescriptor
    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

MOST_VIOLATIONS: Final = 20
LONGEST_NAME: Final = 255
MOST_ELEMENTS: Final = 100
LARGEST_INT64: Final = (1 << 63) - 1
LONGEST_REGION_WAIT: Final = 120
# Skipping reads an index: 300,000 rows take about 50 ms.
MOST_SKIPPED: Final = 1_000_000

# UUID() accepts more forms than this one.
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def require(violations: Iterable[FieldViolation]) -> None:
    """Raises FIELD_INVALID with the first violations, if there are any."""
    if found := tuple(itertools.islice(violations, MOST_VIOLATIONS)):
        raise ServiceError(error_reason_pb2.ERROR_REASON_FIELD_INVALID, found)


def slug_of(name: str) -> str:
    """The name in lower case, with `_` for each run of characters other than letters and digits, and none at either end."""
    return _NOT_ALPHANUMERIC.sub("_", name.lower()).strip("_")


def text(path: str, value: str, longest: int, *, shortest: int = 0) -> Iterator[FieldViolation]:
    """A text must not contain NUL, and its number of characters must be in these bounds."""
    if not shortest <= len(value) <= longest:
        yield FieldViolation(path, f"must be {f'{shortest} to' if shortest else 'at most'} {longest:,} characters long")
    elif "\0" in value:
        yield FieldViolation(path, "must not contain NUL")


def at_most(path: str, elements: Sequence[object], most: int = MOST_ELEMENTS) -> Iterator[FieldViolation]:
    """A repeated field must not have more elements than that."""
    if len(elements) > most:
        yield FieldViolation(path, f"must have at most {most:,} elements")


def texts(path: str, elements: Sequence[str]) -> Iterator[FieldViolation]:
    """Each of a list of texts must be 1 to LONGEST_NAME characters long."""
    yield from at_most(path, elements)
    for index, element in enumerate(elements[:MOST_ELEMENTS]):
        yield from text(f"{path}[{index}]", element, LONGEST_NAME, shortest=1)


def known(message: Message) -> Iterator[FieldViolation]:
    """A request must not have fields that this version does not know: ignoring one could lose a policy or a secret."""
    stripped = type(message)()
    stripped.CopyFrom(message)
    stripped.DiscardUnknownFields()
    if stripped.ByteSize() != message.ByteSize():
        for path in _unknown(message):
            yield FieldViolation(path or "request", "must not have fields or variants that this server does not know")


def _unknown(message: Message, path: str = "") -> Iterator[str]:
    """The paths of the messages that have unknown fields."""
    if len(UnknownFieldSet(message)):
        yield path
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        inner = f"{path}.{field.name}".removeprefix(".")
        if field.is_repeated:
            for index, element in enumerate(value):
                yield from _unknown(element, f"{inner}[{index}]")
        else:
            yield from _unknown(value, inner)


def number(path: str, value: int) -> Iterator[FieldViolation]:
    """A number must be 0 or more."""
    if value < 0:
        yield FieldViolation(path, "must not be negative")


def skip(value: int) -> Iterator[FieldViolation]:
    """A page must not skip more than MOST_SKIPPED elements."""
    if not 0 <= value <= MOST_SKIPPED:
        yield FieldViolation("skip", f"must be 0 to {MOST_SKIPPED:,}")


def region_wait(seconds: int) -> Iterator[FieldViolation]:
    """A request must not wait longer than LONGEST_REGION_WAIT seconds for the other regions."""
    if not 0 <= seconds <= LONGEST_REGION_WAIT:
        yield FieldViolation("all_regions_timeout_seconds", f"must be 0 to {LONGEST_REGION_WAIT}")


def enumeration(path: str, value: int, enum: EnumDescriptor) -> Iterator[FieldViolation]:
    """A number must be a value of the enumeration."""
    if value not in enum.values_by_number:
        yield FieldViolation(path, f"must be a value of {enum.name}")


def future(path: str, value: datetime | None, now: datetime) -> Iterator[FieldViolation]:
    """A time must be in the future, if there is one."""
    if value is not None and value <= now:
        yield FieldViolation(path, "must be in the future")


def time(path: str, timestamp: Timestamp) -> datetime:
    """A timestamp as an aware datetime, truncated to microseconds. Raises FIELD_INVALID outside the years 1 to 9999."""
    if not 0 <= timestamp.nanos <= 999_999_999:
        raise invalid(path, "must have 0 to 999,999,999 nanoseconds")
    try:
        value = _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)
    except OverflowError:
        raise invalid(path, "must be in the years 1 to 9999") from None
    return min(max(value, _FIRST), _LAST)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# asyncpg writes datetime.min and datetime.max as Postgres's infinities and would read those back, so the bounds exclude them.
_FIRST = datetime.min.replace(microsecond=1, tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=999_998, tzinfo=UTC)


def credential_id(path: str, value: str) -> UUID | int:
    """A credential's id, or its number in decimal. Raises FIELD_INVALID."""
    if value.isascii() and value.isdigit() and len(value) <= 19 and int(value) <= LARGEST_INT64:
        return int(value)
    if _UUID.fullmatch(value):
        return UUID(value)
    raise invalid(path, "must be a credential's id, or its number in decimal")


def uuid(path: str, value: str) -> Iterator[FieldViolation]:
    """A text must be a UUID."""
    if not _UUID.fullmatch(value):
        yield FieldViolation(path, "must be a UUID, such as 0199e5b0-7c1a-7000-8000-000000000000")


def request_id(value: str) -> Iterator[FieldViolation]:
    """A request id must have its form, if there is one."""
    if value and not _REQUEST_ID.fullmatch(value):
        yield FieldViolation("request_id", "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
