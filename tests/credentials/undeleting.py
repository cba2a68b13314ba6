"""Helpers of the tests of deleted credentials: delete, undelete, list them, and move the clock and the undelete window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import deleted
from samples import created, named

from strongroom.v1.credential_service_pb2 import (
    ListCredentialsRequest,
    ListCredentialsResponse,
    UndeleteCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    CreateTeamRequest,
    DeleteTeamRequest,
    Organisation,
    Team,
    UpdateOrganisationRequest,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment
    from rpc.calls import Metadata

    from strongroom.v1.credential_pb2 import (
        Credential,
    )


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


async def team_of(deployment: Deployment, name: str) -> int:
    request = CreateTeamRequest(team=Team(name=f"{name} {named().name}"))
    return (await deployment.organisations.CreateTeam(request, metadata=deployment.metadata)).id


async def delete_team(deployment: Deployment, team_id: int) -> None:
    await deployment.organisations.DeleteTeam(DeleteTeamRequest(id=team_id), metadata=deployment.metadata)
