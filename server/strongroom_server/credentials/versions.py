"""Lists, opens, restores and destroys versions of a credential's data.

A credential's row has the hash of the present box only. The hash of an older box is in the audit event that created it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import CredentialData, CredentialVersion
from strongroom.v1.credential_service_pb2 import ListCredentialVersionsResponse
from strongroom_server.access import exposure
from strongroom_server.access.caller import require_team
from strongroom_server.access.scopes import limits_credentials
from strongroom_server.audit.box_events import box_hashes, is_destroyed
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import checks, grants, live_credential, messages
from strongroom_server.credentials.usability import usability_of, warnings_of_hosts
from strongroom_server.credentials.vault import until_stored, visible_to
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.state import state_of
from strongroom_server.rules.surfaces import surface_of
from strongroom_server.rules.variants.violations import data_violations
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import audit, credential_writes, versions
from strongroom_server.store.credential_writes import Change
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import (
        DestroyCredentialVersionRequest,
        ListCredentialVersionsRequest,
        RestoreCredentialVersionRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import StoredCredential
    from strongroom_server.credentials.vault import Vault


async def list_versions(
    vault: Vault, request: ListCredentialVersionsRequest, caller: Caller
) -> ListCredentialVersionsResponse:
    """Read the kept versions of a credential. Raises ServiceError."""
    checks.check_list_versions(request)
    row = (await vault.get(request.id, visible_to(caller, request.surface))).row
    settings = await vault.settings(row.organisation_id)
    kept = await versions.get_all(vault.database, row.organisation_id, row.id, row.version, settings.kept_versions)
    return ListCredentialVersionsResponse(versions=map(messages.version_message, kept))


async def get_version(vault: Vault, row: records.Credential, number: int, *, box: bool = False) -> records.Version:
    """Read a kept version. Raises VERSION_NOT_FOUND, SEAL_BROKEN."""
    kept = (await vault.settings(row.organisation_id)).kept_versions
    version = await versions.get(vault.database, row.organisation_id, row.id, row.version, kept, number, box=box)
    if version is None:
        raise ServiceError(reasons.ERROR_REASON_VERSION_NOT_FOUND)
    return version


async def open_version(
    vault: Vault, stored: StoredCredential, number: int, caller: Caller
) -> tuple[StoredCredential, CredentialData]:
    """Open a version of a verified credential. Returns the credential with that version's columns and the present policy, and
    the version's data.

    Raises VERSION_NOT_FOUND, VERSION_DESTROYED, SECRET_REQUIRED, SEAL_BROKEN, OPENING_KEY_ABSENT, SEALING_KEY_DESTROYED, and
    Conflict if the version was sealed under another key between the reads.
    """
    vault.require_opening()
    row = stored.row
    version = await get_version(vault, row, number, box=True)
    if version.destroy_time is not None:
        raise ServiceError(reasons.ERROR_REASON_VERSION_DESTROYED)
    box_sha256, redact_fields = row.box_sha256, row.redact_fields
    if number != row.version:
        await _require_policy(vault, row, number, caller)
        found_events = await audit.of_version(vault.database, row.organisation_id, row.id, number)
        events = [event for event in found_events if vault.keyring.is_authentic(event)]
        hashes = box_hashes(events)
        if len(hashes) != 1 or is_destroyed(events):
            await _require_unchanged(vault, row, version)
            raise seal_broken(row)
        (box_sha256,) = hashes
        # Keys that this version redacted stay redacted when it is restored.
        hidden = (key for event in events for key in event.redact_fields)
        redact_fields = tuple(dict.fromkeys((*row.redact_fields, *hidden)))
    await vault.keyring.look_up(version.sealing_key_id)
    try:
        data = CredentialData.FromString(vault.keyring.unseal_version(row, version, box_sha256))
    except ServiceError:
        await _require_unchanged(vault, row, version)
        raise
    required = surface_of(row.surface).required_data(version.variant, row)
    row = structs.replace(
        row,
        version=number,
        variant=version.variant,
        sealing_key_id=version.sealing_key_id,
        box_sha256=box_sha256,
        redact_fields=redact_fields,
        **state_of(data_violations(data, required)),
        # What is found in an older version's data is not kept. It is found again when the version is restored.
        warnings=row.warnings if number == row.version else warnings_of_hosts(row),
        certificate_expire_time=row.certificate_expire_time if number == row.version else None,
    )
    return structs.replace(stored, row=row), data


async def _require_unchanged(vault: Vault, row: records.Credential, version: records.Version) -> None:
    """Raises Conflict if the row or the version has changed since it was read: the two may not belong together."""
    present = await vault.get(str(row.id), Visible(row.organisation_id, None))
    again = await get_version(vault, row, version.version)
    if present.row.revision != row.revision or again.sealing_key_id != version.sealing_key_id:
        raise Conflict


async def _require_policy(vault: Vault, row: records.Credential, number: int, caller: Caller) -> None:
    """Raises SECRET_REQUIRED if the policy was widened after this version.

    A writer without the role `user` may widen the policy if it sends the secrets. This must not expose older secrets: neither to
    that writer, which could restore them, nor to keys of teams, or with scopes, that have got access since then.
    """
    if exposure.may_use_stored_secrets(caller) and caller.team_ids is None and not limits_credentials(caller.scope):
        return
    if await audit.is_widened_after(vault.database, row.organisation_id, row.id, number):
        raise exposure.secret_required(
            FieldViolation(
                "version",
                "is older than a wider policy, so the key must have the role user, all teams and all credentials",
            )
        )


async def restore(vault: Vault, request: RestoreCredentialVersionRequest, caller: Caller) -> Credential:
    """Store the data of an old version as a new version. Raises ServiceError."""
    checks.check_version(request)

    async def attempt() -> Credential:
        change, stored = await prepare_restore(vault, request, caller)
        if not await credential_writes.replace(vault.database, vault.with_request_id([change], caller)):
            raise Conflict
        vault.saw_stored([change])
        await grants.retry_misconfigured(vault, [change])
        return messages.message_of(stored)

    return await until_stored(attempt)


async def prepare_restore(
    vault: Vault, request: RestoreCredentialVersionRequest, caller: Caller
) -> tuple[Change, StoredCredential]:
    """The change that makes the data of an old version the present data, and the changed credential. Raises ServiceError."""
    stored = await vault.get(request.id, visible_to(caller, request.surface))
    row = stored.row
    require_team(caller, row.team_id)
    require_etag(request.etag, row.revision)
    await vault.verify(row)
    old, data = await open_version(vault, stored, request.version, caller)
    if row.live_credential_id or stored.test_credential:
        live_credential.require_same_variant(row.variant, old.row.variant)
    checks.check_restored(row, old.row.variant)
    required = surface_of(row.surface).required_data(old.row.variant, row)
    violations = checks.check_data(data, required, accept_invalid=request.accept_invalid)
    version = row.version + 1
    sealed = vault.keyring.seal(row.organisation_id, row.id, version, old.row.variant, data.SerializeToString())
    row = vault.keyring.sign(
        structs.replace(
            row,
            **state_of(violations),
            **usability_of(data, row.allowed_hosts, violations),
            variant=old.row.variant,
            redact_fields=old.row.redact_fields,
            version=version,
            sealing_key_id=sealed.key_id,
            box_sha256=sealed.sha256,
            revision=row.revision + 1,
            update_time=vault.watch.now(),
        )
    )
    event = vault.recorder.event(
        caller, "RestoreCredentialVersion", row, box_sha256=sealed.sha256, changed=True, subject=str(request.version)
    )
    change = Change(row, row.revision - 1, records.Act(event), sealed.box)
    return change, structs.replace(stored, row=row)


async def destroy(vault: Vault, request: DestroyCredentialVersionRequest, caller: Caller) -> CredentialVersion:
    """Delete the box of an old version. Raises ServiceError."""
    checks.check_version(request)
    # The database role of a node without private keys cannot delete boxes.
    vault.require_opening()
    row = (await vault.get(request.id, visible_to(caller, request.surface))).row
    require_team(caller, row.team_id)
    require_etag(request.etag, row.revision)
    await vault.verify(row)
    if request.version == row.version:
        raise ServiceError(reasons.ERROR_REASON_VERSION_IN_USE)
    before = await get_version(vault, row, request.version)
    if before.destroy_time is not None:
        raise ServiceError(reasons.ERROR_REASON_VERSION_DESTROYED)
    # The event records an empty hash, so a box restored from a backup is rejected.
    event = vault.recorder.event(caller, "DestroyCredentialVersion", row, version=request.version, box_sha256=b"")
    act = vault.recorder.act(event, caller.request)
    if not await versions.destroy(vault.database, row.organisation_id, row.id, request.version, act):
        raise ServiceError(reasons.ERROR_REASON_VERSION_DESTROYED)
    return messages.version_message(structs.replace(before, destroy_time=event.event_time))
