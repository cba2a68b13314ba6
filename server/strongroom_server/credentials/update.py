"""Updates the credential that a request names, its test credential, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.access import exposure
from strongroom_server.access.caller import require_team
from strongroom_server.access.scopes import TEST_WITHIN, require_within
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.records import Act
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import checks, grants, live_credential, messages, update_mask
from strongroom_server.credentials.usability import usability_of, warnings_with_hosts
from strongroom_server.credentials.vault import until_stored, visible_to
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.state import state_of
from strongroom_server.rules.surfaces import surface_of
from strongroom_server.rules.variants import changes as data_changes
from strongroom_server.store import credential_writes, credentials
from strongroom_server.store.audit import WIDENED
from strongroom_server.store.credential_writes import Change
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import UpdateCredentialRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import StoredCredential
    from strongroom_server.credentials.update_mask import Mask
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.sealing.keyring import Sealed


@dataclass(frozen=True, slots=True)
class Update:
    """The changes of an update that is not stored yet, and the response once they are."""

    changes: Sequence[Change]
    response: Credential


async def update(
    vault: Vault, request: UpdateCredentialRequest, caller: Caller, *, connects: bool = False
) -> Credential:
    """Prepare and store an update. `connects` says that ConnectionService makes it. Raises ServiceError."""
    mask = checks.check_update(request)

    async def attempt() -> Credential:
        prepared = await prepare_update(vault, request, mask, caller, connects=connects)
        if not await credential_writes.replace(vault.database, vault.with_request_id(prepared.changes, caller)):
            raise Conflict
        vault.saw_stored(prepared.changes)
        await grants.retry_misconfigured(vault, prepared.changes)
        return prepared.response

    return await until_stored(attempt)


async def prepare_update(
    vault: Vault, request: UpdateCredentialRequest, mask: Mask, caller: Caller, *, connects: bool = False
) -> Update:
    """Read the present rows and compute the new ones. Raises ServiceError, and Conflict if one was deleted between two reads."""
    visible = visible_to(caller, request.surface)
    of_test = request.test_credential
    named = await (vault.get(request.id, visible) if of_test else _read(vault, request.id, visible, request, mask))
    require_team(caller, named.row.team_id)
    require_etag(request.credential.etag, named.row.revision)
    if request.variant and request.variant != named.row.variant:
        raise invalid("variant", "must be the one that the credential has")
    test = named.test_credential
    enabled = request.credential.test_credential.enabled if mask.enables else None
    if test is None:
        if of_test or enabled:
            raise ServiceError(reasons.ERROR_REASON_TEST_CREDENTIAL_ABSENT)
    elif of_test:
        if not (test.enabled if enabled is None else enabled):
            raise ServiceError(reasons.ERROR_REASON_TEST_CREDENTIAL_ABSENT)
        stored = await _read(vault, str(test.id), visible, request, mask)
        require_team(caller, stored.row.team_id)
        changed, change = await _prepare_change(vault, stored, request, mask, caller, enabled=enabled)
        return Update([change], messages.message_of(_with_test_credential(named, changed.row)))
    updated, changes = named, []
    if mask.metadata or mask.changes_data:
        updated, change = await _prepare_change(vault, named, request, mask, caller, connects=connects)
        changes.append(change)
    if test is not None and (enabled is not None or updated.row.team_id != named.row.team_id):
        stored_test = await credentials.get(vault.database, Visible(caller.organisation_id, None), test.id)
        if stored_test is None:
            raise Conflict
        test_change = await _prepare_test_change(
            vault, named.row, updated.row, stored_test.row, caller, enabled=enabled
        )
        if test_change is not None:
            changes.append(test_change)
            updated = _with_test_credential(updated, test_change.row)
    response = messages.echo(updated, request.credential.data) if mask.whole_data else messages.message_of(updated)
    return Update(changes, response)


async def _read(
    vault: Vault, id_text: str, visible: Visible, request: UpdateCredentialRequest, mask: Mask
) -> StoredCredential:
    """Read a credential, with its box if its data changes in part or must be checked again."""
    stored = await vault.get(id_text, visible, box=bool(mask.data))
    if not mask.data and update_mask.requires_check_of_data(mask, messages.message_of(stored), request.credential):
        return await vault.get(id_text, visible, box=True)
    return stored


async def _prepare_change(
    vault: Vault,
    stored: StoredCredential,
    request: UpdateCredentialRequest,
    mask: Mask,
    caller: Caller,
    *,
    enabled: bool | None = None,
    connects: bool = False,
) -> tuple[StoredCredential, Change]:
    """Compute the credential with the new values of the request, and the change that stores it."""
    await vault.verify(stored.row)
    row, present = stored.row, messages.message_of(stored)
    data = request.credential.data if mask.whole_data else None
    changed_uses: Sequence[str] = ()
    keeps_secrets = not mask.whole_data
    if mask.data or update_mask.requires_check_of_data(mask, present, request.credential):
        opened = vault.open(stored)
        data = update_mask.merge_data(opened, request.credential.data, mask)
        changed_uses = data_changes.changed_uses(opened, data, mask.data_fields)
        keeps_secrets = not mask.data or data_changes.keeps_secrets(opened, request.credential.data, mask.data_fields)
    merged = update_mask.merge(present, request.credential, mask)
    if data is not None:
        merged.data.CopyFrom(data)
    variant = (data.WhichOneof("variant") or "") if data is not None else row.variant
    checks.check_merged(merged, row, mask, variant, vault.watch.now(), has_data=data is not None, connects=connects)
    if row.live_credential_id or stored.test_credential:
        live_credential.require_same_variant(row.variant, variant)
    if "team_id" in mask.metadata:
        require_team(caller, merged.team_id or None)
    slugs, shared_team_ids = stored.shared_team_slugs, row.shared_team_ids
    if mask.changes_shared_teams:
        shared = await vault.shared_teams(caller, merged)
        slugs, shared_team_ids = list(shared), list(shared.values())
    rules = surface_of(row.surface)
    test_enabled = row.test_enabled if enabled is None else enabled
    row = structs.replace(
        row,
        **messages.policy_of(merged, shared_team_ids),
        **messages.settings_of(merged, variant, rules, present),
        test_enabled=test_enabled,
        warnings=warnings_with_hosts(row, merged.allowed_hosts),
    )
    require_within(caller, row, "credential.folder_id")
    grants.require_still_managed(stored.row, row, mask)
    keeps_secrets = await grants.keeps_grant(vault, stored.row, mask) or keeps_secrets
    widened = exposure.require_secrets(caller, stored.row, row, changed_uses=changed_uses, keeps_secrets=keeps_secrets)
    sealed = None
    if data is not None:
        violations = checks.check_data(
            data, rules.required_data(variant, merged), accept_invalid=request.accept_invalid
        )
        row = structs.replace(row, **state_of(violations), variant=variant)
        if mask.changes_data:
            version = row.version + 1
            sealed = vault.keyring.seal(row.organisation_id, row.id, version, variant, data.SerializeToString())
            row = structs.replace(
                row,
                **usability_of(data, merged.allowed_hosts, violations),
                version=version,
                sealing_key_id=sealed.key_id,
                box_sha256=sealed.sha256,
            )
    change = _change(
        vault, row, caller, sealed, shared_teams_changed=mask.changes_shared_teams, subject=WIDENED if widened else None
    )
    return records.StoredCredential(change.row, slugs, stored.test_credential), change


async def _prepare_test_change(
    vault: Vault,
    live_before: records.Credential,
    live: records.Credential,
    test: records.Credential,
    caller: Caller,
    *,
    enabled: bool | None,
) -> Change | None:
    """The change of a test credential that moves with its live credential from the same team, or that is enabled or disabled.

    A caller that may change the live credential may make this change, whichever team the test credential is in. Its scope must
    contain both.
    """
    moves = test.team_id == live_before.team_id != live.team_id
    if not moves and enabled is None:
        return None
    require_within(caller, test, "credential.team_id" if moves else "credential.test_credential.enabled", TEST_WITHIN)
    await vault.verify(test)
    changed = test
    if moves:
        changed = structs.replace(changed, team_id=live.team_id, folder_id=live.folder_id)
    if enabled is not None:
        changed = structs.replace(changed, test_enabled=enabled)
    # The request does not send the test credential's secrets.
    exposure.require_secrets(caller, test, changed)
    return _change(vault, changed, caller)


def _change(
    vault: Vault,
    row: records.Credential,
    caller: Caller,
    sealed: Sealed | None = None,
    *,
    shared_teams_changed: bool = False,
    subject: str | None = None,
) -> Change:
    """The signed change from the row's present revision to these values."""
    signed = vault.keyring.sign(structs.replace(row, revision=row.revision + 1, update_time=vault.watch.now()))
    event = vault.recorder.event(
        caller,
        "UpdateCredential",
        signed,
        box_sha256=sealed.sha256 if sealed else None,
        changed=True,
        subject=subject,
    )
    return Change(signed, row.revision, Act(event), sealed.box if sealed else None, shared_teams_changed)


def _with_test_credential(live: StoredCredential, test: records.Credential) -> StoredCredential:
    shown = records.TestCredential(test.id, test.number, test.test_enabled, test.create_time, test.update_time)
    return structs.replace(live, test_credential=shown)
