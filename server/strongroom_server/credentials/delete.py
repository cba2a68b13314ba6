"""Deletes credentials: one with its test credential, or those of a surface in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import PurgeCredentialsResponse
from strongroom_server.access.caller import require_team
from strongroom_server.access.scopes import TEST_WITHIN, require_within
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials import checks
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields
from strongroom_server.rules.etags import require_etag
from strongroom_server.store import audit, credential_locks, credential_writes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest, PurgeCredentialsRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.database import Transaction

    Before = Callable[[Transaction, records.Credential], Awaitable[None]]

# So many live credentials with their test credentials take about 0.3 s and a few MB.
PURGED_BY_A_CALL: Final = 1000
# Verifying and signing so many rows takes about 5 ms; other calls run while the database stores them.
_BATCH_SIZE: Final = 50


async def delete(
    vault: Vault, request: DeleteCredentialRequest, caller: Caller, variant: str = "", before: Before | None = None
) -> None:
    """Delete a credential, of one variant unless that is empty, and its test credential. Raises ServiceError.

    `before` runs in the same transaction, once the caller may delete the locked row.
    """
    checks.check_delete(request)
    credential_id = fields.credential_id("id", request.id)
    visible = visible_to(caller, request.surface)
    removes = await _removes(vault, caller)

    async def delete_locked(transaction: Transaction) -> Sequence[credential_writes.Change]:
        locked = await credential_locks.lock_with_test_credential(transaction, visible, credential_id)
        if locked is None or (variant and locked[0].variant != variant):
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
        require_team(caller, locked[0].team_id)
        require_etag(request.etag, locked[0].revision)
        for test in locked[1:]:
            require_within(caller, test, "id", TEST_WITHIN)
        if before is not None:
            await before(transaction, locked[0])
        return await _delete(vault, transaction, locked, caller, removes=removes)

    vault.saw_stored(await vault.database.in_transaction(delete_locked))


async def purge(vault: Vault, request: PurgeCredentialsRequest, caller: Caller) -> PurgeCredentialsResponse:
    """Delete at most PURGED_BY_A_CALL credentials of a surface with their test credentials. Raises ServiceError.

    Only the call that deletes the last ones stores the request id, so that repeating the request continues until then.
    """
    checks.check_purge(request)
    require_team(caller, None)
    removes = await _removes(vault, caller)

    async def purge_locked(
        transaction: Transaction,
    ) -> tuple[PurgeCredentialsResponse, Sequence[credential_writes.Change]]:
        locked, more = await credential_locks.lock_surface(
            transaction, caller.organisation_id, request.surface, caller.scope, limit=PURGED_BY_A_CALL
        )
        for row in locked:
            require_within(caller, row, "surface", TEST_WITHIN)
        changes = await _delete(vault, transaction, locked, caller, removes=removes, of_many=True)
        event = vault.recorder.event(caller, "PurgeCredentials", subject=str(len(locked)))
        await audit.record(transaction, vault.recorder.act(event, None if more else caller.request))
        return PurgeCredentialsResponse(deleted_count=len(locked), more=more), changes

    response, changes = await vault.database.in_transaction(purge_locked)
    vault.saw_stored(changes)
    return response


async def _delete(
    vault: Vault,
    transaction: Transaction,
    rows: Sequence[records.Credential],
    caller: Caller,
    *,
    removes: bool,
    of_many: bool = False,
) -> Sequence[credential_writes.Change]:
    """Mark locked rows as deleted, remove them if `removes` is true, and return the changes.

    `of_many` says that the request deletes more rows than these, so that its id is not recorded with them.
    """
    # Undelete restores a test credential if it was deleted at the same time as its live credential.
    now, stored = vault.watch.now(), []
    for start in range(0, len(rows), _BATCH_SIZE):
        changes = [await _deletion(vault, row, now, caller) for row in rows[start : start + _BATCH_SIZE]]
        recorded = vault.with_request_id(changes, caller) if start == 0 and not of_many else changes
        await credential_writes.replace_locked(transaction, recorded)
        stored += changes
    if removes and rows:
        await credential_writes.remove(transaction, rows[0].organisation_id, [row.id for row in rows])
    return stored


async def _removes(vault: Vault, caller: Caller) -> bool:
    """Whether deleted rows are removed at once, because the organisation's undelete window is 0. Raises SEAL_BROKEN."""
    # The database role of a node without private keys cannot remove rows. The sweeper of another node removes them.
    return vault.keyring.opens and not (await vault.settings(caller.organisation_id)).undelete_window


async def _deletion(vault: Vault, row: records.Credential, now: datetime, caller: Caller) -> credential_writes.Change:
    """The change that marks a row as deleted."""
    await vault.verify(row)
    deleted = vault.keyring.sign(structs.replace(row, revision=row.revision + 1, update_time=now, delete_time=now))
    event = vault.recorder.event(caller, "DeleteCredential", deleted)
    return credential_writes.Change(deleted, row.revision, records.Act(event))
