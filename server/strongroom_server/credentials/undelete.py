"""Undeletes a credential, together with the test credential that was deleted with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.access import exposure
from strongroom_server.access.caller import require_team
from strongroom_server.access.newest import verify_newest
from strongroom_server.access.scopes import TEST_WITHIN, require_within
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, ServiceError, invalid
from strongroom_server.credentials import checks, live_credential, messages
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields
from strongroom_server.store import credential_locks, credential_writes, credentials, folders, teams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom.v1.credential_pb2 import Credential
    from strongroom.v1.credential_service_pb2 import UndeleteCredentialRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.database import Transaction

_OWNER_DELETED: Final = (reasons.ERROR_REASON_TEAM_UNKNOWN, reasons.ERROR_REASON_FOLDER_UNKNOWN)


async def undelete(vault: Vault, request: UndeleteCredentialRequest, caller: Caller) -> Credential:
    """Undelete a credential, in the request's team if its own team was deleted. Raises ServiceError."""
    checks.check_undelete(request)
    credential_id = fields.credential_id("id", request.id)
    visible = visible_to(caller, request.surface)
    try:
        await _undelete(vault, request, credential_id, visible, caller)
    except ServiceError as error:
        if error.reason in _OWNER_DELETED:
            violation = FieldViolation("team_id", "must be a team of the organisation where the team or folder is gone")
            raise ServiceError(error.reason, (violation,)) from None
        raise
    return messages.message_of(await vault.get(request.id, visible))


async def _undelete(
    vault: Vault,
    request: UndeleteCredentialRequest,
    credential_id: UUID | int,
    visible: credentials.Visible,
    caller: Caller,
) -> None:
    settings = await vault.settings(caller.organisation_id)

    async def undelete_locked(transaction: Transaction) -> Sequence[credential_writes.Change]:
        locked = await credential_locks.lock_deleted(transaction, visible, credential_id, settings.undelete_window)
        if not locked:
            return ()
        if locked[0].live_credential_id is not None:
            await live_credential.require_present(transaction, visible, locked[0].live_credential_id)
        # A key limited to teams can undelete a live credential only if it may change the test credential too.
        for row in locked:
            require_team(caller, row.team_id)
            # The first row is within, because it was found.
            require_within(caller, row, "id", TEST_WITHIN)
        moved = await _teams_to_leave(vault, transaction, request, locked, caller) if request.team_id else set()
        if moved and not exposure.may_use_stored_secrets(caller):
            raise exposure.secret_required(FieldViolation("team_id", "gives the secret to another team"))
        changes = [
            await _prepare_undelete(vault, transaction, row, request.team_id if row.team_id in moved else 0, caller)
            for row in locked
        ]
        for change in changes:
            require_within(caller, change.row, "team_id" if request.team_id else "id")
        await credential_writes.undelete(transaction, vault.with_request_id(changes, caller))
        return changes

    changes = await vault.database.in_transaction(undelete_locked)
    if not changes:
        # Reading takes another connection, so it must not wait for one while this call holds one.
        await vault.get(request.id, visible)
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_DELETED)
    vault.saw_stored(changes)


async def _teams_to_leave(
    vault: Vault,
    transaction: Transaction,
    request: UndeleteCredentialRequest,
    rows: Sequence[records.Credential],
    caller: Caller,
) -> set[int | None]:
    """The teams whose rows move to the request's team: deleted teams, and None if the first row has no team.

    Raises TEAM_NOT_ALLOWED, SEAL_BROKEN, and FIELD_INVALID for a move from a team that exists.
    """
    require_team(caller, request.team_id)
    owners = {row.team_id for row in rows if row.team_id is not None}
    leaving: set[int | None] = set(owners)
    for team, newer in await teams.by_ids(transaction, caller.organisation_id, list(owners)):
        await verify_newest(transaction, vault.keyring, team, newer)
        leaving.discard(team.team_id)
    if rows[0].team_id is None:
        leaving.add(None)
    if not leaving and request.team_id != rows[0].team_id:
        raise invalid("team_id", "must be unset while the team that owned the credential exists")
    return leaving


async def _prepare_undelete(
    vault: Vault, transaction: Transaction, row: records.Credential, team_id: int, caller: Caller
) -> credential_writes.Change:
    """The change that undeletes a row, in that team unless it is 0."""
    await vault.verify(row)
    now = vault.watch.now()
    present = structs.replace(row, revision=row.revision + 1, update_time=now, delete_time=None)
    if team_id:
        present = structs.replace(present, team_id=team_id, folder_id=None)
    elif row.folder_id and not await folders.get(transaction, row.organisation_id, row.folder_id):
        present = structs.replace(present, folder_id=None)
    present = vault.keyring.sign(present)
    event = vault.recorder.event(caller, "UndeleteCredential", present)
    return credential_writes.Change(present, row.revision, records.Act(event))
