"""The client's methods for organisations, teams and folders, one for each RPC of OrganisationService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.v1.organisation_service_pb2 import (
    FOLDER_CONTENT_TYPE_UNSPECIFIED,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateOrganisationResponse,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    FolderContentType,
    GetFolderRequest,
    GetOrganisationRequest,
    GetTeamRequest,
    ListFoldersRequest,
    ListFoldersResponse,
    ListOrganisationsRequest,
    ListOrganisationsResponse,
    ListTeamsRequest,
    ListTeamsResponse,
    Organisation,
    Team,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.pages import Pages


class OrganisationCalls(Calls):
    """Manages the API key's organisation with its teams and folders, and for operators all organisations."""

    @property
    def _organisations(self) -> OrganisationServiceStub:
        return self._stub(OrganisationServiceStub)

    # Organisations

    async def create_organisation(
        self, organisation: Organisation, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> CreateOrganisationResponse:
        """Create an organisation with the teams 1 and 2, and return it with its first API key. Needs the role operator.

        Only this response contains the whole API key.

        request_id: see create_credential.
        """
        request = CreateOrganisationRequest(organisation=organisation, request_id=request_id or new_request_id())
        return await self._call(self._organisations.CreateOrganisation, request, timeout_seconds)

    async def get_organisation(self, *, timeout_seconds: float | None = None) -> Organisation:
        """Read the API key's organisation."""
        return await self._call(self._organisations.GetOrganisation, GetOrganisationRequest(), timeout_seconds)

    async def update_organisation(
        self,
        organisation: Organisation,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Organisation:
        """Set the fields in `update_mask` of the API key's organisation to their values in `organisation`.

        organisation: with its etag set, the update is refused if the organisation has changed; see update_credential.
        update_mask: any of display_name, kept_versions, undelete_window, return_urls, switchboard_callback_exchanges.
        request_id: see create_credential.
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
        """List all organisations, by id. Needs the role operator.

        page_size: 1 to 500, default 50.
        page_token: see list_credentials.
        """
        request = ListOrganisationsRequest(page_size=page_size, page_token=page_token)
        return self._pages(
            self._organisations.ListOrganisations, request, lambda page: page.organisations, timeout_seconds
        )

    # Teams

    async def create_team(self, team: Team, *, request_id: str = "", timeout_seconds: float | None = None) -> Team:
        """Create a team. Its slug is made from its name, with a number if another team has the same slug.

        request_id: see create_credential.
        """
        return await self._call(
            self._organisations.CreateTeam,
            CreateTeamRequest(team=team, request_id=request_id or new_request_id()),
            timeout_seconds,
        )

    async def get_team(self, team_id: int, *, timeout_seconds: float | None = None) -> Team:
        """Read a team."""
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
        """List the teams, by id.

        page_size, page_token: see list_organisations.
        skip, with_total_size: see list_credentials.
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
        """Rename a team, which also changes its slug.

        team: with its etag set, the update is refused if the team has changed; see update_credential.
        update_mask: `["name"]`.
        request_id: see create_credential.
        """
        request = UpdateTeamRequest(
            id=team_id, team=team, update_mask=FieldMask(paths=update_mask), request_id=request_id or new_request_id()
        )
        return await self._call(self._organisations.UpdateTeam, request, timeout_seconds)

    async def delete_team(
        self, team_id: int, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete a team. A team that owns credentials or folders raises FailedPreconditionError / TEAM_NOT_EMPTY.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = DeleteTeamRequest(id=team_id, etag=etag, request_id=request_id or new_request_id())
        await self._call(self._organisations.DeleteTeam, request, timeout_seconds)

    # Folders

    async def create_folder(
        self, folder: Folder, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> Folder:
        """Create a folder in a team.

        request_id: see create_credential.
        """
        return await self._call(
            self._organisations.CreateFolder,
            CreateFolderRequest(folder=folder, request_id=request_id or new_request_id()),
            timeout_seconds,
        )

    async def get_folder(self, folder_id: int, *, timeout_seconds: float | None = None) -> Folder:
        """Read a folder."""
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
        """List the folders of a team and a content type, by id. Default: of all teams and content types.

        page_size, page_token: see list_organisations.
        skip, with_total_size: see list_credentials.
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
        """Rename a folder.

        folder: with its etag set, the update is refused if the folder has changed; see update_credential.
        update_mask: `["name"]`.
        request_id: see create_credential.
        """
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
        """Delete a folder. A folder that holds credentials or folders raises FailedPreconditionError / FOLDER_NOT_EMPTY.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = DeleteFolderRequest(id=folder_id, etag=etag, request_id=request_id or new_request_id())
        await self._call(self._organisations.DeleteFolder, request, timeout_seconds)
