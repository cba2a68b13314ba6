"""Owns the bounds and the form of what a request carries, save what makes a variant valid. Knows no storage.

Every check yields paths relative to the request with the rule that is broken; the bounds stand in the protos' comments.
"""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from google.protobuf.unknown_fields import UnknownFieldSet

from strongroom.v1.credential_pb2 import (
    AWS_AUTHENTICATION_TYPE_UNSPECIFIED,
    PROVIDER_UNSPECIFIED,
    READ_ACCESS_SPECIFIC_TEAMS,
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    SURFACE_TINES,
    AwsAuthenticationType,
    Credential,
    Provider,
    ReadAccess,
    Surface,
)
from strongroom_server.core.errors import invalid
from strongroom_server.rules import hosts
from strongroom_server.rules.variants import VARIANTS, broken_json_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from google.protobuf.descriptor import EnumDescriptor
    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

MOST_VIOLATIONS: Final = 20
LONGEST_NAME: Final = 255
LONGEST_DESCRIPTION: Final = 4_096
LARGEST_METADATA: Final = 16 * 1024
LARGEST_DATA: Final = 64 * 1024
MOST_ELEMENTS: Final = 100
MOST_PATHS: Final = 64
LARGEST_INT64: Final = (1 << 63) - 1
LARGEST_TTL: Final = (1 << 31) - 1
LONGEST_REGION_WAIT: Final = 120
# What is left out of a page is read in an index: 300,000 take about 50 ms.
MOST_SKIPPED: Final = 1_000_000

# UUID() takes more than this.
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")

Problem = tuple[str, str]


def require(problems: Iterable[Problem]) -> None:
    """Raises FIELD_INVALID with the first problems, if there are any."""
    if found := list(itertools.islice(problems, MOST_VIOLATIONS)):
        raise invalid(*found)


def slug_of(name: str) -> str:
    """The name in lower case, each run of other characters than letters and digits made one `_`, trimmed at both ends."""
    return _NOT_ALPHANUMERIC.sub("_", name.lower()).strip("_")


def text(path: str, value: str, longest: int, *, shortest: int = 0) -> Iterator[Problem]:
    """A text without NUL, of so many characters."""
    if not shortest <= len(value) <= longest:
        yield path, f"must be {f'{shortest} to' if shortest else 'at most'} {longest:,} characters long"
    elif "\0" in value:
        yield path, "must not contain NUL"


def known(message: Message) -> Iterator[Problem]:
    """A message without fields that this version does not know, at any depth: to drop one could drop a policy or a secret."""
    stripped = type(message)()
    stripped.CopyFrom(message)
    stripped.DiscardUnknownFields()
    if stripped.ByteSize() != message.ByteSize():
        for path in _unknown(message):
            yield path or "request", "must not have fields or variants that this server does not know"


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


def number(path: str, value: int) -> Iterator[Problem]:
    """0, or the number of a team or folder."""
    if value < 0:
        yield path, "must not be negative"


def skip(value: int) -> Iterator[Problem]:
    """How many elements a page leaves out."""
    if not 0 <= value <= MOST_SKIPPED:
        yield "skip", f"must be 0 to {MOST_SKIPPED:,}"


def region_wait(seconds: int) -> Iterator[Problem]:
    """How long to wait for the regions, or 0."""
    if not 0 <= seconds <= LONGEST_REGION_WAIT:
        yield "all_regions_timeout_seconds", f"must be 0 to {LONGEST_REGION_WAIT}"


def enumeration(path: str, value: int, enum: EnumDescriptor) -> Iterator[Problem]:
    """A number that the enumeration has."""
    if value not in enum.values_by_number:
        yield path, f"must be a value of {enum.name}"


def future(path: str, value: datetime | None, now: datetime) -> Iterator[Problem]:
    """A time to come, or none."""
    if value is not None and value <= now:
        yield path, "must be in the future"


def time(path: str, timestamp: Timestamp) -> datetime:
    """A timestamp as an aware datetime, cut to the microsecond. Raises FIELD_INVALID outside the years 1 to 9999."""
    if not 0 <= timestamp.nanos <= 999_999_999:
        raise invalid((path, "must have 0 to 999,999,999 nanoseconds"))
    try:
        value = _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)
    except OverflowError:
        raise invalid((path, "must be in the years 1 to 9999")) from None
    return min(max(value, _FIRST), _LAST)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The ends of all times are the driver's signs for Postgres's infinities, and would come back as those.
_FIRST = datetime.min.replace(microsecond=1, tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=999_998, tzinfo=UTC)


def credential_id(path: str, value: str) -> UUID | int:
    """A credential's id or its number in decimal. Raises FIELD_INVALID."""
    if value.isascii() and value.isdigit() and len(value) <= 19 and int(value) <= LARGEST_INT64:
        return int(value)
    if _UUID.fullmatch(value):
        return UUID(value)
    raise invalid((path, "must be a credential's id, or its number in decimal"))


def request_id(value: str) -> Iterator[Problem]:
    """A request id, or none."""
    if value and not _REQUEST_ID.fullmatch(value):
        yield "request_id", "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -"


def surface(path: str, value: Surface.ValueType) -> Iterator[Problem]:
    """A surface, or none."""
    return enumeration(path, value, Surface.DESCRIPTOR)


def data(credential: Credential, on_surface: int) -> Iterator[Problem]:
    """Secret data that a surface takes, within its bounds."""
    sent = credential.data
    path = "credential.data"
    variant = sent.WhichOneof("variant")
    if variant is None:
        yield path, "must have exactly one variant"
        return
    if on_surface not in VARIANTS[variant].surfaces:
        yield f"{path}.{variant}", "is not a variant of this surface"
    if sent.ByteSize() > LARGEST_DATA:
        yield f"{path}.{variant}", "must be at most 64 KiB"
        return
    if variant == "key_values":
        keys = sent.key_values.values
        if len(keys) > MOST_ELEMENTS:
            yield f"{path}.key_values.values", f"must have at most {MOST_ELEMENTS} keys"
        elif any(not 1 <= len(key) <= LONGEST_NAME for key in keys):
            yield f"{path}.key_values.values", f"must have keys of 1 to {LONGEST_NAME} characters"
    if sent.extra_json and (rule := broken_json_rule(sent.extra_json)):
        yield f"{path}.extra_json", rule


def metadata(credential: Credential, paths: Iterable[str], on_surface: int) -> Iterator[Problem]:
    """The fields at these paths, which are keys of METADATA_RULES."""
    present = {field.name for field, _ in credential.ListFields()}
    for path in paths:
        if path in present or path in _RULED_WHEN_UNSET:
            yield from METADATA_RULES[path](credential, on_surface)


def _name(credential: Credential, on_surface: int) -> Iterator[Problem]:
    return text("credential.name", credential.name, LONGEST_NAME, shortest=0 if on_surface == SURFACE_SLASHID else 1)


def _provider(credential: Credential, on_surface: int) -> Iterator[Problem]:
    if on_surface == SURFACE_SLASHID and credential.provider == PROVIDER_UNSPECIFIED:
        yield "credential.provider", "is required at SURFACE_SLASHID"
    yield from enumeration("credential.provider", credential.provider, Provider.DESCRIPTOR)


def _metadata_json(credential: Credential, _: int) -> Iterator[Problem]:
    path = "credential.metadata_json"
    if len(credential.metadata_json.encode()) > LARGEST_METADATA:
        yield path, "must be at most 16 KiB"
    elif credential.metadata_json and (rule := broken_json_rule(credential.metadata_json)):
        yield path, rule


def _allowed_hosts(credential: Credential, _: int) -> Iterator[Problem]:
    path = "credential.allowed_hosts"
    yield from _at_most(path, credential.allowed_hosts)
    for index, pattern in enumerate(credential.allowed_hosts[:MOST_ELEMENTS]):
        if not hosts.is_pattern(pattern):
            yield (
                f"{path}[{index}]",
                "must be a DNS name or IPv4 address, with * as wildcard, without scheme, port and path",
            )


def _shared_team_slugs(credential: Credential, _: int) -> Iterator[Problem]:
    path = "credential.shared_team_slugs"
    specific = credential.read_access == READ_ACCESS_SPECIFIC_TEAMS
    if specific and not credential.shared_team_slugs:
        yield path, "is required with READ_ACCESS_SPECIFIC_TEAMS"
    if not specific and credential.shared_team_slugs:
        yield path, "must be empty unless read_access is READ_ACCESS_SPECIFIC_TEAMS"
    yield from _texts(path, credential.shared_team_slugs)


def _redact_fields(credential: Credential, _: int) -> Iterator[Problem]:
    return _texts("credential.redact_fields", credential.redact_fields)


def _folder_id(credential: Credential, _: int) -> Iterator[Problem]:
    yield from number("credential.folder_id", credential.folder_id)
    if credential.folder_id and not credential.team_id:
        yield "credential.folder_id", "must be empty without a team"


def _tines_settings(credential: Credential, on_surface: int) -> Iterator[Problem]:
    path = "credential.tines_settings"
    settings = credential.tines_settings
    if credential.HasField("tines_settings") and on_surface not in (SURFACE_NATIVE, SURFACE_TINES):
        yield path, "must be empty unless the surface is SURFACE_TINES or SURFACE_NATIVE"
    yield from enumeration(
        f"{path}.aws_authentication_type",
        settings.aws_authentication_type,
        AwsAuthenticationType.DESCRIPTOR,
    )
    if not 0 <= settings.token_ttl_seconds <= LARGEST_TTL:
        yield f"{path}.token_ttl_seconds", f"must be 0 to {LARGEST_TTL:,}"
    recipients = settings.notification_recipient_user_ids
    yield from _at_most(f"{path}.notification_recipient_user_ids", recipients)
    if any(recipient < 1 for recipient in recipients):
        yield f"{path}.notification_recipient_user_ids", "must be numbers from 1"


def aws_authentication_type(variant: str, on_surface: int, settings: Credential.TinesSettings) -> Iterator[Problem]:
    """Tines says of every AWS credential how it authenticates."""
    unset = settings.aws_authentication_type == AWS_AUTHENTICATION_TYPE_UNSPECIFIED
    if variant == "aws" and on_surface == SURFACE_TINES and unset:
        yield "credential.tines_settings.aws_authentication_type", "is required for aws at SURFACE_TINES"


# What a create checks, and an update of the same path.
METADATA_RULES: Final[dict[str, Callable[[Credential, int], Iterator[Problem]]]] = {
    "name": _name,
    "provider": _provider,
    "description": lambda credential, _: text("credential.description", credential.description, LONGEST_DESCRIPTION),
    "metadata_json": _metadata_json,
    "allowed_hosts": _allowed_hosts,
    "read_access": lambda credential, _: enumeration(
        "credential.read_access", credential.read_access, ReadAccess.DESCRIPTOR
    ),
    "team_id": lambda credential, _: number("credential.team_id", credential.team_id),
    "folder_id": _folder_id,
    "shared_team_slugs": _shared_team_slugs,
    "redact_fields": _redact_fields,
    # Times are converted by `time`, and compared with the database's clock by the caller.
    "expire_time": lambda _credential, _: iter(()),
    "reminder_time": lambda _credential, _: iter(()),
    "tines_settings": _tines_settings,
}


# What a rule may ask for; any other rule says nothing of a field that is unset.
_RULED_WHEN_UNSET: Final = frozenset({"name", "provider", "shared_team_slugs"})


def _at_most(path: str, elements: Sequence[object]) -> Iterator[Problem]:
    if len(elements) > MOST_ELEMENTS:
        yield path, f"must have at most {MOST_ELEMENTS} elements"


def _texts(path: str, elements: Sequence[str]) -> Iterator[Problem]:
    yield from _at_most(path, elements)
    for index, element in enumerate(elements[:MOST_ELEMENTS]):
        yield from text(f"{path}[{index}]", element, LONGEST_NAME, shortest=1)
