"""A row that somebody changed in the database is left out of lists, and does not hide the other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpc.calls import key_of, other_organisation, refused

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    GetApiKeyRequest,
    ListApiKeysRequest,
    ListOrganisationsRequest,
    ListTeamsRequest,
)

if TYPE_CHECKING:
    from conftest import Deployment


async def test_a_changed_api_key_is_left_out_of_the_list_and_cannot_be_read(own_deployment: Deployment) -> None:
    deployment = own_deployment
    changed, other = [(await key_of(deployment, ROLE_ADMIN))[0][1].split("_")[1] for _ in range(2)]
    async with deployment.sql() as connection:
        await connection.execute("update api_keys set display_name = 'changed' where id = $1", changed)

    page = await deployment.organisations.ListApiKeys(ListApiKeysRequest(), metadata=deployment.metadata)

    ids = [key.id for key in page.api_keys]
    assert other in ids
    assert changed not in ids
    refusal = await refused(
        deployment.organisations.GetApiKey(GetApiKeyRequest(id=changed), metadata=deployment.metadata)
    )
    assert refusal.reason == "SEAL_BROKEN"


async def test_a_changed_organisation_and_a_changed_team_are_left_out_of_the_lists(own_deployment: Deployment) -> None:
    deployment = own_deployment
    changed, _ = await other_organisation(deployment)
    async with deployment.sql() as connection:
        await connection.execute("update organisations set display_name = 'x' where organisation_id = $1", changed)
        await connection.execute("update teams set name = 'x' where team_id = 1")

    organisations = await deployment.organisations.ListOrganisations(
        ListOrganisationsRequest(), metadata=deployment.metadata
    )
    teams = await deployment.organisations.ListTeams(ListTeamsRequest(), metadata=deployment.metadata)

    assert [organisation.id for organisation in organisations.organisations] == ["default"]
    assert [team.id for team in teams.teams] == [2]
