"""The floor of a proxy: uvicorn receives a request, h11 sends it over a new TLS connection, and the response goes back as it comes.

`relay.py <port of the receiver> <CA file>` prints its own port.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
import uvloop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class _Relay:
    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        self._port = port
        self._tls = tls

    async def __call__(
        self,
        scope: dict[str, Any],
        _receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Relay a request without a body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._tls)
        connection = h11.Connection(h11.CLIENT)
        headers = [("Host", f"127.0.0.1:{self._port}"), ("Authorization", "Bearer x"), ("Connection", "close")]
        request = h11.Request(method=scope["method"], target=scope["raw_path"], headers=headers)
        head = connection.send(request) or b""
        connection.send(h11.EndOfMessage())
        writer.write(head)
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Response):
                await send({"type": "http.response.start", "status": event.status_code, "headers": list(event.headers)})
            elif isinstance(event, h11.Data):
                await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
        writer.transport.abort()
        await send({"type": "http.response.body", "body": b""})


async def _run(port: str, ca: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    relay: Any = _Relay(int(port), ssl.create_default_context(cafile=ca))
    server = uvicorn.Server(uvicorn.Config(relay, log_config=None, lifespan="off", http="httptools"))
    print(f"127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 - the bench reads it
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(_run(*sys.argv[1:]))
