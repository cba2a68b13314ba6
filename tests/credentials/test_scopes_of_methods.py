"""Every method of the services either keeps to the caller's scope, or is not for keys with a scope of credentials."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from credentials.scoping import KINDS, World, new_world
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import deleted, make_key, refused, updated

from strongroom.v1 import credential_service_pb2 as contract
from strongroom.v1 import organisation_service_pb2 as organisations
from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_OPERATOR, Scope
from strongroom_server.access.roles import METHOD_ROLES
from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from conftest import Deployment

# Methods that name one credential, with the rest of their request.
OF_ONE: dict[str, dict[str, Any]] = {
    "GetCredential": {},
    "GetCredential FULL": {"view": contract.CREDENTIAL_VIEW_FULL},
    "AccessCredential": {},
    "UpdateCredential": {"credential": Credential(name="renamed"), "update_mask": FieldMask(paths=["name"])},
    "DeleteCredential": {},
    "UndeleteCredential": {},
    "ListCredentialVersions": {},
    "RestoreCredentialVersion": {"version": 1},
    "DestroyCredentialVersion": {"version": 1},
}
# Methods that name none. Their tests are in test_scopes_of_lists.py and test_scopes_of_changes.py.
OF_MANY = {"CreateCredential", "ImportCredentials", "ListCredentials", "ListCredentials FULL", "PurgeCredentials"}
# They show no credential, and scopes limit credentials: a key sees the whole organisation's.
UNLIMITED = {"GetOrganisation", "GetTeam", "ListTeams", "GetFolder", "ListFolders"}
# It shows the caller itself, with its scope.
OF_CALLER = {"GetCaller"}
# A key with these roles has no scope of credentials.
UNSCOPED_ROLES = {ROLE_ADMIN, ROLE_OPERATOR}


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> World:
    return await new_world(deployment)


def test_every_method_is_either_for_unlimited_keys_or_has_a_decision_about_scopes() -> None:
    methods = {name for service in SERVICES for name in service.methods_by_name}
    assert {name.removesuffix(" FULL") for name in METHOD_ROLES} == methods
    for name, roles in METHOD_ROLES.items():
        decided = name in OF_ONE or name in OF_MANY or name in UNLIMITED or name in OF_CALLER
        assert decided != (set(roles) <= UNSCOPED_ROLES), f"{name}: add it to one of the tables above, with its tests"


async def test_no_key_with_those_roles_gets_a_scope_of_credentials(world: World) -> None:
    for role in UNSCOPED_ROLES:
        refusal = await refused(
            make_key(world.deployment, role, by=world.admin, scope=Scope(folder_ids=[world.inside]))
        )
        assert refusal.reason == "FIELD_INVALID"


async def call(world: World, method: str, credential_id: str, by: Any) -> Any:
    name = method.removesuffix(" FULL")
    request = getattr(contract, f"{name}Request")(id=credential_id, **OF_ONE[method])
    return await getattr(world.deployment.credentials, name)(request, metadata=by)


async def prepared(world: World, method: str, *, within: bool) -> Credential:
    """A credential that the method can be called for."""
    credential = await world.create(within=within)
    if method == "UndeleteCredential":
        await deleted(world.deployment, credential.id, world.admin)
    if method == "DestroyCredentialVersion":
        await updated(world.deployment, credential.id, "data", by=world.admin, data=credential_data("new"))
    return credential


def credential_data(text: str) -> Any:
    return {"text": {"value": text}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", OF_ONE)
async def test_what_is_outside_of_the_scope_does_not_exist_and_what_is_inside_does(
    world: World, method: str, kind: str
) -> None:
    inside, outside = await prepared(world, method, within=True), await prepared(world, method, within=False)
    by = await world.key(kind, inside)
    for one in (outside.id, str(outside.number)):
        refusal = await refused(call(world, method, one, by))
        missing = await refused(call(world, method, str(uuid.uuid4()), by))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")
        assert refusal == missing
    await call(world, method, inside.id, by)
    # Nothing has happened to the credential outside.
    await call(world, method, outside.id, world.admin)


@pytest.mark.parametrize("method", sorted(UNLIMITED))
async def test_a_scope_does_not_hide_teams_and_folders(world: World, method: str) -> None:
    fields = {"GetTeam": {"id": 2}, "GetFolder": {"id": world.elsewhere}}.get(method, {})
    request = getattr(organisations, f"{method}Request")(**fields)
    by = await world.key("folder_ids")
    ask = getattr(world.deployment.organisations, method)
    assert await ask(request, metadata=by) == await ask(request, metadata=world.admin)
