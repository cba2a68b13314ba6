"""Floods over the vendors' HTTP endpoints, and another organisation's calls over them. `bench.floods` runs both.

A flood comes from an address of its own, because an HTTP port counts connections by address.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx

from strongroom.v1.credential_pb2 import (
    PROVIDER_GENERIC,
    SURFACE_SLASHID,
    SURFACE_TINES,
    ApiKeyData,
    Credential,
    CredentialData,
    TextData,
)
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ImportCredentialsRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AsyncExitStack


_TINES: Final = "/api/v1/user_credentials"
_SLASHID: Final = "/organizations/config/external-credentials"
_FLOODER: Final = "127.0.0.2"
_STORED: Final = 3_000
# A connection has one request at a time, so this is how many connections the flood has. It is the most that an address may have
# before a key has had success.
AT_ONCE: Final = 256
# A pool of httpx looks at all of its connections for each request, so many small ones cost the flood less than a large one.
_CLIENTS: Final = 16
# How long a slow reader leaves a response unread, and the size of its buffer in the kernel.
_UNREAD_SECONDS: Final = 2.0
_BUFFER: Final = 4096
# Nearly a megabyte of empty arrays, of which `bench.stalls` shows that they are refused without being parsed.
_BAD_BODY: Final = b'{"name":"n","mode":"TEXT","team_id":2,"a":[' + b"[]," * 330_000 + b"[]]}"
# What takes longest to parse, of the size below which a body may have any number of values. It has no team.
_DENSE_BODY: Final = b'{"name":"n","mode":"TEXT","a":[' + b"{}," * 21_000 + b"{}]}"
_REFUSED: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


def _headers(key: str, organisation: str = "default") -> dict[str, str]:
    """The headers of all vendors together: each API ignores the others' headers."""
    return {"Authorization": f"Bearer {key}", "SlashID-API-Key": key, "SlashID-OrgID": organisation}


def _body(name: str) -> dict[str, object]:
    return {"name": name, "mode": "TEXT", "team_id": 2, "value": "x" * 16}


async def fill(stub: Any, metadata: tuple[tuple[str, str], ...]) -> None:
    """Store what the lists of the floods list."""
    key = CredentialData(api_key=ApiKeyData(api_key="k"))
    text = CredentialData(text=TextData(value="x"))
    both = (
        Credential(surface=SURFACE_SLASHID, provider=PROVIDER_GENERIC, name="x" * 250, data=key),
        Credential(surface=SURFACE_TINES, name="page", data=text),
    )

    async def requests() -> AsyncIterator[ImportCredentialsRequest]:
        for _ in range(_STORED // 25):
            creates = [CreateCredentialRequest(credential=each) for each in both for _ in range(25)]
            yield ImportCredentialsRequest(creates=creates)

    async for response in stub.ImportCredentials(requests(), metadata=metadata):
        for result in response.results:
            if not result.HasField("created"):
                raise RuntimeError(f"a credential of the flood was not created: {result}")


class HttpFlood:
    """The requests of a flood. Each is sent again when it ends, however it ends."""

    def __init__(self, clients: Sequence[httpx.AsyncClient]) -> None:
        self._clients = clients
        self._names = map("flood-{}".format, itertools.count())
        self.ended = self.refused = 0

    async def http_create(self, client: httpx.AsyncClient) -> int:
        return (await client.post(_TINES, json=_body(next(self._names)))).status_code

    async def http_page(self, client: httpx.AsyncClient) -> int:
        return (await client.get(_TINES, params={"per_page": 100})).status_code

    async def http_list(self, client: httpx.AsyncClient) -> int:
        """SlashID's list, which has no pages."""
        return (await client.get(_SLASHID)).status_code

    async def http_unknown_key(self, client: httpx.AsyncClient) -> int:
        headers = {"Authorization": f"Bearer sr_unknown_{next(self._names)}{'x' * 40}"}
        return (await client.get(_TINES, headers=headers)).status_code

    async def http_bad_body(self, client: httpx.AsyncClient) -> int:
        return (await client.post(_TINES, content=_BAD_BODY)).status_code

    async def http_dense_body(self, client: httpx.AsyncClient) -> int:
        return (await client.post(_TINES, content=_DENSE_BODY)).status_code

    async def http_slow_reader(self, client: httpx.AsyncClient) -> int:
        """A list of which only the head is read, until the connection is closed."""
        async with client.stream("GET", _SLASHID) as response:
            await asyncio.sleep(_UNREAD_SECONDS)
            return response.status_code

    async def run(self, send: Callable[[httpx.AsyncClient], Awaitable[int]], count: int) -> None:
        """Keep so many requests under way until cancelled."""

        async def repeat(index: int) -> None:
            while True:
                try:
                    status = await send(self._clients[index % len(self._clients)])
                    self.refused += status in _REFUSED
                except httpx.TransportError:
                    # The server closed the connection.
                    self.refused += 1
                    await asyncio.sleep(0)
                self.ended += 1

        await asyncio.gather(*(repeat(index) for index in range(count)))


FLOODS: Final = (
    "http_create",
    "http_page",
    "http_list",
    "http_unknown_key",
    "http_bad_body",
    "http_dense_body",
    "http_slow_reader",
)


async def open_flood(stack: AsyncExitStack, address: str, key: str) -> HttpFlood:
    """Open the clients of a flood."""
    options = ((socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER),)
    clients = []
    for _ in range(_CLIENTS):
        transport = httpx.AsyncHTTPTransport(
            local_address=_FLOODER,
            socket_options=options,
            limits=httpx.Limits(max_connections=AT_ONCE // _CLIENTS, max_keepalive_connections=AT_ONCE // _CLIENTS),
        )
        client = httpx.AsyncClient(base_url=f"http://{address}", headers=_headers(key), transport=transport, timeout=60)
        clients.append(await stack.enter_async_context(client))
    return HttpFlood(clients)


class HttpCalls:
    """The other organisation's calls over HTTP: reads of one credential, over one connection."""

    def __init__(self, client: httpx.AsyncClient, number: int) -> None:
        self._client = client
        self._path = f"{_TINES}/{number}"

    async def times(self, count: int) -> list[float]:
        """The milliseconds of so many calls, one after another. An error ends the run."""
        times = []
        for _ in range(count):
            began = time.perf_counter()
            response = await self._client.get(self._path)
            times.append((time.perf_counter() - began) * 1000)
            response.raise_for_status()
            await asyncio.sleep(0.002)
        return times


async def open_calls(stack: AsyncExitStack, address: str, key: str, organisation: str) -> HttpCalls:
    """Create a credential of the other organisation that its calls read."""
    client = await stack.enter_async_context(
        httpx.AsyncClient(base_url=f"http://{address}", headers=_headers(key, organisation), timeout=60)
    )
    created = await client.post(_TINES, json=_body("other"))
    created.raise_for_status()
    return HttpCalls(client, created.json()["id"])
