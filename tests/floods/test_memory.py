"""Floods a real node that has 512 MB of memory with what takes the most of it: it stays below, and serves others.

Root gives it a control group with that limit, as a container has. Others only measure its memory. A limit of the process's data
(RLIMIT_DATA) would count what is never written to, such as 8 MB of stack for each of gRPC's threads.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections import Counter
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
from rpc.calls import bearer

from bench.floods import create_other_organisation
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

_LIMIT: Final = 512 << 20
# What a node takes by default in a container of 512 MB. It looks at the container's group, and the test's group is below that one.
_BUDGET_MB: Final = 128
# Those that read nothing are another peer, so that they take no connection from the others.
_READER: Final = "127.0.0.2"
_OPTIONS: Final = (("grpc.max_receive_message_length", 32 << 20), ("grpc.use_local_subchannel_pool", 1))
_LARGE: Final = CredentialData(raw=RawData(value=b"x" * 60_000))
_BAD: Final = b'{"name":"n","mode":"TEXT","team_id":1,"a":[' + b"[]," * 330_000 + b"[]]}"
_UNREAD: Final = b"GET /docs/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n" * 8
# What each flood must be answered at least once, so that the node has really done its work.
_ANSWERS: Final[dict[str, object]] = {
    "page": grpc.StatusCode.OK,
    "create": grpc.StatusCode.OK,
    "list": 200,
    "bad body": 422,
}
# What a flood may be answered as well: it was refused, or (504) a list waited until the 10 s of a vendor's endpoint were over.
_LIMITED: Final = frozenset({grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE, 429, 503, 504})


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

    async for response in stub.ImportCredentials(requests(), metadata=bearer(KEY)):
        assert all(result.HasField("created") for result in response.results), response.results[0]


async def answer_of(request: Awaitable[object]) -> object:
    """The status of a response, or of the error."""
    try:
        response = await request
    except grpc.aio.AioRpcError as error:
        return error.code()
    except httpx.TransportError:
        # A body that was refused before it was read to its end, or a list whose next page had no memory for seconds.
        return 503
    return response.status_code if isinstance(response, httpx.Response) else grpc.StatusCode.OK


async def flood(run: Run, stub: CredentialServiceStub, at_once: int, times: int) -> Counter[tuple[str, object]]:
    """All floods together. Returns how often each got which answer."""
    full = ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL, page_size=50, surface=SURFACE_NATIVE)
    create = CreateCredentialRequest(credential=Credential(surface=SURFACE_NATIVE, name="n", data=_LARGE))
    answers: Counter[tuple[str, object]] = Counter()

    async def repeat(name: str, send: Callable[[], Awaitable[object]]) -> None:
        for _ in range(times):
            answers[name, await answer_of(send())] += 1

    limits = httpx.Limits(max_connections=2 * at_once)
    async with httpx.AsyncClient(
        base_url=run.url, headers=headers(KEY), limits=limits, timeout=60, verify=False
    ) as http:
        sends: dict[str, Callable[[], Awaitable[object]]] = {
            "page": lambda: stub.ListCredentials(full, metadata=bearer(KEY)),
            "create": lambda: stub.CreateCredential(create, metadata=bearer(KEY)),
            "list": lambda: http.get(SLASHID),
            "bad body": lambda: http.post(TINES, content=_BAD),
        }
        await asyncio.gather(*(repeat(name, send) for name, send in sends.items() for _ in range(at_once)))
    return answers


async def call_as_another(run: Run, channel: grpc.aio.Channel, key: str, flooding: asyncio.Task[Any]) -> int:
    """Call as another organisation while the flood lasts, and return how often. Each call must succeed."""
    stub, calls = CredentialServiceStub(channel), 0
    create = CreateCredentialRequest(
        credential=Credential(surface=SURFACE_NATIVE, name="o", data=CredentialData(raw=RawData(value=b"x")))
    )
    async with httpx.AsyncClient(base_url=run.url, headers=headers(key), timeout=60, verify=False) as http:
        while not flooding.done():
            made = await http.post(TINES, json=BODIES[TINES])
            assert made.status_code == 201, made.text
            stored = await stub.CreateCredential(create, metadata=bearer(key))
            await stub.AccessCredential(AccessCredentialRequest(id=stored.id), metadata=bearer(key))
            for path in ("/livez", "/readyz", "/metrics"):
                assert (await http.get(path)).status_code == 200
            calls += 1
    return calls


@pytest.mark.parametrize(
    ("large", "listed", "at_once", "times", "unread"),
    [
        pytest.param(60, 1_100, 16, 2, 10, id="small"),
        pytest.param(400, 20_000, 100, 8, 100, id="large", marks=pytest.mark.soak),
    ],
)
async def test_a_node_with_512_mb_survives_a_flood_of_large_requests_and_responses(
    database_url: str, large: int, listed: int, at_once: int, times: int, unread: int
) -> None:
    with database_directory() as directory, limited_memory(_LIMIT) as group, ExitStack() as stack:
        environment = {
            "STRONGROOM_DATA_DIR": str(directory / "data"),
            "STRONGROOM_DATABASE_URL": database_url,
            "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
            "STRONGROOM_MEMORY_MB": str(_BUDGET_MB),
        }
        async with (
            running("run", through=group.through if group else (), **environment) as run,
            grpc.aio.insecure_channel(run.target, options=_OPTIONS) as flooding_channel,
            grpc.aio.insecure_channel(run.target, options=_OPTIONS) as channel,
        ):
            stub = CredentialServiceStub(flooding_channel)
            key = await create_other_organisation(channel, KEY)
            await fill(stub, large, listed)
            for _ in range(unread):
                reader = stack.enter_context(
                    socket.create_connection(("127.0.0.1", httpx.URL(run.url).port), source_address=(_READER, 0))
                )
                reader.sendall(_UNREAD)
            async with asyncio.TaskGroup() as tasks:
                flooding = tasks.create_task(flood(run, stub, at_once, times))
                calls = await call_as_another(run, channel, key, flooding)
            answers = flooding.result()

            resident, in_all = most_resident(run), group.peak() if group else 0
            # `pytest -rP` shows it.
            sys.stdout.write(
                f"peak: {resident >> 20} MB resident, {in_all >> 20} MB in all; {calls} calls; {dict(answers)}\n"
            )
            assert run.process.returncode is None
            assert calls > 0
            assert resident < _LIMIT
            assert set(_ANSWERS.items()) <= set(answers)
            assert {answer for name, answer in answers if answer != _ANSWERS[name]} <= _LIMITED


def _batches(creates: list[CreateCredentialRequest], size: int) -> list[list[CreateCredentialRequest]]:
    return [creates[index : index + size] for index in range(0, len(creates), size)]
