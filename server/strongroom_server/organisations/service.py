"""Owns OrganisationService: organisations, teams, folders and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.organisation_service_pb2 import (
    FOLDER_CONTENT_TYPE_CREDENTIAL,
    ROLE_ADMIN,
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
    Role,
    Team,
    UpdateApiKeyRequest,
    UpdateFolderRequest,
    UpdateOrganisationRequest,
    UpdateTeamRequest,
)
from strongroom_server.access import api_keys, grants
from strongroom_server.access.caller import require_team
from strongroom_server.core import records
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.organisations import checks as problems
from strongroom_server.organisations import messages
from strongroom_server.rules import field_masks, fields, page_tokens
from strongroom_server.store import folders, keys, organisations, teams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.record import Recorder
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database, Transaction
    from strongroom_server.store.watch import Watch

# Every new organisation has these, so that the numbers in the vendors' samples are there.
FIRST_TEAMS = {"Team 1": "team_1", "Team 2": "team_2"}


class OrganisationServicer:
    """The methods of OrganisationService. Each takes a parsed request of an authorised caller, and raises ServiceError."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        recorder: Recorder,
        watch: Watch,
        forget_api_key: Callable[[str], None],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._recorder = recorder
        self._watch = watch
        self._forget_api_key = forget_api_key

    async def create_organisation(
        self, request: CreateOrganisationRequest, caller: Caller
    ) -> CreateOrganisationResponse:
        sent = request.organisation
        fields.require(problems.of_organisation(sent))
        now = self._watch.now()
        organisation = records.Organisation(
            sent.id, sent.display_name, now, now, **problems.organisation_settings(sent)
        )
        whole_key = api_keys.generate()
        key = await self._database.in_transaction(
            lambda transaction: add_organisation(
                transaction, self._keyring, self._recorder, organisation, whole_key, (ROLE_ADMIN,), caller
            )
        )
        return CreateOrganisationResponse(
            organisation=messages.organisation_message(organisation), api_key=messages.api_key_message(key, whole_key)
        )

    async def update_organisation(self, request: UpdateOrganisationRequest, caller: Caller) -> Organisation:
        fields.require(problems.of_organisation_update(request))
        require_team(caller, None)
        present = await self._organisation(caller)
        if request.organisation.etag not in ("", str(present.revision)):
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        merged = messages.organisation_message(present)
        for name in request.update_mask.paths:
            field_masks.copy_field(request.organisation, merged, name)
        changed = structs.replace(
            present,
            display_name=merged.display_name,
            update_time=self._watch.now(),
            **problems.organisation_settings(merged),
        )
        act = self._act(caller, "UpdateOrganisation", ",".join(sorted(set(request.update_mask.paths))))
        stored = await organisations.update(self._database, changed, present.revision, act)
        if stored is None:
            raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
        return messages.organisation_message(stored)

    async def get_organisation(self, _: GetOrganisationRequest, caller: Caller) -> Organisation:
        return messages.organisation_message(await self._organisation(caller))

    async def list_organisations(self, request: ListOrganisationsRequest, _: Caller) -> ListOrganisationsResponse:
        size = page_tokens.page_size(request.page_size)
        after = page_tokens.decode(self._keyring, request.page_token, "organisations") if request.page_token else ""
        found = await organisations.page(self._database, after=after, size=size + 1)
        more = len(found) > size
        return ListOrganisationsResponse(
            organisations=map(messages.organisation_message, found[:size]),
            next_page_token=page_tokens.encode(self._keyring, found[size - 1].organisation_id, "organisations")
            if more
            else "",
        )

    async def create_team(self, request: CreateTeamRequest, caller: Caller) -> Team:
        name = request.team.name
        fields.require(problems.of_team_name(name))
        require_team(caller, None)
        now = self._watch.now()

        async def create(transaction: Transaction) -> records.Team:
            number = await organisations.take_number(transaction, caller.organisation_id, "team")
            # Whoever takes a slug has locked the organisation, here with the number.
            taken = await teams.slugs(transaction, caller.organisation_id, except_team_id=number)
            slug = problems.free_slug(fields.slug_of(name), taken)
            team = records.Team(caller.organisation_id, number, name, slug, 1, now, now)
            await teams.create(transaction, team, self._act(caller, "CreateTeam", str(number)))
            return team

        return messages.team_message(await self._database.in_transaction(create))

    async def get_team(self, request: GetTeamRequest, caller: Caller) -> Team:
        fields.require(problems.of_id("id", request.id))
        return messages.team_message(_found_team(await teams.get(self._database, caller.organisation_id, request.id)))

    async def list_teams(self, request: ListTeamsRequest, caller: Caller) -> ListTeamsResponse:
        fields.require(fields.skip(request.skip))
        size = page_tokens.page_size(request.page_size)
        listed = ("teams", caller.organisation_id)
        after = int(page_tokens.decode(self._keyring, request.page_token, *listed)) if request.page_token else 0
        found, total = await teams.page(
            self._database,
            caller.organisation_id,
            after=after,
            skip=request.skip,
            size=size + 1,
            with_total=request.with_total_size,
        )
        more = len(found) > size
        return ListTeamsResponse(
            teams=map(messages.team_message, found[:size]),
            next_page_token=page_tokens.encode(self._keyring, str(found[size - 1].team_id), *listed) if more else "",
            total_size=total,
        )

    async def update_team(self, request: UpdateTeamRequest, caller: Caller) -> Team:
        name = request.team.name
        fields.require(problems.of_rename(request.id, request.update_mask))
        fields.require(problems.of_team_name(name))
        require_team(caller, request.id)
        async with self._database.transaction() as transaction:
            await organisations.lock(transaction, caller.organisation_id)
            taken = await teams.slugs(transaction, caller.organisation_id, except_team_id=request.id)
            team = await teams.rename(
                transaction,
                caller.organisation_id,
                request.id,
                name,
                problems.free_slug(fields.slug_of(name), taken),
                self._watch.now(),
                _revision(request.team.etag),
                self._act(caller, "UpdateTeam", str(request.id)),
            )
        if team is None:
            _found_team(await teams.get(self._database, caller.organisation_id, request.id))
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return messages.team_message(team)

    async def delete_team(self, request: DeleteTeamRequest, caller: Caller) -> DeleteTeamResponse:
        fields.require(problems.of_id("id", request.id))
        require_team(caller, request.id)
        act = self._act(caller, "DeleteTeam", str(request.id))
        organisation_id = caller.organisation_id
        if not await teams.delete(self._database, organisation_id, request.id, _revision(request.etag), act):
            _found_team(await teams.get(self._database, organisation_id, request.id))
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return DeleteTeamResponse()

    async def create_folder(self, request: CreateFolderRequest, caller: Caller) -> Folder:
        sent = request.folder
        fields.require(problems.of_folder(sent))
        require_team(caller, sent.team_id)
        now, parent = self._watch.now(), sent.parent_folder_id or None

        async def create(transaction: Transaction) -> records.Folder:
            number = await organisations.take_number(transaction, caller.organisation_id, "folder")
            content_type = sent.content_type or FOLDER_CONTENT_TYPE_CREDENTIAL
            folder = records.Folder(
                caller.organisation_id, number, sent.team_id, parent, sent.name, 1, now, now, content_type, 0
            )
            await folders.create(transaction, folder, self._act(caller, "CreateFolder", str(number)))
            return folder

        return messages.folder_message(await self._database.in_transaction(create))

    async def get_folder(self, request: GetFolderRequest, caller: Caller) -> Folder:
        fields.require(problems.of_id("id", request.id))
        return messages.folder_message(await self._folder(caller, request.id))

    async def list_folders(self, request: ListFoldersRequest, caller: Caller) -> ListFoldersResponse:
        fields.require(problems.of_list_folders(request))
        size = page_tokens.page_size(request.page_size)
        listed = ("folders", caller.organisation_id, request.team_id, request.content_type)
        after = int(page_tokens.decode(self._keyring, request.page_token, *listed)) if request.page_token else 0
        found, total = await folders.page(
            self._database,
            caller.organisation_id,
            request.team_id,
            request.content_type,
            after=after,
            skip=request.skip,
            size=size + 1,
            with_total=request.with_total_size,
        )
        more = len(found) > size
        return ListFoldersResponse(
            folders=map(messages.folder_message, found[:size]),
            next_page_token=page_tokens.encode(self._keyring, str(found[size - 1].folder_id), *listed) if more else "",
            total_size=total,
        )

    async def update_folder(self, request: UpdateFolderRequest, caller: Caller) -> Folder:
        name = request.folder.name
        fields.require(problems.of_rename(request.id, request.update_mask))
        fields.require(fields.text("folder.name", name, fields.LONGEST_NAME, shortest=1))
        require_team(caller, (await self._folder(caller, request.id)).team_id)
        folder = await folders.rename(
            self._database,
            caller.organisation_id,
            request.id,
            name,
            self._watch.now(),
            _revision(request.folder.etag),
            self._act(caller, "UpdateFolder", str(request.id)),
        )
        if folder is None:
            await self._folder(caller, request.id)
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return messages.folder_message(folder)

    async def delete_folder(self, request: DeleteFolderRequest, caller: Caller) -> DeleteFolderResponse:
        fields.require(problems.of_id("id", request.id))
        require_team(caller, (await self._folder(caller, request.id)).team_id)
        act = self._act(caller, "DeleteFolder", str(request.id))
        if not await folders.delete(self._database, caller.organisation_id, request.id, _revision(request.etag), act):
            await self._folder(caller, request.id)
            raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)
        return DeleteFolderResponse()

    async def create_api_key(self, request: CreateApiKeyRequest, caller: Caller) -> ApiKey:
        sent = request.api_key
        now = self._watch.now()
        expire_time = fields.time("api_key.expire_time", sent.expire_time) if sent.HasField("expire_time") else None
        fields.require(problems.of_api_key(sent, expire_time, now))
        whole_key = api_keys.generate()
        key = new_api_key(
            self._keyring,
            whole_key,
            caller.organisation_id,
            now,
            tuple(dict.fromkeys(sent.roles)),
            display_name=sent.display_name,
            team_ids=tuple(dict.fromkeys(sent.team_ids)),
            expire_time=expire_time,
            jwt_public_key=sent.jwt_public_key,
            grantable_roles=tuple(dict.fromkeys(sent.grantable_roles)),
            jwt_audience=sent.jwt_audience,
            max_token_age_seconds=sent.max_token_age.seconds,
        )
        grants.require_grant(caller, key)
        await self._require_teams(caller, sent.team_ids)
        await keys.create_api_key(self._database, key, self._act(caller, "CreateApiKey", key.id))
        return messages.api_key_message(key, "" if sent.jwt_public_key else whole_key)

    async def get_api_key(self, request: GetApiKeyRequest, caller: Caller) -> ApiKey:
        return messages.api_key_message(await self._api_key(caller, request.id))

    async def list_api_keys(self, request: ListApiKeysRequest, caller: Caller) -> ListApiKeysResponse:
        size = page_tokens.page_size(request.page_size)
        listed = ("api keys", caller.organisation_id, caller.team_ids)
        after = page_tokens.decode(self._keyring, request.page_token, *listed) if request.page_token else ""
        found, place = await keys.api_key_page(
            self._database, caller.organisation_id, caller.team_ids, after=after, size=size + 1
        )
        if len(found) > size:
            place = found[size - 1].id
        return ListApiKeysResponse(
            api_keys=map(messages.api_key_message, found[:size]),
            next_page_token=page_tokens.encode(self._keyring, place, *listed) if place else "",
        )

    async def update_api_key(self, request: UpdateApiKeyRequest, caller: Caller) -> ApiKey:
        fields.require(problems.of_api_key_update(request.update_mask))
        key = await self._api_key(caller, request.id)
        _require_etag(request.api_key.etag, key)
        if key.revoke_time is not None:
            raise ServiceError(reasons.ERROR_REASON_API_KEY_REVOKED)
        await self._keyring.verify(key)
        merged = messages.api_key_message(key)
        for name in request.update_mask.paths:
            field_masks.copy_field(request.api_key, merged, name)
        expire_time = fields.time("api_key.expire_time", merged.expire_time) if merged.HasField("expire_time") else None
        new_expire_time = expire_time if "expire_time" in request.update_mask.paths else None
        if "grantable_roles" not in request.update_mask.paths:
            merged.grantable_roles[:] = grants.grants_left(merged.grantable_roles, merged.roles)  # type: ignore[assignment] # numbers
        fields.require(problems.of_api_key(merged, new_expire_time, self._watch.now()))
        changed = self._keyring.sign(
            structs.replace(
                key,
                display_name=merged.display_name,
                roles=tuple(dict.fromkeys(merged.roles)),
                team_ids=tuple(dict.fromkeys(merged.team_ids)),
                expire_time=expire_time,
                grantable_roles=tuple(dict.fromkeys(merged.grantable_roles)),
                jwt_audience=merged.jwt_audience,
                max_token_age_seconds=merged.max_token_age.seconds,
                revision=key.revision + 1,
            )
        )
        grants.require_change(caller, key, changed)
        await self._require_teams(caller, merged.team_ids)
        await self._replace_api_key(key, changed, self._act(caller, "UpdateApiKey", key.id))
        return messages.api_key_message(changed)

    async def revoke_api_key(self, request: RevokeApiKeyRequest, caller: Caller) -> ApiKey:
        key = await self._api_key(caller, request.id)
        _require_etag(request.etag, key)
        if key.revoke_time is not None:
            return messages.api_key_message(key)
        await self._keyring.verify(key)
        grants.require_revocation(caller, key)
        revoked = self._keyring.sign(structs.replace(key, revoke_time=self._watch.now(), revision=key.revision + 1))
        await self._replace_api_key(key, revoked, self._act(caller, "RevokeApiKey", key.id))
        return messages.api_key_message(revoked)

    async def _replace_api_key(self, before: records.ApiKey, after: records.ApiKey, act: records.Act) -> None:
        disarmed_at = grants.disarmed_at(before, after, self._watch.now())
        try:
            if disarmed_at is None:
                replaced = await keys.replace_api_key(self._database, after, before.revision, act)
            else:
                replaced = await keys.replace_admin_key(
                    self._database,
                    after,
                    before.revision,
                    act,
                    after=disarmed_at,
                    role=ROLE_ADMIN,
                    makes_admins=grants.makes_admins(before),
                )
        finally:
            # Other nodes are notified. This one forgets the key before it answers, also when the commit's answer was lost.
            self._forget_api_key(after.id)
        if not replaced:
            raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)

    async def _organisation(self, caller: Caller) -> records.Organisation:
        found = await organisations.get(self._database, caller.organisation_id)
        assert found is not None  # a key's organisation is never deleted
        return found

    async def _folder(self, caller: Caller, folder_id: int) -> records.Folder:
        folder = await folders.get(self._database, caller.organisation_id, folder_id)
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

    async def _require_teams(self, caller: Caller, team_ids: Sequence[int]) -> None:
        if not team_ids:
            return
        found = await teams.existing_ids(self._database, caller.organisation_id, team_ids)
        unknown = tuple(
            FieldViolation(f"api_key.team_ids[{index}]", "must be a team of the organisation")
            for index, team_id in enumerate(team_ids)
            if team_id not in found
        )
        if unknown:
            raise ServiceError(reasons.ERROR_REASON_TEAM_UNKNOWN, unknown)

    def _act(self, caller: Caller, action: str, subject: str) -> records.Act:
        return self._recorder.act(self._recorder.event(caller, action, subject=subject), caller.request)


async def add_organisation(
    transaction: Transaction,
    keyring: Keyring,
    recorder: Recorder,
    organisation: records.Organisation,
    whole_key: str,
    roles: tuple[Role.ValueType, ...],
    caller: Caller,
) -> records.ApiKey:
    """Store an organisation with its first teams and its first API key, which may grant every role, as an act of the caller."""
    organisation_id = organisation.organisation_id
    key = new_api_key(
        keyring,
        whole_key,
        organisation_id,
        organisation.create_time,
        roles,
        grantable_roles=grants.every_grant(roles),
    )
    created = recorder.event(
        caller, "CreateOrganisation", organisation_id=OPERATORS_ORGANISATION, subject=organisation_id
    )
    await organisations.create(transaction, organisation, FIRST_TEAMS, recorder.act(created, caller.request))
    granted = recorder.event(caller, "CreateApiKey", organisation_id=organisation_id, subject=key.id)
    await keys.create_api_key(transaction, key, records.Act(granted))
    return key


def new_api_key(
    keyring: Keyring,
    whole_key: str,
    organisation_id: str,
    create_time: datetime,
    roles: Sequence[int],
    *,
    display_name: str = "",
    team_ids: tuple[int, ...] = (),
    expire_time: datetime | None = None,
    jwt_public_key: str = "",
    grantable_roles: tuple[int, ...] = (),
    jwt_audience: str = "",
    max_token_age_seconds: int = 0,
) -> records.ApiKey:
    """A row with the id and the secret of this key, signed and not stored."""
    key_id, secret_sha256 = api_keys.split(whole_key)
    return keyring.sign(
        records.ApiKey(
            id=key_id,
            organisation_id=organisation_id,
            display_name=display_name,
            # A key for tokens has no secret, so that nothing is its hash.
            secret_sha256=b"" if jwt_public_key else secret_sha256,
            roles=roles,
            team_ids=team_ids,
            expire_time=expire_time,
            create_time=create_time,
            revoke_time=None,
            jwt_public_key=jwt_public_key,
            revision=1,
            grantable_roles=grantable_roles,
            jwt_audience=jwt_audience,
            max_token_age_seconds=max_token_age_seconds,
            signature_format=0,
            signer_id="",
            signature=b"",
        )
    )


def _require_etag(etag: str, key: records.ApiKey) -> None:
    if etag and etag != str(key.revision):
        raise ServiceError(reasons.ERROR_REASON_ETAG_MISMATCH)


def _revision(etag: str) -> int | None:
    if not etag:
        return None
    # What is no revision matches none.
    return int(etag) if etag.isascii() and etag.isdigit() and len(etag) < 19 else -1


def _found_team(team: records.Team | None) -> records.Team:
    if team is None:
        raise ServiceError(reasons.ERROR_REASON_TEAM_NOT_FOUND)
    return team
