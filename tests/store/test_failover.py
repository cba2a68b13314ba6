"""What nodes do when the primary of a two-host database URL is gone, frozen or read-only."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from conftest import House, open_house
from rpc.calls import key_of, read, refused
from samples import created, named
from store import replica
from store.test_watch import revoke, second_node
from waiting import until

from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ListCredentialsRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER
from strongroom_server.store.primary import _by_host

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from strongroom_server.embedded_postgres import EmbeddedPostgres


@asynccontextmanager
async def house_on_two_hosts(directory: Path) -> AsyncIterator[tuple[House, EmbeddedPostgres, EmbeddedPostgres]]:
    """A node, its primary, which comes first in the URL, and a replica."""
    async with (
        replica.primary_and_region("standby") as (primary, standby),
        open_house(replica.url_of_both(primary, standby), directory) as house,
    ):
        await replica.caught_up(primary, standby)
        yield house, primary, standby


async def takes_writes(house: House) -> bool:
    try:
        await house.credentials.CreateCredential(
            CreateCredentialRequest(credential=named()), metadata=house.metadata, timeout=2
        )
    except grpc.aio.AioRpcError:
        return False
    return True


async def test_a_frozen_primary_is_left_within_ten_seconds_of_the_promotion(tmp_path: Path) -> None:
    async with house_on_two_hosts(tmp_path / "house") as (house, primary, standby):
        await created(house, named())
        await replica.caught_up(primary, standby)
        with replica.frozen(primary):
            request = CreateCredentialRequest(credential=named())
            in_flight = [house.credentials.CreateCredential(request, metadata=house.metadata) for _ in range(20)]
            await replica.promote(standby)
            async with asyncio.timeout(10):
                await until(lambda: takes_writes(house))
            answers = await asyncio.gather(*in_flight, return_exceptions=True)
        failures = [each for each in answers if isinstance(each, grpc.aio.AioRpcError)]
        assert failures
        assert {read(failure).reason for failure in failures} == {"DATABASE_UNAVAILABLE"}


async def test_a_primary_that_was_killed_is_left(tmp_path: Path) -> None:
    async with house_on_two_hosts(tmp_path / "house") as (house, primary, standby):
        await primary.stop()
        await replica.promote(standby)
        await until(lambda: takes_writes(house))


async def test_a_key_revoked_after_a_cutover_opens_nothing_on_any_node(tmp_path: Path) -> None:
    async with house_on_two_hosts(tmp_path / "house") as (house, primary, standby):
        key = await key_of(house, ROLE_READER)
        async with second_node(house) as (_, stub):
            await house.credentials.ListCredentials(ListCredentialsRequest(), metadata=key)
            await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
            await replica.caught_up(primary, standby)
            await replica.make_read_only(primary)
            await until(lambda: not house.service.writability.is_given)
            await replica.promote(standby)
            await until(lambda: takes_writes(house))

            await revoke(house, key)

            refusal = await refused(house.credentials.ListCredentials(ListCredentialsRequest(), metadata=key))
            assert refusal.reason == "API_KEY_INVALID"

            async def is_refused() -> bool:
                try:
                    await stub.ListCredentials(ListCredentialsRequest(), metadata=key)
                except grpc.aio.AioRpcError as error:
                    return read(error).reason == "API_KEY_INVALID"
                return False

            await until(is_refused)


async def test_a_revocation_is_known_to_its_own_node_when_it_is_answered(own_house: House) -> None:
    key = await key_of(own_house, ROLE_READER)
    await own_house.credentials.ListCredentials(ListCredentialsRequest(), metadata=key)
    own_house.service.watch._on_change = lambda _: None  # the notification is lost
    await revoke(own_house, key)
    refusal = await refused(own_house.credentials.ListCredentials(ListCredentialsRequest(), metadata=key))
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
def test_a_url_of_several_hosts_is_taken_apart(url: str, expected: list[str]) -> None:
    assert _by_host(url) == expected
