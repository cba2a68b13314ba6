"""Handles Tines' operations on teams, and the description of a tenant. Strongroom's teams have no members."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.v1 import organisation_service_pb2 as contract
from strongroom_server.gateway.members import Body, Member, text
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.tines.callers import ID, id_of, links
from strongroom_server.gateway.vendors.tines.pages import PAGE, PER_PAGE, Meta, meta, place_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call


class Team(msgspec.Struct):
    """A team. Strongroom has no groups, so `groups` is empty."""

    id: int
    name: str
    groups: list[dict[str, Any]] = []


class Teams(msgspec.Struct):
    """A page of teams."""

    teams: list[Team]
    meta: Meta


class Members(msgspec.Struct):
    """A page of a team's members. It is empty, because Strongroom's callers are API keys."""

    members: list[dict[str, Any]]
    meta: Meta


class Stack(msgspec.Struct):
    """Where a tenant runs. Strongroom returns fixed values."""

    name: str
    type: str
    region: str
    egress_ips: list[str]


class Info(msgspec.Struct):
    """The description of a tenant."""

    stack: Stack


_NAME = Member("name", text(1, 255), "Must contain a letter or a digit.", required=True)
_BODY = Body("TeamRequest", (_NAME,), lenient=True, examples={"team": {"name": "Payments"}})

FIELDS = MappingProxyType({"team.name": "name"})


async def create(call: Call) -> Response:
    """Create a team."""
    name = (await call.body()).required(_NAME)
    request = contract.CreateTeamRequest(team=contract.Team(name=name), request_id=call.request_id)
    team = await call.services.organisations.CreateTeam(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response(body_of(team))


async def list_(call: Call) -> Response:
    """List a numbered page of teams."""
    place = place_of(call)
    page = await call.services.organisations.ListTeams(
        contract.ListTeamsRequest(page_size=place.per_page, skip=place.skip, with_total_size=True),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(Teams(list(map(body_of, page.teams)), meta(call, place, page.total_size, {})))


async def get(call: Call) -> Response:
    """Show a team."""
    request = contract.GetTeamRequest(id=id_of(call))
    team = await call.services.organisations.GetTeam(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response(body_of(team))


async def update(call: Call) -> Response:
    """Rename a team."""
    name = (await call.body()).required(_NAME)
    team = await call.services.organisations.UpdateTeam(
        contract.UpdateTeamRequest(
            id=id_of(call),
            team=contract.Team(name=name),
            update_mask=FieldMask(paths=["name"]),
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(team))


async def delete(call: Call) -> Response:
    """Delete a team that owns no credentials and folders."""
    request = contract.DeleteTeamRequest(id=id_of(call), request_id=call.request_id)
    await call.services.organisations.DeleteTeam(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response()


async def members(call: Call) -> Response:
    """Show an empty page of members."""
    place = place_of(call)
    team_id = id_of(call)
    await call.services.organisations.GetTeam(
        contract.GetTeamRequest(id=team_id), metadata=call.metadata, timeout=CALL_SECONDS
    )
    return call.response(Members([], meta(call, place, 0, {}, path=call.path.format(id=team_id))))


async def destroy_static_external_id(call: Call) -> Response:
    """Respond with the team's id, as Tines does. Nothing is destroyed, because each AWS credential has its own external id."""
    request = contract.GetTeamRequest(id=id_of(call))
    team = await call.services.organisations.GetTeam(request, metadata=call.metadata, timeout=CALL_SECONDS)
    return call.response(team.id)


async def info(call: Call) -> Response:
    """Describe the tenant. Clients use this operation to check their key."""
    await call.services.organisations.GetOrganisation(
        contract.GetOrganisationRequest(), metadata=call.metadata, timeout=CALL_SECONDS
    )
    return call.response(Info(Stack("strongroom", "dedicated", "local", [])))


def body_of(team: contract.Team) -> Team:
    return Team(team.id, team.name)


_COLLECTION = "/teams"
_ITEM = f"{_COLLECTION}/{{id}}"

OPERATIONS = (
    Operation("GetInfo", "GET", "/info", "Describe the tenant.", info, HTTPStatus.OK, Info),
    Operation(
        "CreateTeam",
        "POST",
        _COLLECTION,
        "Create a team.",
        create,
        HTTPStatus.CREATED,
        Team,
        body=_BODY,
        links=links("Team", "ListTeamMembers", "DestroyTeamStaticExternalId"),
    ),
    Operation("ListTeams", "GET", _COLLECTION, "List teams.", list_, HTTPStatus.OK, Teams, (PAGE, PER_PAGE)),
    Operation("GetTeam", "GET", _ITEM, "Read a team.", get, HTTPStatus.OK, Team, (ID,)),
    *(
        Operation(f"{verb}Team", method, _ITEM, "Rename a team.", update, HTTPStatus.OK, Team, (ID,), _BODY)
        for verb, method in (("Update", "PUT"), ("Patch", "PATCH"))
    ),
    Operation("DeleteTeam", "DELETE", _ITEM, "Delete an empty team.", delete, HTTPStatus.NO_CONTENT, None, (ID,)),
    Operation(
        "ListTeamMembers",
        "GET",
        f"{_ITEM}/members",
        "List a team's members. The list is always empty.",
        members,
        HTTPStatus.OK,
        Members,
        (ID, PAGE, PER_PAGE),
    ),
    Operation(
        "DestroyTeamStaticExternalId",
        "POST",
        f"{_ITEM}/destroy_static_external_id",
        "Accepted without effect, because each AWS credential has its own external id.",
        destroy_static_external_id,
        HTTPStatus.OK,
        int,
        (ID,),
        effect=False,
    ),
)
