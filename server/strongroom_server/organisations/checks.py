"""Checks the requests of OrganisationService before anything is read. Each method calls one `check_*` function, which raises."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_UNSPECIFIED,
    FolderContentType,
    Role,
)
from strongroom_server.access import scopes, tokens
from strongroom_server.core.errors import FieldViolation
from strongroom_server.core.names import OPERATORS_ORGANISATION, ORGANISATION_ID
from strongroom_server.rules import fields
from strongroom_server.rules.oauth import endpoint_violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from google.protobuf.field_mask_pb2 import FieldMask

    from strongroom.v1.organisation_service_pb2 import (
        ApiKey,
        CreateFolderRequest,
        CreateOrganisationRequest,
        CreateTeamRequest,
        DeleteFolderRequest,
        DeleteTeamRequest,
        Folder,
        GetApiKeyRequest,
        GetFolderRequest,
        GetTeamRequest,
        ListFoldersRequest,
        ListTeamsRequest,
        Organisation,
        RevokeApiKeyRequest,
        UpdateApiKeyRequest,
        UpdateFolderRequest,
        UpdateOrganisationRequest,
        UpdateTeamRequest,
    )

_MOST_VERSIONS: Final = 100
_LONGEST_WINDOW: Final = timedelta(days=365)
_LONGEST_TOKEN_AGE: Final = timedelta(days=366)
_LONGEST_KEY_ID: Final = 64
_ORGANISATION_FIELDS: Final = (
    "display_name",
    "kept_versions",
    "undelete_window",
    "return_urls",
    "switchboard_callback_exchanges",
)
_API_KEY_FIELDS: Final = (
    "display_name",
    "roles",
    "team_ids",
    "expire_time",
    "grantable_roles",
    "jwt_audience",
    "max_token_age",
    "scope",
)


def check_create_organisation(request: CreateOrganisationRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_create_organisation(request.organisation))


def _create_organisation(organisation: Organisation) -> Iterator[FieldViolation]:
    if not ORGANISATION_ID.fullmatch(organisation.id):
        yield FieldViolation(
            "organisation.id", "must be 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit"
        )
    if organisation.id == OPERATORS_ORGANISATION:
        yield FieldViolation("organisation.id", f"must not be {OPERATORS_ORGANISATION}, which is reserved")
    yield from fields.text("organisation.display_name", organisation.display_name, fields.LONGEST_NAME)
    # 0 means the default.
    if organisation.kept_versions:
        yield from _kept_versions(organisation)
    yield from _undelete_window(organisation)
    yield from _return_urls(organisation)


def check_update_organisation(request: UpdateOrganisationRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_update_organisation(request.organisation, request.update_mask))


def _update_organisation(organisation: Organisation, mask: FieldMask) -> Iterator[FieldViolation]:
    yield from _mask(mask, _ORGANISATION_FIELDS)
    yield from fields.text("organisation.display_name", organisation.display_name, fields.LONGEST_NAME)
    if "kept_versions" in mask.paths:
        yield from _kept_versions(organisation)
    if "undelete_window" in mask.paths:
        if not organisation.HasField("undelete_window"):
            yield FieldViolation("organisation.undelete_window", "is required if update_mask names it")
        yield from _undelete_window(organisation)
    if "return_urls" in mask.paths:
        yield from _return_urls(organisation)


def _kept_versions(organisation: Organisation) -> Iterator[FieldViolation]:
    if not 1 <= organisation.kept_versions <= _MOST_VERSIONS:
        yield FieldViolation("organisation.kept_versions", f"must be 1 to {_MOST_VERSIONS}")


def _undelete_window(organisation: Organisation) -> Iterator[FieldViolation]:
    window = organisation.undelete_window
    if not 0 <= window.seconds <= _LONGEST_WINDOW.total_seconds() or window.nanos:
        yield FieldViolation(
            "organisation.undelete_window", f"must be 0 to {_LONGEST_WINDOW.days} days, in whole seconds"
        )


def _return_urls(organisation: Organisation) -> Iterator[FieldViolation]:
    yield from fields.at_most("organisation.return_urls", organisation.return_urls)
    for index, url in enumerate(organisation.return_urls[: fields.MOST_ELEMENTS]):
        yield from endpoint_violations(f"organisation.return_urls[{index}]", url)


def check_create_team(request: CreateTeamRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_team_name(request.team.name))


def check_update_team(request: UpdateTeamRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require((*_rename(request), *_team_name(request.team.name)))


def check_team_id(request: GetTeamRequest | DeleteTeamRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_id("id", request.id))


def check_list_teams(request: ListTeamsRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(fields.skip(request.skip))


def _team_name(name: str) -> Iterator[FieldViolation]:
    """The slug is made from the name, so the name needs a character that a slug can have."""
    yield from fields.text("team.name", name, fields.LONGEST_NAME, shortest=1)
    if 1 <= len(name) <= fields.LONGEST_NAME and not fields.slug_of(name):
        yield FieldViolation("team.name", "must contain a letter or digit")


def check_create_folder(request: CreateFolderRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_create_folder(request.folder))


def _create_folder(folder: Folder) -> Iterator[FieldViolation]:
    yield from _folder_name(folder.name)
    yield from _id("folder.team_id", folder.team_id)
    yield from fields.number("folder.parent_folder_id", folder.parent_folder_id)
    yield from fields.enumeration("folder.content_type", folder.content_type, FolderContentType.DESCRIPTOR)


def check_update_folder(request: UpdateFolderRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require((*_rename(request), *_folder_name(request.folder.name)))


def check_folder_id(request: GetFolderRequest | DeleteFolderRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_id("id", request.id))


def check_list_folders(request: ListFoldersRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_list_folders(request))


def _list_folders(request: ListFoldersRequest) -> Iterator[FieldViolation]:
    yield from fields.number("team_id", request.team_id)
    yield from fields.enumeration("content_type", request.content_type, FolderContentType.DESCRIPTOR)
    yield from fields.skip(request.skip)


def _folder_name(name: str) -> Iterator[FieldViolation]:
    return fields.text("folder.name", name, fields.LONGEST_NAME, shortest=1)


def _id(path: str, number: int) -> Iterator[FieldViolation]:
    if number < 1:
        yield FieldViolation(path, "must be a number from 1")


def _rename(request: UpdateTeamRequest | UpdateFolderRequest) -> Iterator[FieldViolation]:
    yield from _id("id", request.id)
    if list(request.update_mask.paths) != ["name"]:
        yield FieldViolation("update_mask", "must be: name")


def _mask(mask: FieldMask, names: Sequence[str]) -> Iterator[FieldViolation]:
    if not mask.paths or not set(mask.paths) <= set(names):
        yield FieldViolation("update_mask", f"must name fields of: {', '.join(names)}")


def check_api_key_id(request: GetApiKeyRequest | RevokeApiKeyRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_key_id(request.id))


def check_update_api_key(request: UpdateApiKeyRequest) -> None:
    """Check what can be checked before the key is read; `check_api_key` checks the changed key. Raises FIELD_INVALID."""
    fields.require((*_key_id(request.id), *_mask(request.update_mask, _API_KEY_FIELDS)))


def check_api_key(key: ApiKey, new_expire_time: datetime | None, now: datetime) -> None:
    """Check a key as it will be stored. An expire_time that it already had may be in the past. Raises FIELD_INVALID."""
    fields.require(_api_key(key, new_expire_time, now))


def _key_id(key_id: str) -> Iterator[FieldViolation]:
    return fields.text("id", key_id, _LONGEST_KEY_ID, shortest=1)


def _api_key(key: ApiKey, new_expire_time: datetime | None, now: datetime) -> Iterator[FieldViolation]:
    yield from fields.text("api_key.display_name", key.display_name, fields.LONGEST_NAME)
    if not key.roles:
        yield FieldViolation("api_key.roles", "is required: at least one role")
    yield from _roles("api_key.roles", key.roles)
    yield from _roles("api_key.grantable_roles", key.grantable_roles)
    if key.grantable_roles and ROLE_ADMIN not in key.roles:
        yield FieldViolation("api_key.grantable_roles", "must be empty unless api_key.roles has ROLE_ADMIN")
    if ROLE_OPERATOR in key.grantable_roles and ROLE_OPERATOR not in key.roles:
        yield FieldViolation("api_key.grantable_roles", "must not have ROLE_OPERATOR unless api_key.roles has it")
    yield from fields.at_most("api_key.team_ids", key.team_ids)
    yield from fields.future("api_key.expire_time", new_expire_time, now)
    yield from scopes.violations("api_key.scope", key.scope, "api_key.roles", key.roles)
    yield from _token_rules(key)
    if key.jwt_public_key and not tokens.is_public_key(key.jwt_public_key):
        yield FieldViolation(
            "api_key.jwt_public_key",
            "must be an RSA public key of 2,048 to 8,192 bits, as PEM (SubjectPublicKeyInfo)",
        )


def _roles(path: str, roles: Sequence[int]) -> Iterator[FieldViolation]:
    yield from fields.at_most(path, roles)
    for index, role in enumerate(roles[: fields.MOST_ELEMENTS]):
        if role == ROLE_UNSPECIFIED:
            yield FieldViolation(f"{path}[{index}]", "must not be ROLE_UNSPECIFIED")
        yield from fields.enumeration(f"{path}[{index}]", role, Role.DESCRIPTOR)


def _token_rules(key: ApiKey) -> Iterator[FieldViolation]:
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
