"""The client: one method an RPC of CredentialService, OrganisationService and AuditService.

Owns the channel's lifetime, the API key and the deadlines. The rules of credentials are the server's.
"""

from __future__ import annotations

import asyncio
import copy
import uuid
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from google.protobuf.field_mask_pb2 import FieldMask
from grpc import aio

from strongroom import channel, errors
from strongroom.pages import Pages
from strongroom.v1.audit_service_pb2 import (
    AuditEvent,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
    StreamAuditEventsRequest,
)
from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub
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
from strongroom.v1.organisation_service_pb2 import (
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateOrganisationResponse,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    GetApiKeyRequest,
    GetFolderRequest,
    GetOrganisationRequest,
    GetTeamRequest,
    ListApiKeysRequest,
    ListApiKeysResponse,
    ListFoldersRequest,
    ListFoldersResponse,
    ListOrganisationsRequest,
    ListOrganisationsResponse,
    ListTeamsRequest,
    ListTeamsResponse,
    Organisation,
    RevokeApiKeyRequest,
    Team,
    UpdateApiKeyRequest,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from types import TracebackType

    from google.protobuf.timestamp_pb2 import Timestamp

    from strongroom.pages import ItemT, PageT


class _ListRequest(Protocol):
    page_token: str


def _request_id() -> str:
    return str(uuid.uuid4())


RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
ListRequestT = TypeVar("ListRequestT", bound=_ListRequest)


class Client:
    """A client of one Strongroom, over one channel; for as long as the service that uses it lives.

        async with strongroom.Client("vault.example:443", api_key) as client: ...

    Must be made inside the event loop that uses it; any number of tasks may call it at once. The organisation is the
    API key's.

    Every call has a deadline, `timeout_seconds` of the client unless the call gives its own; lists count it by the
    page. Every call but a stream is repeated with growing pauses within that deadline when the server is UNAVAILABLE or
    cannot be reached: what changes something carries a request_id, by which it happens once. After UnavailableError or
    DeadlineExceededError the same request with the same request_id tells whether it happened.

    Calls raise `StrongroomError`, by its subclasses; a cancelled task's call is cancelled and raises
    asyncio.CancelledError. The methods' docstrings name only what is particular to them.
    """

    def __init__(
        self,
        target: str,
        api_key: str,
        *,
        plaintext: bool = False,
        root_certificates: bytes | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        """Connects with the first call, not before.

        target: `host:port`, or any other gRPC target name.
        api_key: `sr_<id>_<secret>`.
        plaintext: without TLS, the API key and all secrets in clear: for the same machine or a network that encrypts.
        root_certificates: the PEM text of the roots to trust in place of gRPC's own.
        timeout_seconds: the deadline of calls that give none.

        Raises ValueError for a key that no header can carry, a timeout that is not positive, or certificates with
        plaintext; RuntimeError outside a running event loop.
        """
        asyncio.get_running_loop()
        # gRPC would fail every call with an internal error that is no status.
        if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise ValueError("api_key must be printable ASCII without spaces")
        if timeout_seconds <= 0:
            raise ValueError("timeout_seconds must be positive")
        self._target = target
        self._metadata = (("authorization", f"Bearer {api_key}"),)
        self._timeout_seconds = timeout_seconds
        self._channel = channel.open_channel(target, plaintext=plaintext, root_certificates=root_certificates)
        self._credentials = CredentialServiceStub(self._channel)
        self._organisations = OrganisationServiceStub(self._channel)
        self._audit = AuditServiceStub(self._channel)

    def __repr__(self) -> str:
        return f"<strongroom.Client {self._target}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channel. Calls in flight are cancelled; closing again changes nothing."""
        await self._channel.close()

    # Credentials

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
        request_id: makes the call safe to repeat for 24 hours, also by another process: the same request answers the
            same credential, another one raises AlreadyExistsError / REQUEST_ID_REUSED. A new UUID if not given.
        all_regions_timeout_seconds: 1 to 120, wait so long until every region has what was written; after that raises
            DeadlineExceededError / REGIONS_BEHIND, and the write stands. Within the deadline of the call.
        """
        request = CreateCredentialRequest(
            credential=credential,
            accept_invalid=accept_invalid,
            request_id=request_id or _request_id(),
            all_regions_timeout_seconds=all_regions_timeout_seconds,
        )
        return await self._call(self._credentials.CreateCredential, request, timeout_seconds)

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
            request_id=request_id or _request_id(),
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
            request_id=request_id or _request_id(),
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
        """Delete every credential of a surface, all or none; the answer says how many.

        all_regions_timeout_seconds: as in create_credential.
        """
        request = PurgeCredentialsRequest(
            surface=surface,
            all_regions_timeout_seconds=all_regions_timeout_seconds,
            request_id=request_id or _request_id(),
        )
        return await self._call(self._credentials.PurgeCredentials, request, timeout_seconds)

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

        team_id: the team to give it to, where its own is gone.
        surface: as in get_credential.
        request_id: as in create_credential.
        """
        request = UndeleteCredentialRequest(
            id=credential_id, team_id=team_id, surface=surface, request_id=request_id or _request_id()
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
            request_id=request_id or _request_id(),
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
            id=credential_id, version=version, etag=etag, surface=surface, request_id=request_id or _request_id()
        )
        return await self._call(self._credentials.DestroyCredentialVersion, request, timeout_seconds)

    # Organisations

    async def create_organisation(
        self, organisation: Organisation, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> CreateOrganisationResponse:
        """Make an organisation with the teams 1 and 2, and answer it with its first API key, shown only now."""
        request = CreateOrganisationRequest(organisation=organisation, request_id=request_id or _request_id())
        return await self._call(self._organisations.CreateOrganisation, request, timeout_seconds)

    async def get_organisation(self, *, timeout_seconds: float | None = None) -> Organisation:
        """The organisation of the API key."""
        return await self._call(self._organisations.GetOrganisation, GetOrganisationRequest(), timeout_seconds)

    async def update_organisation(
        self,
        organisation: Organisation,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Organisation:
        """Change the API key's organisation, by the mask's fields: display_name, kept_versions, undelete_window.
        `organisation.etag` as in update_credential.
        """
        request = UpdateOrganisationRequest(
            organisation=organisation,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or _request_id(),
        )
        return await self._call(self._organisations.UpdateOrganisation, request, timeout_seconds)

    def list_organisations(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListOrganisationsResponse, Organisation]:
        """All organisations, in the order of their ids. page_size is 1 to 500, 50 if not given; page_token as in
        list_credentials.
        """
        request = ListOrganisationsRequest(page_size=page_size, page_token=page_token)
        return self._pages(
            self._organisations.ListOrganisations, request, lambda page: page.organisations, timeout_seconds
        )

    # Teams

    async def create_team(self, team: Team, *, request_id: str = "", timeout_seconds: float | None = None) -> Team:
        """Make a team. A slug that another team has raises AlreadyExistsError / TEAM_SLUG_TAKEN."""
        return await self._call(
            self._organisations.CreateTeam,
            CreateTeamRequest(team=team, request_id=request_id or _request_id()),
            timeout_seconds,
        )

    async def get_team(self, team_id: int, *, timeout_seconds: float | None = None) -> Team:
        """A team."""
        return await self._call(self._organisations.GetTeam, GetTeamRequest(id=team_id), timeout_seconds)

    def list_teams(
        self,
        *,
        page_size: int = 0,
        page_token: str = "",
        skip: int = 0,
        with_total_size: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListTeamsResponse, Team]:
        """The teams, in the order of their ids. page_size and page_token as in list_organisations, skip and
        with_total_size as in list_credentials.
        """
        request = ListTeamsRequest(
            page_size=page_size, page_token=page_token, skip=skip, with_total_size=with_total_size
        )
        return self._pages(self._organisations.ListTeams, request, lambda page: page.teams, timeout_seconds)

    async def update_team(
        self,
        team_id: int,
        team: Team,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Team:
        """Change the fields that the mask names: `["name"]`. `team.etag` as in update_credential."""
        request = UpdateTeamRequest(
            id=team_id, team=team, update_mask=FieldMask(paths=update_mask), request_id=request_id or _request_id()
        )
        return await self._call(self._organisations.UpdateTeam, request, timeout_seconds)

    async def delete_team(
        self, team_id: int, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a team. One that owns credentials or folders raises FailedPreconditionError / TEAM_NOT_EMPTY.

        etag: as in delete_credential.
        """
        request = DeleteTeamRequest(id=team_id, etag=etag, request_id=request_id or _request_id())
        await self._call(self._organisations.DeleteTeam, request, timeout_seconds)

    # Folders

    async def create_folder(
        self, folder: Folder, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> Folder:
        """Make a folder in a team."""
        return await self._call(
            self._organisations.CreateFolder,
            CreateFolderRequest(folder=folder, request_id=request_id or _request_id()),
            timeout_seconds,
        )

    async def get_folder(self, folder_id: int, *, timeout_seconds: float | None = None) -> Folder:
        """A folder."""
        return await self._call(self._organisations.GetFolder, GetFolderRequest(id=folder_id), timeout_seconds)

    def list_folders(
        self,
        *,
        team_id: int = 0,
        page_size: int = 0,
        page_token: str = "",
        skip: int = 0,
        with_total_size: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListFoldersResponse, Folder]:
        """The folders, of one team if given, in the order of their ids. page_size and page_token as in
        list_organisations, skip and with_total_size as in list_credentials.
        """
        request = ListFoldersRequest(
            team_id=team_id, page_size=page_size, page_token=page_token, skip=skip, with_total_size=with_total_size
        )
        return self._pages(self._organisations.ListFolders, request, lambda page: page.folders, timeout_seconds)

    async def update_folder(
        self,
        folder_id: int,
        folder: Folder,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Folder:
        """Change the fields that the mask names: `["name"]`. `folder.etag` as in update_credential."""
        request = UpdateFolderRequest(
            id=folder_id,
            folder=folder,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or _request_id(),
        )
        return await self._call(self._organisations.UpdateFolder, request, timeout_seconds)

    async def delete_folder(
        self, folder_id: int, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a folder. One that holds credentials or folders raises FailedPreconditionError / FOLDER_NOT_EMPTY.

        etag: as in delete_credential.
        """
        request = DeleteFolderRequest(id=folder_id, etag=etag, request_id=request_id or _request_id())
        await self._call(self._organisations.DeleteFolder, request, timeout_seconds)

    # API keys

    async def create_api_key(
        self, api_key: ApiKey, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> ApiKey:
        """Make an API key. `key` of the answer is the whole key, shown only now; what may not be granted raises
        PermissionDeniedError / GRANT_NOT_ALLOWED.
        """
        return await self._call(
            self._organisations.CreateApiKey,
            CreateApiKeyRequest(api_key=api_key, request_id=request_id or _request_id()),
            timeout_seconds,
        )

    async def get_api_key(self, api_key_id: str, *, timeout_seconds: float | None = None) -> ApiKey:
        """An API key, without the key itself, by the part between its underscores."""
        return await self._call(self._organisations.GetApiKey, GetApiKeyRequest(id=api_key_id), timeout_seconds)

    def list_api_keys(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListApiKeysResponse, ApiKey]:
        """The API keys, revoked and expired ones too, in the order of their ids. page_size and page_token as in
        list_organisations.
        """
        request = ListApiKeysRequest(page_size=page_size, page_token=page_token)
        return self._pages(self._organisations.ListApiKeys, request, lambda page: page.api_keys, timeout_seconds)

    async def update_api_key(
        self,
        api_key_id: str,
        api_key: ApiKey,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> ApiKey:
        """Change what a key may do, by the mask's fields: display_name, roles, team_ids, expire_time. `api_key.etag` as in
        update_credential; a revoked one raises FailedPreconditionError / API_KEY_REVOKED.
        """
        request = UpdateApiKeyRequest(
            id=api_key_id,
            api_key=api_key,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or _request_id(),
        )
        return await self._call(self._organisations.UpdateApiKey, request, timeout_seconds)

    async def revoke_api_key(
        self, api_key_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> ApiKey:
        """Revoke an API key, on every node within a second. Revoking it again changes nothing.

        etag: as in delete_credential.
        """
        request = RevokeApiKeyRequest(id=api_key_id, etag=etag, request_id=request_id or _request_id())
        return await self._call(self._organisations.RevokeApiKey, request, timeout_seconds)

    # Audit

    def list_audit_events(
        self,
        *,
        organisation_id: str = "",
        credential_id: str = "",
        action: str = "",
        key_id: str = "",
        outcome: str = "",
        start_time: Timestamp | None = None,
        end_time: Timestamp | None = None,
        page_size: int = 0,
        page_token: str = "",
        timeout_seconds: float | None = None,
    ) -> Pages[ListAuditEventsResponse, AuditEvent]:
        """Who did what, newest first, of the events that meet every filter given.

        organisation_id: `strongroom`, for an operator, is what operators did; else the API key's.
        page_size: 1 to 500, 50 if not given.
        """
        request = ListAuditEventsRequest(
            organisation_id=organisation_id,
            credential_id=credential_id,
            action=action,
            key_id=key_id,
            outcome=outcome,
            start_time=start_time,
            end_time=end_time,
            page_size=page_size,
            page_token=page_token,
        )
        return self._pages(self._audit.ListAuditEvents, request, lambda page: page.audit_events, timeout_seconds)

    async def stream_audit_events(
        self, *, organisation_id: str = "", after_chain_position: int = 0, timeout_seconds: float | None = None
    ) -> AsyncIterator[AuditEvent]:
        """Every event from there on, and then each new one, without end: `async for` over it.

        When it breaks, go on from the last event's `chain_position`. timeout_seconds is of the whole stream, none if not given.
        """
        request = StreamAuditEventsRequest(organisation_id=organisation_id, after_chain_position=after_chain_position)
        try:
            async for event in self._audit.StreamAuditEvents(request, timeout=timeout_seconds, metadata=self._metadata):
                yield event
        except aio.AioRpcError as error:
            failure = errors.from_rpc(error)
        else:
            return
        raise failure

    async def _call(
        self,
        method: aio.UnaryUnaryMultiCallable[RequestT, ResponseT],
        request: RequestT,
        timeout_seconds: float | None,
    ) -> ResponseT:
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        try:
            return await method(request, timeout=timeout, metadata=self._metadata)
        except aio.AioRpcError as error:
            failure = errors.from_rpc(error)
        # Out here gRPC's error is no context of this one: its traceback holds the call, and that the connection, open.
        raise failure

    def _pages(
        self,
        method: aio.UnaryUnaryMultiCallable[ListRequestT, PageT],
        request: ListRequestT,
        items: Callable[[PageT], Iterable[ItemT]],
        timeout_seconds: float | None,
    ) -> Pages[PageT, ItemT]:
        async def fetch(page_token: str) -> PageT:
            page_request = copy.copy(request)
            if page_token != request.page_token:
                # Where the walk starts, and what it leaves out, is its first page's alone.
                if isinstance(page_request, ListCredentialsRequest):
                    page_request.before_page_token = ""
                if isinstance(page_request, ListCredentialsRequest | ListTeamsRequest | ListFoldersRequest):
                    page_request.skip = 0
            page_request.page_token = page_token
            return await self._call(method, page_request, timeout_seconds)

        return Pages(fetch, items, request.page_token)
