"""Owns the older versions of a credential's data: how one is found, opened, and made the present one again.

The hash of an older box does not stand in the credential's row any more: the audit event of its making tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import Credential, CredentialData
from strongroom_server.access import exposure
from strongroom_server.access.caller import require_team
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.credentials import live_credential
from strongroom_server.credentials.vault import judged, require_etag, scope_of, state_of
from strongroom_server.rules import variants
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import audit, versions
from strongroom_server.store.credential_writes import Change

if TYPE_CHECKING:
    from strongroom.v1.credential_service_pb2 import RestoreCredentialVersionRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import StoredCredential
    from strongroom_server.credentials.vault import Vault


async def found(vault: Vault, row: records.Credential, number: int, *, box: bool = False) -> records.Version:
    """A version that is kept. Raises VERSION_NOT_FOUND."""
    version = await versions.get(vault.database, row.organisation_id, row.id, row.version, number, box=box)
    if version is None:
        raise ServiceError(reasons.ERROR_REASON_VERSION_NOT_FOUND)
    return version


async def opened(
    vault: Vault, stored: StoredCredential, number: int, caller: Caller
) -> tuple[StoredCredential, CredentialData]:
    """A verified credential as if that version were its present one, and that version's data, to be used under the present
    policy.

    Raises VERSION_NOT_FOUND, VERSION_DESTROYED, SECRET_REQUIRED, SEAL_BROKEN, OPENING_KEY_ABSENT.
    """
    vault.require_opening()
    row = stored.row
    version = await found(vault, row, number, box=True)
    if version.destroy_time is not None:
        raise ServiceError(reasons.ERROR_REASON_VERSION_DESTROYED)
    box_sha256, redact_fields = row.box_sha256, row.redact_fields
    if number != row.version:
        await _require_policy(vault, row, number, caller)
        found_events = await audit.of_version(vault.database, row.organisation_id, row.id, number)
        events = [event for event in found_events if vault.keyring.is_authentic(event)]
        hashes = {event.box_sha256 for event in events if event.box_sha256 is not None}
        if len(hashes) != 1:
            raise seal_broken(row)
        box_sha256 = hashes.pop() or b""
        # What was hidden once stays so: a restored version shows no more than it did.
        hidden = (key for event in events for key in event.redact_fields)
        redact_fields = tuple(dict.fromkeys((*row.redact_fields, *hidden)))
    data = CredentialData.FromString(vault.keyring.unseal_version(row, version, box_sha256))
    settings = Credential.TinesSettings.FromString(row.tines_settings)
    row = structs.replace(
        row,
        version=number,
        variant=version.variant,
        sealing_key_id=version.sealing_key_id,
        box_sha256=box_sha256,
        redact_fields=redact_fields,
        **state_of(variants.violations(data, settings)),
    )
    return structs.replace(stored, row=row), data


async def _require_policy(vault: Vault, row: records.Credential, number: int, caller: Caller) -> None:
    """Refuse a version whose secrets the present policy was not made for. Raises SECRET_REQUIRED.

    A writer may widen the policy for secrets that it sends. That must open no older secrets: neither to the writer, which would
    restore them, nor to keys of teams that have access only since then.
    """
    if exposure.may_use_stored_secrets(caller) and caller.team_ids is None:
        return
    if await audit.is_widened_after(vault.database, row.organisation_id, row.id, number):
        raise exposure.secret_required(
            FieldViolation("version", "is older than a wider policy, so the key must have the role user and all teams")
        )


async def restored(
    vault: Vault, request: RestoreCredentialVersionRequest, caller: Caller
) -> tuple[Change, StoredCredential]:
    """The change that makes a new version of an old one's data, and the credential as it is then. Raises ServiceError."""
    stored = await vault.get(request.id, scope_of(caller, request.surface))
    row = stored.row
    require_team(caller, row.team_id)
    require_etag(request.etag, row)
    await vault.keyring.verify(row)
    old, data = await opened(vault, stored, request.version, caller)
    if row.live_credential_id or stored.test_credential:
        live_credential.require_same_variant(row.variant, old.row.variant)
    settings = Credential.TinesSettings.FromString(row.tines_settings)
    broken = judged(data, settings, accept_invalid=request.accept_invalid)
    version = row.version + 1
    sealed = vault.keyring.seal(row.organisation_id, row.id, version, old.row.variant, data.SerializeToString())
    row = vault.keyring.sign(
        structs.replace(
            row,
            **state_of(broken),
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
