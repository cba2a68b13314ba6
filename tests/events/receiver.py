"""A real HTTPS server that receives webhooks. The path says how it answers."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import h11
from egress.servers import serving
from standardwebhooks import Webhook as Verifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Received(NamedTuple):
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The JSON of the body, if the public library finds the signature right. Raises WebhookVerificationError."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What has arrived, and how each path answers: with 200, no headers and no body unless they are set.

    The status 0 is no answer until the server ends.
    """

    port: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    headers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    requests: list[Received] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Received]:
        return [each for each in self.requests if each.path == path]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Serve on this machine until the end of the block."""
    receiver, waiting = Receiver(), set[asyncio.StreamWriter]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = h11.Connection(h11.SERVER)
        path, headers, body = "", dict[str, str](), b""
        with contextlib.suppress(OSError, h11.RemoteProtocolError):
            while not isinstance(event := protocol.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    protocol.receive_data(await reader.read(65536))
                elif isinstance(event, h11.Request):
                    path = event.target.decode()
                    headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += event.data
                else:
                    return writer.close()
            receiver.requests.append(Received(path, headers, body))
            status = receiver.statuses.get(path, 200)
            if not status:
                waiting.add(writer)
                return None
            body = receiver.bodies.get(path, b"")
            length = ("Content-Length", str(len(body)))
            for answer in (
                h11.Response(status_code=status, headers=[length, *receiver.headers.get(path, [])]),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                writer.write(protocol.send(answer) or b"")
            await writer.drain()
        return writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=serving("127.0.0.1"))
    receiver.port = listening.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        for writer in waiting:
            writer.close()
        listening.close()
