"""Servers on this machine that answer as a test tells them, with certificates of a CA of the tests."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trustme

from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CA: Final = trustme.CA()


@asynccontextmanager
async def server(
    answer: Answer, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that reads one request and sends these bytes, or lets a function answer. Yields its port and the requests."""
    requests: list[bytes] = []
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            requests.append(await reader.read(65536))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    listening = await asyncio.start_server(handle, host, 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1], requests
    finally:
        listening.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


def serving(*identities: str, ca: trustme.CA = CA) -> ssl.SSLContext:
    """The TLS of a server with a certificate for these names and addresses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*identities).configure_cert(context)
    return context


def client(port: int, directory: Path) -> Client:
    """A client that trusts the CA and may reach this machine at one port."""
    path = directory / "ca.pem"
    CA.cert_pem.write_to_path(str(path))
    return Client(Policy(networks_of("127.0.0.1"), ports=frozenset({port})), tls_context(path), path)
