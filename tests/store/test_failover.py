"""Nodes follow the primary of a two-host database URL when it is down, frozen or read-only."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from conftest import ORGANISATION, Deployment, open_deployment
from events.publishing import published
from rpc.calls import key_of, read, refused
from samples import created, named
from schemes.provider import provider, provider_process
from store import replica
from store.test_watch import revoke, second_node
from structlog.testing import capture_logs
from use.granting import managed
from use.minting import minted, reaching, refreshing_for_callers
from waiting import until

from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER
from strongroom_server.credentials.pairs import sha256_of
from strongroom_server.store import events
from strongroom_server.store.keys import API_KEYS_CHANNEL
from strongroom_server.store.primary import _by_host

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from schemes.provider import Provider

    from strongroom_server.node.embedded_postgres import EmbeddedPostgres

__all__ = ["provider", "provider_process"]


@asynccontextmanager
async def deployment_on_two_hosts(
    directory: Path, **settings: Any
) -> AsyncIterator[tuple[Deployment, EmbeddedPostgres, EmbeddedPostgres]]:
    """A node, its primary, which comes first in the URL, and a replica."""
    async with (
        replica.primary_and_region("standby") as (primary, standby),
        open_deployment(replica.url_of_both(primary, standby), directory, **settings) as deployment,
    ):
        await replica.caught_up(primary, standby)
        yield deployment, primary, standby


async def takes_writes(deployment: Deployment) -> bool:
    try:
        await deployment.credentials.CreateCredential(
            CreateCredentialRequest(credential=named()), metadata=deployment.metadata, timeout=2
        )
    except grpc.aio.AioRpcError:
        return False
    return True


async def test_a_node_leaves_a_frozen_primary_within_ten_seconds_of_the_promotion(tmp_path: Path) -> None:
    async with deployment_on_two_hosts(tmp_path / "deployment") as (deployment, primary, standby):
        await created(deployment, named())
        await replica.caught_up(primary, standby)
        with replica.frozen(primary):
            request = CreateCredentialRequest(credential=named())
            in_flight = [
                deployment.credentials.CreateCredential(request, metadata=deployment.metadata) for _ in range(20)
            ]
            await replica.promote(standby)
            async with asyncio.timeout(10):
                await until(lambda: takes_writes(deployment))
            answers = await asyncio.gather(*in_flight, return_exceptions=True)
        failures = [each for each in answers if isinstance(each, grpc.aio.AioRpcError)]
        assert failures
        assert {read(failure).reason for failure in failures} == {"DATABASE_UNAVAILABLE"}


async def test_a_node_leaves_a_killed_primary(tmp_path: Path) -> None:
    async with deployment_on_two_hosts(tmp_path / "deployment") as (deployment, primary, standby):
        await published(deployment, ORGANISATION)
        await replica.caught_up(primary, standby)
        await primary.stop()
        await replica.promote(standby)
        await until(lambda: takes_writes(deployment))
        # Events that the replica did not receive may have had the next numbers.
        await published(deployment, ORGANISATION)
        _, second = await events.after(deployment.service.database, ORGANISATION, 0, limit=2)
        assert second.sequence == events.SKIPPED_SEQUENCES + 2


async def test_a_grant_whose_newest_pair_is_lost_goes_on_with_the_one_before(
    provider: Provider, tmp_path: Path
) -> None:
    provider.set(rotation="grace:60")
    with refreshing_for_callers():
        async with deployment_on_two_hosts(tmp_path / "deployment", **reaching(provider)) as opened:
            deployment, primary, standby = opened
            credential = await managed(deployment, provider)
            first = await minted(deployment, credential)
            await replica.caught_up(primary, standby)
            await replica.disconnect(standby)
            second = await minted(deployment, credential, rejected_token_sha256=sha256_of(first.token))
            assert second.generation == 2
            # The node has seen the second pair. Until it knows of the promotion, it must not say that somebody put back the first.
            answers: list[int | str] = []

            async def is_proven() -> bool:
                try:
                    answers.append((await minted(deployment, credential, seconds=2)).refresh_state)
                except grpc.aio.AioRpcError as error:
                    answers.append(read(error).reason)
                return answers[-1] == REFRESH_STATE_ACTIVE

            with capture_logs() as lines:
                await primary.stop()
                await replica.promote(standby)
                await until(lambda: takes_writes(deployment))
                await until(is_proven)
            assert "SEAL_BROKEN" not in answers
            assert [line["grants_suspected"] for line in lines if line["event"] == "primary promoted"] == [1]
            assert [each["generation"] for each in provider.log()] == [1, 2, 2]


async def test_a_key_revoked_after_a_failover_is_refused_on_every_node(tmp_path: Path) -> None:
    async with deployment_on_two_hosts(tmp_path / "deployment") as (deployment, primary, standby):
        key = await key_of(deployment, ROLE_READER)
        async with second_node(deployment) as (_, stub):
            await deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=key)
            await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
            await replica.caught_up(primary, standby)
            await replica.make_read_only(primary)
            await until(lambda: not deployment.service.writability.is_given)
            await replica.promote(standby)
            await until(lambda: takes_writes(deployment))

            await revoke(deployment, key)

            refusal = await refused(deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=key))
            assert refusal.reason == "API_KEY_INVALID"

            async def is_refused() -> bool:
                try:
                    await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
                except grpc.aio.AioRpcError as error:
                    return read(error).reason == "API_KEY_INVALID"
                return False

            await until(is_refused)


async def test_a_node_refuses_a_key_as_soon_as_it_has_revoked_it(own_deployment: Deployment) -> None:
    key = await key_of(own_deployment, ROLE_READER)
    await own_deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=key)
    own_deployment.service.watch._on_change = {API_KEYS_CHANNEL: lambda _: None}  # the notification is lost
    await revoke(own_deployment, key)
    refusal = await refused(own_deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=key))
    assert refusal.reason == "API_KEY_INVALID"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@a/d", ["postgresql://u:p@a/d"]),
        ("postgresql://u:p%2C@a,b:2/d?x=1", ["postgresql://u:p%2C@a/d?x=1", "postgresql://u:p%2C@b:2/d?x=1"]),
        ("postgresql://u@/d?host=a,b", ["postgresql://u@/d?host=a", "postgresql://u@/d?host=b"]),
        ("postgresql://u@/d?host=a,b&port=1", ["postgresql://u@/d?host=a&port=1", "postgresql://u@/d?host=b&port=1"]),
        ("postgresql://u@/d?host=a,b&port=1,2", ["postgresql://u@/d?host=a&port=1", "postgresql://u@/d?host=b&port=2"]),
    ],
)
def test_a_url_of_several_hosts_is_split(url: str, expected: list[str]) -> None:
    assert _by_host(url) == expected
