"""Which resources of an organisation a key sees, and which rights it gives. tests/access has the matrix of methods and roles."""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import Metadata, bearer, change_key, key_of, listed, make_key, other_organisation, refused
from samples import created, named

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS, Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    ApiKey,
    CreateApiKeyRequest,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    GetApiKeyRequest,
    GetFolderRequest,
    GetTeamRequest,
    ListApiKeysRequest,
    ListFoldersRequest,
    ListOrganisationsRequest,
    ListTeamsRequest,
    Organisation,
    RevokeApiKeyRequest,
    Role,
    Team,
    UpdateFolderRequest,
    UpdateTeamRequest,
)

if TYPE_CHECKING:
    from conftest import Deployment

ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
ALL = (ROLE_WRITER, ROLE_READER, ROLE_USER)


async def seen(deployment: Deployment, metadata: Metadata) -> set[str]:
    page = await deployment.credentials.ListCredentials(ListCredentialsRequest(page_size=500), metadata=metadata)
    return {credential.id for credential in page.credentials}


async def test_a_key_limited_to_teams_sees_what_they_own_or_share(deployment: Deployment) -> None:
    metadata = await key_of(deployment, *ALL, team_ids=(1,))
    own = await created(deployment, named(team_id=1))
    foreign = await created(deployment, named(team_id=2))
    everyone = await created(deployment, named(team_id=2, read_access=READ_ACCESS_GLOBAL))
    given = await created(
        deployment, named(team_id=2, read_access=READ_ACCESS_SPECIFIC_TEAMS, shared_team_slugs=["team_1"])
    )
    nobody = await created(deployment)
    global_of_nobody = await created(deployment, named(read_access=READ_ACCESS_GLOBAL))
    visible = {own.id, everyone.id, given.id, global_of_nobody.id}
    hidden = {foreign.id, nobody.id}
    call: Any
    listed = await seen(deployment, metadata)
    assert visible <= listed
    assert not hidden & listed
    for credential_id in visible:
        await deployment.credentials.GetCredential(GetCredentialRequest(id=credential_id), metadata=metadata)
        await deployment.credentials.AccessCredential(AccessCredentialRequest(id=credential_id), metadata=metadata)
    for credential_id in hidden:
        for call in (
            deployment.credentials.GetCredential(GetCredentialRequest(id=credential_id), metadata=metadata),
            deployment.credentials.AccessCredential(AccessCredentialRequest(id=credential_id), metadata=metadata),
            deployment.credentials.DeleteCredential(DeleteCredentialRequest(id=credential_id), metadata=metadata),
        ):
            assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    for credential_id in visible - {own.id}:
        for call in (
            deployment.credentials.UpdateCredential(
                UpdateCredentialRequest(
                    id=credential_id, credential=Credential(name="x"), update_mask=FieldMask(paths=["name"])
                ),
                metadata=metadata,
            ),
            deployment.credentials.DeleteCredential(DeleteCredentialRequest(id=credential_id), metadata=metadata),
        ):
            assert (await refused(call)).reason == "TEAM_NOT_ALLOWED"
    move = UpdateCredentialRequest(
        id=own.id, credential=Credential(team_id=2), update_mask=FieldMask(paths=["team_id"])
    )
    assert (
        await refused(deployment.credentials.UpdateCredential(move, metadata=metadata))
    ).reason == "TEAM_NOT_ALLOWED"
    for credential in (named(team_id=2), named()):
        call = deployment.credentials.CreateCredential(
            CreateCredentialRequest(credential=credential), metadata=metadata
        )
        assert (await refused(call)).reason == "TEAM_NOT_ALLOWED"
    await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=named(team_id=1)), metadata=metadata
    )


async def test_an_operator_creates_organisations_and_reads_no_credential(deployment: Deployment) -> None:
    metadata = await key_of(deployment, ROLE_OPERATOR)
    name = f"new-{uuid.uuid4()}"
    stub = deployment.organisations
    made = await stub.CreateOrganisation(
        CreateOrganisationRequest(organisation=Organisation(id=name, display_name="d")), metadata=metadata
    )
    assert list(made.api_key.roles) == [ROLE_ADMIN]
    teams = await stub.ListTeams(ListTeamsRequest(), metadata=bearer(made.api_key.key))
    assert [(team.id, team.slug) for team in teams.teams] == [(1, "team_1"), (2, "team_2")]
    again = CreateOrganisationRequest(organisation=Organisation(id=name))
    assert (await refused(stub.CreateOrganisation(again, metadata=metadata))).reason == "ORGANISATION_EXISTS"
    for bad in ("strongroom", "", "-x", "a" * 65, "ä", "a/b"):
        request = CreateOrganisationRequest(organisation=Organisation(id=bad))
        assert "organisation.id" in (await refused(stub.CreateOrganisation(request, metadata=metadata))).fields
    ids = []
    token = ""
    while True:
        page = await stub.ListOrganisations(ListOrganisationsRequest(page_size=1, page_token=token), metadata=metadata)
        ids += [organisation.id for organisation in page.organisations]
        token = page.next_page_token
        if not token:
            break
    assert {"default", name} <= set(ids)
    assert ids == sorted(set(ids))
    async with deployment.sql() as connection:
        events = await connection.fetch(
            "select subject from audit_events where organisation_id = 'strongroom' and subject = $1", name
        )
    assert len(events) == 1


async def test_a_key_grants_only_its_grantable_roles(deployment: Deployment) -> None:
    granted = [ROLE_USER, ROLE_READER]
    admin = await key_of(deployment, ROLE_ADMIN, grantable_roles=granted)
    of_team = await key_of(deployment, ROLE_ADMIN, team_ids=(1,), grantable_roles=granted)
    stub = deployment.organisations

    def grant(metadata: Metadata, **fields: Any) -> Any:
        return stub.CreateApiKey(CreateApiKeyRequest(api_key=ApiKey(**fields)), metadata=metadata)

    assert (await refused(grant(admin, roles=[ROLE_OPERATOR]))).reason == "GRANT_NOT_ALLOWED"
    assert (await refused(grant(of_team, roles=[ROLE_USER]))).reason == "GRANT_NOT_ALLOWED"
    assert (await refused(grant(of_team, roles=[ROLE_USER], team_ids=[1, 2]))).reason == "GRANT_NOT_ALLOWED"
    assert (await refused(grant(admin, roles=[]))).fields == {"api_key.roles": "is required: at least one role"}
    assert (await refused(grant(admin, roles=[ROLE_USER], team_ids=[9]))).reason == "TEAM_UNKNOWN"
    assert "api_key.expire_time" in (await refused(grant(admin, roles=[ROLE_USER], expire_time={"seconds": 1}))).fields
    key = await grant(of_team, roles=[ROLE_USER], team_ids=[1], display_name="d")
    assert key.key.startswith(f"sr_{key.id}_")
    shown = await stub.GetApiKey(GetApiKeyRequest(id=key.id), metadata=of_team)
    assert (shown.key, shown.display_name) == ("", "d")
    beyond = await grant(admin, roles=[ROLE_USER])
    call = stub.GetApiKey(GetApiKeyRequest(id=beyond.id), metadata=of_team)
    assert (await refused(call)).reason == "API_KEY_NOT_FOUND"
    listed = await stub.ListApiKeys(ListApiKeysRequest(page_size=500), metadata=of_team)
    assert key.id in {entry.id for entry in listed.api_keys}
    assert beyond.id not in {entry.id for entry in listed.api_keys}


async def test_a_revoked_key_is_refused_and_revoking_it_again_changes_nothing(deployment: Deployment) -> None:
    key = await deployment.organisations.CreateApiKey(
        CreateApiKeyRequest(api_key=ApiKey(roles=[ROLE_READER])), metadata=deployment.metadata
    )
    await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=bearer(key.key))
    revoked = await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)
    await deployment.hear()
    refusal = await refused(deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=bearer(key.key)))
    assert refusal.reason == "API_KEY_INVALID"
    again = await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)
    assert again.revoke_time == revoked.revoke_time


async def test_teams_are_created_renamed_and_deleted(deployment: Deployment) -> None:
    stub, metadata = deployment.organisations, deployment.metadata
    team = await stub.CreateTeam(CreateTeamRequest(team=Team(name="Red Team")), metadata=metadata)
    assert team.slug == "red_team"
    assert await stub.GetTeam(GetTeamRequest(id=team.id), metadata=metadata) == team
    rename = UpdateTeamRequest(
        id=team.id, team=Team(name="Blue", etag=team.etag), update_mask=FieldMask(paths=["name"])
    )
    assert (await stub.UpdateTeam(rename, metadata=metadata)).slug == "blue"
    assert (await refused(stub.UpdateTeam(rename, metadata=metadata))).reason == "ETAG_MISMATCH"
    owned = await created(deployment, named(team_id=team.id))
    assert (await refused(stub.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata))).reason == "TEAM_NOT_EMPTY"
    await deployment.credentials.DeleteCredential(DeleteCredentialRequest(id=owned.id), metadata=metadata)
    await stub.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata)
    for call in (
        stub.GetTeam(GetTeamRequest(id=team.id), metadata=metadata),
        stub.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata),
        stub.UpdateTeam(rename, metadata=metadata),
    ):
        assert (await refused(call)).reason == "TEAM_NOT_FOUND"


async def test_folders_are_created_renamed_and_deleted(deployment: Deployment) -> None:
    stub, metadata = deployment.organisations, deployment.metadata
    folder = await stub.CreateFolder(CreateFolderRequest(folder=Folder(name="a", team_id=1)), metadata=metadata)
    inner = await stub.CreateFolder(
        CreateFolderRequest(folder=Folder(name="b", team_id=1, parent_folder_id=folder.id)), metadata=metadata
    )
    assert await stub.GetFolder(GetFolderRequest(id=inner.id), metadata=metadata) == inner
    listed = await stub.ListFolders(ListFoldersRequest(team_id=1), metadata=metadata)
    assert {folder.id, inner.id} <= {entry.id for entry in listed.folders}
    elsewhere = CreateFolderRequest(folder=Folder(name="c", team_id=2, parent_folder_id=folder.id))
    assert (await refused(stub.CreateFolder(elsewhere, metadata=metadata))).reason == "FOLDER_UNKNOWN"
    nowhere = CreateFolderRequest(folder=Folder(name="c", team_id=99))
    assert (await refused(stub.CreateFolder(nowhere, metadata=metadata))).reason == "TEAM_UNKNOWN"
    inside = await created(deployment, named(team_id=1, folder_id=inner.id))
    assert inside.folder_id == inner.id
    assert (await refused(created(deployment, named(team_id=2, folder_id=inner.id)))).reason == "FOLDER_UNKNOWN"
    for full in (folder.id, inner.id):
        call = stub.DeleteFolder(DeleteFolderRequest(id=full), metadata=metadata)
        assert (await refused(call)).reason == "FOLDER_NOT_EMPTY"
    rename = UpdateFolderRequest(id=inner.id, folder=Folder(name="z"), update_mask=FieldMask(paths=["name"]))
    assert (await stub.UpdateFolder(rename, metadata=metadata)).name == "z"
    await deployment.credentials.DeleteCredential(DeleteCredentialRequest(id=inside.id), metadata=metadata)
    await stub.DeleteFolder(DeleteFolderRequest(id=inner.id), metadata=metadata)
    gone = stub.GetFolder(GetFolderRequest(id=inner.id), metadata=metadata)
    assert (await refused(gone)).reason == "FOLDER_NOT_FOUND"


def id_of(by: Metadata) -> str:
    return by[0][1].split("_")[1]


async def test_a_change_of_a_keys_roles_takes_effect_at_once(deployment: Deployment) -> None:
    credential = await created(deployment, named(team_id=2))
    key = await make_key(deployment, ROLE_READER)
    by = bearer(key.key)
    get = GetCredentialRequest(id=credential.id)
    await deployment.credentials.GetCredential(get, metadata=by)
    steps: list[tuple[dict[str, Any], str]] = [
        ({"roles": [ROLE_USER]}, "ROLE_MISSING"),
        ({"roles": [ROLE_WRITER], "team_ids": [1]}, "CREDENTIAL_NOT_FOUND"),
        ({"team_ids": [1, 2]}, ""),
        ({"team_ids": []}, ""),
        ({"roles": [ROLE_ADMIN]}, "ROLE_MISSING"),
        ({"roles": [ROLE_READER, ROLE_READER]}, ""),
    ]
    for fields, reason in steps:
        changed = await change_key(deployment, key.id, *fields, **fields)
        assert changed == await deployment.organisations.GetApiKey(
            GetApiKeyRequest(id=key.id), metadata=deployment.metadata
        )
        assert list(changed.roles) == list(dict.fromkeys(fields.get("roles", changed.roles)))
        assert changed.key == ""
        # The node has the old key in its cache.
        await deployment.hear()
        if reason:
            assert (await refused(deployment.credentials.GetCredential(get, metadata=by))).reason == reason
        else:
            await deployment.credentials.GetCredential(get, metadata=by)


async def test_the_expire_time_of_a_key_can_be_set_and_removed(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER)
    end = deployment.service.watch.now() + timedelta(days=1)
    changed = await change_key(deployment, key.id, "expire_time", expire_time=end)
    assert changed.expire_time.ToDatetime(UTC) == end
    async with deployment.sql() as sql:
        assert await sql.fetchval("select expire_time from api_keys where id = $1", key.id) == end
    await deployment.hear()
    await listed(deployment, by=bearer(key.key))
    refusal = await refused(change_key(deployment, key.id, "expire_time", expire_time={"seconds": 1}))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["api_key.expire_time"])
    assert not (await change_key(deployment, key.id, "expire_time")).HasField("expire_time")
    await deployment.hear()
    await listed(deployment, by=bearer(key.key))


async def test_fields_that_the_mask_does_not_name_are_kept(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER, display_name="d", team_ids=[1])
    after = await change_key(deployment, key.id, "display_name", display_name="e", roles=[ROLE_ADMIN], team_ids=[2])
    assert (after.display_name, list(after.roles), list(after.team_ids)) == ("e", [ROLE_READER], [1])
    assert after.etag != key.etag
    async with deployment.sql() as sql:
        told = await sql.fetch("select action from audit_events where subject = $1 order by event_time", key.id)
    assert [row[0] for row in told] == ["CreateApiKey", "UpdateApiKey"]


@pytest.mark.parametrize(
    ("paths", "fields", "field"),
    [
        ((), {"display_name": "n"}, "update_mask"),
        (("key",), {"key": "sr_a_b"}, "update_mask"),
        (("jwt_public_key",), {}, "update_mask"),
        (("revoke_time",), {}, "update_mask"),
        (("id", "roles"), {"roles": [ROLE_USER]}, "update_mask"),
        (("roles",), {}, "api_key.roles"),
        (("roles",), {"roles": [99]}, "api_key.roles[0]"),
        (("display_name",), {"display_name": "a" * 256}, "api_key.display_name"),
        (("team_ids",), {"team_ids": list(range(1, 102))}, "api_key.team_ids"),
    ],
)
async def test_a_change_of_a_key_that_breaks_a_rule_names_the_field(
    deployment: Deployment, paths: tuple[str, ...], fields: dict[str, Any], field: str
) -> None:
    key = await make_key(deployment, ROLE_READER)
    refusal = await refused(change_key(deployment, key.id, *paths, **fields))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", [field])
    assert await deployment.organisations.GetApiKey(
        GetApiKeyRequest(id=key.id), metadata=deployment.metadata
    ) == with_no_key(key)


def with_no_key(key: ApiKey) -> ApiKey:
    shown = ApiKey()
    shown.CopyFrom(key)
    shown.ClearField("key")
    return shown


async def test_a_key_cannot_be_given_unknown_teams(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER)
    refusal = await refused(change_key(deployment, key.id, "team_ids", team_ids=[1, 99]))
    assert (refusal.reason, list(refusal.fields)) == ("TEAM_UNKNOWN", ["api_key.team_ids[1]"])


async def test_a_change_and_a_revocation_of_a_key_with_an_old_etag_are_refused(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER)
    after = await change_key(deployment, key.id, "display_name", display_name="n", etag=key.etag)
    for etag in (key.etag, "never"):
        refusal = await refused(change_key(deployment, key.id, "display_name", display_name="m", etag=etag))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
        revocation = deployment.organisations.RevokeApiKey(
            RevokeApiKeyRequest(id=key.id, etag=etag), metadata=deployment.metadata
        )
        assert (await refused(revocation)).reason == "ETAG_MISMATCH"
    revoked = await deployment.organisations.RevokeApiKey(
        RevokeApiKeyRequest(id=key.id, etag=after.etag), metadata=deployment.metadata
    )
    assert revoked.HasField("revoke_time")
    assert revoked.etag != after.etag


async def test_a_revoked_key_cannot_be_changed(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER)
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata)
    refusal = await refused(change_key(deployment, key.id, "display_name", display_name="n"))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "API_KEY_REVOKED")


async def test_a_key_changes_only_keys_that_it_could_have_granted_before_and_after(deployment: Deployment) -> None:
    granted = [ROLE_USER, ROLE_READER]
    admin = await key_of(deployment, ROLE_ADMIN, grantable_roles=granted)
    of_team = await key_of(deployment, ROLE_ADMIN, team_ids=(1,), grantable_roles=granted)
    operator = await make_key(deployment, ROLE_OPERATOR)
    of_both, of_all = await make_key(deployment, ROLE_USER, team_ids=[1, 2]), await make_key(deployment, ROLE_USER)
    own = await make_key(deployment, ROLE_USER, team_ids=[1])
    denied: list[tuple[Metadata, str, dict[str, Any]]] = [
        # Roles that it does not have, for itself or another key.
        (admin, id_of(admin), {"roles": [ROLE_ADMIN, ROLE_OPERATOR]}),
        (admin, own.id, {"roles": [ROLE_OPERATOR]}),
        (of_team, id_of(of_team), {"team_ids": []}),
        (of_team, id_of(of_team), {"team_ids": [1, 2]}),
        (of_team, own.id, {"team_ids": [2]}),
        # A key that it could not have granted, even to remove roles.
        (admin, operator.id, {"roles": [ROLE_USER]}),
        (admin, operator.id, {"display_name": "n"}),
    ]
    for by, key_id, fields in denied:
        refusal = await refused(change_key(deployment, key_id, *fields, by=by, **fields))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "GRANT_NOT_ALLOWED")
    _, elsewhere = await other_organisation(deployment)
    for by, key in ((of_team, of_both), (of_team, of_all), (elsewhere, own), (admin, ApiKey(id="never"))):
        refusal = await refused(change_key(deployment, key.id, "roles", by=by, roles=[ROLE_READER]))
        assert refusal.reason == "API_KEY_NOT_FOUND"
    assert (await change_key(deployment, own.id, "roles", by=of_team, roles=[ROLE_READER])).roles == [ROLE_READER]
    by_operator = await key_of(deployment, ROLE_ADMIN, ROLE_OPERATOR, grantable_roles=ROLES)
    assert (await change_key(deployment, own.id, "roles", by=by_operator, roles=[ROLE_OPERATOR])).roles == [
        ROLE_OPERATOR
    ]
    assert (await change_key(deployment, operator.id, "roles", by=by_operator, roles=[ROLE_USER])).roles == [ROLE_USER]


async def test_a_key_that_was_changed_in_the_database_is_not_signed_again(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_READER)
    async with deployment.sql() as sql:
        await sql.execute("update api_keys set roles = '{1,2,3,4,5}' where id = $1", key.id)
    for call in (
        change_key(deployment, key.id, "display_name", display_name="n"),
        deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key.id), metadata=deployment.metadata),
    ):
        refusal = await refused(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
