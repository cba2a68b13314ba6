"""What is deleted is gone for everyone, comes back whole within the organisation's window, and is removed for good after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from gateway.doors import Door, slashid, tines, versori
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

    from conftest import House
    from rpc.calls import Metadata

SAMPLE = samples()["basic_auth"]


def undelete(house: House, credential_id: str, by: Metadata = (), **request: Any) -> Awaitable[Credential]:
    return house.credentials.UndeleteCredential(
        UndeleteCredentialRequest(id=credential_id, **request), metadata=by or house.metadata
    )


async def gone(house: House, **fields: Any) -> Credential:
    """A credential that was deleted."""
    credential = await created(house, named(**fields))
    await deleted(house, credential.id)
    return credential


async def set_window(house: House, seconds: int, by: Metadata = ()) -> None:
    request = UpdateOrganisationRequest(
        organisation=Organisation(undelete_window=Duration(seconds=seconds)),
        update_mask=FieldMask(paths=["undelete_window"]),
    )
    await house.organisations.UpdateOrganisation(request, metadata=by or house.metadata)


async def go_on(house: House, interval: str) -> None:
    """Put the deployment's clock ahead by this."""
    async with house.sql() as sql:
        await sql.execute(
            "create or replace function strongroom_now() returns timestamptz language sql stable as"
            f" $$select statement_timestamp() + interval '{interval}'$$"
        )
    await house.hear()


async def rows(house: House, *credential_ids: str) -> tuple[int, int]:
    """How many rows and boxes there are of these."""
    async with house.sql() as sql:
        return (
            await sql.fetchval("select count(*) from credentials where id = any($1::uuid[])", list(credential_ids)),
            await sql.fetchval(
                "select count(*) from boxes where credential_id = any($1::uuid[])", list(credential_ids)
            ),
        )


async def actions(house: House, credential_id: str) -> list[str]:
    async with house.sql() as sql:
        found = await sql.fetch(
            "select action from audit_events where credential_id = $1 order by event_time", credential_id
        )
    return [row[0] for row in found]


async def deleted_page(house: House, by: Metadata = (), **request: Any) -> ListCredentialsResponse:
    return await house.credentials.ListCredentials(
        ListCredentialsRequest(deleted=True, **request), metadata=by or house.metadata
    )


def calls_on(house: House, credential_id: str) -> list[Awaitable[object]]:
    stub, metadata = house.credentials, house.metadata
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


async def test_what_is_deleted_is_hidden_from_every_rpc(house: House) -> None:
    credential = await gone(house)
    for id_text in (credential.id, str(credential.number)):
        for call in calls_on(house, id_text):
            refusal = await refused(call)
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")
    for view in (0, CREDENTIAL_VIEW_FULL):
        assert credential.id not in await listed(house, name_prefix=credential.name, view=view)
    test = CreateCredentialRequest(credential=named(live_credential_id=credential.id))
    refusal = await refused(house.credentials.CreateCredential(test, metadata=house.metadata))
    assert refusal.reason == "LIVE_CREDENTIAL_UNKNOWN"


DOORS: dict[Any, tuple[Any, str, dict[str, Any]]] = {
    SURFACE_VERSORI: (versori, "basic_auth", {}),
    SURFACE_SLASHID: (slashid, "basic_auth", {"provider": 1}),
    SURFACE_TINES: (tines, "text", {"team_id": 1}),
}


@pytest.mark.parametrize("surface", DOORS)
async def test_what_is_deleted_is_hidden_at_its_vendors_door_until_it_is_back(
    house: House, surface: Surface.ValueType
) -> None:
    open_door, variant, fields = DOORS[surface]
    door: Door = open_door(house)
    credential = await created(house, named(variant=variant, surface=surface, **fields))
    below = f"/{credential.number}" if surface == SURFACE_TINES else f"/{credential.id}"

    async def shown() -> tuple[int, bool]:
        single = await door.ask("GET", below)
        whole = await door.ask("GET", params={"per_page": "500"} if surface == SURFACE_TINES else {})
        assert whole.is_success
        return single.status_code, credential.name in whole.text

    before = await shown()
    assert before[1]
    await deleted(house, credential.id)
    hidden = await shown()
    assert not hidden[1]
    assert hidden[0] in {404, 405}
    await undelete(house, credential.id, surface=surface)
    assert await shown() == before


async def test_what_is_brought_back_is_as_it_was(house: House) -> None:
    credential = await created(
        house,
        named(data=SAMPLE, description="d", team_id=1, allowed_hosts=["a.example.com"], metadata_json='{"a": 1}'),
    )
    await updated(house, credential.id, "data", data=samples("two")["basic_auth"])
    before = await got(house, credential.id)
    await deleted(house, credential.id)

    after = await undelete(house, credential.id)

    assert not after.HasField("delete_time")
    assert after.etag not in (before.etag, credential.etag)
    assert after == await got(house, credential.id)
    for message in (before, after):
        message.ClearField("etag")
        message.ClearField("update_time")
    assert after == before
    # Opening a box verifies the row's signature first.
    for version, data in ((0, samples("two")["basic_auth"]), (1, SAMPLE)):
        assert (await accessed(house, credential.id, version=version, target_host="a.example.com")).data == data
    assert (await actions(house, credential.id))[-4:] == [
        "DeleteCredential",
        "UndeleteCredential",
        "AccessCredential",
        "AccessCredential",
    ]


async def test_a_credential_is_deleted_and_brought_back_again_and_again(house: House) -> None:
    credential = await created(house)
    for _ in range(3):
        await deleted(house, credential.id)
        await undelete(house, str(credential.number))
    assert (await accessed(house, credential.id)).data == SAMPLE


async def test_a_test_credential_comes_back_with_the_live_one_it_went_with(house: House) -> None:
    live = await created(house)
    test = await created(house, named(live_credential_id=live.id, data=samples("test")["basic_auth"]))
    await deleted(house, live.id)
    for call in calls_on(house, test.id):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    assert (await undelete(house, live.id)).test_credential.id == test.id
    assert (await accessed(house, test.id)).data == samples("test")["basic_auth"]
    assert (await actions(house, test.id))[:3] == ["CreateCredential", "DeleteCredential", "UndeleteCredential"]


async def test_a_test_credential_that_went_before_stays_away(house: House) -> None:
    live = await created(house)
    before = await created(house, named(live_credential_id=live.id))
    await deleted(house, before.id)
    with_it = await created(house, named(live_credential_id=live.id))
    await deleted(house, live.id)
    assert (await undelete(house, live.id)).test_credential.id == with_it.id
    assert (await refused(got(house, before.id))).reason == "CREDENTIAL_NOT_FOUND"
    refusal = await refused(undelete(house, before.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "TEST_CREDENTIAL_EXISTS")
    await deleted(house, with_it.id)
    assert (await undelete(house, before.id)).live_credential_id == live.id
    assert (await got(house, live.id)).test_credential.id == before.id


async def test_a_test_credential_alone_comes_back_only_to_a_live_one_that_is_there(house: House) -> None:
    live = await created(house)
    test = await created(house, named(live_credential_id=live.id))
    await deleted(house, live.id)
    assert (await refused(undelete(house, test.id))).reason == "LIVE_CREDENTIAL_UNKNOWN"
    assert (await refused(got(house, test.id))).reason == "CREDENTIAL_NOT_FOUND"
    await undelete(house, live.id)
    assert (await got(house, test.id)).live_credential_id == live.id


async def test_where_its_team_is_gone_another_is_given(house: House) -> None:
    stub, metadata = house.organisations, house.metadata
    team = await stub.CreateTeam(CreateTeamRequest(team=Team(name=f"gone {named().name}")), metadata=metadata)
    folder = await stub.CreateFolder(CreateFolderRequest(folder=Folder(name="f", team_id=team.id)), metadata=metadata)
    credential = await created(house, named(team_id=team.id, folder_id=folder.id))
    test = await created(house, named(live_credential_id=credential.id))
    await deleted(house, credential.id)
    await stub.DeleteFolder(DeleteFolderRequest(id=folder.id), metadata=metadata)
    without_folder = await undelete(house, credential.id)
    assert (without_folder.team_id, without_folder.folder_id) == (team.id, 0)
    await deleted(house, credential.id)
    await stub.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata)
    for team_id in (0, team.id, 9999):
        refusal = await refused(undelete(house, credential.id, team_id=team_id))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "TEAM_UNKNOWN")
        assert list(refusal.fields) == ["team_id"]
    refusal = await refused(undelete(house, credential.id, team_id=-1))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["team_id"])
    after = await undelete(house, credential.id, team_id=2)
    assert (after.team_id, after.folder_id) == (2, 0)
    assert after.test_credential.id == test.id
    assert (await got(house, test.id)).team_id == 2
    assert (await accessed(house, credential.id)).data == SAMPLE


async def test_what_is_not_deleted_is_told_from_what_is_not_there(house: House) -> None:
    credential = await created(house)
    refusal = await refused(undelete(house, credential.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CREDENTIAL_NOT_DELETED")
    removed = await gone(house)
    async with house.sql() as sql:
        await sql.execute("delete from credentials where id = $1", removed.id)
    _, elsewhere = await other_organisation(house)
    other = await gone(house)
    for call in (
        undelete(house, removed.id),
        undelete(house, "999999999"),
        undelete(house, other.id, by=elsewhere),
        undelete(house, other.id, surface=SURFACE_TINES),
    ):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    await undelete(house, other.id, surface=SURFACE_NATIVE)


async def test_a_broken_row_is_not_brought_back(house: House) -> None:
    credential = await gone(house)
    async with house.sql() as sql:
        await sql.execute("update credentials set allowed_hosts = '{*}' where id = $1", credential.id)
    refusal = await refused(undelete(house, credential.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


async def test_a_row_that_was_shown_again_behind_the_services_back_is_refused(house: House) -> None:
    credential = await gone(house)
    async with house.sql() as sql:
        await sql.execute("update credentials set delete_time = null where id = $1", credential.id)
    assert (await refused(accessed(house, credential.id))).reason == "SEAL_BROKEN"


async def test_a_team_limited_key_brings_back_what_is_its_teams_alone(house: House) -> None:
    of_team = await key_of(house, ROLE_READER, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    own = await gone(house, team_id=1)
    given = await gone(house, team_id=2, read_access=READ_ACCESS_GLOBAL)
    foreign = await gone(house, team_id=2)
    page = {credential.id for credential in (await deleted_page(house, by=of_team, page_size=500)).credentials}
    assert {own.id, given.id} <= page
    assert foreign.id not in page
    assert (await refused(undelete(house, given.id, by=of_team))).reason == "TEAM_NOT_ALLOWED"
    assert (await refused(undelete(house, foreign.id, by=of_team))).reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(undelete(house, own.id, by=of_team, team_id=2))).reason == "TEAM_NOT_ALLOWED"
    assert (await undelete(house, own.id, by=of_team, team_id=1)).team_id == 1


async def pair_in(house: House, live_team: int, test_team: int, by: Metadata = ()) -> tuple[Credential, Credential]:
    """A deleted live credential and its test credential, each in its own team."""
    live = await created(house, named(team_id=live_team))
    test = await created(house, named(live_credential_id=live.id, team_id=test_team))
    await deleted(house, live.id, by=by)
    return live, test


async def team_of(house: House, name: str) -> int:
    request = CreateTeamRequest(team=Team(name=f"{name} {named().name}"))
    return (await house.organisations.CreateTeam(request, metadata=house.metadata)).id


async def delete_team(house: House, team_id: int) -> None:
    await house.organisations.DeleteTeam(DeleteTeamRequest(id=team_id), metadata=house.metadata)


@pytest.mark.parametrize("team_id", [0, 1])
async def test_a_team_limited_key_gets_no_test_credential_of_another_team_by_undelete(
    house: House, team_id: int
) -> None:
    of_team = await key_of(house, ROLE_READER, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    live, test = await pair_in(house, 1, 2, by=of_team)

    refusal = await refused(undelete(house, live.id, by=of_team, team_id=team_id))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")
    assert (await refused(got(house, live.id))).reason == "CREDENTIAL_NOT_FOUND"
    # A key of both teams brings both back, each to its own team.
    of_both = await key_of(house, ROLE_WRITER, team_ids=(1, 2))
    assert (await undelete(house, live.id, by=of_both, team_id=team_id)).team_id == 1
    assert (await got(house, test.id)).team_id == 2
    assert (await refused(accessed(house, test.id, by=of_team))).reason == "CREDENTIAL_NOT_FOUND"


async def test_undelete_moves_nothing_whose_team_still_exists(house: House) -> None:
    credential = await gone(house, team_id=1)
    refusal = await refused(undelete(house, credential.id, team_id=2))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert refusal.fields == {"team_id": "must be unset while the team that owned the credential exists"}
    assert (await undelete(house, credential.id)).team_id == 1
    live = await created(house, named(team_id=1))
    test = await created(house, named(live_credential_id=live.id))
    await updated(house, test.id, "team_id")
    await deleted(house, live.id)
    assert (await refused(undelete(house, live.id, team_id=2))).reason == "FIELD_INVALID"
    assert (await undelete(house, live.id, team_id=1)).team_id == 1
    assert (await got(house, test.id)).team_id == 0


async def test_undelete_gives_a_team_to_what_has_none(house: House) -> None:
    live, test = await pair_in(house, 0, 0)
    assert (await undelete(house, live.id, team_id=2)).team_id == 2
    assert (await got(house, test.id)).team_id == 2
    live, test = await pair_in(house, 0, 1)
    assert (await undelete(house, live.id, team_id=2)).team_id == 2
    assert (await got(house, test.id)).team_id == 1


async def test_undelete_moves_only_the_credential_whose_team_is_gone(house: House) -> None:
    team = await team_of(house, "of the live one")
    live, test = await pair_in(house, team, 2)
    await delete_team(house, team)
    assert (await undelete(house, live.id, team_id=1)).team_id == 1
    assert (await got(house, test.id)).team_id == 2

    team = await team_of(house, "of the test credential")
    live, test = await pair_in(house, 1, team)
    await delete_team(house, team)
    assert (await refused(undelete(house, live.id))).reason == "TEAM_UNKNOWN"
    of_team = await key_of(house, ROLE_USER, ROLE_WRITER, team_ids=(1,))
    assert (await refused(undelete(house, live.id, by=of_team, team_id=1))).reason == "TEAM_NOT_ALLOWED"
    assert (await undelete(house, live.id, team_id=2)).team_id == 1
    assert (await got(house, test.id)).team_id == 2


async def test_what_is_deleted_is_listed_with_the_time_of_its_end_in_pages_and_by_filters(own_house: House) -> None:
    house = own_house
    names = [f"n{index}" for index in range(5)]
    made = [await gone(house, name=name, team_id=1 + index % 2) for index, name in enumerate(names)]
    live = await created(house, named(name="with test"))
    await created(house, named(name="test", live_credential_id=live.id))
    await deleted(house, live.id)
    there = await created(house, named(name="there"))
    await set_window(house, 7200)

    whole = await deleted_page(house, with_total_size=True)
    assert [credential.id for credential in whole.credentials] == [*(credential.id for credential in made), live.id]
    assert whole.total_size == 6
    for credential in whole.credentials:
        deleted_at = credential.delete_time.ToDatetime(UTC)
        assert credential.purge_time.ToDatetime(UTC) == deleted_at + timedelta(hours=2)
    assert there.id not in {credential.id for credential in whole.credentials}
    assert await listed(house) == [there.id]
    narrowed: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"team_id": 2}, ["n1", "n3"]),
        ({"name_prefix": "n"}, names),
        ({"order_by": "name desc", "page_size": 2}, ["with test", "n4"]),
        ({"surface": SURFACE_TINES}, []),
        ({"variant": "text"}, []),
        ({"skip": 4}, ["n4", "with test"]),
    )
    for filters, expected in narrowed:
        page = await deleted_page(house, **filters)
        assert [credential.name for credential in page.credentials] == expected
    seen, token = [], ""
    while True:
        page = await deleted_page(house, page_size=4, page_token=token)
        seen += [credential.name for credential in page.credentials]
        token = page.next_page_token
        if not token:
            break
    assert seen == [*names, "with test"]
    first = await deleted_page(house, page_size=4)
    other = ListCredentialsRequest(page_size=4, page_token=first.next_page_token)
    refusal = await refused(house.credentials.ListCredentials(other, metadata=house.metadata))
    assert refusal.reason == "PAGE_TOKEN_INVALID"
    refusal = await refused(deleted_page(house, view=CREDENTIAL_VIEW_FULL))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["view"])
    assert not (await got(house, there.id)).HasField("purge_time")


async def test_what_is_made_never_touches_what_is_deleted(house: House) -> None:
    credential = await gone(house, name="the same name")
    newer = await created(house, named(name="the same name", data=samples("new")["basic_auth"]))
    assert newer.id != credential.id
    await undelete(house, credential.id)
    assert (await accessed(house, credential.id)).data == SAMPLE
    assert (await accessed(house, newer.id)).data == samples("new")["basic_auth"]


async def test_after_its_window_it_is_gone_at_once_and_removed_by_the_sweeper(own_house: House) -> None:
    house = own_house
    live = await created(house)
    test = await created(house, named(live_credential_id=live.id))
    await deleted(house, live.id)
    kept = await created(house)
    await set_window(house, 3600)
    await go_on(house, "59 minutes")
    assert [credential.id for credential in (await deleted_page(house)).credentials] == [live.id]
    await sweeper.sweep(house.service.database, house.service.recorder)
    assert await rows(house, live.id, test.id) == (2, 2)
    await go_on(house, "61 minutes")
    assert not (await deleted_page(house)).credentials
    assert (await refused(undelete(house, live.id))).reason == "CREDENTIAL_NOT_FOUND"
    await sweeper.sweep(house.service.database, house.service.recorder)
    assert await rows(house, live.id, test.id) == (0, 0)
    assert await rows(house, kept.id) == (1, 1)
    for credential in (live, test):
        assert (await actions(house, credential.id))[-2:] == ["DeleteCredential", "RemoveCredential"]


async def test_what_expires_while_it_is_deleted_does_not_come_back(own_house: House) -> None:
    house = own_house
    credential = named()
    credential.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    credential = await created(house, credential)
    await deleted(house, credential.id)
    await go_on(house, "2 hours")
    assert not (await deleted_page(house)).credentials
    assert (await refused(undelete(house, credential.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_a_window_of_nothing_removes_rows_and_boxes_at_once(own_house: House) -> None:
    house = own_house
    await set_window(house, 0)
    live = await created(house)
    test = await created(house, named(live_credential_id=live.id))
    purged = await created(house)
    kept = await created(house, named(variant="text", surface=SURFACE_TINES, team_id=1))
    await deleted(house, live.id)
    assert await rows(house, live.id, test.id) == (0, 0)
    assert await rows(house, purged.id, kept.id) == (2, 2)
    await house.credentials.PurgeCredentials(PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=house.metadata)
    assert await rows(house, purged.id) == (0, 0)
    assert await rows(house, kept.id) == (1, 1)
    for credential in (live, test, purged):
        assert (await refused(undelete(house, credential.id))).reason == "CREDENTIAL_NOT_FOUND"
        assert "DeleteCredential" in await actions(house, credential.id)


async def test_the_window_is_each_organisations_own(own_house: House) -> None:
    house = own_house
    _, elsewhere = await other_organisation(house)
    from_elsewhere = await house.credentials.CreateCredential(
        CreateCredentialRequest(credential=named()), metadata=elsewhere
    )
    await set_window(house, 0)
    await deleted(house, from_elsewhere.id, by=elsewhere)
    assert (await undelete(house, from_elsewhere.id, by=elsewhere)).id == from_elsewhere.id


async def test_what_a_purge_took_comes_back_one_by_one_with_its_test_credential(own_house: House) -> None:
    house = own_house
    live, other = await created(house), await created(house)
    test = await created(house, named(live_credential_id=live.id))
    answer = await house.credentials.PurgeCredentials(
        PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=house.metadata
    )
    assert answer.deleted_count == 3
    assert (await undelete(house, live.id)).test_credential.id == test.id
    assert await listed(house) == [live.id]
    assert [credential.id for credential in (await deleted_page(house)).credentials] == [other.id]
