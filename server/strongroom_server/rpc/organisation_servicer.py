"""Owns OrganisationService: organisations, teams, folders and API keys."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from uuid import uuid4

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_UNSPECIFIED,
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
    Role,
    Team,
    UpdateFolderRequest,
    UpdateTeamRequest,
)
from strongroom_server import fields, records
from strongroom_server.access import api_keys
from strongroom_server.access.caller import require_grant, require_team
from strongroom_server.errors import FieldViolation, ServiceError
from strongroom_server.rpc import page_tokens
from strongroom_server.rpc.timestamps import timestamp
from strongroom_server.settings import OPERATORS_ORGANISATION, ORGANISATION_ID
from strongroom_server.store import keys, organisations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from google.protobuf.field_mask_pb2 import FieldMask

    from strongroom_server.access.caller import Caller
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, Transaction
    from strongroom_server.store.watch import Watch

# Every new organisation has these, so that the numbers in the vendors' samples are there.
FIRST_TEAMS = {"Team 1": "team_1", "Team 2": "team_2"}


class OrganisationServicer:
    """The methods of OrganisationService. Each takes a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(self, database: Database, keyring: Keyring, watch: Watch) -> None:
        self._database = database
        self._keyring = keyring
        self._watch = watch

    async def create_organisation(
        self, request: CreateOrganisationRequest, caller: Caller
    ) -> CreateOrganisationResponse:
        sent = request.organisation
        fields.require(_organisation_problems(sent))
        now = self._watch.now()
        organisation = records.Organisation(sent.id, sent.display_name, now)
        whole_key = api_keys.generate()
        async with self._database.transaction() as transaction:
            key = await add_organisation(
                transaction, self._keyring, organisation, whole_key, (ROLE_ADMIN,), key_id=caller.key_id
            )
        return CreateOrganisationResponse(
            organisation=_organisation_message(organisation), api_key=_api_key_message(key, whole_key)
        )

    async def list_organisations(self, request: ListOrganisationsRequest, _: Caller) -> ListOrganisationsResponse:
        size = page_tokens.page_size(request.page_size)
        after = page_tokens.decode(request.page_token, "organisations") if request.page_token else ""
        found = await organisations.organisation_page(self._database, after=after, size=size + 1)
        more = len(found) > size
        return ListOrganisationsResponse(
            organisations=map(_organisation_message, found[:size]),
            next_page_token=page_tokens.encode(found[size - 1].organisation_id, "organisations") if more else "",
        )

    async def create_team(self, request: CreateTeamRequest, caller: Caller) -> Team:
        name = request.team.name
        fields.require(_team_name_problems(name))
        require_team(caller, None)
        team = await organisations.create_team(
            self._database,
            caller.organisation_id,
            name,
            fields.slug_of(name),
            self._watch.now(),
            self._event(caller, "CreateTeam", name),
        )
        return _team_message(team)

    async def get_team(self, request: GetTeamRequest, caller: Caller) -> Team:
        fields.require(_number_problems("id", request.id))
        return _team_message(_found_team(await organisations.team(self._database, caller.organisation_id, request.id)))

    async def list_teams(self, request: ListTeamsRequest, caller: Caller) -> ListTeamsResponse:
        size = page_tokens.page_size(request.page_size)
        listed = ("teams", caller.organisation_id)
        after = int(page_tokens.decode(request.page_token, *listed)) if request.page_token else 0
        found = await organisations.team_page(self._database, caller.organisation_id, after=after, size=size + 1)
        more = len(found) > size
        return ListTeamsResponse(
            teams=map(_team_message, found[:size]),
            next_page_token=page_tokens.encode(str(found[size - 1].team_id), *listed) if more else "",
        )

    async def update_team(self, request: UpdateTeamRequest, caller: Caller) -> Team:
        name = request.team.name
        fields.require(_rename_problems(request.id, request.update_mask))
        fields.require(_team_name_problems(name))
        require_team(caller, request.id)
        team = await organisations.rename_team(
            self._database,
            caller.organisation_id,
            request.id,
            name,
            fields.slug_of(name),
            self._watch.now(),
            _revision(request.team.etag),
            self._event(caller, "UpdateTeam", str(request.id)),
        )
        if team is None:
            _found_team(await organisations.team(self._database, caller.organisation_id, request.id))
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return _team_message(team)

    async def delete_team(self, request: DeleteTeamRequest, caller: Caller) -> DeleteTeamResponse:
        fields.require(_number_problems("id", request.id))
        require_team(caller, request.id)
        event = self._event(caller, "DeleteTeam", str(request.id))
        organisation_id = caller.organisation_id
        if not await organisations.delete_team(
            self._database, organisation_id, request.id, _revision(request.etag), event
        ):
            _found_team(await organisations.team(self._database, organisation_id, request.id))
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return DeleteTeamResponse()

    async def create_folder(self, request: CreateFolderRequest, caller: Caller) -> Folder:
        sent = request.folder
        fields.require(_folder_problems(sent))
        require_team(caller, sent.team_id)
        folder = await organisations.create_folder(
            self._database,
            caller.organisation_id,
            sent.team_id,
            sent.parent_folder_id or None,
            sent.name,
            self._watch.now(),
            self._event(caller, "CreateFolder", sent.name),
        )
        return _folder_message(folder)

    async def get_folder(self, request: GetFolderRequest, caller: Caller) -> Folder:
        fields.require(_number_problems("id", request.id))
        return _folder_message(await self._folder(caller, request.id))

    async def list_folders(self, request: ListFoldersRequest, caller: Caller) -> ListFoldersResponse:
        fields.require(fields.number("team_id", request.team_id))
        size = page_tokens.page_size(request.page_size)
        listed = ("folders", caller.organisation_id, request.team_id)
        after = int(page_tokens.decode(request.page_token, *listed)) if request.page_token else 0
        found = await organisations.folder_page(
            self._database, caller.organisation_id, request.team_id, after=after, size=size + 1
        )
        more = len(found) > size
        return ListFoldersResponse(
            folders=map(_folder_message, found[:size]),
            next_page_token=page_tokens.encode(str(found[size - 1].folder_id), *listed) if more else "",
        )

    async def update_folder(self, request: UpdateFolderRequest, caller: Caller) -> Folder:
        name = request.folder.name
        fields.require(_rename_problems(request.id, request.update_mask))
        fields.require(fields.text("folder.name", name, fields.LONGEST_NAME, shortest=1))
        require_team(caller, (await self._folder(caller, request.id)).team_id)
        folder = await organisations.rename_folder(
            self._database,
            caller.organisation_id,
            request.id,
            name,
            self._watch.now(),
            _revision(request.folder.etag),
            self._event(caller, "UpdateFolder", str(request.id)),
        )
        if folder is None:
            await self._folder(caller, request.id)
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return _folder_message(folder)

    async def delete_folder(self, request: DeleteFolderRequest, caller: Caller) -> DeleteFolderResponse:
        fields.require(_number_problems("id", request.id))
        require_team(caller, (await self._folder(caller, request.id)).team_id)
        event = self._event(caller, "DeleteFolder", str(request.id))
        if not await organisations.delete_folder(
            self._database, caller.organisation_id, request.id, _revision(request.etag), event
        ):
            await self._folder(caller, request.id)
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return DeleteFolderResponse()

    async def create_api_key(self, request: CreateApiKeyRequest, caller: Caller) -> ApiKey:
        sent = request.api_key
        now = self._watch.now()
        expire_time = fields.time("api_key.expire_time", sent.expire_time) if sent.HasField("expire_time") else None
        fields.require(_api_key_problems(sent, expire_time, now))
        require_grant(caller, sent.roles, sent.team_ids)
        team_ids = list(dict.fromkeys(sent.team_ids))
        await self._require_teams(caller, team_ids)
        whole_key = api_keys.generate()
        key = _new_api_key(
            self._keyring,
            whole_key,
            records.Organisation(caller.organisation_id, "", now),
            tuple(dict.fromkeys(sent.roles)),
            display_name=sent.display_name,
            team_ids=tuple(team_ids),
            expire_time=expire_time,
        )
        await keys.create_api_key(self._database, key, self._event(caller, "CreateApiKey", key.id))
        return _api_key_message(key, whole_key)

    async def get_api_key(self, request: GetApiKeyRequest, caller: Caller) -> ApiKey:
        return _api_key_message(await self._api_key(caller, request.id))

    async def list_api_keys(self, request: ListApiKeysRequest, caller: Caller) -> ListApiKeysResponse:
        size = page_tokens.page_size(request.page_size)
        listed = ("api keys", caller.organisation_id, caller.team_ids)
        after = page_tokens.decode(request.page_token, *listed) if request.page_token else ""
        found = await keys.api_key_page(
            self._database, caller.organisation_id, caller.team_ids, after=after, size=size + 1
        )
        return ListApiKeysResponse(
            api_keys=map(_api_key_message, found[:size]),
            next_page_token=page_tokens.encode(found[size - 1].id, *listed) if len(found) > size else "",
        )

    async def revoke_api_key(self, request: RevokeApiKeyRequest, caller: Caller) -> ApiKey:
        key = await self._api_key(caller, request.id)
        if key.revoke_time is not None:
            return _api_key_message(key)
        await self._keyring.verify(key)
        revoked = self._keyring.sign(dataclasses.replace(key, revoke_time=self._watch.now()))
        if not await keys.replace_api_key(self._database, revoked, self._event(caller, "RevokeApiKey", key.id)):
            revoked = await self._api_key(caller, request.id)
        return _api_key_message(revoked)

    async def _folder(self, caller: Caller, folder_id: int) -> records.Folder:
        folder = await organisations.folder(self._database, caller.organisation_id, folder_id)
        if folder is None:
            raise ServiceError(reasons.ERROR_REASON_FOLDER_NOT_FOUND)
        return folder

    async def _api_key(self, caller: Caller, key_id: str) -> records.ApiKey:
        fields.require(fields.text("id", key_id, 64, shortest=1))
        key = await keys.api_key(self._database, key_id)
        within = key is not None and key.organisation_id == caller.organisation_id
        if key is not None and within and caller.team_ids is not None:
            within = bool(key.team_ids) and set(key.team_ids) <= set(caller.team_ids)
        if key is None or not within:
            raise ServiceError(reasons.ERROR_REASON_API_KEY_NOT_FOUND)
        return key

    async def _require_teams(self, caller: Caller, team_ids: list[int]) -> None:
        if not team_ids:
            return
        found = await organisations.team_ids_that_exist(self._database, caller.organisation_id, team_ids)
        unknown = tuple(
            FieldViolation(f"api_key.team_ids[{index}]", "must be a team of the organisation")
            for index, team_id in enumerate(team_ids)
            if team_id not in found
        )
        if unknown:
            raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)

    def _event(self, caller: Caller, action: str, subject: str) -> records.AuditEvent:
        return _event(caller.organisation_id, caller.key_id, self._watch.now(), action, subject)


async def add_organisation(
    transaction: Transaction,
    keyring: Keyring,
    organisation: records.Organisation,
    whole_key: str,
    roles: tuple[Role.ValueType, ...],
    *,
    key_id: str,
) -> records.ApiKey:
    """Store an organisation with its first teams and its first API key. `key_id` is whose act it is."""
    key = _new_api_key(keyring, whole_key, organisation, roles)
    now = organisation.create_time
    operator = OPERATORS_ORGANISATION
    created = _event(operator, key_id, now, "CreateOrganisation", organisation.organisation_id)
    await organisations.create_organisation(transaction, organisation, FIRST_TEAMS, created)
    granted = _event(organisation.organisation_id, key_id, now, "CreateApiKey", key.id)
    await keys.create_api_key(transaction, key, granted)
    return key


def _new_api_key(
    keyring: Keyring,
    whole_key: str,
    organisation: records.Organisation,
    roles: tuple[Role.ValueType, ...],
    *,
    display_name: str = "",
    team_ids: tuple[int, ...] = (),
    expire_time: datetime | None = None,
) -> records.ApiKey:
    key_id, secret_sha256 = api_keys.split(whole_key)
    return keyring.sign(
        records.ApiKey(
            id=key_id,
            organisation_id=organisation.organisation_id,
            display_name=display_name,
            secret_sha256=secret_sha256,
            roles=roles,
            team_ids=team_ids,
            expire_time=expire_time,
            create_time=organisation.create_time,
            revoke_time=None,
            signature_format=records.SIGNATURE_FORMAT,
            signer_id="",
            signature=b"",
        )
    )


def _event(organisation_id: str, key_id: str, now: datetime, action: str, subject: str) -> records.AuditEvent:
    return records.AuditEvent(organisation_id, uuid4(), now, action, key_id, subject=subject)


def _revision(etag: str) -> int | None:
    if not etag:
        return None
    # What is no revision matches none.
    return int(etag) if etag.isascii() and etag.isdigit() and len(etag) < 19 else -1


def _found_team(team: records.Team | None) -> records.Team:
    if team is None:
        raise ServiceError(reasons.ERROR_REASON_TEAM_NOT_FOUND)
    return team


def _number_problems(path: str, number: int) -> Iterator[fields.Problem]:
    if number < 1:
        yield path, "must be a number from 1"


def _organisation_problems(organisation: Organisation) -> Iterator[fields.Problem]:
    if not ORGANISATION_ID.fullmatch(organisation.id):
        yield "organisation.id", "must be 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit"
    if organisation.id == OPERATORS_ORGANISATION:
        yield "organisation.id", f"must not be {OPERATORS_ORGANISATION}, which is reserved"
    yield from fields.text("organisation.display_name", organisation.display_name, fields.LONGEST_NAME)


def _team_name_problems(name: str) -> Iterator[fields.Problem]:
    yield from fields.text("team.name", name, fields.LONGEST_NAME, shortest=1)
    if name and not fields.slug_of(name):
        yield "team.name", "must contain a letter or digit"


def _folder_problems(folder: Folder) -> Iterator[fields.Problem]:
    yield from fields.text("folder.name", folder.name, fields.LONGEST_NAME, shortest=1)
    yield from _number_problems("folder.team_id", folder.team_id)
    yield from fields.number("folder.parent_folder_id", folder.parent_folder_id)


def _rename_problems(number: int, mask: FieldMask) -> Iterator[fields.Problem]:
    yield from _number_problems("id", number)
    if list(mask.paths) != ["name"]:
        yield "update_mask", "must be: name"


def _api_key_problems(key: ApiKey, expire_time: datetime | None, now: datetime) -> Iterator[fields.Problem]:
    yield from fields.known(key, "api_key")
    yield from fields.text("api_key.display_name", key.display_name, fields.LONGEST_NAME)
    if not key.roles:
        yield "api_key.roles", "is required: at least one role"
    for index, role in enumerate(key.roles[: fields.MOST_ELEMENTS]):
        path = f"api_key.roles[{index}]"
        if role == ROLE_UNSPECIFIED:
            yield path, "must not be ROLE_UNSPECIFIED"
        yield from fields.enumeration(path, role, Role.DESCRIPTOR)
    if len(key.team_ids) > fields.MOST_ELEMENTS:
        yield "api_key.team_ids", f"must have at most {fields.MOST_ELEMENTS} elements"
    yield from fields.future("api_key.expire_time", expire_time, now)


def _organisation_message(organisation: records.Organisation) -> Organisation:
    return Organisation(
        id=organisation.organisation_id,
        display_name=organisation.display_name,
        create_time=timestamp(organisation.create_time),
    )


def _team_message(team: records.Team) -> Team:
    return Team(
        id=team.team_id,
        organisation_id=team.organisation_id,
        name=team.name,
        slug=team.slug,
        etag=str(team.revision),
        create_time=timestamp(team.create_time),
        update_time=timestamp(team.update_time),
    )


def _folder_message(folder: records.Folder) -> Folder:
    return Folder(
        id=folder.folder_id,
        organisation_id=folder.organisation_id,
        team_id=folder.team_id,
        parent_folder_id=folder.parent_folder_id or 0,
        name=folder.name,
        etag=str(folder.revision),
        create_time=timestamp(folder.create_time),
        update_time=timestamp(folder.update_time),
    )


def _api_key_message(key: records.ApiKey, whole_key: str = "") -> ApiKey:
    return ApiKey(
        id=key.id,
        organisation_id=key.organisation_id,
        display_name=key.display_name,
        roles=key.roles,  # type: ignore[arg-type] # an enumeration's numbers
        team_ids=key.team_ids,
        expire_time=timestamp(key.expire_time),
        create_time=timestamp(key.create_time),
        revoke_time=timestamp(key.revoke_time),
        key=whole_key,
    )
