"""The client's methods for the versions of credentials, one for each RPC of CredentialService."""

from __future__ import annotations

from strongroom.calls import Calls, new_request_id
from strongroom.v1.credential_pb2 import Credential, CredentialVersion, Surface
from strongroom.v1.credential_service_pb2 import (
    DestroyCredentialVersionRequest,
    ListCredentialVersionsRequest,
    ListCredentialVersionsResponse,
    RestoreCredentialVersionRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub


class VersionCalls(Calls):
    """Lists, restores and destroys the versions of a credential."""

    @property
    def _credential_versions(self) -> CredentialServiceStub:
        return self._stub(CredentialServiceStub)

    async def list_credential_versions(
        self,
        credential_id: str,
        *,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> ListCredentialVersionsResponse:
        """List the versions of a credential's data that are kept, newest first.

        surface: see get_credential.
        """
        request = ListCredentialVersionsRequest(id=credential_id, surface=surface)
        return await self._call(self._credential_versions.ListCredentialVersions, request, timeout_seconds)

    async def restore_credential_version(
        self,
        credential_id: str,
        version: int,
        *,
        etag: str = "",
        accept_invalid: bool = False,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Credential:
        """Create a new version with the data of an old one.

        etag: see delete_credential.
        accept_invalid, request_id: see create_credential.
        surface: see get_credential.
        """
        request = RestoreCredentialVersionRequest(
            id=credential_id,
            version=version,
            etag=etag,
            accept_invalid=accept_invalid,
            surface=surface,
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._credential_versions.RestoreCredentialVersion, request, timeout_seconds)

    async def destroy_credential_version(
        self,
        credential_id: str,
        version: int,
        *,
        etag: str = "",
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> CredentialVersion:
        """Destroy the data of an old version for good. The present version raises FailedPreconditionError / VERSION_IN_USE.

        etag: see delete_credential.
        surface: see get_credential.
        request_id: see create_credential.
        """
        request = DestroyCredentialVersionRequest(
            id=credential_id, version=version, etag=etag, surface=surface, request_id=request_id or new_request_id()
        )
        return await self._call(self._credential_versions.DestroyCredentialVersion, request, timeout_seconds)
