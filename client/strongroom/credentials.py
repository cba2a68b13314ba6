"""The client's methods for credentials, one an RPC of CredentialService. The rules of credentials are the server's."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.imports import Import
from strongroom.v1.credential_pb2 import Credential, CredentialVersion, Surface
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    CredentialView,
    DeleteCredentialRequest,
    DestroyCredentialVersionRequest,
    GetCredentialRequest,
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
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence

    from strongroom.imports import Imported
    from strongroom.pages import Pages


class CredentialCalls(Calls):
    """What a client does with credentials."""

    @property
    def _credentials(self) -> CredentialServiceStub:
        return self._stub(CredentialServiceStub)

    async def create_credential(
        self,
        credential: Credential,
        *,
        accept_invalid: bool = False,
        request_id: str = "",
        all_regions_timeout_seconds: int = 0,
        timeout_seconds: float | None = None,
    ) -> Credential:
        """Store a new credential and answer it as stored, with its id and what redaction leaves of its data.

        accept_invalid: store data with violations as INVALID rather than raise InvalidArgumentError / DATA_INVALID.
        request_id: makes the call safe to repeat for 24 hours, also by another process with the same API key: the same
            request answers the same credential, another one raises AlreadyExistsError / REQUEST_ID_REUSED. A new UUID if
            not given.
        all_regions_timeout_seconds: 1 to 120, wait so long until every region has what was written; after that raises
            DeadlineExceededError / REGIONS_BEHIND, and the write stands. Within the deadline of the call.
        """
        request = CreateCredentialRequest(
            credential=credential,
            accept_invalid=accept_invalid,
            request_id=request_id or new_request_id(),
            all_regions_timeout_seconds=all_regions_timeout_seconds,
        )
        return await self._call(self._credentials.CreateCredential, request, timeout_seconds)

    async def import_credentials(
        self,
        creates: AsyncIterable[CreateCredentialRequest] | Iterable[CreateCredentialRequest],
        *,
        timeout_seconds: float | None = None,
    ) -> AsyncGenerator[Imported, None]:
        """Store many new credentials, as many as the iterator gives: `async for` over it tells what became of each, in their order.

        One that is refused has its `error` and keeps no other out. When the stream breaks, it goes on by itself on a new one with
        what was not answered, each create stored once by its request_id, the client's own where it has none. Of the iterator no
        more is taken than a few hundred ahead of the answers; what it raises is raised after the answers to what it gave.

        timeout_seconds: how long an answer may take; there is one to every 64 creates or fewer.
        """
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        walk = Import(
            lambda: self._credentials.ImportCredentials(metadata=self._metadata), new_request_id, creates, timeout
        ).results()
        async with aclosing(walk):
            async for result in walk:
                yield result

    async def get_credential(
        self,
        credential_id: str,
        *,
        view: CredentialView.ValueType = CredentialView.CREDENTIAL_VIEW_UNSPECIFIED,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> Credential:
        """A credential's metadata, by its id or its number in decimal; with CREDENTIAL_VIEW_FULL also what redaction
        leaves of its data.

        surface: a credential of another one raises NotFoundError.
        """
        request = GetCredentialRequest(id=credential_id, view=view, surface=surface)
        return await self._call(self._credentials.GetCredential, request, timeout_seconds)

    def list_credentials(
        self,
        *,
        view: CredentialView.ValueType = CredentialView.CREDENTIAL_VIEW_UNSPECIFIED,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        variant: str = "",
        team_id: int = 0,
        folder_id: int = 0,
        name_prefix: str = "",
        restricted: bool | None = None,
        order_by: str = "",
        page_size: int = 0,
        page_token: str = "",
        before_page_token: str = "",
        skip: int = 0,
        with_total_size: bool = False,
        deleted: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListCredentialsResponse, Credential]:
        """The credentials that meet every filter given, oldest first, test credentials left out: `async for` over it.

        variant: the name of an arm of CredentialData, such as `basic_auth`.
        restricted: True for those with allowed_hosts alone, False for those without.
        order_by: such as `name` or `id desc`.
        page_size: 1 to 500 (50 with CREDENTIAL_VIEW_FULL), 50 if not given.
        page_token: the `next_page_token` of a page of the same list, to go on from there.
        before_page_token: the `previous_page_token` of a page of the same list, to start one page before it.
        skip: how many to leave out where the first page starts.
        with_total_size: set `total_size` on every page.
        deleted: the deleted credentials that can still be brought back, rather than those that are there.
        """
        request = ListCredentialsRequest(
            view=view,
            surface=surface,
            variant=variant,
            team_id=team_id,
            folder_id=folder_id,
            name_prefix=name_prefix,
            restricted=restricted,
            order_by=order_by,
            page_size=page_size,
            page_token=page_token,
            before_page_token=before_page_token,
            skip=skip,
            with_total_size=with_total_size,
            deleted=deleted,
        )
        return self._pages(self._credentials.ListCredentials, request, lambda page: page.credentials, timeout_seconds)

    async def update_credential(
        self,
        credential_id: str,
        credential: Credential,
        update_mask: Sequence[str],
        *,
        accept_invalid: bool = False,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        variant: str = "",
        test_credential: bool = False,
        all_regions_timeout_seconds: int = 0,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Credential:
        """Change the fields that the mask names, by their paths in Credential, to the values in `credential`.

        With `credential.etag` set, as on a credential that was read, a change made since then raises AbortedError /
        ETAG_MISMATCH. A path whose value is unset clears the field.

        update_mask: such as `["name", "data.aws.secret_access_key"]`.
        accept_invalid: as in create_credential.
        surface: as in get_credential.
        variant: if given and not the credential's, raises InvalidArgumentError.
        test_credential: change the credential's test credential instead; without one that is enabled, raises
            FailedPreconditionError / TEST_CREDENTIAL_ABSENT. The answer is still the live credential.
        all_regions_timeout_seconds: as in create_credential.
        """
        request = UpdateCredentialRequest(
            id=credential_id,
            credential=credential,
            update_mask=FieldMask(paths=update_mask),
            accept_invalid=accept_invalid,
            surface=surface,
            variant=variant,
            test_credential=test_credential,
            all_regions_timeout_seconds=all_regions_timeout_seconds,
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._credentials.UpdateCredential, request, timeout_seconds)

    async def delete_credential(
        self,
        credential_id: str,
        *,
        etag: str = "",
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        all_regions_timeout_seconds: int = 0,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> None:
        """Delete a credential, and with a live one its test credential.

        etag: if given and not the present one, raises AbortedError / ETAG_MISMATCH.
        surface: as in get_credential.
        all_regions_timeout_seconds: as in create_credential.
        """
        request = DeleteCredentialRequest(
            id=credential_id,
            etag=etag,
            surface=surface,
            all_regions_timeout_seconds=all_regions_timeout_seconds,
            request_id=request_id or new_request_id(),
        )
        await self._call(self._credentials.DeleteCredential, request, timeout_seconds)

    async def purge_credentials(
        self,
        surface: Surface.ValueType,
        *,
        all_regions_timeout_seconds: int = 0,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> PurgeCredentialsResponse:
        """Delete every credential of a surface, in as many calls as it takes; the answer says how many these deleted.

        What was deleted before an error stays deleted. With the same request_id another purge goes on from there.

        all_regions_timeout_seconds: as in create_credential; the last call waits.
        timeout_seconds: of each call, which deletes at most 1,000 credentials with their test credentials.
        """
        request = PurgeCredentialsRequest(
            surface=surface,
            all_regions_timeout_seconds=all_regions_timeout_seconds,
            request_id=request_id or new_request_id(),
        )
        deleted_count = 0
        while True:
            purged = await self._call(self._credentials.PurgeCredentials, request, timeout_seconds)
            deleted_count += purged.deleted_count
            if not purged.more:
                return PurgeCredentialsResponse(deleted_count=deleted_count)

    async def access_credential(
        self,
        credential_id: str,
        *,
        target_host: str = "",
        allow_invalid: bool = False,
        version: int = 0,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> Credential:
        """A credential with all of its data, to be used. Each access is audited.

        target_host: the host the data will be sent to, without scheme and port. Required if the credential has
            allowed_hosts, else PermissionDeniedError / HOST_NOT_ALLOWED.
        allow_invalid: answer an INVALID credential rather than raise FailedPreconditionError / CREDENTIAL_INVALID.
        version: an older version, of those that are kept; the present one if not given.
        surface: as in get_credential.
        """
        request = AccessCredentialRequest(
            id=credential_id, target_host=target_host, allow_invalid=allow_invalid, version=version, surface=surface
        )
        return await self._call(self._credentials.AccessCredential, request, timeout_seconds)

    async def undelete_credential(
        self,
        credential_id: str,
        *,
        team_id: int = 0,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Credential:
        """Bring back a deleted credential within the organisation's undelete_window, and the test credential that went with it.

        team_id: the team to give it to, where it has none or its own is gone; needs the role user.
        surface: as in get_credential.
        request_id: as in create_credential.
        """
        request = UndeleteCredentialRequest(
            id=credential_id, team_id=team_id, surface=surface, request_id=request_id or new_request_id()
        )
        return await self._call(self._credentials.UndeleteCredential, request, timeout_seconds)

    async def list_credential_versions(
        self,
        credential_id: str,
        *,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> ListCredentialVersionsResponse:
        """The versions of a credential's data that are kept, newest first."""
        request = ListCredentialVersionsRequest(id=credential_id, surface=surface)
        return await self._call(self._credentials.ListCredentialVersions, request, timeout_seconds)

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
        """Make a new version with the data of an old one.

        etag: as in delete_credential. accept_invalid, request_id: as in create_credential. surface: as in get_credential.
        """
        request = RestoreCredentialVersionRequest(
            id=credential_id,
            version=version,
            etag=etag,
            accept_invalid=accept_invalid,
            surface=surface,
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._credentials.RestoreCredentialVersion, request, timeout_seconds)

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
        """Destroy the data of an old version for good; the present one raises FailedPreconditionError / VERSION_IN_USE.

        etag: as in delete_credential. surface: as in get_credential. request_id: as in create_credential.
        """
        request = DestroyCredentialVersionRequest(
            id=credential_id, version=version, etag=etag, surface=surface, request_id=request_id or new_request_id()
        )
        return await self._call(self._credentials.DestroyCredentialVersion, request, timeout_seconds)
