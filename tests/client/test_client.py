"""The client calls every method of a real server, also over a network that loses responses."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from client.lossy_network import lossy_network

import strongroom
from strongroom.v1.credential_pb2 import BasicAuthData, Credential, CredentialData, CredentialState, Surface, TextData
from strongroom.v1.credential_service_pb2 import CredentialView
from strongroom.v1.organisation_service_pb2 import (
    FOLDER_CONTENT_TYPE_STORY,
    ApiKey,
    Folder,
    Organisation,
    Role,
    Team,
)
from strongroom_server.credentials import delete as credential_delete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[strongroom.Client]:
    async with strongroom.Client(deployment.grpc_target, deployment.api_key, plaintext=True) as client:
        yield client


def credential(name: str = "billing") -> Credential:
    data = CredentialData(basic_auth=BasicAuthData(username="anna", password="hunter2"))
    return Credential(name=name, team_id=1, data=data)


async def test_a_credential_is_created_read_and_accessed(client: strongroom.Client) -> None:
    created = await client.create_credential(credential())
    assert created.id
    assert not created.data.basic_auth.HasField("password")

    metadata = await client.get_credential(created.id)
    assert metadata.name == "billing"
    assert not metadata.HasField("data")
    shown = await client.get_credential(str(created.number), view=CredentialView.CREDENTIAL_VIEW_FULL)
    assert shown.data == CredentialData(basic_auth=BasicAuthData(username="anna"))

    accessed = await client.access_credential(created.id)
    assert accessed.data.basic_auth.password == "hunter2"


async def test_a_credential_is_updated_by_its_etag_and_deleted(client: strongroom.Client) -> None:
    created = await client.create_credential(credential())
    created.description = "for invoices"
    created.data.basic_auth.password = "hunter3"
    updated = await client.update_credential(created.id, created, ["description", "data.basic_auth.password"])
    assert (updated.description, updated.version) == ("for invoices", 2)
    assert (await client.access_credential(created.id)).data.basic_auth.password == "hunter3"

    with pytest.raises(strongroom.AbortedError) as caught:
        await client.update_credential(created.id, created, ["description"])
    assert caught.value.reason == "ETAG_MISMATCH"
    with pytest.raises(strongroom.AbortedError):
        await client.delete_credential(created.id, etag=created.etag)
    await client.delete_credential(created.id, etag=updated.etag)
    with pytest.raises(strongroom.NotFoundError) as gone:
        await client.get_credential(created.id)
    assert gone.value.reason == "CREDENTIAL_NOT_FOUND"


async def test_lists_go_in_both_directions_and_a_test_credential_is_updated_through_its_live_one(
    client: strongroom.Client,
) -> None:
    assert (await client.get_organisation()).id == "default"
    made = [await client.create_credential(credential(f"either way {index}")) for index in range(4)]
    test = await client.create_credential(Credential(name="t", live_credential_id=made[0].id, data=credential().data))
    listing = client.list_credentials(name_prefix="either way", order_by="name desc", page_size=2, with_total_size=True)
    first, last = [page async for page in listing.pages()]
    assert ([each.name for each in last.credentials], last.total_size) == (["either way 1", "either way 0"], 4)
    again = client.list_credentials(
        name_prefix="either way", order_by="name desc", page_size=2, before_page_token=last.previous_page_token
    )
    assert [each.id async for each in again] == [each.id for each in (*first.credentials, *last.credentials)]

    await client.update_credential(made[0].id, Credential(name="changed"), ["name"], test_credential=True)
    assert (await client.get_credential(test.id)).name == "changed"
    with pytest.raises(strongroom.FailedPreconditionError) as absent:
        await client.update_credential(made[1].id, Credential(name="n"), ["name"], test_credential=True)
    assert absent.value.reason == "TEST_CREDENTIAL_ABSENT"
    with pytest.raises(strongroom.InvalidArgumentError):
        await client.update_credential(made[1].id, Credential(name="n"), ["name"], variant="text")


async def test_a_purge_returns_the_number_of_deleted_credentials(client: strongroom.Client) -> None:
    for _ in range(2):
        await client.create_credential(Credential(name="n", surface=Surface.SURFACE_VERSORI, data=credential().data))
    assert (await client.purge_credentials(Surface.SURFACE_VERSORI)).deleted_count == 2
    assert [each async for each in client.list_credentials(surface=Surface.SURFACE_VERSORI)] == []


async def test_a_purge_sends_requests_until_no_credential_is_left(
    client: strongroom.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 2)
    for _ in range(5):
        await client.create_credential(Credential(name="n", surface=Surface.SURFACE_VERSORI, data=credential().data))
    purged = await client.purge_credentials(Surface.SURFACE_VERSORI, request_id="purge")
    assert (purged.deleted_count, purged.more) == (5, False)
    assert [each async for each in client.list_credentials(surface=Surface.SURFACE_VERSORI)] == []
    # Repeating a finished purge returns the count of its last request.
    assert (await client.purge_credentials(Surface.SURFACE_VERSORI, request_id="purge")).deleted_count == 1


async def test_an_invalid_credential_is_refused_unless_accepted(client: strongroom.Client) -> None:
    unfinished = Credential(name="unfinished", data=CredentialData(basic_auth=BasicAuthData(username="anna")))
    with pytest.raises(strongroom.InvalidArgumentError) as refused:
        await client.create_credential(unfinished)
    assert refused.value.reason == "DATA_INVALID"
    assert [violation.field for violation in refused.value.field_violations] == ["credential.data.basic_auth.password"]

    stored = await client.create_credential(unfinished, accept_invalid=True)
    assert stored.state == CredentialState.CREDENTIAL_STATE_INVALID
    with pytest.raises(strongroom.FailedPreconditionError) as unusable:
        await client.access_credential(stored.id)
    assert unusable.value.reason == "CREDENTIAL_INVALID"
    accessed = await client.access_credential(stored.id, allow_invalid=True)
    assert accessed.data.basic_auth.username == "anna"


async def test_a_credential_with_an_allowed_host_is_accessed_only_for_that_host(client: strongroom.Client) -> None:
    bound = credential()
    bound.allowed_hosts.append("api.example.com")
    created = await client.create_credential(bound)
    accessed = await client.access_credential(created.id, target_host="api.example.com")
    assert accessed.data == bound.data
    with pytest.raises(strongroom.PermissionDeniedError) as caught:
        await client.access_credential(created.id, target_host="evil.example.com")
    assert caught.value.reason == "HOST_NOT_ALLOWED"


async def test_credentials_are_listed_over_pages_with_filters(client: strongroom.Client) -> None:
    prefix = f"{uuid.uuid4()} "
    names = [f"{prefix}{number}" for number in range(5)]
    for name in names:
        await client.create_credential(credential(name))
    text = Credential(name=f"{prefix}text", data=CredentialData(text=TextData(value="hunter2")))
    await client.create_credential(text)

    listing = client.list_credentials(name_prefix=prefix, page_size=2, variant="basic_auth", team_id=1)
    assert [found.name async for found in listing] == names
    pages = [page async for page in listing.pages()]
    assert [len(page.credentials) for page in pages if page.credentials] == [2, 2, 1]
    rest = client.list_credentials(
        name_prefix=prefix, page_size=2, variant="basic_auth", team_id=1, page_token=pages[0].next_page_token
    )
    assert [found.name async for found in rest] == names[2:]


async def test_a_request_id_returns_the_same_credential_and_refuses_another_request(client: strongroom.Client) -> None:
    request_id = str(uuid.uuid4())
    created = await client.create_credential(credential("one"), request_id=request_id)
    again = await client.create_credential(credential("one"), request_id=request_id)
    assert again.id == created.id
    with pytest.raises(strongroom.AlreadyExistsError) as caught:
        await client.create_credential(credential("two"), request_id=request_id)
    assert caught.value.reason == "REQUEST_ID_REUSED"


async def test_teams_and_folders_are_created_updated_listed_and_deleted(client: strongroom.Client) -> None:
    team = await client.create_team(Team(name=f"Team {uuid.uuid4()}"))
    assert await client.get_team(team.id) == team
    assert (await client.create_team(Team(name=team.name))).slug == f"{team.slug}_2"
    team = await client.update_team(team.id, Team(name=f"{team.name} renamed", etag=team.etag), ["name"])
    assert team in [each async for each in client.list_teams(page_size=1)]

    folder = await client.create_folder(Folder(team_id=team.id, name="keys"))
    assert await client.get_folder(folder.id) == folder
    folder = await client.update_folder(folder.id, Folder(name="old keys"), ["name"])
    assert [each async for each in client.list_folders(team_id=team.id)] == [folder]
    assert [each async for each in client.list_folders(content_type=FOLDER_CONTENT_TYPE_STORY)] == []
    with pytest.raises(strongroom.FailedPreconditionError) as full:
        await client.delete_team(team.id)
    assert full.value.reason == "TEAM_NOT_EMPTY"
    await client.delete_folder(folder.id, etag=folder.etag)
    await client.delete_team(team.id, etag=team.etag)
    with pytest.raises(strongroom.NotFoundError):
        await client.get_team(team.id)


async def test_an_api_key_is_created_used_and_revoked(client: strongroom.Client, deployment: Deployment) -> None:
    reader = await client.create_api_key(ApiKey(display_name="reader", roles=[Role.ROLE_READER]))
    stored = await client.get_api_key(reader.id)
    assert (stored.display_name, stored.key) == ("reader", "")
    assert stored in [each async for each in client.list_api_keys(page_size=1)]

    async with strongroom.Client(deployment.grpc_target, reader.key, plaintext=True) as reading:
        with pytest.raises(strongroom.PermissionDeniedError) as caught:
            await reading.create_credential(credential())
        assert caught.value.reason == "ROLE_MISSING"
        assert caught.value.metadata["method"] == "CreateCredential"

    revoked = await client.revoke_api_key(reader.id)
    assert revoked.HasField("revoke_time")
    assert (await client.revoke_api_key(reader.id)).revoke_time == revoked.revoke_time


async def test_an_organisation_is_created_with_its_first_key(client: strongroom.Client, deployment: Deployment) -> None:
    organisation_id = f"o-{uuid.uuid4()}"
    made = await client.create_organisation(Organisation(id=organisation_id, display_name="New"))
    assert made.organisation in [each async for each in client.list_organisations(page_size=500)]
    async with strongroom.Client(deployment.grpc_target, made.api_key.key, plaintext=True) as admin:
        assert [team.id async for team in admin.list_teams()] == [1, 2]


async def test_an_unknown_api_key_is_unauthenticated_and_not_in_the_error(deployment: Deployment) -> None:
    async with strongroom.Client(deployment.grpc_target, "sr_nobody_hunter2", plaintext=True) as nobody:
        with pytest.raises(strongroom.UnauthenticatedError) as caught:
            await nobody.get_team(1)
    assert caught.value.reason == "API_KEY_INVALID"
    assert "hunter2" not in f"{caught.value!r} {caught.value}"


async def test_a_create_whose_response_is_lost_creates_one_credential(deployment: Deployment) -> None:
    name = f"once {uuid.uuid4()}"
    async with (
        lossy_network(deployment.grpc_target) as network,
        strongroom.Client(network.target, deployment.api_key, plaintext=True) as client,
    ):
        await client.get_team(1)
        network.lose_next_answer = True
        created = await client.create_credential(credential(name))
        assert not network.lose_next_answer
        assert [found.id async for found in client.list_credentials(name_prefix=name)] == [created.id]


async def test_an_update_whose_response_is_lost_is_done_once(deployment: Deployment) -> None:
    async with (
        lossy_network(deployment.grpc_target) as network,
        strongroom.Client(network.target, deployment.api_key, plaintext=True) as client,
    ):
        created = await client.create_credential(credential())
        network.lose_next_answer = True
        updated = await client.update_credential(created.id, credential(), ["data"])
        assert updated.version == 2
        assert (await client.get_credential(created.id)).version == 2


async def test_a_delete_whose_response_is_lost_succeeds(deployment: Deployment) -> None:
    async with (
        lossy_network(deployment.grpc_target) as network,
        strongroom.Client(network.target, deployment.api_key, plaintext=True) as client,
    ):
        created = await client.create_credential(credential())
        network.lose_next_answer = True
        await client.delete_credential(created.id)
        with pytest.raises(strongroom.NotFoundError):
            await client.get_credential(created.id)
