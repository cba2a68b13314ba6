"""One of two nodes stops while both have calls: the clients that the documentation recommends see no failure."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from node.test_process import KEY, running, stopped
from node.test_stopping import TEXT, USER_CREDENTIALS, gateway_before
from node.test_workers import set_up

import strongroom
from strongroom.v1.credential_service_pb2 import ListCredentialsRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server.rpc.methods import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from node.test_process import Run

METADATA = (("authorization", f"Bearer {KEY}"),)
SERVICE_CONFIG = Path(__file__).parents[2] / "examples" / "service_config.json"


@pytest.mark.parametrize("client", ["service_config", "python", "gateway"])
async def test_no_call_fails_while_one_of_two_nodes_stops(database_url: str, tmp_path: Path, client: str) -> None:
    environment = await set_up(database_url, tmp_path / "data")
    async with AsyncExitStack() as stack:
        nodes = [await stack.enter_async_context(running("serve", **environment)) for _ in range(2)]
        target = "ipv4:" + ",".join(node.target for node in nodes)
        call = await stack.enter_async_context(_CALLS[client](target))
        for _ in range(10):
            await call()
        assert [await _has_served(node) for node in nodes] == [True, True]
        # Gives the node a backlog of calls when it closes its port.
        stop = asyncio.create_task(stopped(nodes[0], signal.SIGTERM))
        made = await asyncio.gather(*(_calls_until(stop, call) for _ in range(32)))
        assert await stop == 0
        assert min(made) > 0
        for _ in range(10):
            await call()


async def _has_served(node: Run) -> bool:
    async with node.client() as http:
        return "strongroom_calls_total{" in (await http.get("/metrics")).text


async def _calls_until(end: asyncio.Task[int], call: Callable[[], Awaitable[object]]) -> int:
    calls = 0
    while not end.done():
        await call()
        calls += 1
    return calls


@asynccontextmanager
async def _with_service_config(target: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """How any gRPC client calls a method of several nodes, with the configuration that the documentation recommends."""
    options = (("grpc.service_config", SERVICE_CONFIG.read_text()),)
    async with grpc.aio.insecure_channel(target, options=options) as channel:
        credentials = CredentialServiceStub(channel)
        yield lambda: credentials.ListCredentials(ListCredentialsRequest(), metadata=METADATA)


@asynccontextmanager
async def _with_python_client(target: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    async with strongroom.Client(target, KEY, plaintext=True) as client:
        yield client.get_caller


@asynccontextmanager
async def _with_gateway(target: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """How a client of a vendor creates credentials at a gateway apart from the nodes."""
    async with gateway_before(target, KEY) as http:

        async def create() -> None:
            answer = await http.post(USER_CREDENTIALS, json=TEXT)
            assert answer.status_code == 201, answer.text

        yield create


_CALLS = {"service_config": _with_service_config, "python": _with_python_client, "gateway": _with_gateway}


def test_the_service_config_repeats_all_calls_but_those_that_may_act_twice() -> None:
    config = json.loads(SERVICE_CONFIG.read_text())
    entries = {
        (name["service"], name.get("method")): "retryPolicy" in entry
        for entry in config["methodConfig"]
        for name in entry["name"]
    }
    methods = {(service.full_name, method.name) for service in SERVICES for method in service.methods}
    assert {key for key in entries if key[1]} <= methods
    assert {service for service, _ in entries} == {service for service, _ in methods}
    repeated = {key for key in methods if entries.get(key, entries.get((key[0], None), False))}
    # As the client library.
    assert methods - repeated == {
        ("strongroom.v1.UseService", "ForwardHttpRequest"),
        ("strongroom.v1.UseService", "StreamHttpRequest"),
        ("strongroom.v1.EventService", "TestWebhook"),
    }
