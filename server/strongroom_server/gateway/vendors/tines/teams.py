"""Owns Tines' teams, which have no members here, and what a tenant says of its own place."""

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
from strongroom_server.gateway.vendors.tines.callers import ID, caller, id_of, links
from strongroom_server.gateway.vendors.tines.pages import PAGE, PER_PAGE, Meta, meta, place_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call


class Team(msgspec.Struct):
    """A team. It belongs to no groups: there are none here."""

    id: int
    name: str
    groups: list[dict[str, Any]] = []


class Teams(msgspec.Struct):
    """A page of teams."""

    teams: list[Team]
    meta: Meta


class Members(msgspec.Struct):
    """A page of a team's members. Callers are API keys here, so it is empty."""

    members: list[dict[str, Any]]
    meta: Meta


class Stack(msgspec.Struct):
    """Where a tenant runs. Strongroom has no place of its own to tell."""

    name: str
    type: str
    region: str
    egress_ips: list[str]


class Info(msgspec.Struct):
    """What a tenant says of itself."""

    stack: Stack


_NAME = Member("name", text(1, 255), "Among its characters a letter or digit.", required=True)
_BODY = Body("TeamRequest", (_NAME,), lenient=True, examples={"team": {"name": "Payments"}})

FIELDS = MappingProxyType({"team.name": "name"})


async def create(call: Call) -> Response:
    """POST."""
    metadata = caller(call)
    name = (await call.body()).required(_NAME)
    request = contract.CreateTeamRequest(team=contract.Team(name=name), request_id=call.request_id)
    team = await call.services.organisations.CreateTeam(request, metadata=metadata, timeout=CALL_SECONDS)
    return call.response(body_of(team))


async def list_(call: Call) -> Response:
    """GET of the collection: a page by its number."""
    metadata = caller(call)
    place = place_of(call)
    page = await call.services.organisations.ListTeams(
        contract.ListTeamsRequest(page_size=place.per_page, skip=place.skip, with_total_size=True),
        metadata=metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(Teams(list(map(body_of, page.teams)), meta(call, place, page.total_size, {})))


async def get(call: Call) -> Response:
    """GET by id."""
    request = contract.GetTeamRequest(id=id_of(call))
    team = await call.services.organisations.GetTeam(request, metadata=caller(call), timeout=CALL_SECONDS)
    return call.response(body_of(team))


async def update(call: Call) -> Response:
    """PUT and PATCH: another name."""
    metadata = caller(call)
    name = (await call.body()).required(_NAME)
    team = await call.services.organisations.UpdateTeam(
        contract.UpdateTeamRequest(
            id=id_of(call),
            team=contract.Team(name=name),
            update_mask=FieldMask(paths=["name"]),
            request_id=call.request_id,
        ),
        metadata=metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(team))


async def delete(call: Call) -> Response:
    """DELETE: refused while the team owns credentials or folders."""
    request = contract.DeleteTeamRequest(id=id_of(call), request_id=call.request_id)
    await call.services.organisations.DeleteTeam(request, metadata=caller(call), timeout=CALL_SECONDS)
    return call.response()


async def members(call: Call) -> Response:
    """GET of a team's members: an empty page."""
    metadata = caller(call)
    place = place_of(call)
    team_id = id_of(call)
    await call.services.organisations.GetTeam(
        contract.GetTeamRequest(id=team_id), metadata=metadata, timeout=CALL_SECONDS
    )
    return call.response(Members([], meta(call, place, 0, {}, path=call.path.format(id=team_id))))


async def destroy_static_external_id(call: Call) -> Response:
    """POST: answers a number, as Tines does. Nothing is destroyed: each AWS credential has an external id of its own here."""
    request = contract.GetTeamRequest(id=id_of(call))
    team = await call.services.organisations.GetTeam(request, metadata=caller(call), timeout=CALL_SECONDS)
    return call.response(team.id)


async def info(call: Call) -> Response:
    """GET: clients ask this to try their key."""
    await call.services.organisations.GetOrganisation(
        contract.GetOrganisationRequest(), metadata=caller(call), timeout=CALL_SECONDS
    )
    return call.response(Info(Stack("strongroom", "dedicated", "local", [])))


def body_of(team: contract.Team) -> Team:
    return Team(team.id, team.name)


_COLLECTION = "/teams"
_ITEM = f"{_COLLECTION}/{{id}}"

OPERATIONS = (
    Operation("GetInfo", "GET", "/info", "Say where this runs.", info, HTTPStatus.OK, Info),
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
        "List a team's members: there are none here.",
        members,
        HTTPStatus.OK,
        Members,
        (ID, PAGE, PER_PAGE),
    ),
    Operation(
        "DestroyTeamStaticExternalId",
        "POST",
        f"{_ITEM}/destroy_static_external_id",
        "Accepted and without effect: each AWS credential has an external id of its own here.",
        destroy_static_external_id,
        HTTPStatus.OK,
        int,
        (ID,),
        effect=False,
    ),
)
