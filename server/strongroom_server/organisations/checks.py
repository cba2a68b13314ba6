"""Owns what each request of OrganisationService must satisfy by itself, before anything is read. Knows no storage."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypedDict

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_UNSPECIFIED,
    ApiKey,
    Folder,
    FolderContentType,
    ListFoldersRequest,
    Organisation,
    Role,
    UpdateOrganisationRequest,
)
from strongroom_server.access import tokens
from strongroom_server.core.errors import FieldViolation
from strongroom_server.core.names import OPERATORS_ORGANISATION, ORGANISATION_ID
from strongroom_server.rules import fields

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime

    from google.protobuf.field_mask_pb2 import FieldMask

_MOST_VERSIONS: Final = 100
_LONGEST_WINDOW: Final = timedelta(days=365)
_LONGEST_TOKEN_AGE: Final = timedelta(days=366)
_API_KEY_FIELDS: Final = (
    "display_name",
    "roles",
    "team_ids",
    "expire_time",
    "grantable_roles",
    "jwt_audience",
    "max_token_age",
)


def of_id(path: str, number: int) -> Iterator[FieldViolation]:
    """The number of a team or folder."""
    if number < 1:
        yield FieldViolation(path, "must be a number from 1")


def of_organisation(organisation: Organisation) -> Iterator[FieldViolation]:
    """A new organisation."""
    if not ORGANISATION_ID.fullmatch(organisation.id):
        yield FieldViolation(
            "organisation.id", "must be 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit"
        )
    if organisation.id == OPERATORS_ORGANISATION:
        yield FieldViolation("organisation.id", f"must not be {OPERATORS_ORGANISATION}, which is reserved")
    yield from fields.text("organisation.display_name", organisation.display_name, fields.LONGEST_NAME)


class Settings(TypedDict, total=False):
    """What an organisation decides for itself; what is left out is as it is by default."""

    kept_versions: int
    undelete_window: timedelta


def organisation_settings(organisation: Organisation) -> Settings:
    """The settings of a message, for a row. Raises FIELD_INVALID."""
    fields.require(_of_settings(organisation))
    settings = Settings()
    if organisation.kept_versions:
        settings["kept_versions"] = organisation.kept_versions
    if organisation.HasField("undelete_window"):
        settings["undelete_window"] = timedelta(seconds=organisation.undelete_window.seconds)
    return settings


def _of_settings(organisation: Organisation) -> Iterator[FieldViolation]:
    if not 0 <= organisation.kept_versions <= _MOST_VERSIONS:
        yield FieldViolation("organisation.kept_versions", f"must be 1 to {_MOST_VERSIONS}")
    window = organisation.undelete_window
    if not 0 <= window.seconds <= _LONGEST_WINDOW.total_seconds() or window.nanos:
        yield FieldViolation(
            "organisation.undelete_window", f"must be 0 to {_LONGEST_WINDOW.days} days, in whole seconds"
        )


def of_organisation_update(request: UpdateOrganisationRequest) -> Iterator[FieldViolation]:
    """A change of an organisation."""
    paths = list(request.update_mask.paths)
    if not paths or not set(paths) <= {"display_name", "kept_versions", "undelete_window"}:
        yield FieldViolation("update_mask", "must name fields of: display_name, kept_versions, undelete_window")
    if "kept_versions" in paths and not request.organisation.kept_versions:
        yield FieldViolation("organisation.kept_versions", f"must be 1 to {_MOST_VERSIONS}")
    if "undelete_window" in paths and not request.organisation.HasField("undelete_window"):
        yield FieldViolation("organisation.undelete_window", "is required where the mask names it")
    yield from fields.text("organisation.display_name", request.organisation.display_name, fields.LONGEST_NAME)


def of_team_name(name: str) -> Iterator[FieldViolation]:
    """The name of a team, which makes its slug."""
    yield from fields.text("team.name", name, fields.LONGEST_NAME, shortest=1)
    if 1 <= len(name) <= fields.LONGEST_NAME and not fields.slug_of(name):
        yield FieldViolation("team.name", "must contain a letter or digit")


def free_slug(slug: str, taken: Container[str]) -> str:
    """The slug, or where it is taken the first with a number that is not: `team`, `team_2`, `team_3`."""
    if slug not in taken:
        return slug
    numbered = (f"{slug[: fields.LONGEST_NAME - len(f'_{n}')]}_{n}" for n in itertools.count(2))
    return next(candidate for candidate in numbered if candidate not in taken)


def of_folder(folder: Folder) -> Iterator[FieldViolation]:
    """A new folder."""
    yield from fields.text("folder.name", folder.name, fields.LONGEST_NAME, shortest=1)
    yield from of_id("folder.team_id", folder.team_id)
    yield from fields.number("folder.parent_folder_id", folder.parent_folder_id)
    yield from fields.enumeration("folder.content_type", folder.content_type, FolderContentType.DESCRIPTOR)


def of_rename(number: int, mask: FieldMask) -> Iterator[FieldViolation]:
    """A rename of the team or folder of that number."""
    yield from of_id("id", number)
    if list(mask.paths) != ["name"]:
        yield FieldViolation("update_mask", "must be: name")


def of_list_folders(request: ListFoldersRequest) -> Iterator[FieldViolation]:
    """A list of folders."""
    yield from fields.number("team_id", request.team_id)
    yield from fields.enumeration("content_type", request.content_type, FolderContentType.DESCRIPTOR)
    yield from fields.skip(request.skip)


def of_api_key_update(mask: FieldMask) -> Iterator[FieldViolation]:
    """Which fields of an API key a change names."""
    if not mask.paths or not set(mask.paths) <= set(_API_KEY_FIELDS):
        yield FieldViolation("update_mask", f"must name fields of: {', '.join(_API_KEY_FIELDS)}")


def of_api_key(key: ApiKey, expire_time: datetime | None, now: datetime) -> Iterator[FieldViolation]:
    """A new API key, with its time of expiry."""
    yield from fields.text("api_key.display_name", key.display_name, fields.LONGEST_NAME)
    if not key.roles:
        yield FieldViolation("api_key.roles", "is required: at least one role")
    yield from _of_roles("api_key.roles", key.roles)
    yield from _of_roles("api_key.grantable_roles", key.grantable_roles)
    if key.grantable_roles and ROLE_ADMIN not in key.roles:
        yield FieldViolation("api_key.grantable_roles", "must be empty unless api_key.roles has ROLE_ADMIN")
    if ROLE_OPERATOR in key.grantable_roles and ROLE_OPERATOR not in key.roles:
        yield FieldViolation("api_key.grantable_roles", "must not have ROLE_OPERATOR unless api_key.roles has it")
    if len(key.team_ids) > fields.MOST_ELEMENTS:
        yield FieldViolation("api_key.team_ids", f"must have at most {fields.MOST_ELEMENTS} elements")
    yield from fields.future("api_key.expire_time", expire_time, now)
    yield from _of_tokens(key)
    if key.jwt_public_key and not tokens.is_public_key(key.jwt_public_key):
        yield FieldViolation(
            "api_key.jwt_public_key",
            "must be an RSA public key of 2,048 to 8,192 bits, as PEM (SubjectPublicKeyInfo)",
        )


def _of_roles(path: str, roles: Sequence[int]) -> Iterator[FieldViolation]:
    if len(roles) > fields.MOST_ELEMENTS:
        yield FieldViolation(path, f"must have at most {fields.MOST_ELEMENTS} elements")
    for index, role in enumerate(roles[: fields.MOST_ELEMENTS]):
        if role == ROLE_UNSPECIFIED:
            yield FieldViolation(f"{path}[{index}]", "must not be ROLE_UNSPECIFIED")
        yield from fields.enumeration(f"{path}[{index}]", role, Role.DESCRIPTOR)


def _of_tokens(key: ApiKey) -> Iterator[FieldViolation]:
    """What an API key says of tokens."""
    yield from fields.text("api_key.jwt_audience", key.jwt_audience, fields.LONGEST_NAME)
    if key.jwt_audience and not key.jwt_public_key:
        yield FieldViolation("api_key.jwt_audience", "must be empty unless the key has a jwt_public_key")
    if not key.HasField("max_token_age"):
        return
    age = key.max_token_age
    if not 1 <= age.seconds <= _LONGEST_TOKEN_AGE.total_seconds() or age.nanos:
        yield FieldViolation(
            "api_key.max_token_age", f"must be 1 second to {_LONGEST_TOKEN_AGE.days} days, in whole seconds"
        )
    if not key.jwt_public_key:
        yield FieldViolation("api_key.max_token_age", "must be unset unless the key has a jwt_public_key")
