"""Every method either keeps to the caller's scope and teams, or is not for callers with a scope of credentials."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
import trustme
from access.authorisation_requests import (
    CONNECTIONS,
    REFERENCES,
    UNKNOWN,
    copy_with,
    empty,
    fields_with_ids,
    id_fields,
    id_path,
    method_of,
    new_credential,
    request_of,
)
from access.authorisation_world import (
    KINDS,
    Cells,
    World,
    new_world,
    presented_by,
)
from access.authorisation_world import (
    granted as refusal_of,
)
from rpc.calls import read

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    Role,
    Scope,
)
from strongroom_server.access.roles import METHOD_ROLES

if TYPE_CHECKING:
    from conftest import Deployment


# The fields of a scope of credentials.
FIELDS = ("credential_ids", "folder_ids", "surfaces")
# What else limits a caller to some credentials of its organisation.
TEAMS = "team_ids"
USING = {ROLE_READER, ROLE_WRITER, ROLE_USER}
# They show no credential, and scopes limit credentials.
UNLIMITED = {"GetOrganisation", "GetTeam", "ListTeams", "GetFolder", "ListFolders"}
# They name no credential. Their tests are in tests/credentials/test_scopes_of_lists.py and test_scopes_of_changes.py.
OF_MANY = {
    *("CreateCredential", "ImportCredentials", "ListCredentials", "ListCredentials FULL", "PurgeCredentials"),
    # In tests/connections/test_apps.py.
    *("CreateApp", "ListApps"),
    # In tests/connections/test_beginnings.py, test_consent_flow.py and test_connected_grants.py.
    *("CreateConnection", "BeginConnection", "GetConnectionSession", "CompleteConnection", "ListConnections"),
}
# The answer is about the caller alone.
OF_THE_CALLER = {"GetCaller"}
# A caller with these roles has no scope of credentials.
UNSCOPED_ROLES = {ROLE_ADMIN, ROLE_OPERATOR}
OF_ONE = [
    name
    for name in METHOD_ROLES
    if REFERENCES.get(f"{method_of(name)} {id_path(method_of(name))}", ("",))[0] in ("credential", "app", "connection")
]


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> World:
    return await new_world(deployment, trustme.CA())


def limited_to(world: World, field: str, *credential_ids: str) -> dict[str, Any]:
    """The fields of a caller with one limit. One of credential_ids has these."""
    limits: dict[str, dict[str, Any]] = {
        "credential_ids": {"scope": Scope(credential_ids=credential_ids)},
        "folder_ids": {"scope": Scope(folder_ids=[world.own.folder])},
        "surfaces": {"scope": Scope(surfaces=[SURFACE_NATIVE])},
        TEAMS: {"team_ids": [1]},
    }
    return limits[field]


async def places_outside(world: World) -> dict[str, dict[str, Any]]:
    """The fields of a credential outside of each limit. One of team 1, in `own.folder` and of SURFACE_NATIVE is inside of all."""
    return {
        "credential_ids": {"folder_id": world.own.folder},
        "folder_ids": {"folder_id": await world.own.new_folder()},
        "surfaces": {"folder_id": world.own.folder, "surface": SURFACE_TINES},
        TEAMS: {"team_id": 2},
    }


def may_be_outside(name: str, field: str) -> bool:
    """Whether what a method names can be outside of a limit: all apps and these connections have the surface of the scope."""
    return not (name.endswith(("App", *CONNECTIONS)) and field == "surfaces")


def test_every_method_has_a_decision_about_scopes_or_is_not_for_callers_with_one() -> None:
    for name, roles in METHOD_ROLES.items():
        decisions = [name in table for table in (OF_ONE, OF_MANY, UNLIMITED, OF_THE_CALLER)]
        assert sum(decisions) == (not set(roles) <= UNSCOPED_ROLES), (
            f"{name}: add it to one of the tables, with its tests"
        )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_caller_that_administers_has_no_scope_of_credentials(world: World, kind: str) -> None:
    cells = Cells()

    async def cell(role: Role.ValueType, field: str) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await world.caller(kind, [role], **limited_to(world, field, str(uuid.uuid4())))
        assert read(caught.value).reason == "FIELD_INVALID"

    await cells.run(*(cell(role, field) for role in UNSCOPED_ROLES for field in FIELDS))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_credential_that_the_caller_is_not_limited_to_looks_as_if_it_did_not_exist(
    world: World, kind: str
) -> None:
    cells = Cells()
    own, places = world.own, await places_outside(world)

    async def cell(name: str, field: str) -> None:
        method = method_of(name)
        inside = await new_credential(own, method, folder_id=own.folder)
        outside = await new_credential(own, method, **places[field])
        by = await world.caller(kind, USING, **limited_to(world, field, inside.id))
        request, path = empty(name), id_path(method)
        request.MergeFrom(await request_of(own, method, inside.id))
        unknown = await world.ask(method, copy_with(request, path, UNKNOWN["credential"]), by)
        for one in (outside.id, str(outside.number)):
            answer = await world.ask(method, copy_with(request, path, one), by)
            cells.require(answer.reason == REFERENCES[f"{method} {path}"][1], f"{name} {field}", answer)
            cells.require(answer == unknown, f"{name} {field}", answer, unknown)
        granted = await world.ask(method, request, by)
        # Nothing has happened to the credential outside.
        untouched = await world.ask(method, copy_with(request, path, outside.id), presented_by(own.admin))
        reason = refusal_of(kind, method)
        cells.require((granted.reason, untouched.reason) == (reason, reason), f"{name} {field}", granted, untouched)

    await cells.run(
        *(cell(name, field) for name in OF_ONE for field in (*FIELDS, TEAMS) if may_be_outside(name, field))
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_live_credential_that_the_caller_is_not_limited_to_looks_as_if_it_did_not_exist(
    world: World, kind: str
) -> None:
    cells = Cells()
    own, places = world.own, await places_outside(world)

    async def cell(name: str, field: str) -> None:
        by = await world.caller(kind, USING, **limited_to(world, field))
        live = await own.credential(**places[field])
        request = await request_of(own, name)
        [path] = [path for path in id_fields(request.DESCRIPTOR) if path.endswith("live_credential_id")]
        answers = [
            await world.ask(name, copy_with(request, path, one), by)
            for one in (UNKNOWN["credential"], live.id, str(live.number))
        ]
        cells.require(answers[0].reason == "LIVE_CREDENTIAL_UNKNOWN", f"{name} {field}", *answers)
        cells.require(answers[0] == answers[1] == answers[2], f"{name} {field}", *answers)
        inside = await world.ask(name, request, by)
        cells.require(inside.reason == "", f"{name} {field}", inside)

    methods = [
        name
        for name, path in fields_with_ids()
        if name not in ("UpdateCredential", "BeginConnection", "CreateConnection", "UpdateConnection")
        and "live_credential" in path
    ]
    # A caller with a scope of credential_ids creates nothing.
    await cells.run(*(cell(name, field) for name in methods for field in places if field != "credential_ids"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_scope_does_not_hide_teams_and_folders(world: World, kind: str) -> None:
    cells = Cells()
    by = await world.caller(kind, USING, **limited_to(world, "folder_ids"))

    # First, because they create teams and folders.
    requests = {name: await request_of(world.own, name) for name in UNLIMITED}

    async def cell(name: str, request: Any) -> None:
        answers = [await world.ask(name, request, caller) for caller in (by, presented_by(world.own.admin))]
        cells.require(answers[0] == answers[1] and not answers[0].reason, name, *answers)

    await cells.run(*(cell(name, request) for name, request in requests.items()))
