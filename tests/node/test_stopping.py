"""How a node stops and starts: what callers get, when it is ready, and that nothing delays the stop beyond the grace period."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import grpc.aio
import httpx
import pytest
from client.scripted import HANG, Failure
from client.scripted import serve as scripted
from conftest import API_KEY, ORGANISATION, Deployment, open_deployment
from directories import database_directory
from node.test_process import BIN, KEY, ended, running, set_up_database, stopped
from ports import free_port
from rpc.calls import read
from samples import created, named
from store.slow_network import slow_network
from store.test_writability import Verdicts
from waiting import until

import strongroom
from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, DeleteCredentialResponse, GetCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import CHANNEL_OPTIONS, services
from strongroom_server.node import embedded_postgres, stopping
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

METADATA = (("authorization", f"Bearer {API_KEY}"),)
TEXT = {"name": "text credential", "value": "hunter2", "mode": "TEXT", "team_id": 2}
USER_CREDENTIALS = "/api/v1/user_credentials"


@asynccontextmanager
async def clients_of(deployment: Deployment) -> AsyncIterator[tuple[CredentialServiceStub, httpx.AsyncClient]]:
    """Clients that stay open when the node stops."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with (
        grpc.aio.insecure_channel(deployment.grpc_target) as channel,
        httpx.AsyncClient(base_url=deployment.http_url, headers=headers, timeout=30) as http,
    ):
        yield CredentialServiceStub(channel), http


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 1.5)


async def test_calls_that_outlast_the_grace_period_end_with_shutting_down(
    database_url: str, tmp_path: Path, short_grace: None
) -> None:
    holder = await asyncpg.connect(database_url)
    async with AsyncExitStack() as stack:
        deployment = await stack.enter_async_context(open_deployment(database_url, tmp_path / "deployment"))
        async with clients_of(deployment) as (stub, http), holder.transaction():
            await holder.execute("lock table credentials in exclusive mode")
            by_grpc = asyncio.ensure_future(
                stub.CreateCredential(CreateCredentialRequest(credential=named()), metadata=METADATA)
            )
            by_http = asyncio.create_task(http.post(USER_CREDENTIALS, json=TEXT))
            waiting = "select count(*) from pg_locks where not granted"
            await until(lambda: _is(holder, waiting, 2))
            await stack.aclose()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await by_grpc
            answer = await by_http
    assert (caught.value.code(), read(caught.value).reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    await holder.close()


async def _is(connection: asyncpg.Connection[asyncpg.Record], query: str, expected: int) -> bool:
    return bool(await connection.fetchval(query) == expected)


async def test_a_stopping_gateway_answers_requests_that_outlast_the_grace_period_with_503(
    tmp_path: Path, short_grace: None
) -> None:
    settings = Settings(0, 0, "127.0.0.1", tmp_path, None, None, ORGANISATION)
    over = stopping.Stopping()
    async with AsyncExitStack() as gateway:
        server = await gateway.enter_async_context(scripted(HANG))
        channel = await gateway.enter_async_context(grpc.aio.insecure_channel(server.target))
        app = application(services(channel), server.arrived.wait)
        port = await gateway.enter_async_context(serve_http(settings, app, over))
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as http:
            request = asyncio.create_task(http.post(USER_CREDENTIALS, json=TEXT))
            await server.arrived.wait()
            await gateway.aclose()
            answer = await request
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@asynccontextmanager
async def gateway_before(target: str, key: str = API_KEY) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway apart from its service."""
    settings = Settings(0, 0, "127.0.0.1", Path(), None, None, ORGANISATION)
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS) as channel,
        serve_http(settings, application(services(channel), None), stopping.Stopping()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as http,
    ):
        yield http


async def test_the_gateway_repeats_a_call_that_a_stopping_service_cancelled() -> None:
    async with (
        scripted(Failure(grpc.StatusCode.CANCELLED), DeleteCredentialResponse()) as server,
        gateway_before(server.target) as http,
    ):
        answer = await http.delete(f"{USER_CREDENTIALS}/7")
    first, second = server.calls
    assert (answer.status_code, first.request) == (204, second.request)


@pytest.mark.parametrize(
    ("code", "attempts"),
    # After UNAVAILABLE, the service may have stored the credential.
    [(grpc.StatusCode.CANCELLED, 5), (grpc.StatusCode.UNAVAILABLE, 1)],
)
async def test_a_call_that_keeps_failing_is_503_at_the_gateway(code: grpc.StatusCode, attempts: int) -> None:
    async with scripted(Failure(code)) as server, gateway_before(server.target) as http:
        answer = await http.post(USER_CREDENTIALS, json=TEXT)
    assert (answer.status_code, answer.headers["Retry-After"], len(server.calls)) == (503, "1", attempts)


async def test_a_node_that_starts_to_stop_is_not_ready_and_still_takes_calls(own_deployment: Deployment) -> None:
    own_deployment.service.stopping.begin()
    await until(Verdicts(own_deployment).none)
    assert (await created(own_deployment, named())).id


async def test_a_hanging_database_does_not_delay_a_stop_beyond_the_grace_period(
    database_url: str, tmp_path: Path, short_grace: None
) -> None:
    async with slow_network(database_url) as network, AsyncExitStack() as stack:
        deployment = await stack.enter_async_context(open_deployment(network.url, tmp_path / "deployment"))
        async with clients_of(deployment) as (stub, _):
            network.carries.clear()
            request = CreateCredentialRequest(credential=named())
            calls = [asyncio.ensure_future(stub.CreateCredential(request, metadata=METADATA)) for _ in range(5)]
            await until(lambda: len(deployment.service.pipeline._in_flight) == 5)
            async with asyncio.timeout(4):  # the grace period, and some time for a busy machine
                await stack.aclose()
            answers = await asyncio.gather(*calls, return_exceptions=True)
    assert {read(answer).reason for answer in answers if isinstance(answer, grpc.aio.AioRpcError)} == {"SHUTTING_DOWN"}
    assert not any(isinstance(answer, Credential) for answer in answers)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that an embedded Postgres can reach."""
    with database_directory() as directory:
        yield directory


async def test_a_node_waits_for_its_database_at_start_and_stops_by_a_hangup(place: Path) -> None:
    postgres = await embedded_postgres.start(place / "database")
    environment = {
        "STRONGROOM_DATA_DIR": str(place / "data"),
        "STRONGROOM_DRAIN_SECONDS": "1",
        "STRONGROOM_DATABASE_URL": postgres.url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
    }
    await set_up_database(environment)
    await postgres.stop()
    async with waiting_for_its_database(environment) as impatient:
        impatient.send_signal(signal.SIGTERM)
        assert await impatient.wait() == 0
    async with waiting_for_its_database(environment) as patient:
        postgres = await embedded_postgres.start(place / "database")
        try:
            assert patient.stdout is not None
            async with asyncio.timeout(60):
                assert await patient.stdout.readline()  # it serves
            patient.send_signal(signal.SIGHUP)
            async with asyncio.timeout(30):
                assert await patient.wait() == 0
            wrong = environment | {"STRONGROOM_DATABASE_URL": postgres.url.replace("strongroom@", "anna@")}
            status, output = await ended("serve", **wrong)
            assert (status, output.count("\n")) == (1, 1)
        finally:
            await postgres.stop()


@asynccontextmanager
async def waiting_for_its_database(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server",
        "serve",
        env={"PATH": os.environ["PATH"], "STRONGROOM_GRPC_PORT": "0", "STRONGROOM_HTTP_PORT": "0", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            assert b"waiting for the database" in await process.stderr.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_rolling_restart_fails_no_call_of_the_client_and_only_with_503_at_a_gateway(
    database_url: str, place: Path
) -> None:
    environment = {
        "STRONGROOM_DATA_DIR": str(place / "data"),
        "STRONGROOM_DRAIN_SECONDS": "1",
        "STRONGROOM_DATABASE_URL": database_url,
        "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
    }
    await set_up_database(environment)
    port = free_port()
    target = f"127.0.0.1:{port}"
    over, statuses = asyncio.Event(), set()

    async def by_client(client: strongroom.Client) -> int:
        count = 0
        while not over.is_set():
            made = await client.create_credential(Credential(name="n", data=named().data))
            await client.access_credential(made.id)
            count += 1
        return count

    async def by_gateway(http: httpx.AsyncClient) -> None:
        while not over.is_set():
            answer = await http.post(USER_CREDENTIALS, json=TEXT)
            statuses.add((answer.status_code, answer.headers.get("Retry-After")))

    headers = {"Authorization": f"Bearer {KEY}"}
    async with AsyncExitStack() as stack:
        run = await stack.enter_async_context(running("serve", **environment, STRONGROOM_GRPC_PORT=str(port)))
        gateway = await stack.enter_async_context(running("gateway", "--service", target, STRONGROOM_DRAIN_SECONDS="1"))
        client = await stack.enter_async_context(strongroom.Client(target, KEY, plaintext=True, timeout_seconds=60))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=30))
        by_clients = [asyncio.create_task(by_client(client)) for _ in range(3)]
        by_gateways = [asyncio.create_task(by_gateway(http)) for _ in range(3)]
        for _ in range(2):
            await asyncio.sleep(0.5)  # calls are in flight
            assert await stopped(run, signal.SIGTERM) == 0
            run = await stack.enter_async_context(running("serve", **environment, STRONGROOM_GRPC_PORT=str(port)))
        await asyncio.sleep(0.5)
        over.set()
        assert all(await asyncio.gather(*by_clients))
        await asyncio.gather(*by_gateways)
    assert (201, None) in statuses
    assert statuses <= {(201, None), (503, "1")}


async def test_a_gateway_finds_a_service_within_a_second_after_a_long_absence() -> None:
    target = f"127.0.0.1:{free_port()}"
    async with grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS) as channel:
        stub = CredentialServiceStub(channel)

        async def answers() -> bool:
            try:
                await stub.GetCredential(GetCredentialRequest(id="1"))
            except grpc.aio.AioRpcError:
                return False
            return True

        end = asyncio.get_running_loop().time() + 10
        while asyncio.get_running_loop().time() < end:
            assert not await answers()
            await asyncio.sleep(0.1)
        async with scripted(Credential(id="1"), address=target), asyncio.timeout(1.5):
            await until(answers)
