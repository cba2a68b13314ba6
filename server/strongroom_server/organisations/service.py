"""Serves OrganisationService. Each method calls the module of its noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1.organisation_service_pb2 import (
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateOrganisationResponse,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteFolderResponse,
    DeleteTeamRequest,
    DeleteTeamResponse,
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
from strongroom_server.organisations import api_keys, folders, organisations, teams

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.organisations.context import Context


class OrganisationServicer:
    """The methods of OrganisationService. Each gets a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create_organisation(
        self, request: CreateOrganisationRequest, caller: Caller
    ) -> CreateOrganisationResponse:
        return await organisations.create(self._context, request, caller)

    async def update_organisation(self, request: UpdateOrganisationRequest, caller: Caller) -> Organisation:
        return await organisations.update(self._context, request, caller)

    async def get_organisation(self, _: GetOrganisationRequest, caller: Caller) -> Organisation:
        return await organisations.get(self._context, caller)

    async def list_organisations(self, request: ListOrganisationsRequest, _: Caller) -> ListOrganisationsResponse:
        return await organisations.list_organisations(self._context, request)

    async def create_team(self, request: CreateTeamRequest, caller: Caller) -> Team:
        return await teams.create(self._context, request, caller)

    async def get_team(self, request: GetTeamRequest, caller: Caller) -> Team:
        return await teams.get(self._context, request, caller)

    async def list_teams(self, request: ListTeamsRequest, caller: Caller) -> ListTeamsResponse:
        return await teams.list_teams(self._context, request, caller)

    async def update_team(self, request: UpdateTeamRequest, caller: Caller) -> Team:
        return await teams.update(self._context, request, caller)

    async def delete_team(self, request: DeleteTeamRequest, caller: Caller) -> DeleteTeamResponse:
        await teams.delete(self._context, request, caller)
        return DeleteTeamResponse()

    async def create_folder(self, request: CreateFolderRequest, caller: Caller) -> Folder:
        return await folders.create(self._context, request, caller)

    async def get_folder(self, request: GetFolderRequest, caller: Caller) -> Folder:
        return await folders.get(self._context, request, caller)

    async def list_folders(self, request: ListFoldersRequest, caller: Caller) -> ListFoldersResponse:
        return await folders.list_folders(self._context, request, caller)

    async def update_folder(self, request: UpdateFolderRequest, caller: Caller) -> Folder:
        return await folders.update(self._context, request, caller)

    async def delete_folder(self, request: DeleteFolderRequest, caller: Caller) -> DeleteFolderResponse:
        await folders.delete(self._context, request, caller)
        return DeleteFolderResponse()

    async def create_api_key(self, request: CreateApiKeyRequest, caller: Caller) -> ApiKey:
        return await api_keys.create(self._context, request, caller)

    async def get_api_key(self, request: GetApiKeyRequest, caller: Caller) -> ApiKey:
        return await api_keys.get(self._context, request, caller)

    async def list_api_keys(self, request: ListApiKeysRequest, caller: Caller) -> ListApiKeysResponse:
        return await api_keys.list_api_keys(self._context, request, caller)

    async def update_api_key(self, request: UpdateApiKeyRequest, caller: Caller) -> ApiKey:
        return await api_keys.update(self._context, request, caller)

    async def revoke_api_key(self, request: RevokeApiKeyRequest, caller: Caller) -> ApiKey:
        return await api_keys.revoke(self._context, request, caller)
