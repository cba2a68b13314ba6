"""Serves gRPC until a node stops."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from strongroom_server.node.descriptors import connections_of_a_server
from strongroom_server.node.proxy_relay import LOOPBACK, Relay
from strongroom_server.node.tls import require_encrypted
from strongroom_server.rpc.listening import listen
from strongroom_server.rpc.presented import from_proxies, from_relay, presented, with_certificate
from strongroom_server.rpc.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.node.service import Service
    from strongroom_server.node.settings import Settings
    from strongroom_server.node.tls import Tls
    from strongroom_server.rpc.presented import Present


@asynccontextmanager
async def serve_grpc(
    settings: Settings, service: Service, tls: Tls | None = None, *, shared: bool = False
) -> AsyncIterator[int]:
    """Serve gRPC until the context ends, and give the port. With `shared`, other processes may serve the same port.

    Raises OSError if a port is in use, SettingsError if the host or the settings require TLS and there is none.
    """
    require_encrypted(settings, encrypted=tls is not None)
    mtls_port = settings.grpc_mtls_port
    connections = connections_of_a_server()
    relay = Relay(settings.trusted_proxies, connections) if settings.proxy_protocol else None
    server = Server(
        service.pipeline,
        service.streams,
        service.methods,
        LOOPBACK if relay else settings.host,
        0 if relay else settings.grpc_port,
        service.ready,
        partial(tls.grpc_credentials, requires_certificate=tls.has_client_ca and mtls_port is None) if tls else None,
        presented=_present(settings, tls, relay),
        shared=shared,
        connections=connections if mtls_port is None else connections // 2,
        reflection=settings.reflection,
    )
    ports = {"STRONGROOM_GRPC_PORT": (settings.grpc_port, server.port)}
    if tls is not None and mtls_port is not None:
        variable = "STRONGROOM_GRPC_MTLS_PORT"
        credentials = partial(tls.grpc_credentials, requires_certificate=True)
        ports[variable] = (mtls_port, server.add_port(0 if relay else mtls_port, variable, credentials))
    async with AsyncExitStack() as stack:
        await server.start()
        port = server.port
        if relay is not None:
            for variable, (public, inner) in reversed(ports.items()):
                listening = stack.enter_context(listen(settings.host, public, variable, shared=shared))
                await stack.enter_async_context(relay.serve(listening, inner))
                port = listening.getsockname()[1]

        async def stop() -> None:
            await service.stopping.until_refusing()
            service.streams.end()
            await server.stop(service.stopping.seconds_left)

        stopped = asyncio.create_task(stop())
        try:
            yield port
        finally:
            service.stopping.refuse()
            await stopped


def _present(settings: Settings, tls: Tls | None, relay: Relay | None) -> Present:
    """How the server reads what a call presents. A setting that is not used costs a call nothing."""
    has_certificates = tls is not None and tls.has_client_ca
    present: Present = with_certificate if has_certificates else presented
    if relay is not None:
        present = from_relay(present, relay.client_of)
    return from_proxies(present, settings.trusted_proxies) if has_certificates else present
