"""What attackers do, and what they want to reach with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attacks.world import columns_of
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import bearer
from samples import named, samples

from strongroom.v1.credential_pb2 import READ_ACCESS_SPECIFIC_TEAMS, SURFACE_TINES, Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    ListCredentialsRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import CreateTeamRequest, GetOrganisationRequest, GetTeamRequest, Team
from strongroom_server.jobs import sweeper

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from attacks.world import Attacked

    Act = Callable[[Attacked], Awaitable[object]]

ACCESSED_AT = "a.example.com"


def sql(script: str) -> Act:
    """Run SQL as the superuser, without foreign keys and triggers."""

    async def act(attacked: Attacked) -> None:
        await attacked.run(f"set session_replication_role = replica; {script}")

    return act


def in_order(*acts: Act) -> Act:
    """Do one after the other."""

    async def act(attacked: Attacked) -> None:
        for each in acts:
            await each(attacked)

    return act


def put_back(table: str, where: str, *, only: tuple[str, ...] = ()) -> Act:
    """Replace the rows of a table by those of the dump, as a whole or only some columns."""

    async def act(attacked: Attacked) -> None:
        columns = await columns_of(attacked.sql, table)
        if only:
            sets = ", ".join(f"{column} = o.{column}" for column in only)
            joined = f"update {table} n set {sets} from dump.old_{table} o where o.id = n.id and n.{where}"
            await sql(joined)(attacked)
            return
        await sql(
            f"delete from {table} where {where};"
            f" insert into {table} ({columns}) select {columns} from dump.old_{table} where {where}"
        )(attacked)

    return act


def put_back_credential(name: str) -> Act:
    """Replace a credential's row and its boxes by those of the dump."""
    return in_order(put_back("credentials", f"id = '{{{name}}}'"), put_back("boxes", f"credential_id = '{{{name}}}'"))


def access(name: str, version: int = 0, key: str = "", organisation: str = "") -> Act:
    """Access a credential, with the key that has every role unless another is named."""

    async def act(attacked: Attacked) -> object:
        by = bearer(attacked.world.keys[key]) if key else attacked.metadata
        request = AccessCredentialRequest(
            id=attacked.world.ids[name],
            target_host=ACCESSED_AT,
            version=version,
            organisation_id=attacked.world.ids[organisation] if organisation else "",
        )
        return await attacked.credentials.AccessCredential(request, metadata=by)

    return act


def update(name: str, marker: str = "") -> Act:
    """Update a credential's description, or its data."""

    async def act(attacked: Attacked) -> object:
        credential = Credential(description="x")
        if marker:
            credential = Credential(data=samples(marker)["basic_auth"])
        request = UpdateCredentialRequest(
            id=attacked.world.ids[name],
            credential=credential,
            update_mask=FieldMask(paths=["data" if marker else "description"]),
        )
        return await attacked.credentials.UpdateCredential(request, metadata=attacked.metadata)

    return act


def undelete(name: str) -> Act:
    """Undelete a credential."""

    async def act(attacked: Attacked) -> object:
        request = UndeleteCredentialRequest(id=attacked.world.ids[name])
        return await attacked.credentials.UndeleteCredential(request, metadata=attacked.metadata)

    return act


def lists(key: str) -> Act:
    """List credentials with this key."""

    async def act(attacked: Attacked) -> object:
        await attacked.hear()
        by = bearer(attacked.world.keys[key])
        return await attacked.credentials.ListCredentials(ListCredentialsRequest(), metadata=by)

    return act


def repeat_create(name: str, key: str = "") -> Act:
    """Repeat the request that created a credential, with its request id."""

    async def act(attacked: Attacked) -> object:
        from attacks.world import SECRET

        credential = Credential(name=name, data=samples(SECRET)["basic_auth"], allowed_hosts=[ACCESSED_AT], team_id=1)
        request = CreateCredentialRequest(credential=credential, request_id=f"create-{name}")
        by = bearer(attacked.world.keys[key]) if key else attacked.metadata
        return await attacked.credentials.CreateCredential(request, metadata=by)

    return act


def create(name: str = "new") -> Act:
    """Create a credential."""

    async def act(attacked: Attacked) -> object:
        request = CreateCredentialRequest(credential=Credential(name=name, data=samples()["basic_auth"]))
        return await attacked.credentials.CreateCredential(request, metadata=attacked.metadata)

    return act


def share(slug: str) -> Act:
    """Create a credential that the team with this slug may use."""

    async def act(attacked: Attacked) -> object:
        credential = named(surface=SURFACE_TINES, variant="text", read_access=READ_ACCESS_SPECIFIC_TEAMS, team_id=1)
        credential.shared_team_slugs.append(slug)
        request = CreateCredentialRequest(credential=credential)
        return await attacked.credentials.CreateCredential(request, metadata=attacked.metadata)

    return act


def get_team(name: str) -> Act:
    """Get a team."""

    async def act(attacked: Attacked) -> object:
        request = GetTeamRequest(id=int(attacked.world.ids[name]))
        return await attacked.organisations.GetTeam(request, metadata=attacked.metadata)

    return act


async def get_organisation(attacked: Attacked) -> object:
    """Get the organisation."""
    return await attacked.organisations.GetOrganisation(GetOrganisationRequest(), metadata=attacked.metadata)


async def create_team(attacked: Attacked) -> object:
    """Create a team, and get it."""
    request = CreateTeamRequest(team=Team(name="one more"))
    team = await attacked.organisations.CreateTeam(request, metadata=attacked.metadata)
    return await attacked.organisations.GetTeam(GetTeamRequest(id=team.id), metadata=attacked.metadata)


async def restart(attacked: Attacked) -> None:
    """Start another node, which refuses keys that do not verify. The attacked node keeps running."""
    async with attacked.restarted():
        pass


async def sweep(attacked: Attacked) -> None:
    """Let the node's sweeper run."""
    await sweeper.sweep(attacked.service.database, attacked.service.recorder)


async def nothing(attacked: Attacked) -> None:
    """Do nothing."""
