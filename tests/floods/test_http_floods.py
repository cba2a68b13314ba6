"""Floods the HTTP port in each way that costs a connection, and calls as another client meanwhile. The flood is from 127.0.0.2."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from conftest import gateway_of
from gateway.running import BODIES, TINES, headers

from strongroom_server.gateway import connections, open_connections
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

_FLOODER: Final = "127.0.0.2"
_OF_PEER: Final = 20
_SOCKETS: Final = 60
_LIVEZ: Final = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
_REFUSED: Final = b"GET /api/v1/user_credentials HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sr_a_bcd\r\n\r\n"
_SLOW_BODY: Final = (
    b"POST /api/v1/user_credentials HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sr_a_bcd\r\n"
    b"Content-Length: 1000000\r\n\r\n{"
)
# More than the buffers of both kernels hold.
_LARGE: Final = b"GET /docs/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n" * 8
_LARGE_BYTES: Final = 1_000_000

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def url(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The URL of a port of the deployment with small limits and short times."""
    monkeypatch.setattr(open_connections, "MOST", 4 * _OF_PEER)
    monkeypatch.setattr(open_connections, "MOST_OF_PEER", _OF_PEER)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.4)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.4)
    async with serve_http(deployment.settings, gateway_of(deployment.service), Stopping()) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def flood(url: str, *sent: bytes, count: int = _SOCKETS, small: bool = False) -> AsyncIterator[list[Stream]]:
    """Connections of the flooder that send this, and nothing more."""
    opened: list[Stream] = []
    async with AsyncExitStack() as stack:
        for _ in range(count):
            own = socket.socket()
            if small:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            own.setblocking(False)
            own.bind((_FLOODER, 0))
            await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", httpx.URL(url).port))
            reader, writer = await asyncio.open_connection(sock=own, limit=1024)
            stack.callback(writer.close)
            writer.writelines(sent)
            opened.append((reader, writer))
        yield opened


async def require_calls(url: str, api_key: str) -> None:
    """Make calls as the other client, on new connections and on one that is kept."""
    async with httpx.AsyncClient(base_url=url, headers=headers(api_key), timeout=30, verify=False) as kept:
        for _ in range(5):
            assert (await kept.post(TINES, json=BODIES[TINES])).status_code == 201
            async with httpx.AsyncClient(base_url=url, headers=headers(api_key), timeout=30, verify=False) as new:
                assert (await new.get(TINES)).status_code == 200
                for path in ("/livez", "/readyz", "/metrics"):
                    assert (await new.get(path)).status_code == 200


async def are_closed(opened: list[Stream]) -> bool:
    """Whether the server has closed all of these connections. What it sent is dropped."""

    async def is_closed(reader: asyncio.StreamReader) -> bool:
        try:
            while await reader.read(1 << 20):
                pass
        except ConnectionError:
            pass
        return True

    # The flood itself takes most of a busy machine.
    async with asyncio.timeout(60):
        return all(await asyncio.gather(*(is_closed(reader) for reader, _ in opened)))


@pytest.mark.parametrize(
    "sent",
    [
        (),
        (b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ",),
        (_LIVEZ,),
        (_SLOW_BODY,),
        (_REFUSED,),
        (_REFUSED * 10,),
        (_LIVEZ * 200,),
    ],
    ids=["idle", "slow heads", "idle after a response", "slow bodies", "refused", "refused often", "pipelined"],
)
async def test_connections_without_a_key_end_and_others_are_served(
    deployment: Deployment, url: str, sent: tuple[bytes, ...]
) -> None:
    async with flood(url, *sent) as opened:
        await require_calls(url, deployment.api_key)
        assert await are_closed(opened)


async def test_a_client_that_does_not_read_loses_its_connection(deployment: Deployment, url: str) -> None:
    async with flood(url, _LARGE, count=10, small=True) as opened:
        await require_calls(url, deployment.api_key)
        # It still has not read anything: what ends the connection is the time.
        await asyncio.sleep(0.6)
        for reader, _ in opened:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            received = 0
            try:
                while part := await reader.read(1 << 20):
                    received += len(part)
            except ConnectionError:
                pass
            assert received < 8 * _LARGE_BYTES


async def test_a_peer_without_a_key_keeps_only_its_newest_connections(url: str) -> None:
    async with flood(url) as opened:
        old, new = opened[: _SOCKETS - _OF_PEER], opened[_SOCKETS - _OF_PEER :]
        assert await are_closed(old)
        # Those that remain are served.
        for _, writer in new:
            writer.write(_LIVEZ)
        for reader, _ in new:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")


async def test_a_connection_with_a_key_gives_way_to_no_other(deployment: Deployment, url: str) -> None:
    with_key = _REFUSED.replace(b"sr_a_bcd", deployment.api_key.encode())
    async with flood(url, with_key, count=1) as ((reader, writer),):
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        async with flood(url) as idle:
            # The idle time of connections without success has passed too.
            assert await are_closed(idle)
        writer.write(with_key)
        answers = await reader.read(4096)
        while b"HTTP/1.1 200" not in answers:
            part = await reader.read(4096)
            assert part
            answers += part


async def test_a_full_port_still_answers_its_probes(
    deployment: Deployment, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 10.0)
    monkeypatch.setattr(connections, "RESERVED_SECONDS", 10.0)
    with_key = _REFUSED.replace(b"sr_a_bcd", deployment.api_key.encode())
    async with AsyncExitStack() as stack:
        # Fewer at once than a peer may have before it has success.
        for _ in range(8):
            for reader, _ in await stack.enter_async_context(flood(url, with_key, count=_OF_PEER // 2)):
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        async with httpx.AsyncClient(base_url=url, headers=headers(deployment.api_key), verify=False) as other:
            for path in ("/livez", "/readyz", "/metrics"):
                response = await other.get(path)
                assert (response.status_code, response.headers["connection"]) == (200, "close")
            refused = await other.get(TINES)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("is_proven", [False, True])
async def test_an_old_connection_is_closed_by_its_next_response(
    deployment: Deployment, url: str, monkeypatch: pytest.MonkeyPatch, *, is_proven: bool
) -> None:
    monkeypatch.setattr(connections, "AGE_SECONDS", 0.0)
    key = deployment.api_key if is_proven else "sr_a_bcd"
    async with httpx.AsyncClient(base_url=url, headers=headers(key), verify=False) as client:
        first = await client.get(TINES)
        assert ("close" in first.headers.get("connection", "")) is True
    monkeypatch.setattr(connections, "AGE_SECONDS", 60.0)
    monkeypatch.setattr(connections, "PROVEN_AGE_SECONDS", 0.0)
    async with httpx.AsyncClient(base_url=url, headers=headers(key), verify=False) as client:
        assert "connection" not in (await client.get(TINES)).headers
        assert ("connection" in (await client.get(TINES)).headers) is is_proven
