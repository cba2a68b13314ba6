"""Tests which team a credential has after it is undeleted, and which keys may undelete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from credentials.undeleting import delete_team, deleted_page, gone, team_of, undelete
from rpc.calls import accessed, deleted, got, key_of, refused, updated
from samples import created, named

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, Credential
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata


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
