"""Owns what each request of CredentialService must satisfy by itself, before anything is read. Knows no storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, CredentialView
from strongroom_server.rules import fields, hosts, variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from strongroom.v1.credential_pb2 import Credential, Surface
    from strongroom.v1.credential_service_pb2 import (
        AccessCredentialRequest,
        CreateCredentialRequest,
        DestroyCredentialVersionRequest,
        GetCredentialRequest,
        ImportCredentialsRequest,
        ListCredentialsRequest,
        PurgeCredentialsRequest,
        RestoreCredentialVersionRequest,
        UndeleteCredentialRequest,
        UpdateCredentialRequest,
    )
    from strongroom_server.core import records
    from strongroom_server.credentials.update_mask import Mask

# In one message of an import: so many go into one statement.
MOST_CREATES: Final = 64


def of_create(request: CreateCredentialRequest, surface: Surface.ValueType) -> Iterator[fields.Problem]:
    """The problems of a create; for a test credential those that do not depend on its live one."""
    sent = request.credential
    yield from fields.request_id(request.request_id)
    yield from fields.surface("credential.surface", surface)
    yield from fields.data(sent, surface)
    yield from fields.aws_authentication_type(sent.data.WhichOneof("variant") or "", surface, sent.tines_settings)
    if sent.live_credential_id:
        yield from _expiry_of_test_credential(sent)
    else:
        yield from fields.metadata(sent, fields.METADATA_RULES, surface)


def of_import(request: ImportCredentialsRequest, unknown: Sequence[fields.Problem]) -> Iterator[fields.Problem]:
    """The problems of a message of an import that has these unknown fields, save for those of its creates."""
    if not 1 <= len(request.creates) <= MOST_CREATES:
        yield "creates", f"must have 1 to {MOST_CREATES} elements"
    yield from (problem for problem in unknown if not problem[0].startswith("creates["))


def of_imported(request: CreateCredentialRequest) -> Iterator[fields.Problem]:
    """The problems of a create that it has only in an import, and those that come before the look for its request id."""
    yield from fields.request_id(request.request_id)
    if request.all_regions_timeout_seconds:
        yield "all_regions_timeout_seconds", "must be unset in an import"


def of_view(request: GetCredentialRequest | ListCredentialsRequest) -> Iterator[fields.Problem]:
    """The problems that a get and a list can have."""
    yield from fields.enumeration("view", request.view, CredentialView.DESCRIPTOR)
    yield from fields.surface("surface", request.surface)


def of_list(request: ListCredentialsRequest) -> Iterator[fields.Problem]:
    """The problems of a list."""
    yield from of_view(request)
    if request.variant and request.variant not in variants.VARIANTS:
        yield "variant", "must be the name of an arm of CredentialData"
    yield from fields.number("team_id", request.team_id)
    yield from fields.number("folder_id", request.folder_id)
    yield from fields.text("name_prefix", request.name_prefix, fields.LONGEST_NAME)
    yield from fields.skip(request.skip)
    if request.deleted and request.view == CREDENTIAL_VIEW_FULL:
        yield "view", "must not be CREDENTIAL_VIEW_FULL where deleted is set"
    if request.page_token and request.before_page_token:
        yield "before_page_token", "must be empty where page_token is set"


def of_update(request: UpdateCredentialRequest) -> Iterator[fields.Problem]:
    """The problems of an update, save for the values that it brings."""
    yield from fields.surface("surface", request.surface)
    if request.variant and request.variant not in variants.VARIANTS:
        yield "variant", "must be the name of an arm of CredentialData"


def of_undelete(request: UndeleteCredentialRequest) -> Iterator[fields.Problem]:
    """The problems of bringing back a credential."""
    yield from fields.surface("surface", request.surface)
    yield from fields.number("team_id", request.team_id)


def of_version(
    request: RestoreCredentialVersionRequest | DestroyCredentialVersionRequest,
) -> Iterator[fields.Problem]:
    """The problems of what is done to a version."""
    yield from fields.surface("surface", request.surface)
    if request.version < 1:
        yield "version", "must be a number from 1"


def of_purge(request: PurgeCredentialsRequest) -> Iterator[fields.Problem]:
    """The problems of a purge."""
    if not request.surface:
        yield "surface", "is required"
    yield from fields.surface("surface", request.surface)


def of_merged(
    merged: Credential, row: records.Credential, mask: Mask, variant: str, *, checks_data: bool
) -> Iterator[fields.Problem]:
    """The problems of a credential as an update leaves it."""
    touched = set(mask.touched)
    # Some rules look at two fields.
    if touched & {"read_access", "shared_team_slugs"}:
        touched |= {"read_access", "shared_team_slugs"}
    if "team_id" in touched:
        touched.add("folder_id")
    yield from fields.metadata(merged, sorted(touched), row.surface)
    if row.live_credential_id is not None:
        yield from _expiry_of_test_credential(merged)
    if checks_data:
        yield from fields.data(merged, row.surface)
    yield from fields.aws_authentication_type(variant, row.surface, merged.tines_settings)


def of_access(request: AccessCredentialRequest) -> Iterator[fields.Problem]:
    """The problems of an access."""
    yield from fields.number("version", request.version)
    yield from fields.surface("surface", request.surface)
    if request.target_host and not hosts.is_host(request.target_host):
        yield "target_host", "must be a DNS name or IPv4 address, without scheme, port and path"


def _expiry_of_test_credential(credential: Credential) -> Iterator[fields.Problem]:
    if credential.HasField("expire_time"):
        yield "credential.expire_time", "must be unset: a test credential goes with its live one"
