"""A node caches verified settings of organisations, and learns of a change within a second or reads the database each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conftest import ORGANISATION
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import other_organisation, updated
from samples import created, samples
from store.test_watch import kill_listeners, second_node
from waiting import until

from strongroom.v1.credential_service_pb2 import ListCredentialVersionsRequest
from strongroom.v1.organisation_service_pb2 import Organisation, UpdateOrganisationRequest
from strongroom_server.access import organisations
from strongroom_server.store.primary import Primary

if TYPE_CHECKING:
    import pytest
    from conftest import Deployment


async def keep(deployment: Deployment, count: int) -> None:
    await deployment.organisations.UpdateOrganisation(
        UpdateOrganisationRequest(
            organisation=Organisation(kept_versions=count), update_mask=FieldMask(paths=["kept_versions"])
        ),
        metadata=deployment.metadata,
    )


async def shown(stub: Any, credential_id: str, deployment: Deployment) -> int:
    """How many versions a node shows."""
    request = ListCredentialVersionsRequest(id=credential_id)
    return len((await stub.ListCredentialVersions(request, metadata=deployment.metadata)).versions)


async def versioned(deployment: Deployment) -> str:
    """The id of a credential with three versions."""
    credential = await created(deployment)
    for _ in range(2):
        await updated(deployment, credential.id, "data", data=samples()["basic_auth"])
    return credential.id


async def test_a_node_uses_changed_settings_at_once_and_another_node_within_a_second(
    own_deployment: Deployment,
) -> None:
    credential_id = await versioned(own_deployment)
    async with second_node(own_deployment) as (_, stub):
        assert await shown(stub, credential_id, own_deployment) == 3
        await keep(own_deployment, 2)
        assert await shown(own_deployment.credentials, credential_id, own_deployment) == 2

        async def is_heard() -> bool:
            return await shown(stub, credential_id, own_deployment) == 2

        await until(is_heard)


async def test_a_node_without_notifications_reads_the_settings_each_time(own_deployment: Deployment) -> None:
    credential_id = await versioned(own_deployment)
    async with second_node(own_deployment) as (second, stub):
        assert await shown(stub, credential_id, own_deployment) == 3
        second.watch._primary = Primary("postgresql://nobody@127.0.0.1:1/none")
        await kill_listeners(own_deployment)
        await until(lambda: not second.watch.hearing)
        await keep(own_deployment, 1)
        assert await shown(stub, credential_id, own_deployment) == 1


async def test_cached_settings_take_no_statement_and_a_full_cache_is_emptied(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    read_verified = organisations.read_verified

    async def counted(*arguments: Any) -> Any:
        reads.append(arguments[2])
        return await read_verified(*arguments)

    monkeypatch.setattr(organisations, "read_verified", counted)
    service = own_deployment.service
    cache = organisations.Organisations(service.database, service.recorder.keyring)
    await own_deployment.hear()
    for _ in range(3):
        await cache.get(ORGANISATION, service.watch)
    assert reads == [ORGANISATION]
    cache.forget("another")
    await cache.get(ORGANISATION, service.watch)
    assert reads == [ORGANISATION]
    monkeypatch.setattr(organisations, "_MOST_CACHED", 1)
    other, _ = await other_organisation(own_deployment)
    for name in (other, ORGANISATION):
        await cache.get(name, service.watch)
    assert reads == [ORGANISATION, other, ORGANISATION]


async def test_settings_that_were_read_before_a_change_was_heard_are_not_cached(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = own_deployment.service
    cache = organisations.Organisations(service.database, service.recorder.keyring)
    read_verified = organisations.read_verified

    async def overtaken(*arguments: Any) -> Any:
        organisation = await read_verified(*arguments)
        cache.forget(ORGANISATION)
        return organisation

    monkeypatch.setattr(organisations, "read_verified", overtaken)
    await cache.get(ORGANISATION, service.watch)
    assert not cache._cache
