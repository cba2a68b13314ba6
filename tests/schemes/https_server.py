"""A real HTTPS server of the tests, which answers request by request as a test tells it, and a client that may reach it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import h11
from egress.servers import CA, serving

from strongroom_server.egress.client import Client
from strongroom_server.egress.policy import Policy, networks_of
from strongroom_server.egress.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class Received(NamedTuple):
    """A request that the server has read."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


class Answer(NamedTuple):
    """What the server answers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), (("Content-Type", "application/json"),))


class Server(NamedTuple):
    url: str
    requests: list[Received]
    client: Client


@asynccontextmanager
async def https(
    directory: Path, answers: Callable[[Received], Answer], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Serve on this machine until the end of the block."""
    requests: list[Received] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = h11.Connection(h11.SERVER)
        head: h11.Request | None = None
        body = b""
        with contextlib.suppress(OSError):
            while not isinstance(event := protocol.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    protocol.receive_data(await reader.read(65536))
                elif isinstance(event, h11.Request):
                    head = event
                elif isinstance(event, h11.Data):
                    body += event.data
                else:
                    return writer.close()
            assert head is not None
            headers = {name.decode(): value.decode() for name, value in head.headers}
            requests.append(Received(head.method.decode(), head.target.decode(), headers, body))
            status, content, own = answers(requests[-1])
            response = h11.Response(status_code=status, headers=[*own, ("Content-Length", str(len(content)))])
            for event in (response, h11.Data(data=content), h11.EndOfMessage()):
                writer.write(protocol.send(event) or b"")
            await writer.drain()
        writer.close()
        return None

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls or serving("127.0.0.1"))
    port = listening.sockets[0].getsockname()[1]
    file = directory / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    client = Client(Policy(networks_of("127.0.0.1"), ports=frozenset({port, 443})), tls_context(file))
    try:
        yield Server(f"https://127.0.0.1:{port}", requests, client)
    finally:
        listening.close()
