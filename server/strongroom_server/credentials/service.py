"""Owns CredentialService: for each method the checks, the sealing and the one statement, in the order in which they happen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DeleteCredentialResponse,
    DestroyCredentialVersionRequest,
    GetCredentialRequest,
    ImportCredentialsRequest,
    ImportCredentialsResponse,
    ListCredentialsRequest,
    ListCredentialsResponse,
    ListCredentialVersionsRequest,
    ListCredentialVersionsResponse,
    PurgeCredentialsRequest,
    PurgeCredentialsResponse,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom_server.access import exposure
from strongroom_server.access.caller import Caller, require_team
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, ServiceError, invalid
from strongroom_server.core.retries import Conflict
from strongroom_server.credentials import checks as problems
from strongroom_server.credentials import create as credential_create
from strongroom_server.credentials import delete as credential_delete
from strongroom_server.credentials import import_ as credential_import
from strongroom_server.credentials import lists as credential_lists
from strongroom_server.credentials import live_credential, messages, update_mask
from strongroom_server.credentials import update as credential_update
from strongroom_server.credentials import versions as credential_versions
from strongroom_server.credentials.vault import Vault, echo, require_etag, scope_of, until_stored
from strongroom_server.rules import fields, hosts
from strongroom_server.store import audit, credential_locks, credential_writes, folders, organisations, teams, versions
from strongroom_server.store import credential_lists as listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom.v1.credential_pb2 import Credential, CredentialVersion
    from strongroom_server.audit.denials import Refusals
    from strongroom_server.store.credentials import Scope
    from strongroom_server.store.database import Transaction

_OWNER_GONE: Final = (reasons.ERROR_REASON_TEAM_UNKNOWN, reasons.ERROR_REASON_FOLDER_UNKNOWN)


class CredentialServicer:
    """The methods of CredentialService. Each takes a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, vault: Vault, refusals: Refusals) -> None:
        self._vault = vault
        self._refusals = refusals

    async def create_credential(self, request: CreateCredentialRequest, caller: Caller) -> Credential:
        stored = await credential_create.created(self._vault, request, caller)
        return echo(stored, request.credential.data)

    async def create_credential_again(
        self, request: CreateCredentialRequest, made: records.Made, caller: Caller
    ) -> Credential:
        stored = await self._vault.get(str(made.credential_id), scope_of(caller))
        return echo(stored, request.credential.data)

    async def import_credentials(self, request: ImportCredentialsRequest, caller: Caller) -> ImportCredentialsResponse:
        return await credential_import.imported(self._vault, self._refusals, request, caller)

    async def get_credential(self, request: GetCredentialRequest, caller: Caller) -> Credential:
        fields.require(problems.of_view(request))
        full = request.view == CREDENTIAL_VIEW_FULL
        stored = await self._vault.get(request.id, scope_of(caller, request.surface), box=full)
        if not full:
            return messages.message_of(stored)
        data = await self._vault.redacted(stored)
        await audit.commit(self._vault.database, self._vault.recorder.event(caller, "GetCredential", stored.row))
        return messages.message_of(stored, data)

    async def list_credentials(self, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
        fields.require(problems.of_list(request))
        asked = credential_lists.asked(request, caller.organisation_id, self._vault.keyring)
        if asked.full:
            self._vault.require_opening()
        # One more is read than is shown: it tells whether there is more.
        size = asked.window.size
        window = dataclasses.replace(asked.window, size=size + 1)
        scope, total, edge = scope_of(caller, request.surface), 0, None
        if request.with_total_size:
            found, total = await listing.page_and_total(
                self._vault.database, scope, asked.narrowed, window, box=asked.full
            )
        else:
            found, edge = await listing.page(self._vault.database, scope, asked.narrowed, window, box=asked.full)
        answer = ListCredentialsResponse(total_size=total)
        page = answer.credentials
        for stored in found[:size]:
            data = await self._vault.redacted(stored) if asked.full else None
            messages.message_of(stored, data, page.add)
        credential_lists.fit(answer)
        if request.deleted:
            organisation = await organisations.get(self._vault.database, caller.organisation_id)
            assert organisation is not None  # a key's organisation is never deleted
            for credential, stored in zip(page, found, strict=False):
                messages.set_purge_time(credential, stored.row, organisation.undelete_window)
        if asked.full and page:
            ids = tuple(stored.row.id for stored in found[: len(page)])
            event = self._vault.recorder.event(caller, "ListCredentials", credential_ids=ids)
            await audit.commit(self._vault.database, event)
        more = len(found) > len(page)
        if window.backward:
            page.reverse()
        answer.next_page_token, answer.previous_page_token = credential_lists.tokens(
            self._vault.keyring, asked, page, more=more, edge=edge
        )
        return answer

    async def update_credential(self, request: UpdateCredentialRequest, caller: Caller) -> Credential:
        mask = update_mask.parse(request.update_mask)
        fields.require(problems.of_update(request))

        async def attempt() -> Credential:
            update = await credential_update.prepared(self._vault, request, mask, caller)
            if update is None or not await credential_writes.replace(
                self._vault.database, self._vault.asked(update.changes, caller)
            ):
                raise Conflict
            return update.answer

        return await until_stored(attempt)

    async def update_credential_again(
        self, request: UpdateCredentialRequest, _: records.Made, caller: Caller
    ) -> Credential:
        stored = await self._vault.get(request.id, scope_of(caller, request.surface))
        whole = update_mask.parse(request.update_mask).whole_data and not request.test_credential
        return echo(stored, request.credential.data) if whole else messages.message_of(stored)

    async def delete_credential(self, request: DeleteCredentialRequest, caller: Caller) -> DeleteCredentialResponse:
        fields.require(fields.surface("surface", request.surface))
        await credential_delete.delete(self._vault, request, caller)
        return DeleteCredentialResponse()

    async def delete_credential_again(
        self, _request: DeleteCredentialRequest, _made: records.Made, _: Caller
    ) -> DeleteCredentialResponse:
        return DeleteCredentialResponse()

    async def purge_credentials(self, request: PurgeCredentialsRequest, caller: Caller) -> PurgeCredentialsResponse:
        fields.require(problems.of_purge(request))
        require_team(caller, None)
        return await credential_delete.purge(self._vault, request, caller)

    async def purge_credentials_again(
        self, _request: PurgeCredentialsRequest, made: records.Made, _: Caller
    ) -> PurgeCredentialsResponse:
        return PurgeCredentialsResponse(deleted_count=int(made.subject or 0))

    async def undelete_credential(self, request: UndeleteCredentialRequest, caller: Caller) -> Credential:
        fields.require(problems.of_undelete(request))
        credential_id = fields.credential_id("id", request.id)
        scope = scope_of(caller, request.surface)
        try:
            await self._undelete(request, credential_id, scope, caller)
        except ServiceError as error:
            if error.reason in _OWNER_GONE:
                gone = FieldViolation("team_id", "must be a team of the organisation where the team or folder is gone")
                raise ServiceError(error.reason, (gone,)) from None
            raise
        return messages.message_of(await self._vault.get(request.id, scope))

    async def undelete_credential_again(
        self, request: UndeleteCredentialRequest, _: records.Made, caller: Caller
    ) -> Credential:
        return messages.message_of(await self._vault.get(request.id, scope_of(caller, request.surface)))

    async def list_credential_versions(
        self, request: ListCredentialVersionsRequest, caller: Caller
    ) -> ListCredentialVersionsResponse:
        fields.require(fields.surface("surface", request.surface))
        row = (await self._vault.get(request.id, scope_of(caller, request.surface))).row
        kept = await versions.get_all(self._vault.database, row.organisation_id, row.id, row.version)
        return ListCredentialVersionsResponse(versions=map(messages.version_message, kept))

    async def restore_credential_version(self, request: RestoreCredentialVersionRequest, caller: Caller) -> Credential:
        fields.require(problems.of_version(request))

        async def attempt() -> Credential:
            change, stored = await credential_versions.restored(self._vault, request, caller)
            if not await credential_writes.replace(self._vault.database, self._vault.asked([change], caller)):
                raise Conflict
            return messages.message_of(stored)

        return await until_stored(attempt)

    async def restore_credential_version_again(
        self, request: RestoreCredentialVersionRequest, _: records.Made, caller: Caller
    ) -> Credential:
        return messages.message_of(await self._vault.get(request.id, scope_of(caller, request.surface)))

    async def destroy_credential_version(
        self, request: DestroyCredentialVersionRequest, caller: Caller
    ) -> CredentialVersion:
        fields.require(problems.of_version(request))
        # A node that opens nothing destroys nothing either: its database role cannot.
        self._vault.require_opening()
        row = (await self._vault.get(request.id, scope_of(caller, request.surface))).row
        require_team(caller, row.team_id)
        require_etag(request.etag, row)
        await self._vault.keyring.verify(row)
        if request.version == row.version:
            raise ServiceError(reasons.ERROR_REASON_VERSION_IN_USE)
        before = await credential_versions.found(self._vault, row, request.version)
        if before.destroy_time is not None:
            raise ServiceError(reasons.ERROR_REASON_VERSION_DESTROYED)
        # A hash of no box, beside that of the box: what was destroyed is broken for good, whoever puts the box back.
        event = self._vault.recorder.event(
            caller, "DestroyCredentialVersion", row, version=request.version, box_sha256=b""
        )
        act = self._vault.recorder.act(event, caller.request)
        if not await versions.destroy(self._vault.database, row.organisation_id, row.id, request.version, act):
            raise ServiceError(reasons.ERROR_REASON_VERSION_DESTROYED)
        return messages.version_message(structs.replace(before, destroy_time=event.event_time))

    async def destroy_credential_version_again(
        self, request: DestroyCredentialVersionRequest, _: records.Made, caller: Caller
    ) -> CredentialVersion:
        row = (await self._vault.get(request.id, scope_of(caller, request.surface))).row
        return messages.version_message(await credential_versions.found(self._vault, row, request.version))

    async def access_credential(self, request: AccessCredentialRequest, caller: Caller) -> Credential:
        fields.require(problems.of_access(request))
        scope = scope_of(caller, request.surface)
        stored = await self._vault.get(request.id, scope, box=not request.version)
        await self._vault.keyring.verify(stored.row)
        row = stored.row
        if row.allowed_hosts and not (request.target_host and hosts.is_allowed(row.allowed_hosts, request.target_host)):
            raise ServiceError(reasons.ERROR_REASON_HOST_NOT_ALLOWED)
        if request.version:
            stored, data = await credential_versions.opened(self._vault, stored, request.version, caller)
            row = stored.row
        if row.violations and not request.allow_invalid:
            raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_INVALID, messages.violations_of(row))
        if not request.version:
            data = self._vault.opened(stored)
        await audit.commit(self._vault.database, self._vault.recorder.event(caller, "AccessCredential", row))
        return messages.message_of(stored, data)

    async def _undelete(
        self, request: UndeleteCredentialRequest, credential_id: UUID | int, scope: Scope, caller: Caller
    ) -> None:
        """Show a deleted credential again, and the test credential that was deleted with it. Raises ServiceError."""

        async def undelete(transaction: Transaction) -> None:
            locked = await credential_locks.lock_deleted(transaction, scope, credential_id)
            if not locked:
                await self._vault.get(request.id, scope)
                raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_DELETED)
            if locked[0].live_credential_id is not None:
                await live_credential.require_present(transaction, scope, locked[0].live_credential_id)
            # A limited key may bring back the live credential only together with its test credential.
            for row in locked:
                require_team(caller, row.team_id)
            left = await self._left_teams(transaction, request, locked, caller) if request.team_id else set()
            if left and not exposure.may_use_stored_secrets(caller):
                raise exposure.secret_required(FieldViolation("team_id", "gives the secret to another team"))
            changes = [
                await self._undeletion(row, request.team_id if row.team_id in left else 0, caller) for row in locked
            ]
            await credential_writes.undelete(transaction, self._vault.asked(changes, caller))

        await self._vault.database.in_transaction(undelete)

    async def _left_teams(
        self,
        transaction: Transaction,
        request: UndeleteCredentialRequest,
        rows: Sequence[records.Credential],
        caller: Caller,
    ) -> set[int | None]:
        """The teams whose rows move to the request's team: those that were deleted, and None if the first row has no team.

        Raises TEAM_NOT_ALLOWED, and FIELD_INVALID for a move from a team that exists.
        """
        require_team(caller, request.team_id)
        owners = {row.team_id for row in rows if row.team_id is not None}
        left: set[int | None] = set(owners)
        left -= await teams.existing_ids(transaction, caller.organisation_id, list(owners))
        if rows[0].team_id is None:
            left.add(None)
        if not left and request.team_id != rows[0].team_id:
            raise invalid(("team_id", "must be unset while the team that owned the credential exists"))
        return left

    async def _undeletion(self, row: records.Credential, team_id: int, caller: Caller) -> credential_writes.Change:
        """The change that shows a row again, in that team if it is not 0."""
        await self._vault.keyring.verify(row)
        now = self._vault.watch.now()
        shown = structs.replace(row, revision=row.revision + 1, update_time=now, delete_time=None)
        if team_id:
            shown = structs.replace(shown, team_id=team_id, folder_id=None)
        elif row.folder_id and not await folders.get(self._vault.database, row.organisation_id, row.folder_id):
            shown = structs.replace(shown, folder_id=None)
        shown = self._vault.keyring.sign(shown)
        event = self._vault.recorder.event(caller, "UndeleteCredential", shown)
        return credential_writes.Change(shown, row.revision, records.Act(event))
