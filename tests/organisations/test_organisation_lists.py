"""Reading an organisation, listing its teams and folders by token and by skip, and the size of folders."""

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
    from conftest import Deployment

ROLES = [role for role in Role.values() if role != Role.ROLE_UNSPECIFIED]
FAR = (1000, 1_000_000)


async def organisation(deployment: Deployment, by: Metadata, **request: Any) -> Organisation:
    return await deployment.organisations.GetOrganisation(GetOrganisationRequest(**request), metadata=by)


@pytest.mark.parametrize("role", ROLES, ids=[Role.Name(role) for role in ROLES])
async def test_every_role_reads_its_organisation(deployment: Deployment, role: Role.ValueType) -> None:
    for team_ids in ((), (1,)):
        answer = await organisation(deployment, await key_of(deployment, role, team_ids=team_ids))
        assert answer.id == "default"
        assert answer.HasField("create_time")


async def test_get_returns_the_organisation_as_it_was_created(deployment: Deployment) -> None:
    sent = Organisation(id="shown-as-made", display_name="Näme")
    made = await deployment.organisations.CreateOrganisation(
        CreateOrganisationRequest(organisation=sent), metadata=deployment.metadata
    )
    by = bearer(made.api_key.key)
    assert await organisation(deployment, by) == made.organisation
    assert await organisation(deployment, by, organisation_id="shown-as-made") == made.organisation
    assert made.organisation.display_name == "Näme"
    page = await deployment.organisations.ListOrganisations(
        ListOrganisationsRequest(page_size=500), metadata=deployment.metadata
    )
    assert made.organisation in page.organisations


async def test_an_organisation_id_other_than_the_callers_is_refused_whether_or_not_it_exists(
    deployment: Deployment,
) -> None:
    other, by = await other_organisation(deployment)
    refusals = [
        await refused(organisation(deployment, by, organisation_id=organisation_id))
        for organisation_id in ("default", "never-was")
    ]
    refusals.append(await refused(organisation(deployment, deployment.metadata, organisation_id=other)))
    assert refusals[0] == refusals[1] == refusals[2]
    assert refusals[0].reason == "ORGANISATION_MISMATCH"


async def slug_after(deployment: Deployment, by: Metadata, name: str, team_id: int = 0) -> str:
    """Create a team with that name, or rename the team with that id, and return its slug."""
    if not team_id:
        return (await deployment.organisations.CreateTeam(CreateTeamRequest(team=Team(name=name)), metadata=by)).slug
    request = UpdateTeamRequest(id=team_id, team=Team(name=name), update_mask=FieldMask(paths=["name"]))
    return (await deployment.organisations.UpdateTeam(request, metadata=by)).slug


async def test_a_slug_that_another_team_has_gets_the_first_free_number(deployment: Deployment) -> None:
    _, [by] = await other_organisation(deployment)
    assert [await slug_after(deployment, (by,), name) for name in ("Red", "RED", "red 3", "red!")] == [
        "red",
        "red_2",
        "red_3",
        "red_4",
    ]
    # Every organisation starts with teams 1 and 2. A team that is renamed to the same slug keeps it.
    assert [await slug_after(deployment, (by,), "Red", team_id) for team_id in (4, 3, 1)] == ["red_2", "red", "red_5"]
    await deployment.organisations.DeleteTeam(DeleteTeamRequest(id=4), metadata=(by,))
    assert await slug_after(deployment, (by,), "red") == "red_2"
    longest = "n" * 255
    assert [await slug_after(deployment, (by,), longest) for _ in range(2)] == [longest, "n" * 253 + "_2"]


async def test_concurrent_teams_with_the_same_slug_get_different_numbers(deployment: Deployment) -> None:
    _, [by] = await other_organisation(deployment)
    slugs = await asyncio.gather(
        *(slug_after(deployment, (by,), "blue") for _ in range(8)),
        *(slug_after(deployment, (by,), "Blue", team_id) for team_id in (1, 2)),
    )
    assert sorted(slugs) == sorted(["blue", *(f"blue_{number}" for number in range(2, 11))])


async def made_team(deployment: Deployment, by: Metadata, name: str) -> int:
    return (await deployment.organisations.CreateTeam(CreateTeamRequest(team=Team(name=name)), metadata=by)).id


async def made_folder(deployment: Deployment, by: Metadata, team_id: int = 1, **fields: Any) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f", **fields))
    return (await deployment.organisations.CreateFolder(request, metadata=by)).id


async def teams(deployment: Deployment, by: Metadata, **request: Any) -> tuple[list[int], int, str]:
    """The ids of a page, the total, and the token of the next page."""
    page = await deployment.organisations.ListTeams(ListTeamsRequest(**request), metadata=by)
    return [team.id for team in page.teams], page.total_size, page.next_page_token


async def folders(deployment: Deployment, by: Metadata, **request: Any) -> tuple[list[int], int, str]:
    page = await deployment.organisations.ListFolders(ListFoldersRequest(**request), metadata=by)
    return [folder.id for folder in page.folders], page.total_size, page.next_page_token


async def test_pages_of_teams_by_skip_and_by_token_are_equal_and_counted(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    await other_organisation(deployment)
    for index in range(5):
        await made_team(deployment, by, f"t{index}")
    await deployment.organisations.DeleteTeam(DeleteTeamRequest(id=4), metadata=by)
    whole = [1, 2, 3, 5, 6, 7]
    assert await teams(deployment, by) == (whole, 0, "")
    for size in (1, 2, 4, 6, 500):
        for skip in range(8):
            found, total, token = await teams(deployment, by, page_size=size, skip=skip, with_total_size=True)
            assert (found, total) == (whole[skip : skip + size], len(whole))
            assert bool(token) == (skip + size < len(whole))
            if token:
                following = await teams(deployment, by, page_size=size, page_token=token, with_total_size=True)
                assert following[:2] == (whole[skip + size : skip + 2 * size], len(whole))
                # `skip` counts from the place of the token.
                following = await teams(deployment, by, page_size=size, page_token=token, skip=1)
                assert following[:2] == (whole[skip + size + 1 : skip + 2 * size + 1], 0)
    for skip in FAR:
        assert await teams(deployment, by, skip=skip, with_total_size=True) == ([], len(whole), "")


async def test_pages_of_folders_by_skip_and_by_token_are_equal_and_counted_per_team(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    _, others = await other_organisation(deployment)
    assert await folders(deployment, by, with_total_size=True) == ([], 0, "")
    made = [(await made_folder(deployment, by, team_id), team_id) for team_id in (1, 2, 1, 1, 2, 1)]
    inner = await made_folder(deployment, by, 1, parent_folder_id=made[0][0])
    await made_folder(deployment, others, 1)
    gone = await made_folder(deployment, by, 1)
    await deployment.organisations.DeleteFolder(DeleteFolderRequest(id=gone), metadata=by)
    for team_id in (0, 1, 2, 99):
        whole = [folder_id for folder_id, owner in [*made, (inner, 1)] if team_id in (0, owner)]
        for size in (1, 2, 500):
            for skip in range(len(whole) + 2):
                found, total, token = await folders(
                    deployment, by, team_id=team_id, page_size=size, skip=skip, with_total_size=True
                )
                assert (found, total) == (whole[skip : skip + size], len(whole))
                assert bool(token) == (skip + size < len(whole))
                if token:
                    following = await folders(deployment, by, team_id=team_id, page_size=size, page_token=token)
                    assert following[:2] == (whole[skip + size : skip + 2 * size], 0)
        for skip in FAR:
            assert await folders(deployment, by, team_id=team_id, skip=skip, with_total_size=True) == (
                [],
                len(whole),
                "",
            )


@pytest.mark.parametrize("skip", [-1, 1_000_001, -(1 << 63), (1 << 63) - 1])
async def test_a_skip_out_of_range_is_a_violation_of_skip(deployment: Deployment, skip: int) -> None:
    for call in (teams, folders):
        refusal = await refused(call(deployment, deployment.metadata, skip=skip))
        assert (refusal.reason, refusal.fields) == ("FIELD_INVALID", {"skip": "must be 0 to 1,000,000"})


async def size(deployment: Deployment, by: Metadata, folder_id: int) -> int:
    """The folder's size, which is the same in every response."""
    answer = await deployment.organisations.GetFolder(GetFolderRequest(id=folder_id), metadata=by)
    page = await deployment.organisations.ListFolders(ListFoldersRequest(page_size=500), metadata=by)
    assert answer in page.folders
    renamed = await deployment.organisations.UpdateFolder(
        UpdateFolderRequest(id=folder_id, folder=Folder(name="f"), update_mask=FieldMask(paths=["name"])), metadata=by
    )
    assert renamed.size == answer.size
    return answer.size


async def test_the_size_of_a_folder_counts_credentials_of_every_surface(deployment: Deployment) -> None:
    _, by = await other_organisation(deployment)
    folder = await deployment.organisations.CreateFolder(
        CreateFolderRequest(folder=Folder(team_id=1, name="f", size=7)), metadata=by
    )
    assert folder.size == 0
    other = await made_folder(deployment, by)
    inner = await made_folder(deployment, by, parent_folder_id=folder.id)
    place: dict[str, Any] = {"team_id": 1, "folder_id": folder.id}
    kept = await created(deployment, named(**place), by)
    moves = await created(deployment, named(variant="text", surface=SURFACE_TINES, **place), by)
    await created(deployment, named(team_id=1), by)
    await created(deployment, named(team_id=1, folder_id=inner), by)
    assert [await size(deployment, by, each) for each in (folder.id, other, inner)] == [2, 0, 1]
    await updated(deployment, moves.id, "folder_id", by=by, folder_id=other)
    assert [await size(deployment, by, each) for each in (folder.id, other, inner)] == [1, 1, 1]
    await updated(deployment, kept.id, "team_id", by=by, team_id=2)
    assert [await size(deployment, by, each) for each in (folder.id, other, inner)] == [0, 1, 1]
    await deployment.credentials.PurgeCredentials(PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=by)
    assert [await size(deployment, by, each) for each in (folder.id, other, inner)] == [0, 1, 0]


async def test_the_size_of_a_folder_does_not_count_test_credentials_or_deleted_or_expired_ones(
    deployment: Deployment,
) -> None:
    _, by = await other_organisation(deployment)
    folder_id = await made_folder(deployment, by)
    place: dict[str, Any] = {"team_id": 1, "folder_id": folder_id}
    kept = await created(deployment, named(expire_time=Timestamp(seconds=4_000_000_000), **place), by)
    twin = await created(deployment, named(live_credential_id=kept.id), by)
    gone, over = [await created(deployment, named(**place), by) for _ in range(2)]
    assert twin.folder_id == folder_id
    assert await size(deployment, by, folder_id) == 3
    await deleted(deployment, gone.id, by)
    async with deployment.sql() as connection:
        await connection.execute("update credentials set expire_time = strongroom_now() where id = $1", over.id)
    assert await size(deployment, by, folder_id) == 1


async def test_folders_with_the_same_number_in_two_organisations_have_their_own_sizes(deployment: Deployment) -> None:
    sizes = []
    for count in (1, 2):
        _, by = await other_organisation(deployment)
        folder_id = await made_folder(deployment, by)
        assert folder_id == 1
        for _ in range(count):
            await created(deployment, named(team_id=1, folder_id=folder_id), by)
        sizes.append((by, count))
    assert [await size(deployment, by, 1) for by, _ in sizes] == [count for _, count in sizes]


async def test_a_key_limited_to_teams_sees_the_same_size_as_other_keys(deployment: Deployment) -> None:
    # Every key of the organisation sees every folder.
    folder_id = await made_folder(deployment, deployment.metadata)
    await created(deployment, named(team_id=1, folder_id=folder_id))
    limited = await key_of(deployment, ROLE_READER, team_ids=(2,))
    request = GetFolderRequest(id=folder_id)
    assert (await deployment.organisations.GetFolder(request, metadata=limited)).size == 1
