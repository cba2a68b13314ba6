"""The client's methods for credentials, one for each RPC of CredentialService. The server checks the rules."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.imports import Import
from strongroom.v1.credential_pb2 import Credential, Surface
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    CredentialView,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    ListCredentialsResponse,
    PurgeCredentialsRequest,
    PurgeCredentialsResponse,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence

    from google.protobuf.timestamp_pb2 import Timestamp

    from strongroom.imports import Imported
    from strongroom.pages import Pages
    from strongroom.v1.credential_pb2 import RefreshState


class CredentialCalls(Calls):
    """Creates, reads, lists, updates and deletes credentials."""

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
        """Create a credential and return it with its id and its redacted data.

        accept_invalid: store data with violations, as INVALID, instead of raising InvalidArgumentError / DATA_INVALID.
        request_id: makes it safe to repeat the call for 24 hours, also from another process with the same API key. The same
            request returns the same credential; another request raises AlreadyExistsError / REQUEST_ID_REUSED. Default: a new
            UUID.
        all_regions_timeout_seconds: 1 to 120. Wait until every region has the write; after this time the call raises
            DeadlineExceededError / REGIONS_BEHIND, but the write is stored. The call's own timeout must be longer.
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
        """Create many credentials. `async for` over the call yields the result of each create, in the order of `creates`.

        A create that fails has an `error` in its result; the others are stored. If the stream breaks, the client opens a new one
        and sends the creates without a result again. Each create is stored once, because it has a request_id; the client sets
        one where it is missing. The client reads at most a few hundred creates ahead of the results. If the iterator of creates
        raises an error, it is raised here after the results of the creates before it.

        timeout_seconds: the timeout of each response. A response has the results of up to 64 creates.
        """
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        results = Import(
            lambda: self._credentials.ImportCredentials(metadata=self._metadata()),
            self._failure_of,
            new_request_id,
            creates,
            timeout,
        ).results()
        async with aclosing(results):
            async for result in results:
                yield result

    async def get_credential(
        self,
        credential_id: str,
        *,
        view: CredentialView.ValueType = CredentialView.CREDENTIAL_VIEW_UNSPECIFIED,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> Credential:
        """Read a credential's metadata, by its id or by its number in decimal.

        view: CREDENTIAL_VIEW_FULL adds the redacted data.
        surface: if given, a credential of another surface raises NotFoundError.
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
        expires_before: Timestamp | None = None,
        refresh_states: Sequence[RefreshState.ValueType] = (),
        timeout_seconds: float | None = None,
    ) -> Pages[ListCredentialsResponse, Credential]:
        """List the credentials that match all given filters, oldest first. Test credentials are not listed.

        view: CREDENTIAL_VIEW_FULL adds the redacted data.
        variant: the name of an arm of CredentialData, such as `basic_auth`.
        restricted: True lists only credentials with allowed_hosts, False only those without.
        order_by: for example `name` or `id desc`.
        page_size: 1 to 500 (at most 50 with CREDENTIAL_VIEW_FULL), default 50.
        page_token: the `next_page_token` of a page of the same list; the list starts after that page.
        before_page_token: the `previous_page_token` of a page of the same list; the list starts with the page before it.
        skip: the number of credentials to skip at the start of the first page.
        with_total_size: set `total_size` on every page.
        deleted: list the deleted credentials that can still be undeleted, instead of the others.
        expires_before: list only credentials whose expire_time or certificate_expire_time is before this time.
        refresh_states: list only credentials whose grant is in one of these states, such as REFRESH_STATE_REAUTH_REQUIRED.
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
            expires_before=expires_before,
            refresh_states=refresh_states,
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
        """Set the fields in `update_mask` to their values in `credential`. A field without a value is cleared.

        If `credential.etag` is set, as on a credential that was read, and the credential has changed since then, the call raises
        AbortedError / ETAG_MISMATCH.

        update_mask: paths in Credential, such as `["name", "data.aws.secret_access_key"]`.
        accept_invalid: see create_credential.
        surface: see get_credential.
        variant: if given, a credential of another variant raises InvalidArgumentError.
        test_credential: update the credential's test credential instead. Without an enabled one, the call raises
            FailedPreconditionError / TEST_CREDENTIAL_ABSENT. The call returns the live credential.
        all_regions_timeout_seconds, request_id: see create_credential.
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
        """Delete a credential, and its test credential if it has one.

        etag: if given and out of date, the call raises AbortedError / ETAG_MISMATCH.
        surface: see get_credential.
        all_regions_timeout_seconds, request_id: see create_credential.
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
        """Delete every credential of a surface, with as many requests as needed, and return how many were deleted.

        Credentials that were deleted before an error stay deleted. Call it again with the same request_id to continue.

        all_regions_timeout_seconds: see create_credential. Only the last request waits.
        timeout_seconds: the timeout of each request, which deletes at most 1,000 credentials with their test credentials.
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
        unmanage: bool = False,
        surface: Surface.ValueType = Surface.SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> Credential:
        """Read a credential with all of its data, in order to use it. Each access is audited.

        target_host: the host that will receive the data, with its port if that is not 443, without scheme. If the credential has
            allowed_hosts, it must be one of them, otherwise the call raises PermissionDeniedError / HOST_NOT_ALLOWED.
        allow_invalid: return an INVALID credential instead of raising FailedPreconditionError / CREDENTIAL_INVALID.
        version: an older version that is kept. Default: the present one.
        unmanage: for a managed oauth2_refresh, end the management and return the current refresh token.
        surface: see get_credential.
        """
        request = AccessCredentialRequest(
            id=credential_id,
            target_host=target_host,
            allow_invalid=allow_invalid,
            version=version,
            unmanage=unmanage,
            surface=surface,
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
        """Restore a deleted credential within the organisation's undelete_window, with the test credential deleted with it.

        team_id: the team that will own the credential, if it has none or its team no longer exists. Needs the role user.
        surface: see get_credential.
        request_id: see create_credential.
        """
        request = UndeleteCredentialRequest(
            id=credential_id, team_id=team_id, surface=surface, request_id=request_id or new_request_id()
        )
        return await self._call(self._credentials.UndeleteCredential, request, timeout_seconds)
