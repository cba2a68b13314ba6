"""Declares the JSON bodies of Tines' user_credentials, and converts our messages to them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS, READ_ACCESS_TEAM, Credential
from strongroom_server.gateway import times
from strongroom_server.gateway.members import BOOLEAN, DOCUMENT, POSITIVE, STRINGS, Body, Kind, Member, choice, text
from strongroom_server.gateway.vendors.tines.modes import MODE_NAMES, MODES
from strongroom_server.gateway.vendors.tines.settings import NOTIFICATIONS, RECIPIENTS, settings_of

_READ_ACCESS = MappingProxyType(
    {"TEAM": READ_ACCESS_TEAM, "GLOBAL": READ_ACCESS_GLOBAL, "SPECIFIC_TEAMS": READ_ACCESS_SPECIFIC_TEAMS}
)
_READ_ACCESS_NAMES = MappingProxyType({value: name for name, value in _READ_ACCESS.items()})

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class Times(msgspec.Struct):
    """When a credential was created and updated."""

    created_at: Time
    updated_at: Time


class UserCredential(msgspec.Struct, kw_only=True):
    """A credential without secrets. Its members are in Tines' order, and null where they have no value."""

    id: int
    name: str
    team_id: int
    folder_id: int | None
    mode: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(MODES)})]
    read_access: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(_READ_ACCESS)})]
    shared_team_slugs: list[str]
    slug: str
    created_at: Time
    updated_at: Time
    description: str
    aws_assumed_role_external_id: str | None
    aws_authentication_type: str | None
    use_static_external_id: bool
    allowed_hosts: list[str]
    metadata: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
    restriction_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["RESTRICTED", "UNRESTRICTED"]})]
    test_credential_enabled: bool
    test_credential: Times | None
    expires_at: Time | None
    expiry_notifications_enabled: bool
    credential_notification_recipient_user_ids: list[int]


_MODE_KIND = choice("Mode", {name: name for name in MODES})
MODE = Member("mode", _MODE_KIND, required=True)
SAME_MODE = Member("mode", _MODE_KIND, "If present, the credential's own mode: it cannot change.")
NAME = Member("name", text(1, 255), "", "name", required=True)
NEW_NAME = Member("name", text(1, 255), "A new name changes the slug.", "name")
TEAM_ID = Member(
    "team_id", POSITIVE, "Required without live_credential_id. In an update: the team to move to.", "team_id"
)
FOLDER_ID = Member(
    "folder_id",
    POSITIVE,
    "A folder for credentials of the team. In an update, null or an empty string is the root.",
    "folder_id",
)
EXPIRES_AT = Member(
    "expires_at",
    Kind(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]},
        times.date_or_timestamp,
    ),
    "A reminder, which deletes nothing. A date is its first moment; a time without a zone is UTC.",
    "reminder_time",
)
LIVE_CREDENTIAL_ID = Member(
    "live_credential_id",
    POSITIVE,
    "Makes this the test credential of the live credential with this id.",
    "live_credential_id",
)
ENABLED = Member(
    "test_credential_enabled", BOOLEAN, "Whether tests use the test credential.", "test_credential.enabled"
)
IS_TEST = Member(
    "is_test", BOOLEAN, "Update the test credential instead of the live one. It must exist and be enabled."
)
# The members of every mode.
COMMON: tuple[Member[Any], ...] = (
    TEAM_ID,
    FOLDER_ID,
    Member("read_access", choice("ReadAccess", _READ_ACCESS), "", "read_access"),
    Member("shared_team_slugs", STRINGS, "Required with SPECIFIC_TEAMS, else empty.", "shared_team_slugs"),
    Member("description", text(0, 4096), "", "description"),
    Member("metadata", DOCUMENT, "", "metadata_json"),
    Member(
        "allowed_hosts",
        STRINGS,
        "The hosts it may be used for, with a port if that is not 443. * is a wildcard; empty is any.",
        "allowed_hosts",
    ),
    EXPIRES_AT,
    NOTIFICATIONS,
    RECIPIENTS,
)

_MODE_MEMBERS = MappingProxyType({name: mode.members for name, mode in MODES.items()})
CREATE = Body(
    "NewUserCredential",
    (MODE, NAME, *COMMON, LIVE_CREDENTIAL_ID),
    MODE.name,
    _MODE_MEMBERS,
    lenient=True,
    needed=frozenset(name for mode in MODES.values() for name in mode.required),
    examples={name: {"name": "example", "team_id": 1, "mode": name, **mode.example} for name, mode in MODES.items()},
)
UPDATE = Body(
    "UserCredentialChanges",
    (SAME_MODE, NEW_NAME, *COMMON, ENABLED, IS_TEST),
    MODE.name,
    _MODE_MEMBERS,
    lenient=True,
    examples={
        "name": {"mode": "TEXT", "name": "example", "description": "Renamed."},
        **{name: {"mode": name, **mode.example} for name, mode in MODES.items()},
    },
)

_VARIANT_MEMBERS = MappingProxyType(
    {
        "text": "value",
        "jwt": "jwt_*",
        "oauth": "oauth_*",
        "aws": "aws_*",
        "mtls": "mtls_*",
        "http_request": "http_request_*",
        "multi_request": "credential_requests",
    }
)
_EVERY_MEMBER: tuple[Member[Any], ...] = (
    NAME,
    *COMMON,
    LIVE_CREDENTIAL_ID,
    ENABLED,
    *(member for mode in MODES.values() for member in mode.members),
)
FIELDS = MappingProxyType(
    {
        "credential": "body",
        "variant": "mode",
        "credential.data": "mode",
        **{f"credential.data.{variant}": name for variant, name in _VARIANT_MEMBERS.items()},
        **{f"credential.{member.path}": member.name for member in _EVERY_MEMBER},
        "credential.data.multi_request.requests[].options_json": "credential_requests[].options",
        "credential.data.multi_request.requests[].secret": "credential_requests[].http_request_secret",
    }
)


def is_secret(member: Member[Any]) -> bool:
    """Whether the member's field is secret."""
    *parents, name = member.path.split(".")
    message = Credential.DESCRIPTOR
    for parent in parents:
        inner = message.fields_by_name[parent].message_type
        assert inner is not None
        message = inner
    return bool(message.fields_by_name[name].GetOptions().debug_redact)


def body_of(credential: Credential) -> UserCredential:
    """The body of a response that shows a credential."""
    test = credential.test_credential if credential.HasField("test_credential") else None
    return UserCredential(
        id=credential.number,
        name=credential.name,
        team_id=credential.team_id,
        folder_id=credential.folder_id or None,
        mode=MODE_NAMES[credential.variant],
        read_access=_READ_ACCESS_NAMES[credential.read_access],
        shared_team_slugs=list(credential.shared_team_slugs),
        slug=credential.slug,
        created_at=times.milliseconds(credential.create_time),
        updated_at=times.milliseconds(credential.update_time),
        description=credential.description,
        allowed_hosts=list(credential.allowed_hosts),
        metadata=msgspec.Raw(credential.metadata_json.encode()),
        restriction_type="RESTRICTED" if credential.allowed_hosts else "UNRESTRICTED",
        test_credential_enabled=test is not None and test.enabled,
        test_credential=None
        if test is None
        else Times(times.milliseconds(test.create_time), times.milliseconds(test.update_time)),
        expires_at=times.milliseconds(credential.reminder_time) if credential.HasField("reminder_time") else None,
        **settings_of(credential),
    )
