"""Serves HTTP until a node stops. The gateway command uses it too, so it must not import the database or the keys."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import uvicorn

from strongroom_server.core import memory
from strongroom_server.gateway.app import operations_application
from strongroom_server.gateway.connections import BoundedHttp
from strongroom_server.gateway.hosts import ByHost
from strongroom_server.gateway.open_connections import OpenConnections
from strongroom_server.node.descriptors import connections_of_a_server
from strongroom_server.node.proxy_relay import LOOPBACK, Relay
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import require_encrypted
from strongroom_server.node.tls.tls import HANDSHAKE_SECONDS
from strongroom_server.rpc.listening import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.types import ASGIApp, Scope

    from strongroom_server.gateway.probes import Ready
    from strongroom_server.node.settings import Settings
    from strongroom_server.node.tls import Tls

# How long cancelled requests may take to send their error response.
_CANCELLED_SECONDS: Final = 1.0


@asynccontextmanager
async def serve_http(
    settings: Settings,
    application: ASGIApp,
    stopping: Stopping,
    tls: Tls | None = None,
    *,
    proxy: ASGIApp | None = None,
    shared: bool = False,
) -> AsyncIterator[int]:
    """Serve HTTP until the context ends, and give the port. With `shared`, other processes may serve the same port.

    The proxy answers the requests for STRONGROOM_PROXY_HOST. Raises OSError if the port is in use, SettingsError if the host or
    the settings require TLS and there is none.
    """
    # Here, because every process serves HTTP.
    memory.set_bound(settings.memory_mb)
    place = _Place("http", settings.http_port, "STRONGROOM_HTTP_PORT", shared=shared)
    if proxy is None or settings.proxy_host is None:
        serving = _serve(settings, place, application, stopping, tls)
    else:
        by_host = ByHost(settings.proxy_host, proxy, application)
        serving = _serve(settings, place, by_host, stopping, tls, by_host.is_for_host)
    async with serving as port:
        yield port


@asynccontextmanager
async def serve_proxy(
    settings: Settings, proxy: ASGIApp, stopping: Stopping, tls: Tls | None = None, *, shared: bool = False
) -> AsyncIterator[int | None]:
    """Serve the proxy on STRONGROOM_PROXY_PORT until the context ends, and give the port. Without the setting it has none."""
    if settings.proxy_port is None:
        yield None
        return
    place = _Place("proxy", settings.proxy_port, "STRONGROOM_PROXY_PORT", shared=shared)
    async with _serve(settings, place, proxy, stopping, tls, lambda _: True) as port:
        yield port


@asynccontextmanager
async def serve_operations(
    settings: Settings, ready: Ready, tls: Tls | None = None, *, shared: bool = False
) -> AsyncIterator[int | None]:
    """Serve probes and metrics on STRONGROOM_OPERATIONS_PORT until the context ends, and give the port. Without the setting it has
    none.

    It answers until all calls have ended.
    """
    if settings.operations_port is None:
        yield None
        return
    # Its own, because a node that drains goes on answering probes.
    stopping = Stopping()
    place = _Place("operations", settings.operations_port, "STRONGROOM_OPERATIONS_PORT", shared=shared)
    plain = dataclasses.replace(settings, proxy_protocol=False)
    async with _serve(plain, place, operations_application(ready), stopping, tls) as port:
        yield port


class _Place(NamedTuple):
    """The port to listen on, its name in metrics, and the setting that has its number."""

    name: str
    port: int
    variable: str
    shared: bool


@asynccontextmanager
async def _serve(
    settings: Settings,
    place: _Place,
    application: ASGIApp,
    stopping: Stopping,
    tls: Tls | None,
    is_streamed: Callable[[Scope], bool] | None = None,
) -> AsyncIterator[int]:
    """Serve an application until the context ends, and give the port. `is_streamed` is that of BoundedHttp."""
    require_encrypted(settings, encrypted=tls is not None)
    ports = 1 + sum(port is not None for port in (settings.proxy_port, settings.operations_port))
    descriptors = connections_of_a_server() // ports
    relay = Relay(settings.trusted_proxies, descriptors) if settings.proxy_protocol else None
    async with AsyncExitStack() as stack:
        public = stack.enter_context(listen(settings.host, place.port, place.variable, shared=place.shared))
        listening = public
        if relay is not None:
            listening = stack.enter_context(listen(LOOPBACK, 0, place.variable, shared=False))
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
            is_streamed,
            OpenConnections(descriptors, settings.trusted_proxies, port=place.name),
        )

        async def stop() -> None:
            await stopping.until_refusing()
            server.end(stopping.seconds_left)

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
    """A server that leaves signals to the node, limits the time of TLS handshakes, and stops as soon as its requests have ended."""

    def __init__(
        self,
        config: uvicorn.Config,
        tls: Tls | None,
        relay: Relay | None,
        is_streamed: Callable[[Scope], bool] | None,
        connections: OpenConnections,
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._tls = tls
        self._relay = relay
        self._is_streamed = is_streamed
        self._ending = asyncio.Event()

    def end(self, seconds: float) -> None:
        """Start to stop. Requests that are in flight may take so many seconds."""
        # uvicorn also takes fractions of a second, though its types say int.
        self.config.timeout_graceful_shutdown = seconds  # type: ignore[assignment] # as above
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Renew the header Date each second until the stop. uvicorn's own loop wakes ten times a second and ends late."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets, then the connections. uvicorn's own code waits 0.1 s even if there are none.

        With TLS, it may be that a handshake is in progress, of which only uvicorn's wait takes notice.
        """
        for server in self.servers:
            server.close()
        # After this turn of the loop, each connection that was accepted is among those of the server.
        await asyncio.sleep(0)
        if self._tls is not None or self.server_state.connections:
            await super().shutdown(sockets)

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
        protocol.is_streamed = self._is_streamed
        protocol.others = self._connections
        if self._relay is not None:
            protocol.client_of = self._relay.client_of
        return protocol

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
