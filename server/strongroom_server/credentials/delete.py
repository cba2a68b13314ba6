"""Owns how credentials are deleted: one with its test credential, or those of a surface in bounded steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import PurgeCredentialsResponse
from strongroom_server.access.caller import require_team
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials.vault import require_etag, scope_of
from strongroom_server.rules import fields
from strongroom_server.store import audit, credential_locks, credential_writes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest, PurgeCredentialsRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.database import Transaction

# So many live credentials and their test credentials take about 0.3 s and a few MB.
PURGED_BY_A_CALL: Final = 1000
# While the database stores so many, other calls get their turn: verifying and signing them takes about 5 ms.
_DELETED_AT_ONCE: Final = 50


async def delete(vault: Vault, request: DeleteCredentialRequest, caller: Caller) -> None:
    """Delete the credential that the request names, and its test credential. Raises ServiceError."""
    credential_id = fields.credential_id("id", request.id)
    scope = scope_of(caller, request.surface)

    async def delete_locked(transaction: Transaction) -> None:
        locked = await credential_locks.lock_with_test_credential(transaction, scope, credential_id)
        if locked is None:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
        require_team(caller, locked[0].team_id)
        require_etag(request.etag, locked[0])
        await _delete(vault, transaction, locked, caller)

    await vault.database.in_transaction(delete_locked)


async def purge(vault: Vault, request: PurgeCredentialsRequest, caller: Caller) -> PurgeCredentialsResponse:
    """Delete at most PURGED_BY_A_CALL credentials of a surface with their test credentials.

    Only the call that leaves none stores the request id, so every call before it goes on where the last one ended.
    """

    async def purge_locked(transaction: Transaction) -> PurgeCredentialsResponse:
        locked, more = await credential_locks.lock_surface(
            transaction, caller.organisation_id, request.surface, limit=PURGED_BY_A_CALL
        )
        await _delete(vault, transaction, locked, caller, of_many=True)
        event = vault.recorder.event(caller, "PurgeCredentials", subject=str(len(locked)))
        await audit.record(transaction, vault.recorder.act(event, None if more else caller.request))
        return PurgeCredentialsResponse(deleted_count=len(locked), more=more)

    return await vault.database.in_transaction(purge_locked)


async def _delete(
    vault: Vault,
    transaction: Transaction,
    rows: Sequence[records.Credential],
    caller: Caller,
    *,
    of_many: bool = False,
) -> None:
    """Hide rows that the transaction has locked; remove them where the organisation's undelete window is 0.

    With `of_many` they are a part of what the request asks for, so its id is not recorded with them.
    """
    # One time for all of them: undelete brings back a test credential that was deleted at the time of its live one.
    now = vault.watch.now()
    for start in range(0, len(rows), _DELETED_AT_ONCE):
        changes = [await _deletion(vault, row, now, caller) for row in rows[start : start + _DELETED_AT_ONCE]]
        recorded = vault.asked(changes, caller) if start == 0 and not of_many else changes
        await credential_writes.replace_locked(transaction, recorded)
    if vault.keyring.opens and rows:
        # A writer's database role removes nothing: there the sweeper of another node does.
        await credential_writes.delete_without_window(transaction, rows[0].organisation_id, [row.id for row in rows])


async def _deletion(vault: Vault, row: records.Credential, now: datetime, caller: Caller) -> credential_writes.Change:
    """The change that hides a row from everyone."""
    await vault.keyring.verify(row)
    deleted = vault.keyring.sign(structs.replace(row, revision=row.revision + 1, update_time=now, delete_time=now))
    event = vault.recorder.event(caller, "DeleteCredential", deleted)
    return credential_writes.Change(deleted, row.revision, records.Act(event))
