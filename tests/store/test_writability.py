"""Whether a node is ready: gRPC Health, its own /readyz and the /readyz of a separate gateway agree."""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc.aio
import httpx
import pytest
from conftest import Deployment, open_deployment
from directories import database_directory
from grpc_health.v1 import health_pb2
from node.test_process import running
from rpc.calls import read
from samples import named
from store.slow_network import slow_network
from waiting import until

from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom_server.node import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

SERVING = health_pb2.HealthCheckResponse.SERVING


class Verdicts:
    """The present result of each of the three."""

    def __init__(self, deployment: Deployment, gateway: httpx.AsyncClient | None = None) -> None:
        self._check = deployment.grpc.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        self._http = [deployment.http] + ([gateway] if gateway else [])

    async def __call__(self) -> list[bool]:
        # The gateway calls Health itself.
        health = await self._check(health_pb2.HealthCheckRequest())
        return [health.status == SERVING, *[(await http.get("/readyz")).status_code == 200 for http in self._http]]

    async def all(self) -> bool:
        return all(await self())

    async def none(self) -> bool:
        return not any(await self())


@asynccontextmanager
async def verdicts_of_three(deployment: Deployment) -> AsyncIterator[Verdicts]:
    async with (
        running("gateway", "--service", deployment.grpc_target) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as http,
    ):
        yield Verdicts(deployment, http)


@pytest.fixture
def disk() -> Iterator[Path]:
    """A directory that an embedded Postgres can read."""
    with database_directory() as directory:
        yield directory


async def test_a_node_is_not_ready_while_its_database_is_stopped(disk: Path, tmp_path: Path) -> None:
    postgres = await embedded_postgres.start(disk / "data")
    try:
        async with (
            open_deployment(postgres.url, tmp_path / "deployment") as deployment,
            verdicts_of_three(deployment) as verdicts,
        ):
            assert await verdicts.all()
            await postgres.stop()
            await until(verdicts.none)
            postgres = await embedded_postgres.start(disk / "data")
            await until(verdicts.all)
    finally:
        await postgres.stop()


async def test_a_node_is_not_ready_two_seconds_after_its_database_stopped_answering(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        slow_network(database_url) as network,
        open_deployment(network.url, tmp_path / "deployment") as deployment,
    ):
        verdicts = Verdicts(deployment)
        assert await verdicts.all()
        network.carries.clear()
        async with asyncio.timeout(2.5):  # two seconds, and a busy machine
            await until(verdicts.none)
        network.carries.set()
        await until(verdicts.all)


async def test_a_node_stays_ready_at_half_a_second_of_latency_to_its_database(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        slow_network(database_url) as network,
        open_deployment(network.url, tmp_path / "deployment") as deployment,
    ):
        verdicts, loop = Verdicts(deployment), asyncio.get_running_loop()
        network.delay_seconds = 0.5  # each way
        end = loop.time() + 6
        while loop.time() < end:
            assert await verdicts.all()
            await asyncio.sleep(0.05)


async def test_a_node_stays_ready_when_a_connection_is_killed(own_deployment: Deployment) -> None:
    verdicts = Verdicts(own_deployment)
    async with own_deployment.sql() as connection:
        killed = await connection.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and application_name = 'strongroom writability'"
        )
        assert killed == 1
        written = "select pid from pg_stat_activity where datname = current_database() and application_name = $1"
        while await connection.fetchval(written, "strongroom writability") is None:
            assert await verdicts.all()
        assert await verdicts.all()


@pytest.fixture
def small_disk(disk: Path) -> Iterator[Path]:
    """A data directory on a small disk."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk that is small enough to fill")
    place = disk / "disk"
    place.mkdir()
    options = "size=160m,mode=0711"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_a_node_is_not_ready_while_the_disk_of_its_database_is_full(small_disk: Path, tmp_path: Path) -> None:
    postgres = await embedded_postgres.start(small_disk / "data", {"fsync": "off"})
    try:
        async with open_deployment(postgres.url, tmp_path / "deployment") as deployment:
            verdicts, filler = Verdicts(deployment), small_disk / "filler"
            room = os.statvfs(small_disk)
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_bsize)
            request = CreateCredentialRequest(credential=named())

            async def until_refused() -> None:
                # The last pages may have space for a few more.
                for _ in range(1000):
                    await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)

            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await until_refused()
            assert read(caught.value).reason == "DATABASE_FULL"
            await until(verdicts.none)
            filler.unlink()
            await until(verdicts.all)
            await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)
    finally:
        await postgres.stop()
