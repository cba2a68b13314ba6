"""Checks the requests of CredentialService before anything is read. Each method calls one `check_*` function, which raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import RefreshState
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, CredentialView
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.credentials import update_mask
from strongroom_server.rules import credential_fields, fields, hosts, surfaces, use_settings
from strongroom_server.rules.variants.table import VARIANTS
from strongroom_server.rules.variants.violations import data_violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from strongroom.v1.credential_pb2 import Credential, CredentialData
    from strongroom.v1.credential_service_pb2 import (
        AccessCredentialRequest,
        CreateCredentialRequest,
        DeleteCredentialRequest,
        DestroyCredentialVersionRequest,
        GetCredentialRequest,
        ImportCredentialsRequest,
        ListCredentialsRequest,
        ListCredentialVersionsRequest,
        PurgeCredentialsRequest,
        RestoreCredentialVersionRequest,
        UndeleteCredentialRequest,
        UpdateCredentialRequest,
    )
    from strongroom_server.core import records
    from strongroom_server.credentials.update_mask import Mask

# The most creates in one message of an import: they are stored with one statement.
MOST_CREATES: Final = 64


def check_create(
    request: CreateCredentialRequest, surface: int, now: datetime, *, connects: bool = False
) -> tuple[FieldViolation, ...]:
    """Check a create and return the violations of its data, which only `accept_invalid` allows.

    `connects` says that ConnectionService creates the credential. Of a test credential `check_metadata` checks the metadata, once
    the defaults from its live credential are set. Raises FIELD_INVALID, DATA_INVALID.
    """
    sent = request.credential
    fields.require(_create(request, surface, now, connects=connects))
    required = surfaces.surface_of(surface).required_data(sent.data.WhichOneof("variant") or "", sent)
    return check_data(sent.data, required, accept_invalid=request.accept_invalid)


def _create(
    request: CreateCredentialRequest, surface: int, now: datetime, *, connects: bool
) -> Iterator[FieldViolation]:
    sent, rules = request.credential, surfaces.surface_of(surface)
    if connects:
        rules = rules.for_connections()
    yield from fields.request_id(request.request_id)
    yield from surfaces.number_violations("credential.surface", surface)
    yield from credential_fields.data_bounds(sent, rules)
    if (variant := sent.data.WhichOneof("variant")) is not None:
        yield from rules.settings_violations(variant, sent)
        yield from use_settings.variant_violations(sent, variant)
    if sent.live_credential_id:
        yield from _test_credential(sent)
    else:
        yield from credential_fields.metadata(sent, credential_fields.METADATA_RULES, rules, now)


def check_metadata(credential: Credential, surface: int, now: datetime) -> None:
    """Check the metadata of a new test credential with the defaults from its live credential. Raises FIELD_INVALID."""
    rules = surfaces.surface_of(surface)
    fields.require(credential_fields.metadata(credential, credential_fields.METADATA_RULES, rules, now))


def check_data(
    data: CredentialData, required: Sequence[str] | None, *, accept_invalid: bool
) -> tuple[FieldViolation, ...]:
    """Return the rules of its variant that the data breaks. Raises DATA_INVALID if there are any and they are not accepted."""
    violations = data_violations(data, required)
    if violations and not accept_invalid:
        raise ServiceError(
            reasons.ERROR_REASON_DATA_INVALID,
            tuple(FieldViolation(f"credential.data.{violation.field}", violation.rule) for violation in violations),
        )
    return violations


def check_import(request: ImportCredentialsRequest) -> bool:
    """Check a message of an import without its creates, and return whether one of them may have unknown fields.

    Raises FIELD_INVALID.
    """
    unknown = tuple(fields.known(request))
    fields.require(_import(request, unknown))
    return bool(unknown)


def _import(request: ImportCredentialsRequest, unknown: Sequence[FieldViolation]) -> Iterator[FieldViolation]:
    if not 1 <= len(request.creates) <= MOST_CREATES:
        yield FieldViolation("creates", f"must have 1 to {MOST_CREATES} elements")
    # Unknown fields of a create fail that create only.
    yield from (violation for violation in unknown if not violation.field.startswith("creates["))


def check_imported_create(request: CreateCredentialRequest) -> None:
    """Check of an import's create what must be right before its request id is looked up. Raises FIELD_INVALID."""
    fields.require(_imported_create(request))


def _imported_create(request: CreateCredentialRequest) -> Iterator[FieldViolation]:
    yield from fields.request_id(request.request_id)
    if request.all_regions_timeout_seconds:
        yield FieldViolation("all_regions_timeout_seconds", "must be unset in an import")


def check_get(request: GetCredentialRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_view(request))


def check_list(request: ListCredentialsRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_list(request))


def _list(request: ListCredentialsRequest) -> Iterator[FieldViolation]:
    yield from _view(request)
    yield from _variant(request)
    yield from fields.number("team_id", request.team_id)
    yield from fields.number("folder_id", request.folder_id)
    yield from fields.text("name_prefix", request.name_prefix, fields.LONGEST_NAME)
    yield from fields.skip(request.skip)
    for index, state in enumerate(request.refresh_states):
        yield from fields.enumeration(f"refresh_states[{index}]", state, RefreshState.DESCRIPTOR)
        if not state:
            yield FieldViolation(f"refresh_states[{index}]", "must not be REFRESH_STATE_UNSPECIFIED")
    if request.deleted and request.view == CREDENTIAL_VIEW_FULL:
        yield FieldViolation("view", "must not be CREDENTIAL_VIEW_FULL where deleted is set")
    if request.page_token and request.before_page_token:
        yield FieldViolation("before_page_token", "must be empty where page_token is set")


def _view(request: GetCredentialRequest | ListCredentialsRequest) -> Iterator[FieldViolation]:
    yield from fields.enumeration("view", request.view, CredentialView.DESCRIPTOR)
    yield from surfaces.number_violations("surface", request.surface)


def _variant(request: ListCredentialsRequest | UpdateCredentialRequest) -> Iterator[FieldViolation]:
    if request.variant and request.variant not in VARIANTS:
        yield FieldViolation("variant", "must be the name of an arm of CredentialData")


def check_update(request: UpdateCredentialRequest) -> Mask:
    """Check an update without its new values, and return its mask. `check_merged` checks the values. Raises FIELD_INVALID."""
    mask = update_mask.parse(request.update_mask)
    fields.require(_update(request))
    return mask


def _update(request: UpdateCredentialRequest) -> Iterator[FieldViolation]:
    yield from surfaces.number_violations("surface", request.surface)
    yield from _variant(request)


def check_merged(
    merged: Credential,
    row: records.Credential,
    mask: Mask,
    variant: str,
    now: datetime,
    *,
    has_data: bool,
    connects: bool = False,
) -> None:
    """Check a credential with the new values of an update. Raises FIELD_INVALID.

    `has_data` says whether its data is among them, `connects` that ConnectionService makes the update.
    """
    fields.require(_merged(merged, row, mask, variant, now, has_data=has_data, connects=connects))


def _merged(
    merged: Credential,
    row: records.Credential,
    mask: Mask,
    variant: str,
    now: datetime,
    *,
    has_data: bool,
    connects: bool,
) -> Iterator[FieldViolation]:
    rules = surfaces.surface_of(row.surface)
    if row.variant in rules.connected:
        if mask.changes_data and not connects:
            yield FieldViolation("credential.data", "must not change: only ConnectionService changes it")
            return
        rules = rules.for_connections()
    touched = set(mask.touched)
    # The rules of these fields depend on one another.
    if touched & {"read_access", "shared_team_slugs"}:
        touched |= {"read_access", "shared_team_slugs"}
    if "team_id" in touched:
        touched.add("folder_id")
    yield from credential_fields.metadata(merged, sorted(touched), rules, now)
    if row.live_credential_id is not None:
        yield from _test_credential(merged)
    if has_data:
        yield from credential_fields.data_bounds(merged, rules)
    yield from rules.settings_violations(variant, merged)
    yield from use_settings.variant_violations(merged, variant)


def _test_credential(credential: Credential) -> Iterator[FieldViolation]:
    if credential.HasField("expire_time"):
        yield FieldViolation(
            "credential.expire_time", "must be unset: a test credential expires with its live credential"
        )


def check_delete(request: DeleteCredentialRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(surfaces.number_violations("surface", request.surface))


def check_purge(request: PurgeCredentialsRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_purge(request))


def _purge(request: PurgeCredentialsRequest) -> Iterator[FieldViolation]:
    if not request.surface:
        yield FieldViolation("surface", "is required")
    yield from surfaces.number_violations("surface", request.surface)


def check_undelete(request: UndeleteCredentialRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_undelete(request))


def _undelete(request: UndeleteCredentialRequest) -> Iterator[FieldViolation]:
    yield from surfaces.number_violations("surface", request.surface)
    yield from fields.number("team_id", request.team_id)


def check_list_versions(request: ListCredentialVersionsRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(surfaces.number_violations("surface", request.surface))


def check_version(request: RestoreCredentialVersionRequest | DestroyCredentialVersionRequest) -> None:
    """Check a request that restores or destroys a version. Raises FIELD_INVALID."""
    fields.require(_version(request))


def _version(request: RestoreCredentialVersionRequest | DestroyCredentialVersionRequest) -> Iterator[FieldViolation]:
    yield from surfaces.number_violations("surface", request.surface)
    if request.version < 1:
        yield FieldViolation("version", "must be a number from 1")


def check_restored(row: records.Credential, variant: str) -> None:
    """Check that the variant of an old version takes the settings of the credential. Raises FIELD_INVALID."""
    fields.require(
        FieldViolation(
            "version", f"is of variant {variant}, for which use_settings.{name} must be empty: clear it first"
        )
        for name in use_settings.not_taken(use_settings.USE_SETTINGS.of(row), variant)
    )


def check_access(request: AccessCredentialRequest) -> None:
    """Raises FIELD_INVALID."""
    fields.require(_access(request))


def _access(request: AccessCredentialRequest) -> Iterator[FieldViolation]:
    yield from fields.number("version", request.version)
    yield from surfaces.number_violations("surface", request.surface)
    if request.target_host and not hosts.is_host(request.target_host):
        yield FieldViolation("target_host", hosts.RULE)
    if request.unmanage and request.version:
        yield FieldViolation("unmanage", "must not be set with version")
