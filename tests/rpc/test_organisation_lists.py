"""The caller's organisation, its teams and folders by pages and by number, and what a folder holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, bearer, deleted, key_of, other_organisation, refused, updated
from samples import created, named

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom.v1.credential_service_pb2 import PurgeCredentialsRequest
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    CreateFolderRequest,
    CreateOrganisationRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    GetFolderRequest,
    GetOrganisationRequest,
    ListFoldersRequest,
    ListOrganisationsRequest,
    ListTeamsRequest,
    Organisation,
    Role,
    Team,
    UpdateFolderRequest,
    UpdateTeamRequest,
)

if TYPE_CHECKING:
    from conftest import House

ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
FAR = (1000, 1_000_000)


async def organisation(house: House, by: Metadata, **request: Any) -> Organisation:
    return await house.organisations.GetOrganisation(GetOrganisationRequest(**request), metadata=by)


@pytest.mark.parametrize("role", ROLES, ids=[Role.Name(role) for role in ROLES])
async def test_every_role_reads_its_organisation(house: House, role: Role.ValueType) -> None:
    for team_ids in ((), (1,)):
        answer = await organisation(house, await key_of(house, role, team_ids=team_ids))
        assert answer.id == "default"
        assert answer.HasField("create_time")


async def test_an_organisation_is_shown_as_it_was_made(house: House) -> None:
    sent = Organisation(id="shown-as-made", display_name="Näme")
    made = await house.organisations.CreateOrganisation(
        CreateOrganisationRequest(organisation=sent), metadata=house.metadata
    )
    by = bearer(made.api_key.key)
    assert await organisation(house, by) == made.organisation
    assert await organisation(house, by, organisation_id="shown-as-made") == made.organisation
    assert made.organisation.display_name == "Näme"
    page = await house.organisations.ListOrganisations(ListOrganisationsRequest(page_size=500), metadata=house.metadata)
    assert made.organisation in page.organisations


async def test_another_organisation_is_not_read_whether_it_is_there_or_not(house: House) -> None:
    other, by = await other_organisation(house)
    refusals = [
        await refused(organisation(house, by, organisation_id=organisation_id))
        for organisation_id in ("default", "never-was")
    ]
    refusals.append(await refused(organisation(house, house.metadata, organisation_id=other)))
    assert refusals[0] == refusals[1] == refusals[2]
    assert refusals[0].reason == "ORGANISATION_MISMATCH"


async def slug_after(house: House, by: Metadata, name: str, team_id: int = 0) -> str:
    """The slug of a new team of that name, or of the team of that id once it is renamed."""
    if not team_id:
        return (await house.organisations.CreateTeam(CreateTeamRequest(team=Team(name=name)), metadata=by)).slug
    request = UpdateTeamRequest(id=team_id, team=Team(name=name), update_mask=FieldMask(paths=["name"]))
    return (await house.organisations.UpdateTeam(request, metadata=by)).slug


async def test_a_slug_that_another_team_has_gets_the_first_free_number(house: House) -> None:
    _, [by] = await other_organisation(house)
    assert [await slug_after(house, (by,), name) for name in ("Red", "RED", "red 3", "red!")] == [
        "red",
        "red_2",
        "red_3",
        "red_4",
    ]
    # Teams 1 and 2 are the first of an organisation. A rename leaves a team the slug that it has.
    assert [await slug_after(house, (by,), "Red", team_id) for team_id in (4, 3, 1)] == ["red_2", "red", "red_5"]
    await house.organisations.DeleteTeam(DeleteTeamRequest(id=4), metadata=(by,))
    assert await slug_after(house, (by,), "red") == "red_2"
    longest = "n" * 255
    assert [await slug_after(house, (by,), longest) for _ in range(2)] == [longest, "n" * 253 + "_2"]


async def test_names_of_the_same_slug_at_the_same_time_get_numbers(house: House) -> None:
    _, [by] = await other_organisation(house)
    slugs = await asyncio.gather(
        *(slug_after(house, (by,), "blue") for _ in range(8)),
        *(slug_after(house, (by,), "Blue", team_id) for team_id in (1, 2)),
    )
    assert sorted(slugs) == sorted(["blue", *(f"blue_{number}" for number in range(2, 11))])


async def made_team(house: House, by: Metadata, name: str) -> int:
    return (await house.organisations.CreateTeam(CreateTeamRequest(team=Team(name=name)), metadata=by)).id


async def made_folder(house: House, by: Metadata, team_id: int = 1, **fields: Any) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f", **fields))
    return (await house.organisations.CreateFolder(request, metadata=by)).id


async def teams(house: House, by: Metadata, **request: Any) -> tuple[list[int], int, str]:
    """The ids of a page, the total and the token of the next."""
    page = await house.organisations.ListTeams(ListTeamsRequest(**request), metadata=by)
    return [team.id for team in page.teams], page.total_size, page.next_page_token


async def folders(house: House, by: Metadata, **request: Any) -> tuple[list[int], int, str]:
    page = await house.organisations.ListFolders(ListFoldersRequest(**request), metadata=by)
    return [folder.id for folder in page.folders], page.total_size, page.next_page_token


async def test_teams_by_number_are_those_by_token_and_are_counted(house: House) -> None:
    _, by = await other_organisation(house)
    await other_organisation(house)
    for index in range(5):
        await made_team(house, by, f"t{index}")
    await house.organisations.DeleteTeam(DeleteTeamRequest(id=4), metadata=by)
    whole = [1, 2, 3, 5, 6, 7]
    assert await teams(house, by) == (whole, 0, "")
    for size in (1, 2, 4, 6, 500):
        for skip in range(8):
            found, total, token = await teams(house, by, page_size=size, skip=skip, with_total_size=True)
            assert (found, total) == (whole[skip : skip + size], len(whole))
            assert bool(token) == (skip + size < len(whole))
            if token:
                following = await teams(house, by, page_size=size, page_token=token, with_total_size=True)
                assert following[:2] == (whole[skip + size : skip + 2 * size], len(whole))
                # What is left out is counted from the token's place.
                following = await teams(house, by, page_size=size, page_token=token, skip=1)
                assert following[:2] == (whole[skip + size + 1 : skip + 2 * size + 1], 0)
    for skip in FAR:
        assert await teams(house, by, skip=skip, with_total_size=True) == ([], len(whole), "")


async def test_folders_by_number_are_those_by_token_and_are_counted_in_their_team(house: House) -> None:
    _, by = await other_organisation(house)
    _, others = await other_organisation(house)
    assert await folders(house, by, with_total_size=True) == ([], 0, "")
    made = [(await made_folder(house, by, team_id), team_id) for team_id in (1, 2, 1, 1, 2, 1)]
    inner = await made_folder(house, by, 1, parent_folder_id=made[0][0])
    await made_folder(house, others, 1)
    gone = await made_folder(house, by, 1)
    await house.organisations.DeleteFolder(DeleteFolderRequest(id=gone), metadata=by)
    for team_id in (0, 1, 2, 99):
        whole = [folder_id for folder_id, owner in [*made, (inner, 1)] if team_id in (0, owner)]
        for size in (1, 2, 500):
            for skip in range(len(whole) + 2):
                found, total, token = await folders(
                    house, by, team_id=team_id, page_size=size, skip=skip, with_total_size=True
                )
                assert (found, total) == (whole[skip : skip + size], len(whole))
                assert bool(token) == (skip + size < len(whole))
                if token:
                    following = await folders(house, by, team_id=team_id, page_size=size, page_token=token)
                    assert following[:2] == (whole[skip + size : skip + 2 * size], 0)
        for skip in FAR:
            assert await folders(house, by, team_id=team_id, skip=skip, with_total_size=True) == ([], len(whole), "")


@pytest.mark.parametrize("skip", [-1, 1_000_001, -(1 << 63), (1 << 63) - 1])
async def test_a_skip_out_of_range_is_refused_by_name(house: House, skip: int) -> None:
    for call in (teams, folders):
        refusal = await refused(call(house, house.metadata, skip=skip))
        assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"skip": "must be 0 to 1,000,000"})


async def size(house: House, by: Metadata, folder_id: int) -> int:
    """The folder's size, which is the same wherever it is shown."""
    answer = await house.organisations.GetFolder(GetFolderRequest(id=folder_id), metadata=by)
    page = await house.organisations.ListFolders(ListFoldersRequest(page_size=500), metadata=by)
    assert answer in page.folders
    renamed = await house.organisations.UpdateFolder(
        UpdateFolderRequest(id=folder_id, folder=Folder(name="f"), update_mask=FieldMask(paths=["name"])), metadata=by
    )
    assert renamed.size == answer.size
    return answer.size


async def test_a_folder_counts_what_it_holds_on_every_surface(house: House) -> None:
    _, by = await other_organisation(house)
    folder = await house.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=1, name="f", size=7)), metadata=by
    )
    assert folder.size == 0
    other = await made_folder(house, by)
    inner = await made_folder(house, by, parent_folder_id=folder.id)
    place: dict[str, Any] = {"team_id": 1, "folder_id": folder.id}
    kept = await created(house, named(**place), by)
    moves = await created(house, named(variant="text", surface=SURFACE_TINES, **place), by)
    await created(house, named(team_id=1), by)
    await created(house, named(team_id=1, folder_id=inner), by)
    assert [await size(house, by, each) for each in (folder.id, other, inner)] == [2, 0, 1]
    await updated(house, moves.id, "folder_id", by=by, folder_id=other)
    assert [await size(house, by, each) for each in (folder.id, other, inner)] == [1, 1, 1]
    await updated(house, kept.id, "team_id", by=by, team_id=2)
    assert [await size(house, by, each) for each in (folder.id, other, inner)] == [0, 1, 1]
    await house.credentials.PurgeCredentials(PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=by)
    assert [await size(house, by, each) for each in (folder.id, other, inner)] == [0, 1, 0]


async def test_a_folder_counts_no_test_credential_and_nothing_that_is_gone(house: House) -> None:
    _, by = await other_organisation(house)
    folder_id = await made_folder(house, by)
    place: dict[str, Any] = {"team_id": 1, "folder_id": folder_id}
    kept = await created(house, named(expire_time=Timestamp(seconds=4_000_000_000), **place), by)
    twin = await created(house, named(live_credential_id=kept.id), by)
    gone, over = [await created(house, named(**place), by) for _ in range(2)]
    assert twin.folder_id == folder_id
    assert await size(house, by, folder_id) == 3
    await deleted(house, gone.id, by)
    async with house.sql() as connection:
        await connection.execute("update credentials set expire_time = strongroom_now() where id = $1", over.id)
    assert await size(house, by, folder_id) == 1


async def test_another_organisations_folder_of_the_same_number_counts_its_own(house: House) -> None:
    sizes = []
    for count in (1, 2):
        _, by = await other_organisation(house)
        folder_id = await made_folder(house, by)
        assert folder_id == 1
        for _ in range(count):
            await created(house, named(team_id=1, folder_id=folder_id), by)
        sizes.append((by, count))
    assert [await size(house, by, 1) for by, _ in sizes] == [count for _, count in sizes]


async def test_a_limited_key_sees_the_same_size_as_everyone(house: House) -> None:
    # A folder is shown to every key of the organisation, as it is.
    folder_id = await made_folder(house, house.metadata)
    await created(house, named(team_id=1, folder_id=folder_id))
    limited = await key_of(house, ROLE_READER, team_ids=(2,))
    request = GetFolderRequest(id=folder_id)
    assert (await house.organisations.GetFolder(request, metadata=limited)).size == 1
