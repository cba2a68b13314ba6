"""A node learns of revocations within a second, and reads keys from the database while it has no connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rpc.calls import Metadata, key_of, refused
from waiting import until

from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_READER, RevokeApiKeyRequest
from strongroom_server.node import service as node
from strongroom_server.store.keys import API_KEYS_CHANNEL
from strongroom_server.store.primary import Primary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment


@asynccontextmanager
async def second_node(deployment: Deployment) -> AsyncIterator[tuple[node.Service, CredentialServiceStub]]:
    async with node.service(deployment.settings, deployment.database_url) as service:
        yield service, CredentialServiceStub(service.channel())


async def revoke(deployment: Deployment, key: Metadata) -> None:
    key_id = key[0][1].split("_")[1]
    await deployment.organisations.RevokeApiKey(RevokeApiKeyRequest(id=key_id), metadata=deployment.metadata)


async def kill_listeners(deployment: Deployment) -> None:
    async with deployment.sql() as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'strongroom watch'"
        )


async def test_another_node_learns_of_a_revocation(own_deployment: Deployment) -> None:
    key = await key_of(own_deployment, ROLE_READER)
    async with second_node(own_deployment) as (second, stub):
        await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
        notified = asyncio.Event()
        forget = second.watch._on_change[API_KEYS_CHANNEL]

        def note(key_id: str | None) -> None:
            forget(key_id)
            notified.set()

        second.watch._on_change = {**second.watch._on_change, API_KEYS_CHANNEL: note}
        await revoke(own_deployment, key)
        await until(notified.is_set)

        refusal = await refused(stub.ListCredentials(ListCredentialsRequest(), metadata=key))
        assert refusal.reason == "API_KEY_INVALID"


async def test_a_node_without_notifications_reads_each_key_from_the_database(own_deployment: Deployment) -> None:
    key = await key_of(own_deployment, ROLE_READER)
    async with second_node(own_deployment) as (second, stub):
        await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
        second.watch._primary = Primary("postgresql://nobody@127.0.0.1:1/none")
        await kill_listeners(own_deployment)
        await until(lambda: not second.watch.hearing)
        await stub.ListCredentials(ListCredentialsRequest(), metadata=key)

        await revoke(own_deployment, key)

        refusal = await refused(stub.ListCredentials(ListCredentialsRequest(), metadata=key))
        assert refusal.reason == "API_KEY_INVALID"


async def test_a_node_clears_its_cache_when_it_reconnects(own_deployment: Deployment) -> None:
    key = await key_of(own_deployment, ROLE_READER)
    async with second_node(own_deployment) as (second, stub):
        await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
        primary, second.watch._primary = second.watch._primary, Primary("postgresql://nobody@127.0.0.1:1/none")
        await kill_listeners(own_deployment)
        await until(lambda: not second.watch.hearing)
        await revoke(own_deployment, key)
        second.watch._primary = primary
        await until(lambda: second.watch.hearing)

        refusal = await refused(stub.ListCredentials(ListCredentialsRequest(), metadata=key))
        assert refusal.reason == "API_KEY_INVALID"


async def test_an_unavailable_database_is_not_an_invalid_key(own_deployment: Deployment) -> None:
    async with own_deployment.sql() as connection:
        await connection.execute("alter table signing_keys rename to signing_keys_away")
        async with second_forgetful(own_deployment) as stub:
            refusal = await refused(stub.ListCredentials(ListCredentialsRequest(), metadata=own_deployment.metadata))
        await connection.execute("alter table signing_keys_away rename to signing_keys")
    assert refusal.reason == "INTERNAL"


@asynccontextmanager
async def second_forgetful(deployment: Deployment) -> AsyncIterator[CredentialServiceStub]:
    """Clear the node's signers and API keys, so that it must read them again."""
    pipeline = deployment.service.pipeline
    pipeline._authenticator._api_keys.forget(None)
    pipeline._authenticator._api_keys._keyring._keys.signers.clear()
    yield CredentialServiceStub(deployment.service.channel())
