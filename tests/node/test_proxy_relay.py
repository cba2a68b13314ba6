"""The relay between proxies that speak the PROXY protocol and a server of this process, with real sockets."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from node.test_proxy_header import header
from waiting import until

from strongroom_server.access.proxies import trusted_proxies_of
from strongroom_server.node import proxy_relay
from strongroom_server.node.proxy_relay import UNANNOUNCED, Relay
from strongroom_server.rpc.listening import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Echo:
    """A server that sends back what it receives, and asks the relay whose connection each is."""

    def __init__(self) -> None:
        self.relay: Relay | None = None
        self.port = 0
        self.clients: list[str] = []
        self.received = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.received += len(data)
                assert self.relay is not None
                self.clients.append(self.relay.client_of(writer.get_extra_info("peername")[1]))
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def relayed(trusted: str = "127.0.0.0/8", descriptors: int = 300) -> AsyncIterator[tuple[Echo, int]]:
    """An echo server behind a relay, with the relay's port."""
    echo = Echo()
    server = await asyncio.start_server(echo.handle, "127.0.0.1", 0)
    echo.port = server.sockets[0].getsockname()[1]
    relay = echo.relay = Relay(trusted_proxies_of(trusted), descriptors)
    with listen("127.0.0.1", 0, "X", shared=False) as listening:
        async with server, relay.serve(listening, echo.port):
            yield echo, listening.getsockname()[1]


async def exchanged(port: int, *parts: bytes, answer: int) -> bytes:
    """What comes back for these parts: so many bytes, or what came before the connection ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        return await reader.readexactly(answer)
    except asyncio.IncompleteReadError as error:
        return error.partial
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("source", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.9"])
async def test_the_server_learns_the_client_and_gets_the_bytes_after_the_header(source: str) -> None:
    async with relayed() as (echo, port):
        sent = header(source) + b"hello"
        for parts in ([sent], [bytes([byte]) for byte in sent]):
            assert await exchanged(port, *parts, answer=5) == b"hello"
        assert set(echo.clients) == {source.removeprefix("::ffff:")}


async def test_a_connection_of_the_proxy_itself_has_the_address_of_the_proxy() -> None:
    async with relayed() as (echo, port):
        assert await exchanged(port, header("192.0.2.7")[:12] + b"\x20\x00\x00\x00" + b"hi", answer=2) == b"hi"
        assert echo.clients == ["127.0.0.1"]


async def test_a_connection_without_a_header_reaches_no_server() -> None:
    async with relayed() as (echo, port):
        assert await exchanged(port, b"GET / HTTP/1.1\r\n\r\n", answer=1) == b""
        assert echo.received == 0


async def test_a_connection_from_elsewhere_reaches_no_server() -> None:
    async with relayed("192.0.2.0/24") as (echo, port):
        assert await exchanged(port, header("192.0.2.7") + b"hello", answer=1) == b""
        assert echo.received == 0


async def test_a_proxy_that_sends_no_header_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_relay, "HEADER_SECONDS", 0.05)
    async with relayed() as (_, port):
        assert await exchanged(port, header("192.0.2.7")[:20], answer=1) == b""


async def test_few_connections_may_wait_for_a_header_and_few_may_be_open() -> None:
    async with relayed(descriptors=24) as (echo, port):
        # 24 descriptors are 8 connections, of which 2 may wait.
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert await exchanged(port, header("192.0.2.7") + b"hello", answer=5) == b""
        for _, writer in waiting:
            writer.write(header("192.0.2.7"))
        await until(lambda: echo.relay is not None and echo.relay.waiting == 0)
        served = []
        for _ in range(6):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(header("192.0.2.7") + b"hello")
            assert await reader.readexactly(5) == b"hello"
            served.append(writer)
        assert await exchanged(port, header("192.0.2.7") + b"hello", answer=5) == b""
        for writer in (*served, *(writer for _, writer in waiting)):
            writer.transport.abort()


async def test_a_connection_past_the_relay_has_no_address() -> None:
    async with relayed() as (echo, _):
        assert await exchanged(echo.port, b"hello", answer=5) == b"hello"
        assert echo.clients == [UNANNOUNCED]


async def test_bytes_pass_unchanged_and_a_slow_reader_makes_the_sender_wait() -> None:
    async with relayed() as (echo, port):
        data = os.urandom(16 * 1024 * 1024)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(header("192.0.2.7"))
        writer.write(data)
        before = -1
        while before != echo.received:
            # Until nothing moves any more: every buffer on the way is full.
            before = echo.received
            await asyncio.sleep(0.1)
        assert echo.received < len(data)
        assert await reader.readexactly(len(data)) == data
        writer.close()


async def test_the_end_of_either_side_ends_the_other_and_forgets_the_client() -> None:
    async with relayed() as (echo, port):
        assert echo.relay is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(header("192.0.2.7") + b"bye")
        assert await reader.readexactly(3) == b"bye"
        assert echo.relay.clients == 1
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await asyncio.sleep(0.05)
        assert echo.relay.clients == 0
