"""What a key with a scope changes is in its scope before and after."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from credentials.scoping import KINDS, World, new_world
from credentials.test_import import create, imported
from credentials.undeleting import undelete
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import code_pb2
from rpc.calls import accessed, bearer, change_key, deleted, got, listed, make_key, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES, Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    DestroyCredentialVersionRequest,
    PurgeCredentialsRequest,
    RestoreCredentialVersionRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    DeleteFolderRequest,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment

ROLES = (ROLE_READER, ROLE_WRITER, ROLE_USER)
ENABLED = "test_credential.enabled"
OFF = Credential.TestCredential(enabled=False)


@pytest.fixture(scope="module")
async def world(deployment: Deployment) -> World:
    return await new_world(deployment)


@pytest.fixture
async def own_world(deployment: Deployment) -> World:
    """An organisation for one test, which counts or purges credentials."""
    return await new_world(deployment)


async def not_allowed(call: Awaitable[Any], field: str) -> None:
    refusal = await refused(call)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "SCOPE_NOT_ALLOWED")
    assert list(refusal.fields) == [field]


def new(world: World, **fields: Any) -> Credential:
    """A credential that every scope but one of credential_ids contains."""
    place = {"surface": SURFACE_NATIVE, "team_id": 1, "folder_id": world.inside} | fields
    return named(variant="text", **place)


BEYOND: list[tuple[str, dict[str, Any], str]] = [
    ("credential_ids", {}, "credential.id"),
    ("folder_ids", {"folder_id": 0}, "credential.folder_id"),
    ("folder_ids", {"folder_id": 2}, "credential.folder_id"),
    ("folder_ids", {"folder_id": 3, "team_id": 2}, "credential.folder_id"),
    ("surfaces", {"surface": SURFACE_TINES}, "credential.surface"),
]


@pytest.mark.parametrize(("kind", "fields", "field"), BEYOND)
async def test_nothing_is_created_or_imported_outside_of_the_scope(
    world: World, kind: str, fields: dict[str, Any], field: str
) -> None:
    by = await world.key(kind, await world.create(within=True))
    before = await listed(world.deployment, world.admin, page_size=500)
    await not_allowed(created(world.deployment, new(world, **fields), by), field)
    (result,) = await imported(world.deployment, create(new(world, **fields)), by=by)
    assert result.error.code == code_pb2.PERMISSION_DENIED
    assert result.error.message.startswith(f"{field} ")
    assert await listed(world.deployment, world.admin, page_size=500) == before


@pytest.mark.parametrize("kind", ["folder_ids", "surfaces"])
async def test_a_key_creates_and_imports_what_its_scope_contains(world: World, kind: str) -> None:
    by = await world.key(kind)
    made = await created(world.deployment, new(world), by)
    beyond = new(world, folder_id=world.outside, surface=SURFACE_TINES)
    first, refusal, second = await imported(
        world.deployment, create(new(world)), create(beyond), create(new(world)), by=by
    )
    assert refusal.HasField("error")
    for credential_id in (made.id, first.created.id, second.created.id):
        assert (await got(world.deployment, credential_id, by)).id == credential_id


@pytest.mark.parametrize(
    ("paths", "fields"),
    [
        (["folder_id"], {"folder_id": 2}),
        (["folder_id"], {"folder_id": 0}),
        (["team_id"], {"team_id": 2}),
        (["team_id", "folder_id"], {"team_id": 2, "folder_id": 3}),
        (["team_id", "folder_id", "name"], {"name": "n"}),
    ],
)
async def test_a_credential_does_not_leave_the_scope(world: World, paths: list[str], fields: dict[str, Any]) -> None:
    credential = await world.create(within=True)
    by = await world.key("folder_ids")
    await not_allowed(updated(world.deployment, credential.id, *paths, by=by, **fields), "credential.folder_id")
    assert (await got(world.deployment, credential.id, by)).etag == credential.etag


async def test_a_credential_moves_within_the_scope_and_between_places_that_it_does_not_limit(world: World) -> None:
    credential = await world.create(within=True)
    of_two = await world.scoped(Scope(folder_ids=[world.inside, world.elsewhere]))
    moved: dict[str, Any] = {"team_id": 2, "folder_id": world.elsewhere}
    assert (await updated(world.deployment, credential.id, *moved, by=of_two, **moved)).folder_id == world.elsewhere
    for kind in ("credential_ids", "surfaces"):
        by = await world.key(kind, credential)
        for team_id, folder_id in ((1, world.outside), (1, world.inside)):
            place: dict[str, Any] = {"team_id": team_id, "folder_id": folder_id}
            assert (await updated(world.deployment, credential.id, *place, by=by, **place)).folder_id == folder_id


async def test_a_key_loses_a_credential_that_another_key_moves_out_of_its_scope(world: World) -> None:
    credential = await world.create(within=True)
    by = await world.key("folder_ids")
    await accessed(world.deployment, credential.id, by)
    await updated(world.deployment, credential.id, "folder_id", by=world.admin, folder_id=world.outside)
    assert (await refused(accessed(world.deployment, credential.id, by))).reason == "CREDENTIAL_NOT_FOUND"


async def pair(world: World, *, test_within: bool) -> tuple[Credential, Credential]:
    """A live credential in the scope of the folder, and its test credential inside or outside of it."""
    live = await world.create(within=True)
    folder_id = world.inside if test_within else world.outside
    return live, await world.create(within=True, live_credential_id=live.id, folder_id=folder_id)


async def test_a_test_credential_is_linked_only_if_both_are_in_the_scope(world: World) -> None:
    inside, outside = await world.create(within=True), await world.create(within=False, surface=SURFACE_NATIVE)
    by = await world.key("folder_ids")
    refusal = await refused(created(world.deployment, new(world, live_credential_id=outside.id), by))
    assert (refusal.reason, list(refusal.fields)) == ("LIVE_CREDENTIAL_UNKNOWN", ["credential.live_credential_id"])
    beyond = new(world, live_credential_id=inside.id, folder_id=world.outside)
    await not_allowed(created(world.deployment, beyond, by), "credential.folder_id")
    # The folder defaults to the live credential's.
    test = await created(world.deployment, named(variant="text", live_credential_id=inside.id), by)
    assert test.folder_id == world.inside


async def test_a_test_credential_is_used_and_changed_only_if_the_scope_contains_it(world: World) -> None:
    live, test = await pair(world, test_within=False)
    by = await world.key("folder_ids")
    # The live credential shows that it has one.
    assert (await got(world.deployment, live.id, by)).test_credential.id == test.id
    for refused_call in (
        accessed(world.deployment, test.id, by),
        world.deployment.credentials.UpdateCredential(
            UpdateCredentialRequest(
                id=live.id, test_credential=True, credential=Credential(name="n"), update_mask=FieldMask(paths=["name"])
            ),
            metadata=by,
        ),
    ):
        assert (await refused(refused_call)).reason == "CREDENTIAL_NOT_FOUND"
    disabling = updated(world.deployment, live.id, ENABLED, by=by, test_credential=OFF)
    await not_allowed(disabling, f"credential.{ENABLED}")
    await not_allowed(deleted(world.deployment, live.id, by), "id")
    of_test = await world.scoped(Scope(credential_ids=[test.id]))
    assert (await accessed(world.deployment, test.id, of_test)).data == samples()["text"]
    assert (await refused(accessed(world.deployment, live.id, of_test))).reason == "CREDENTIAL_NOT_FOUND"


async def test_a_test_credential_outside_of_the_scope_is_not_moved_into_it(world: World) -> None:
    live, test = await pair(world, test_within=False)
    by = await world.scoped(Scope(folder_ids=[world.inside, world.elsewhere]))
    place: dict[str, Any] = {"team_id": 2, "folder_id": world.elsewhere}
    await not_allowed(updated(world.deployment, live.id, *place, by=by, **place), "credential.team_id")
    assert (await got(world.deployment, test.id, world.admin)).folder_id == world.outside


async def test_a_live_credential_is_changed_with_its_test_credential_if_both_are_in_the_scope(world: World) -> None:
    live, test = await pair(world, test_within=True)
    by = await world.scoped(Scope(folder_ids=[world.inside, world.elsewhere]))
    await updated(world.deployment, live.id, ENABLED, by=by, test_credential=OFF)
    place: dict[str, Any] = {"team_id": 2, "folder_id": world.elsewhere}
    await updated(world.deployment, live.id, *place, by=by, **place)
    assert (await got(world.deployment, test.id, by)).folder_id == world.elsewhere
    await deleted(world.deployment, live.id, by)
    await undelete(world.deployment, live.id, by)
    assert (await got(world.deployment, test.id, by)).live_credential_id == live.id


async def test_a_pair_is_undeleted_only_if_the_scope_contains_both(world: World) -> None:
    live, test = await pair(world, test_within=False)
    await deleted(world.deployment, live.id, world.admin)
    await not_allowed(undelete(world.deployment, live.id, await world.key("folder_ids")), "id")
    of_both = await world.scoped(Scope(credential_ids=[live.id, test.id]))
    await undelete(world.deployment, live.id, of_both)


async def test_an_undeleted_credential_stays_in_the_scope(own_world: World) -> None:
    """Without its folder it would be in none."""
    world = own_world
    credential = await world.create(within=True)
    await deleted(world.deployment, credential.id, world.admin)
    by = await world.key("folder_ids")
    await world.deployment.organisations.DeleteFolder(DeleteFolderRequest(id=world.inside), metadata=world.admin)
    await not_allowed(undelete(world.deployment, credential.id, by), "id")
    await undelete(world.deployment, credential.id, await world.key("surfaces"))


async def purged(world: World, by: Any, surface: Any = SURFACE_NATIVE, **request: Any) -> int:
    response = await world.deployment.credentials.PurgeCredentials(
        PurgeCredentialsRequest(surface=surface, **request), metadata=by
    )
    assert not response.more
    return response.deleted_count


@pytest.mark.parametrize("kind", KINDS)
async def test_a_purge_deletes_only_what_is_in_the_scope(own_world: World, kind: str) -> None:
    world = own_world
    live, test = await pair(world, test_within=True)
    others = [await world.create(within=False), await world.create(within=False, surface=SURFACE_NATIVE)]
    by = await world.key(kind, live, test)
    assert await purged(world, by, SURFACE_TINES) == 0
    deletes_all = kind == "surfaces"
    assert await purged(world, by) == (3 if deletes_all else 2)
    left = others[: 1 if deletes_all else 2]
    assert await listed(world.deployment, world.admin) == [each.id for each in left]


async def test_a_purge_leaves_a_pair_that_is_only_partly_in_the_scope(own_world: World) -> None:
    world = own_world
    live, _ = await pair(world, test_within=False)
    lone = await world.create(within=True)
    by = await world.key("folder_ids")
    assert await purged(world, by) == 1
    assert await listed(world.deployment, world.admin) == [live.id]
    assert (await refused(got(world.deployment, lone.id, by))).reason == "CREDENTIAL_NOT_FOUND"


async def test_a_repeated_request_does_not_show_what_the_scope_has_hidden_since(world: World) -> None:
    key = await make_key(
        world.deployment, *ROLES, by=world.admin, scope=Scope(folder_ids=[world.inside, world.outside])
    )
    by, name = bearer(key.key), str(uuid.uuid4())
    request = CreateCredentialRequest(credential=new(world, folder_id=world.outside), request_id=name)
    stub = world.deployment.credentials
    made = await stub.CreateCredential(request, metadata=by)
    assert await stub.CreateCredential(request, metadata=by) == made
    repeated: list[tuple[Any, Any]] = [
        (stub.CreateCredential, request),
        (
            stub.UpdateCredential,
            UpdateCredentialRequest(
                id=made.id,
                credential=Credential(data=samples("new")["text"]),
                update_mask=FieldMask(paths=["data"]),
                request_id=f"u{name}",
            ),
        ),
        (
            stub.RestoreCredentialVersion,
            RestoreCredentialVersionRequest(id=made.id, version=1, request_id=f"r{name}"),
        ),
        (
            stub.DestroyCredentialVersion,
            DestroyCredentialVersionRequest(id=made.id, version=1, request_id=f"d{name}"),
        ),
    ]
    for method, asked in repeated * 2:
        await method(asked, metadata=by)
    await change_key(world.deployment, key.id, "scope", by=world.admin, scope=Scope(folder_ids=[world.inside]))
    for method, asked in repeated:
        assert (await refused(method(asked, metadata=by))).reason == "CREDENTIAL_NOT_FOUND"
    (result,) = await imported(world.deployment, request, by=by)
    assert result.HasField("error")


async def test_an_old_version_under_a_wider_policy_needs_a_key_without_a_scope_of_credentials(world: World) -> None:
    """The policy was widened by a writer that sent the secret, and may have reached the scope only then."""
    credential = await world.create(within=False)
    writer = await world.scoped(Scope(networks=["127.0.0.0/8"]), ROLE_WRITER)
    place: dict[str, Any] = {"team_id": 2, "folder_id": world.elsewhere}
    await updated(world.deployment, credential.id, *place, "data", by=writer, data=samples("new")["text"], **place)
    ask = AccessCredentialRequest(id=credential.id, version=1)
    stub = world.deployment.credentials
    limited = await world.scoped(Scope(folder_ids=[world.elsewhere]))
    assert (await refused(stub.AccessCredential(ask, metadata=limited))).reason == "SECRET_REQUIRED"
    assert (await accessed(world.deployment, credential.id, limited)).data == samples("new")["text"]
    unlimited = await world.scoped(Scope(networks=["127.0.0.0/8"]))
    assert (await stub.AccessCredential(ask, metadata=unlimited)).data == samples()["text"]
