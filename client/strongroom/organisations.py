"""The client's methods for organisations, teams, folders and API keys, one an RPC of OrganisationService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.v1.organisation_service_pb2 import (
    FOLDER_CONTENT_TYPE_UNSPECIFIED,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateOrganisationResponse,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    FolderContentType,
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
    from collections.abc import Sequence

    from strongroom.pages import Pages


class OrganisationCalls(Calls):
    """What a client does with its organisation, and an operator with all."""

    @property
    def _organisations(self) -> OrganisationServiceStub:
        return self._stub(OrganisationServiceStub)

    # Organisations

    async def create_organisation(
        self, organisation: Organisation, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> CreateOrganisationResponse:
        """Make an organisation with the teams 1 and 2, and answer it with its first API key, shown only now."""
        request = CreateOrganisationRequest(organisation=organisation, request_id=request_id or new_request_id())
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
            request_id=request_id or new_request_id(),
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
        """Make a team. If another team has its slug, it gets one with a number."""
        return await self._call(
            self._organisations.CreateTeam,
            CreateTeamRequest(team=team, request_id=request_id or new_request_id()),
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
            id=team_id, team=team, update_mask=FieldMask(paths=update_mask), request_id=request_id or new_request_id()
        )
        return await self._call(self._organisations.UpdateTeam, request, timeout_seconds)

    async def delete_team(
        self, team_id: int, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a team. One that owns credentials or folders raises FailedPreconditionError / TEAM_NOT_EMPTY.

        etag: as in delete_credential.
        """
        request = DeleteTeamRequest(id=team_id, etag=etag, request_id=request_id or new_request_id())
        await self._call(self._organisations.DeleteTeam, request, timeout_seconds)

    # Folders

    async def create_folder(
        self, folder: Folder, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> Folder:
        """Make a folder in a team."""
        return await self._call(
            self._organisations.CreateFolder,
            CreateFolderRequest(folder=folder, request_id=request_id or new_request_id()),
            timeout_seconds,
        )

    async def get_folder(self, folder_id: int, *, timeout_seconds: float | None = None) -> Folder:
        """A folder."""
        return await self._call(self._organisations.GetFolder, GetFolderRequest(id=folder_id), timeout_seconds)

    def list_folders(
        self,
        *,
        team_id: int = 0,
        content_type: FolderContentType.ValueType = FOLDER_CONTENT_TYPE_UNSPECIFIED,
        page_size: int = 0,
        page_token: str = "",
        skip: int = 0,
        with_total_size: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListFoldersResponse, Folder]:
        """The folders, of one team and one content type if given, in the order of their ids. page_size and page_token as in
        list_organisations, skip and with_total_size as in list_credentials.
        """
        request = ListFoldersRequest(
            team_id=team_id,
            content_type=content_type,
            page_size=page_size,
            page_token=page_token,
            skip=skip,
            with_total_size=with_total_size,
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
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._organisations.UpdateFolder, request, timeout_seconds)

    async def delete_folder(
        self, folder_id: int, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a folder. One that holds credentials or folders raises FailedPreconditionError / FOLDER_NOT_EMPTY.

        etag: as in delete_credential.
        """
        request = DeleteFolderRequest(id=folder_id, etag=etag, request_id=request_id or new_request_id())
        await self._call(self._organisations.DeleteFolder, request, timeout_seconds)

    # API keys

    async def create_api_key(
        self, api_key: ApiKey, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> ApiKey:
        """Make an API key. `key` of the answer is the whole key, shown only now.

        The client's own key must have the new key's roles and grantable_roles among its grantable_roles, and neither wider
        teams nor a later expire_time: else PermissionDeniedError / GRANT_NOT_ALLOWED, whose field_violations name the field.
        """
        return await self._call(
            self._organisations.CreateApiKey,
            CreateApiKeyRequest(api_key=api_key, request_id=request_id or new_request_id()),
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
        """Change what a key may do, by the mask's fields: display_name, roles, team_ids, expire_time, grantable_roles,
        jwt_audience, max_token_age. `api_key.etag` as in update_credential.

        A key that would widen itself, or another one beyond what the client's key may grant, raises PermissionDeniedError /
        GRANT_NOT_ALLOWED; a revoked one FailedPreconditionError / API_KEY_REVOKED, and the last admin key that would lose its
        power FailedPreconditionError / LAST_ADMIN_KEY.
        """
        request = UpdateApiKeyRequest(
            id=api_key_id,
            api_key=api_key,
            update_mask=FieldMask(paths=update_mask),
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._organisations.UpdateApiKey, request, timeout_seconds)

    async def revoke_api_key(
        self, api_key_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> ApiKey:
        """Revoke an API key, on every node within a second. Revoking it again changes nothing. The organisation's last admin
        key raises FailedPreconditionError / LAST_ADMIN_KEY; an operator's key, for others, PermissionDeniedError /
        GRANT_NOT_ALLOWED.

        etag: as in delete_credential.
        """
        request = RevokeApiKeyRequest(id=api_key_id, etag=etag, request_id=request_id or new_request_id())
        return await self._call(self._organisations.RevokeApiKey, request, timeout_seconds)
