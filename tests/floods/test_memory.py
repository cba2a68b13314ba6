"""Floods a real node that has 512 MB of memory with what takes the most of it: it stays below, and serves others.

Root gives it a control group with that limit, as a container has. Others only measure its memory. A limit of the process's data
(RLIMIT_DATA) would count what is never written to, such as 8 MB of stack for each of gRPC's threads.
"""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc
import httpx
import pytest
from directories import database_directory
from floods.containers import limited_memory
from gateway.running import BODIES, SLASHID, TINES, headers
from node.test_process import KEY, running

from strongroom.v1.credential_pb2 import (
    PROVIDER_GENERIC,
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    ApiKeyData,
    Credential,
    CredentialData,
    RawData,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    ImportCredentialsRequest,
    ListCredentialsRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from node.test_process import Run

_LIMIT: Final = 512 * 1024 * 1024
# Those that read nothing are another peer, so that they take no connection from the others.
_READER: Final = "127.0.0.2"
_METADATA: Final = (("authorization", f"Bearer {KEY}"),)
_LARGE: Final = CredentialData(raw=RawData(value=b"x" * 60_000))
_BAD: Final = b'{"name":"n","mode":"TEXT","team_id":1,"a":[' + b"[]," * 330_000 + b"[]]}"
_UNREAD: Final = b"GET /docs/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n" * 8
# What a flood may be told. Everything else is a failure of the node.
_LIMITED: Final = frozenset({grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE})


def most_resident(run: Run) -> int:
    """The most memory that the node has had, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{run.process.pid}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) * 1024


async def fill(stub: CredentialServiceStub, large: int, listed: int) -> None:
    key = CredentialData(api_key=ApiKeyData(api_key="k"))
    creates = [
        *[CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name="n", data=_LARGE))] * large,
        *[
            CreateCredentialRequest(
                credential=Credential(surface=SURFACE_SLASHID, provider=PROVIDER_GENERIC, name="x" * 250, data=key)
            )
        ]
        * listed,
    ]

    async def requests() -> AsyncIterator[ImportCredentialsRequest]:
        for batch in _batches(creates, 10):
            yield ImportCredentialsRequest(creates=batch)

    async for response in stub.ImportCredentials(requests(), metadata=_METADATA):
        assert all(result.HasField("created") for result in response.results), response.results[0]


async def repeat(times: int, send: Callable[[], Awaitable[object]], outcomes: list[object]) -> None:
    """Send a request so many times, one after the other, and note each outcome."""
    for _ in range(times):
        try:
            response = await send()
            outcomes.append(response.status_code if isinstance(response, httpx.Response) else grpc.StatusCode.OK)
        except grpc.aio.AioRpcError as error:
            outcomes.append(error.code())
        except httpx.TransportError:
            # A body that was refused before it was read to its end, or a list whose next page had no memory for seconds.
            outcomes.append(503)


async def flood(run: Run, stub: CredentialServiceStub, at_once: int, times: int) -> list[object]:
    """All floods together. Returns the outcomes."""
    full = ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL, page_size=50, surface=SURFACE_NATIVE)
    create = CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name="n", data=_LARGE))
    outcomes: list[object] = []
    limits = httpx.Limits(max_connections=2 * at_once)
    async with httpx.AsyncClient(
        base_url=run.url, headers=headers(KEY), limits=limits, timeout=60, verify=False
    ) as http:
        sends: list[Callable[[], Awaitable[object]]] = [
            lambda: stub.ListCredentials(full, metadata=_METADATA),
            lambda: stub.CreateCredential(create, metadata=_METADATA),
            lambda: http.get(SLASHID),
            lambda: http.post(TINES, content=_BAD),
        ]
        await asyncio.gather(*(repeat(times, send, outcomes) for send in sends for _ in range(at_once)))
    return outcomes


async def call_as_another(run: Run, stub: CredentialServiceStub, flooding: asyncio.Task[Any]) -> int:
    """Call while the flood lasts, and return how often. Each call must succeed."""
    calls = 0
    async with httpx.AsyncClient(base_url=run.url, headers=headers(KEY), timeout=60, verify=False) as http:
        while not flooding.done():
            made = await http.post(TINES, json=BODIES[TINES])
            assert made.status_code == 201, made.text
            request = CreateCredentialRequest(
                credential=Credential(surface=SURFACE_NATIVE, name="o", data=CredentialData(raw=RawData(value=b"x")))
            )
            stored = await stub.CreateCredential(request, metadata=_METADATA)
            await stub.AccessCredential(AccessCredentialRequest(id=stored.id), metadata=_METADATA)
            for path in ("/livez", "/readyz", "/metrics"):
                assert (await http.get(path)).status_code == 200
            calls += 1
    return calls


@pytest.mark.parametrize(
    ("large", "listed", "at_once", "times", "unread"),
    [
        pytest.param(60, 1_100, 16, 2, 10, id="small"),
        pytest.param(400, 20_000, 100, 20, 100, id="large", marks=pytest.mark.soak),
    ],
)
async def test_a_node_with_512_mb_survives_a_flood_of_large_requests_and_responses(
    database_url: str, large: int, listed: int, at_once: int, times: int, unread: int
) -> None:
    with database_directory() as directory, ExitStack() as stack:
        environment = {
            "STRONGROOM_DATA_DIR": str(directory / "data"),
            "STRONGROOM_DATABASE_URL": database_url,
            "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
            "STRONGROOM_MEMORY_MB": "64",
        }
        async with (
            running("run", **environment) as run,
            grpc.aio.insecure_channel(run.target, options=(("grpc.max_receive_message_length", 32 << 20),)) as channel,
        ):
            # Without root it has no limit; its memory is measured in the end in any case.
            stack.enter_context(limited_memory(run.process.pid, _LIMIT))
            stub = CredentialServiceStub(channel)
            await fill(stub, large, listed)
            for _ in range(unread):
                reader = stack.enter_context(
                    socket.create_connection(("127.0.0.1", httpx.URL(run.url).port), source_address=(_READER, 0))
                )
                reader.sendall(_UNREAD)
            flooding = asyncio.create_task(flood(run, stub, at_once, times))
            calls = await call_as_another(run, stub, flooding)
            outcomes = set(await flooding)

            assert calls > 0
            assert most_resident(run) < _LIMIT
            # 504: a list that waited for its turn until the 10 s of a vendor's endpoint were over.
            assert outcomes <= {grpc.StatusCode.OK, 200, 400, 422, 429, 503, 504} | _LIMITED
            assert {grpc.StatusCode.OK, 200} <= outcomes
            assert run.process.returncode is None


def _batches(creates: list[CreateCredentialRequest], size: int) -> list[list[CreateCredentialRequest]]:
    return [creates[index : index + size] for index in range(0, len(creates), size)]
