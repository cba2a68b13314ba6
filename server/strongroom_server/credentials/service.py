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
    undelete,
    update,
    versions,
)
from strongroom_server.credentials.messages import echo

if TYPE_CHECKING:
    from strongroom.v1.credential_pb2 import Credential, CredentialVersion
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.denials import Denials
    from strongroom_server.credentials.vault import Vault


class CredentialServicer:
    """The methods of CredentialService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, vault: Vault, denials: Denials) -> None:
        self._vault = vault
        self._denials = denials

    async def create_credential(self, request: CreateCredentialRequest, caller: Caller) -> Credential:
        stored = await create.create(self._vault, request, caller)
        return echo(stored, request.credential.data)

    async def import_credentials(self, request: ImportCredentialsRequest, caller: Caller) -> ImportCredentialsResponse:
        return await import_.import_credentials(self._vault, self._denials, request, caller)

    async def get_credential(self, request: GetCredentialRequest, caller: Caller) -> Credential:
        return await get.get(self._vault, request, caller)

    async def list_credentials(self, request: ListCredentialsRequest, caller: Caller) -> ListCredentialsResponse:
        return await lists.list_credentials(self._vault, request, caller)

    async def update_credential(self, request: UpdateCredentialRequest, caller: Caller) -> Credential:
        return await update.update(self._vault, request, caller)

    async def delete_credential(self, request: DeleteCredentialRequest, caller: Caller) -> DeleteCredentialResponse:
        await delete.delete(self._vault, request, caller)
        return DeleteCredentialResponse()

    async def purge_credentials(self, request: PurgeCredentialsRequest, caller: Caller) -> PurgeCredentialsResponse:
        return await delete.purge(self._vault, request, caller)

    async def undelete_credential(self, request: UndeleteCredentialRequest, caller: Caller) -> Credential:
        return await undelete.undelete(self._vault, request, caller)

    async def list_credential_versions(
        self, request: ListCredentialVersionsRequest, caller: Caller
    ) -> ListCredentialVersionsResponse:
        return await versions.list_versions(self._vault, request, caller)

    async def restore_credential_version(self, request: RestoreCredentialVersionRequest, caller: Caller) -> Credential:
        return await versions.restore(self._vault, request, caller)

    async def destroy_credential_version(
        self, request: DestroyCredentialVersionRequest, caller: Caller
    ) -> CredentialVersion:
        return await versions.destroy(self._vault, request, caller)

    async def access_credential(self, request: AccessCredentialRequest, caller: Caller) -> Credential:
        return await access.access(self._vault, request, caller)
