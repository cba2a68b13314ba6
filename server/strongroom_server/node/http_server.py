"""Serves HTTP until a node stops. The gateway command uses it too, so it must not import the database or the keys."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from strongroom_server.gateway.connections import BoundedHttp
from strongroom_server.node.proxy_relay import LOOPBACK, Relay
from strongroom_server.node.tls import require_encrypted
from strongroom_server.node.tls.tls import HANDSHAKE_SECONDS
from strongroom_server.rpc.listening import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

    from strongroom_server.node.settings import Settings
    from strongroom_server.node.stopping import Stopping
    from strongroom_server.node.tls import Tls

# How long cancelled requests may take to send their error response.
_CANCELLED_SECONDS: Final = 1.0


@asynccontextmanager
async def serve_http(
    settings: Settings, application: ASGIApp, stopping: Stopping, tls: Tls | None = None, *, shared: bool = False
) -> AsyncIterator[int]:
    """Serve HTTP until the context ends, and give the port. With `shared`, other processes may serve the same port.

    Raises OSError if the port is in use, SettingsError if the host or the settings require TLS and there is none.
    """
    require_encrypted(settings, encrypted=tls is not None)
    relay = Relay(settings.trusted_proxies) if settings.proxy_protocol else None
    async with AsyncExitStack() as stack:
        public = stack.enter_context(listen(settings.host, settings.http_port, "STRONGROOM_HTTP_PORT", shared=shared))
        listening = public
        if relay is not None:
            listening = stack.enter_context(listen(LOOPBACK, 0, "STRONGROOM_HTTP_PORT", shared=False))
            await stack.enter_async_context(relay.serve(public, listening.getsockname()[1]))
        # Accepted sockets inherit this. uvloop sets it itself; asyncio's own loop does not, and then the end of a response can
        # wait 40 ms for the client to acknowledge the beginning.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = _HttpServer(
            uvicorn.Config(
                application,
                http=BoundedHttp,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # gateway/forwarded.py decides whose X-Forwarded-… headers count.
                proxy_headers=False,
            ),
            tls,
            relay,
        )

        async def stop() -> None:
            await stopping.until_refusing()
            # uvicorn also takes fractions of a second, though its types say int.
            server.config.timeout_graceful_shutdown = stopping.seconds_left  # type: ignore[assignment] # as above
            server.should_exit = True

        # The socket already listens: connections made before the server has started wait in its backlog.
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopped = asyncio.create_task(stop())
        try:
            yield public.getsockname()[1]
        finally:
            stopping.refuse()
            await asyncio.gather(stopped, serving)
            # uvicorn cancels late requests and does not wait for their responses.
            if late := set(server.server_state.tasks):
                await asyncio.wait(late, timeout=_CANCELLED_SECONDS)


class _HttpServer(uvicorn.Server):
    """A server that leaves signals to the node, and limits the time of TLS handshakes."""

    def __init__(self, config: uvicorn.Config, tls: Tls | None, relay: Relay | None) -> None:
        super().__init__(config)
        self._tls = tls
        self._relay = relay

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on these sockets. uvicorn's own code does not pass on a time limit for handshakes."""
        await super().startup(sockets=[])
        for listening in sockets or []:
            self.servers.append(
                await asyncio.get_running_loop().create_server(
                    self._protocol,
                    sock=listening,
                    backlog=self.config.backlog,
                    ssl=self._tls.http_context() if self._tls else None,
                    ssl_handshake_timeout=HANDSHAKE_SECONDS if self._tls else None,
                )
            )

    def _protocol(self) -> BoundedHttp:
        protocol = BoundedHttp(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        if self._relay is not None:
            protocol.client_of = self._relay.client_of
        return protocol

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
