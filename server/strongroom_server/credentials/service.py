"""Serves CredentialService. Each method calls the module of its use case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1.credential_service_pb2 import (
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
from strongroom_server.credentials import (
    access,
    create,
    delete,
    get,
    import_,
    lists,
    messages,
    undelete,
    update,
    update_mask,
    versions,
)
from strongroom_server.credentials.messages import echo
from strongroom_server.credentials.vault import scope_of

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential, CredentialVersion
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.denials import Refusals
    from strongroom_server.core import records
    from strongroom_server.credentials.vault import Vault


class CredentialServicer:
    """The methods of CredentialService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, vault: Vault, refusals: Refusals) -> None:
        self._vault = vault
        self._refusals = refusals

    async def create_credential(self, request: CreateCredentialRequest, caller: Caller) -> Credential:
        stored = await create.create(self._vault, request, caller)
        return echo(stored, request.credential.data)

    async def create_credential_again(
        self, request: CreateCredentialRequest, made: records.Made, caller: Caller
    ) -> Credential:
        stored = await self._vault.get(str(made.credential_id), scope_of(caller))
        return echo(stored, request.credential.data)

    async def import_credentials(self, request: ImportCredentialsRequest, caller: Caller) -> ImportCredentialsResponse:
        return await import_.import_credentials(self._vault, self._refusals, request, caller)

    async def get_credential(self, request: GetCredentialRequest, caller: Caller) -> Credential:
        return await get.get(self._vault, request, caller)

    async def list_credentials(self, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
        return await lists.list_credentials(self._vault, request, caller)

    async def update_credential(self, request: UpdateCredentialRequest, caller: Caller) -> Credential:
        return await update.update(self._vault, request, caller)

    async def update_credential_again(
        self, request: UpdateCredentialRequest, _: records.Made, caller: Caller
    ) -> Credential:
        stored = await self._vault.get(request.id, scope_of(caller, request.surface))
        whole = update_mask.parse(request.update_mask).whole_data and not request.test_credential
        return echo(stored, request.credential.data) if whole else messages.message_of(stored)

    async def delete_credential(self, request: DeleteCredentialRequest, caller: Caller) -> DeleteCredentialResponse:
        await delete.delete(self._vault, request, caller)
        return DeleteCredentialResponse()

    async def delete_credential_again(
        self, _request: DeleteCredentialRequest, _made: records.Made, _: Caller
    ) -> DeleteCredentialResponse:
        return DeleteCredentialResponse()

    async def purge_credentials(self, request: PurgeCredentialsRequest, caller: Caller) -> PurgeCredentialsResponse:
        return await delete.purge(self._vault, request, caller)

    async def purge_credentials_again(
        self, _request: PurgeCredentialsRequest, made: records.Made, _: Caller
    ) -> PurgeCredentialsResponse:
        return PurgeCredentialsResponse(deleted_count=int(made.subject or 0))

    async def undelete_credential(self, request: UndeleteCredentialRequest, caller: Caller) -> Credential:
        return await undelete.undelete(self._vault, request, caller)

    async def undelete_credential_again(
        self, request: UndeleteCredentialRequest, _: records.Made, caller: Caller
    ) -> Credential:
        return messages.message_of(await self._vault.get(request.id, scope_of(caller, request.surface)))

    async def list_credential_versions(
        self, request: ListCredentialVersionsRequest, caller: Caller
    ) -> ListCredentialVersionsResponse:
        return await versions.list_versions(self._vault, request, caller)

    async def restore_credential_version(self, request: RestoreCredentialVersionRequest, caller: Caller) -> Credential:
        return await versions.restore(self._vault, request, caller)

    async def restore_credential_version_again(
        self, request: RestoreCredentialVersionRequest, _: records.Made, caller: Caller
    ) -> Credential:
        return messages.message_of(await self._vault.get(request.id, scope_of(caller, request.surface)))

    async def destroy_credential_version(
        self, request: DestroyCredentialVersionRequest, caller: Caller
    ) -> CredentialVersion:
        return await versions.destroy(self._vault, request, caller)

    async def destroy_credential_version_again(
        self, request: DestroyCredentialVersionRequest, _: records.Made, caller: Caller
    ) -> CredentialVersion:
        row = (await self._vault.get(request.id, scope_of(caller, request.surface))).row
        return messages.version_message(await versions.get_version(self._vault, row, request.version))

    async def access_credential(self, request: AccessCredentialRequest, caller: Caller) -> Credential:
        return await access.access(self._vault, request, caller)
