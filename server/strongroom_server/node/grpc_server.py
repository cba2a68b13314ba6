"""Serves gRPC until a node stops."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from strongroom_server.node.tls import require_encrypted
from strongroom_server.rpc.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.node.service import Service
    from strongroom_server.node.settings import Settings
    from strongroom_server.node.tls import Tls


@asynccontextmanager
async def serve_grpc(
    settings: Settings, service: Service, tls: Tls | None = None, *, shared: bool = False
) -> AsyncIterator[int]:
    """Serve gRPC until the context ends, and give the port. With `shared`, other processes may serve the same port.

    Raises OSError if a port is in use, SettingsError if the host or the settings require TLS and there is none.
    """
    require_encrypted(settings, encrypted=tls is not None)
    mtls_port = settings.grpc_mtls_port
    server = Server(
        service.pipeline,
        service.streams,
        service.methods,
        settings.host,
        settings.grpc_port,
        service.ready,
        tls.grpc_credentials(requires_certificate=tls.has_client_ca and mtls_port is None) if tls else None,
        shared=shared,
        certificates=tls is not None and tls.has_client_ca,
    )
    if tls is not None and mtls_port is not None:
        server.add_port(mtls_port, "STRONGROOM_GRPC_MTLS_PORT", tls.grpc_credentials(requires_certificate=True))
    await server.start()

    async def stop() -> None:
        await service.stopping.until_refusing()
        service.streams.end()
        await server.stop(service.stopping.seconds_left)

    stopped = asyncio.create_task(stop())
    try:
        yield server.port
    finally:
        service.stopping.refuse()
        await stopped
