"""The client restores versions and deleted credentials, and updates organisations and keys, at a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import API_KEY
from google.protobuf.duration_pb2 import Duration
from samples import named, samples

import strongroom
from strongroom.v1.credential_pb2 import CREDENTIAL_VERSION_STATE_DESTROYED, Credential
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER, ApiKey, Organisation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

FIRST, SECOND = (samples(marker)["basic_auth"] for marker in ("one", "two"))


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[strongroom.Client]:
    async with strongroom.Client(deployment.grpc_target, API_KEY, plaintext=True) as client:
        yield client


async def test_versions_are_listed_accessed_restored_and_destroyed(client: strongroom.Client) -> None:
    made = await client.create_credential(named(data=FIRST))
    changed = await client.update_credential(made.id, Credential(data=SECOND), ["data"])
    assert [each.version for each in (await client.list_credential_versions(made.id)).versions] == [2, 1]
    assert (await client.access_credential(made.id, version=1)).data == FIRST
    restored = await client.restore_credential_version(made.id, 1, etag=changed.etag)
    assert restored.version == 3
    with pytest.raises(strongroom.AbortedError) as stale:
        await client.destroy_credential_version(made.id, 2, etag=changed.etag)
    assert stale.value.reason == "ETAG_MISMATCH"
    destroyed = await client.destroy_credential_version(made.id, 2, etag=restored.etag)
    assert destroyed.state == CREDENTIAL_VERSION_STATE_DESTROYED
    with pytest.raises(strongroom.FailedPreconditionError) as gone:
        await client.access_credential(made.id, version=2)
    assert gone.value.reason == "VERSION_DESTROYED"


async def test_a_deleted_credential_is_listed_and_undeleted(client: strongroom.Client) -> None:
    made = await client.create_credential(named("deleted by the client"))
    await client.delete_credential(made.id)
    [shown] = [each async for each in client.list_credentials(deleted=True, name_prefix="deleted by the client")]
    assert shown.id == made.id
    assert shown.HasField("purge_time")
    assert (await client.undelete_credential(made.id, team_id=2)).team_id == 2
    with pytest.raises(strongroom.FailedPreconditionError) as there:
        await client.undelete_credential(made.id)
    assert there.value.reason == "CREDENTIAL_NOT_DELETED"


async def test_an_organisation_and_a_key_are_updated_with_their_etags(client: strongroom.Client) -> None:
    before = await client.get_organisation()
    sent = Organisation(kept_versions=7, undelete_window=Duration(seconds=60), etag=before.etag)
    after = await client.update_organisation(sent, ["kept_versions", "undelete_window"])
    assert (after.kept_versions, after.undelete_window.seconds) == (7, 60)
    with pytest.raises(strongroom.AbortedError):
        await client.update_organisation(sent, ["kept_versions"])
    key = await client.create_api_key(ApiKey(roles=[ROLE_READER]))
    changed = await client.update_api_key(key.id, ApiKey(roles=[ROLE_WRITER], etag=key.etag), ["roles"])
    assert changed.roles == [ROLE_WRITER]
    with pytest.raises(strongroom.AbortedError):
        await client.revoke_api_key(key.id, etag=key.etag)
    assert (await client.revoke_api_key(key.id, etag=changed.etag)).HasField("revoke_time")


async def test_repeating_the_creation_of_a_key_raises_an_error_with_its_id(client: strongroom.Client) -> None:
    key = await client.create_api_key(ApiKey(roles=[ROLE_READER]), request_id="once")
    with pytest.raises(strongroom.AlreadyExistsError) as again:
        await client.create_api_key(ApiKey(roles=[ROLE_READER]), request_id="once")
    assert (again.value.reason, again.value.metadata) == ("API_KEY_EXISTS", {"api_key_id": key.id})
