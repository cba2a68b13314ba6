"""Tests that deleted credentials are hidden, can be undeleted within the organisation's window, and are removed after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from gateway.apis import VendorApi, slashid, tines, versori
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import accessed, deleted, got, key_of, listed, other_organisation, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    READ_ACCESS_GLOBAL,
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    Credential,
    Surface,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DestroyCredentialVersionRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
    ListCredentialsResponse,
    ListCredentialVersionsRequest,
    PurgeCredentialsRequest,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    CreateFolderRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    Organisation,
    Team,
    UpdateOrganisationRequest,
)
from strongroom_server.jobs import sweeper

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment
    from rpc.calls import Metadata

SAMPLE = samples()["basic_auth"]


def undelete(deployment: Deployment, credential_id: str, by: Metadata = (), **request: Any) -> Awaitable[Credential]:
    return deployment.credentials.UndeleteCredential(
        UndeleteCredentialRequest(id=credential_id, **request), metadata=by or deployment.metadata
    )


async def gone(deployment: Deployment, **fields: Any) -> Credential:
    """A credential that was deleted."""
    credential = await created(deployment, named(**fields))
    await deleted(deployment, credential.id)
    return credential


async def set_window(deployment: Deployment, seconds: int, by: Metadata = ()) -> None:
    request = UpdateOrganisationRequest(
        organisation=Organisation(undelete_window=Duration(seconds=seconds)),
        update_mask=FieldMask(paths=["undelete_window"]),
    )
    await deployment.organisations.UpdateOrganisation(request, metadata=by or deployment.metadata)


async def go_on(deployment: Deployment, interval: str) -> None:
    """Set the deployment's clock forward by this time."""
    async with deployment.sql() as sql:
        await sql.execute(
            "create or replace function strongroom_now() returns timestamptz language sql stable as"
            f" $$select statement_timestamp() + interval '{interval}'$$"
        )
    await deployment.hear()


async def rows(deployment: Deployment, *credential_ids: str) -> tuple[int, int]:
    """The number of rows and boxes of these credentials."""
    async with deployment.sql() as sql:
        return (
            await sql.fetchval("select count(*) from credentials where id = any($1::uuid[])", list(credential_ids)),
            await sql.fetchval(
                "select count(*) from boxes where credential_id = any($1::uuid[])", list(credential_ids)
            ),
        )


async def actions(deployment: Deployment, credential_id: str) -> list[str]:
    async with deployment.sql() as sql:
        found = await sql.fetch(
            "select action from audit_events where credential_id = $1 order by event_time", credential_id
        )
    return [row[0] for row in found]


async def deleted_page(deployment: Deployment, by: Metadata = (), **request: Any) -> ListCredentialsResponse:
    return await deployment.credentials.ListCredentials(
        ListCredentialsRequest(deleted=True, **request), metadata=by or deployment.metadata
    )


def calls_on(deployment: Deployment, credential_id: str) -> list[Awaitable[object]]:
    stub, metadata = deployment.credentials, deployment.metadata
    mask = FieldMask(paths=["name"])
    return [
        stub.GetCredential(GetCredentialRequest(id=credential_id), metadata=metadata),
        stub.GetCredential(GetCredentialRequest(id=credential_id, view=CREDENTIAL_VIEW_FULL), metadata=metadata),
        stub.AccessCredential(AccessCredentialRequest(id=credential_id, allow_invalid=True), metadata=metadata),
        stub.UpdateCredential(
            UpdateCredentialRequest(id=credential_id, credential=Credential(name="x"), update_mask=mask),
            metadata=metadata,
        ),
        stub.DeleteCredential(DeleteCredentialRequest(id=credential_id), metadata=metadata),
        stub.ListCredentialVersions(ListCredentialVersionsRequest(id=credential_id), metadata=metadata),
        stub.RestoreCredentialVersion(RestoreCredentialVersionRequest(id=credential_id, version=1), metadata=metadata),
        stub.DestroyCredentialVersion(DestroyCredentialVersionRequest(id=credential_id, version=1), metadata=metadata),
    ]


async def test_a_deleted_credential_is_hidden_from_every_method(deployment: Deployment) -> None:
    credential = await gone(deployment)
    for id_text in (credential.id, str(credential.number)):
        for call in calls_on(deployment, id_text):
            refusal = await refused(call)
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")
    for view in (0, CREDENTIAL_VIEW_FULL):
        assert credential.id not in await listed(deployment, name_prefix=credential.name, view=view)
    test = CreateCredentialRequest(credential=named(live_credential_id=credential.id))
    refusal = await refused(deployment.credentials.CreateCredential(test, metadata=deployment.metadata))
    assert refusal.reason == "LIVE_CREDENTIAL_UNKNOWN"


APIS: dict[Any, tuple[Any, str, dict[str, Any]]] = {
    SURFACE_VERSORI: (versori, "basic_auth", {}),
    SURFACE_SLASHID: (slashid, "basic_auth", {"provider": 1}),
    SURFACE_TINES: (tines, "text", {"team_id": 1}),
}


@pytest.mark.parametrize("surface", APIS)
async def test_a_deleted_credential_is_hidden_at_its_vendors_endpoints_until_it_is_undeleted(
    deployment: Deployment, surface: Surface.ValueType
) -> None:
    open_api, variant, fields = APIS[surface]
    api: VendorApi = open_api(deployment)
    credential = await created(deployment, named(variant=variant, surface=surface, **fields))
    below = f"/{credential.number}" if surface == SURFACE_TINES else f"/{credential.id}"

    async def shown() -> tuple[int, bool]:
        single = await api.request("GET", below)
        whole = await api.request("GET", params={"per_page": "500"} if surface == SURFACE_TINES else {})
        assert whole.is_success
        return single.status_code, credential.name in whole.text

    before = await shown()
    assert before[1]
    await deleted(deployment, credential.id)
    hidden = await shown()
    assert not hidden[1]
    assert hidden[0] in {404, 405}
    await undelete(deployment, credential.id, surface=surface)
    assert await shown() == before


async def test_an_undeleted_credential_is_as_it_was(deployment: Deployment) -> None:
    credential = await created(
        deployment,
        named(data=SAMPLE, description="d", team_id=1, allowed_hosts=["a.example.com"], metadata_json='{"a": 1}'),
    )
    await updated(deployment, credential.id, "data", data=samples("two")["basic_auth"])
    before = await got(deployment, credential.id)
    await deleted(deployment, credential.id)

    after = await undelete(deployment, credential.id)

    assert not after.HasField("delete_time")
    assert after.etag not in (before.etag, credential.etag)
    assert after == await got(deployment, credential.id)
    for message in (before, after):
        message.ClearField("etag")
        message.ClearField("update_time")
    assert after == before
    # Opening a box verifies the row's signature first.
    for version, data in ((0, samples("two")["basic_auth"]), (1, SAMPLE)):
        assert (await accessed(deployment, credential.id, version=version, target_host="a.example.com")).data == data
    assert (await actions(deployment, credential.id))[-4:] == [
        "DeleteCredential",
        "UndeleteCredential",
        "AccessCredential",
        "AccessCredential",
    ]


async def test_a_credential_can_be_deleted_and_undeleted_repeatedly(deployment: Deployment) -> None:
    credential = await created(deployment)
    for _ in range(3):
        await deleted(deployment, credential.id)
        await undelete(deployment, str(credential.number))
    assert (await accessed(deployment, credential.id)).data == SAMPLE


async def test_a_test_credential_is_undeleted_with_the_live_credential_that_it_was_deleted_with(
    deployment: Deployment,
) -> None:
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id, data=samples("test")["basic_auth"]))
    await deleted(deployment, live.id)
    for call in calls_on(deployment, test.id):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    assert (await undelete(deployment, live.id)).test_credential.id == test.id
    assert (await accessed(deployment, test.id)).data == samples("test")["basic_auth"]
    assert (await actions(deployment, test.id))[:3] == ["CreateCredential", "DeleteCredential", "UndeleteCredential"]


async def test_a_test_credential_that_was_deleted_earlier_stays_deleted(deployment: Deployment) -> None:
    live = await created(deployment)
    before = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, before.id)
    with_it = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, live.id)
    assert (await undelete(deployment, live.id)).test_credential.id == with_it.id
    assert (await refused(got(deployment, before.id))).reason == "CREDENTIAL_NOT_FOUND"
    refusal = await refused(undelete(deployment, before.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "TEST_CREDENTIAL_EXISTS")
    await deleted(deployment, with_it.id)
    assert (await undelete(deployment, before.id)).live_credential_id == live.id
    assert (await got(deployment, live.id)).test_credential.id == before.id


async def test_a_test_credential_is_undeleted_alone_only_if_its_live_credential_exists(deployment: Deployment) -> None:
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, live.id)
    assert (await refused(undelete(deployment, test.id))).reason == "LIVE_CREDENTIAL_UNKNOWN"
    assert (await refused(got(deployment, test.id))).reason == "CREDENTIAL_NOT_FOUND"
    await undelete(deployment, live.id)
    assert (await got(deployment, test.id)).live_credential_id == live.id


async def test_a_credential_of_a_deleted_team_is_undeleted_in_another_team(deployment: Deployment) -> None:
    stub, metadata = deployment.organisations, deployment.metadata
    team = await stub.CreateTeam(CreateTeamRequest(team=Team(name=f"gone {named().name}")), metadata=metadata)
    folder = await stub.CreateFolder(CreateFolderRequest(folder=Folder(name="f", team_id=team.id)), metadata=metadata)
    credential = await created(deployment, named(team_id=team.id, folder_id=folder.id))
    test = await created(deployment, named(live_credential_id=credential.id))
    await deleted(deployment, credential.id)
    await stub.DeleteFolder(DeleteFolderRequest(id=folder.id), metadata=metadata)
    without_folder = await undelete(deployment, credential.id)
    assert (without_folder.team_id, without_folder.folder_id) == (team.id, 0)
    await deleted(deployment, credential.id)
    await stub.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata)
    for team_id in (0, team.id, 9999):
        refusal = await refused(undelete(deployment, credential.id, team_id=team_id))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "TEAM_UNKNOWN")
        assert list(refusal.fields) == ["team_id"]
    refusal = await refused(undelete(deployment, credential.id, team_id=-1))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["team_id"])
    after = await undelete(deployment, credential.id, team_id=2)
    assert (after.team_id, after.folder_id) == (2, 0)
    assert after.test_credential.id == test.id
    assert (await got(deployment, test.id)).team_id == 2
    assert (await accessed(deployment, credential.id)).data == SAMPLE


async def test_an_existing_credential_and_an_unknown_one_have_different_errors(deployment: Deployment) -> None:
    credential = await created(deployment)
    refusal = await refused(undelete(deployment, credential.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CREDENTIAL_NOT_DELETED")
    removed = await gone(deployment)
    async with deployment.sql() as sql:
        await sql.execute("delete from credentials where id = $1", removed.id)
    _, elsewhere = await other_organisation(deployment)
    other = await gone(deployment)
    for call in (
        undelete(deployment, removed.id),
        undelete(deployment, "999999999"),
        undelete(deployment, other.id, by=elsewhere),
        undelete(deployment, other.id, surface=SURFACE_TINES),
    ):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    await undelete(deployment, other.id, surface=SURFACE_NATIVE)


async def test_a_broken_row_is_not_undeleted(deployment: Deployment) -> None:
    credential = await gone(deployment)
    async with deployment.sql() as sql:
        await sql.execute("update credentials set allowed_hosts = '{*}' where id = $1", credential.id)
    refusal = await refused(undelete(deployment, credential.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


async def test_a_row_that_was_undeleted_by_hand_is_refused(deployment: Deployment) -> None:
    credential = await gone(deployment)
    async with deployment.sql() as sql:
        await sql.execute("update credentials set delete_time = null where id = $1", credential.id)
    assert (await refused(accessed(deployment, credential.id))).reason == "SEAL_BROKEN"


async def test_a_key_that_is_limited_to_teams_undeletes_only_credentials_of_its_teams(deployment: Deployment) -> None:
    of_team = await key_of(deployment, ROLE_READER, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    own = await gone(deployment, team_id=1)
    given = await gone(deployment, team_id=2, read_access=READ_ACCESS_GLOBAL)
    foreign = await gone(deployment, team_id=2)
    page = {credential.id for credential in (await deleted_page(deployment, by=of_team, page_size=500)).credentials}
    assert {own.id, given.id} <= page
    assert foreign.id not in page
    assert (await refused(undelete(deployment, given.id, by=of_team))).reason == "TEAM_NOT_ALLOWED"
    assert (await refused(undelete(deployment, foreign.id, by=of_team))).reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(undelete(deployment, own.id, by=of_team, team_id=2))).reason == "TEAM_NOT_ALLOWED"
    assert (await undelete(deployment, own.id, by=of_team, team_id=1)).team_id == 1


async def pair_in(
    deployment: Deployment, live_team: int, test_team: int, by: Metadata = ()
) -> tuple[Credential, Credential]:
    """A deleted live credential and its test credential, each in its own team."""
    live = await created(deployment, named(team_id=live_team))
    test = await created(deployment, named(live_credential_id=live.id, team_id=test_team))
    await deleted(deployment, live.id, by=by)
    return live, test


async def team_of(deployment: Deployment, name: str) -> int:
    request = CreateTeamRequest(team=Team(name=f"{name} {named().name}"))
    return (await deployment.organisations.CreateTeam(request, metadata=deployment.metadata)).id


async def delete_team(deployment: Deployment, team_id: int) -> None:
    await deployment.organisations.DeleteTeam(DeleteTeamRequest(id=team_id), metadata=deployment.metadata)


@pytest.mark.parametrize("team_id", [0, 1])
async def test_undelete_gives_a_key_that_is_limited_to_teams_no_test_credential_of_another_team(
    deployment: Deployment, team_id: int
) -> None:
    of_team = await key_of(deployment, ROLE_READER, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    live, test = await pair_in(deployment, 1, 2, by=of_team)

    refusal = await refused(undelete(deployment, live.id, by=of_team, team_id=team_id))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")
    assert (await refused(got(deployment, live.id))).reason == "CREDENTIAL_NOT_FOUND"
    # A key of both teams undeletes both, each in its own team.
    of_both = await key_of(deployment, ROLE_WRITER, team_ids=(1, 2))
    assert (await undelete(deployment, live.id, by=of_both, team_id=team_id)).team_id == 1
    assert (await got(deployment, test.id)).team_id == 2
    assert (await refused(accessed(deployment, test.id, by=of_team))).reason == "CREDENTIAL_NOT_FOUND"


async def test_undelete_does_not_move_a_credential_whose_team_exists(deployment: Deployment) -> None:
    credential = await gone(deployment, team_id=1)
    refusal = await refused(undelete(deployment, credential.id, team_id=2))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert refusal.fields == {"team_id": "must be unset while the team that owned the credential exists"}
    assert (await undelete(deployment, credential.id)).team_id == 1
    live = await created(deployment, named(team_id=1))
    test = await created(deployment, named(live_credential_id=live.id))
    await updated(deployment, test.id, "team_id")
    await deleted(deployment, live.id)
    assert (await refused(undelete(deployment, live.id, team_id=2))).reason == "FIELD_INVALID"
    assert (await undelete(deployment, live.id, team_id=1)).team_id == 1
    assert (await got(deployment, test.id)).team_id == 0


async def test_undelete_can_give_a_team_to_a_credential_without_one(deployment: Deployment) -> None:
    live, test = await pair_in(deployment, 0, 0)
    assert (await undelete(deployment, live.id, team_id=2)).team_id == 2
    assert (await got(deployment, test.id)).team_id == 2
    live, test = await pair_in(deployment, 0, 1)
    assert (await undelete(deployment, live.id, team_id=2)).team_id == 2
    assert (await got(deployment, test.id)).team_id == 1


async def test_undelete_moves_only_the_credential_whose_team_is_deleted(deployment: Deployment) -> None:
    team = await team_of(deployment, "of the live one")
    live, test = await pair_in(deployment, team, 2)
    await delete_team(deployment, team)
    assert (await undelete(deployment, live.id, team_id=1)).team_id == 1
    assert (await got(deployment, test.id)).team_id == 2

    team = await team_of(deployment, "of the test credential")
    live, test = await pair_in(deployment, 1, team)
    await delete_team(deployment, team)
    assert (await refused(undelete(deployment, live.id))).reason == "TEAM_UNKNOWN"
    of_team = await key_of(deployment, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    assert (await refused(undelete(deployment, live.id, by=of_team, team_id=1))).reason == "TEAM_NOT_ALLOWED"
    assert (await undelete(deployment, live.id, team_id=2)).team_id == 1
    assert (await got(deployment, test.id)).team_id == 2


async def test_deleted_credentials_are_listed_with_their_purge_time_in_pages_and_by_filters(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    names = [f"n{index}" for index in range(5)]
    made = [await gone(deployment, name=name, team_id=1 + index % 2) for index, name in enumerate(names)]
    live = await created(deployment, named(name="with test"))
    await created(deployment, named(name="test", live_credential_id=live.id))
    await deleted(deployment, live.id)
    there = await created(deployment, named(name="there"))
    await set_window(deployment, 7200)

    whole = await deleted_page(deployment, with_total_size=True)
    assert [credential.id for credential in whole.credentials] == [*(credential.id for credential in made), live.id]
    assert whole.total_size == 6
    for credential in whole.credentials:
        deleted_at = credential.delete_time.ToDatetime(UTC)
        assert credential.purge_time.ToDatetime(UTC) == deleted_at + timedelta(hours=2)
    assert there.id not in {credential.id for credential in whole.credentials}
    assert await listed(deployment) == [there.id]
    narrowed: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"team_id": 2}, ["n1", "n3"]),
        ({"name_prefix": "n"}, names),
        ({"order_by": "name desc", "page_size": 2}, ["with test", "n4"]),
        ({"surface": SURFACE_TINES}, []),
        ({"variant": "text"}, []),
        ({"skip": 4}, ["n4", "with test"]),
    )
    for filters, expected in narrowed:
        page = await deleted_page(deployment, **filters)
        assert [credential.name for credential in page.credentials] == expected
    seen, token = [], ""
    while True:
        page = await deleted_page(deployment, page_size=4, page_token=token)
        seen += [credential.name for credential in page.credentials]
        token = page.next_page_token
        if not token:
            break
    assert seen == [*names, "with test"]
    first = await deleted_page(deployment, page_size=4)
    other = ListCredentialsRequest(page_size=4, page_token=first.next_page_token)
    refusal = await refused(deployment.credentials.ListCredentials(other, metadata=deployment.metadata))
    assert refusal.reason == "PAGE_TOKEN_INVALID"
    refusal = await refused(deleted_page(deployment, view=CREDENTIAL_VIEW_FULL))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["view"])
    assert not (await got(deployment, there.id)).HasField("purge_time")


async def test_a_new_credential_does_not_affect_a_deleted_one(deployment: Deployment) -> None:
    credential = await gone(deployment, name="the same name")
    newer = await created(deployment, named(name="the same name", data=samples("new")["basic_auth"]))
    assert newer.id != credential.id
    await undelete(deployment, credential.id)
    assert (await accessed(deployment, credential.id)).data == SAMPLE
    assert (await accessed(deployment, newer.id)).data == samples("new")["basic_auth"]


async def test_after_the_undelete_window_a_credential_is_hidden_at_once_and_removed_by_the_sweeper(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, live.id)
    kept = await created(deployment)
    await set_window(deployment, 3600)
    await go_on(deployment, "59 minutes")
    assert [credential.id for credential in (await deleted_page(deployment)).credentials] == [live.id]
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    assert await rows(deployment, live.id, test.id) == (2, 2)
    await go_on(deployment, "61 minutes")
    assert not (await deleted_page(deployment)).credentials
    assert (await refused(undelete(deployment, live.id))).reason == "CREDENTIAL_NOT_FOUND"
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    assert await rows(deployment, live.id, test.id) == (0, 0)
    assert await rows(deployment, kept.id) == (1, 1)
    for credential in (live, test):
        assert (await actions(deployment, credential.id))[-2:] == ["DeleteCredential", "RemoveCredential"]


async def test_a_credential_that_expires_while_deleted_cannot_be_undeleted(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential = named()
    credential.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    credential = await created(deployment, credential)
    await deleted(deployment, credential.id)
    await go_on(deployment, "2 hours")
    assert not (await deleted_page(deployment)).credentials
    assert (await refused(undelete(deployment, credential.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_an_undelete_window_of_0_removes_rows_and_boxes_at_once(own_deployment: Deployment) -> None:
    deployment = own_deployment
    await set_window(deployment, 0)
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    purged = await created(deployment)
    kept = await created(deployment, named(variant="text", surface=SURFACE_TINES, team_id=1))
    await deleted(deployment, live.id)
    assert await rows(deployment, live.id, test.id) == (0, 0)
    assert await rows(deployment, purged.id, kept.id) == (2, 2)
    await deployment.credentials.PurgeCredentials(
        PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=deployment.metadata
    )
    assert await rows(deployment, purged.id) == (0, 0)
    assert await rows(deployment, kept.id) == (1, 1)
    for credential in (live, test, purged):
        assert (await refused(undelete(deployment, credential.id))).reason == "CREDENTIAL_NOT_FOUND"
        assert "DeleteCredential" in await actions(deployment, credential.id)


async def test_each_organisation_has_its_own_undelete_window(own_deployment: Deployment) -> None:
    deployment = own_deployment
    _, elsewhere = await other_organisation(deployment)
    from_elsewhere = await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=named()), metadata=elsewhere
    )
    await set_window(deployment, 0)
    await deleted(deployment, from_elsewhere.id, by=elsewhere)
    assert (await undelete(deployment, from_elsewhere.id, by=elsewhere)).id == from_elsewhere.id


async def test_purged_credentials_are_undeleted_one_by_one_with_their_test_credentials(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    live, other = await created(deployment), await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    answer = await deployment.credentials.PurgeCredentials(
        PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=deployment.metadata
    )
    assert answer.deleted_count == 3
    assert (await undelete(deployment, live.id)).test_credential.id == test.id
    assert await listed(deployment) == [live.id]
    assert [credential.id for credential in (await deleted_page(deployment)).credentials] == [other.id]
