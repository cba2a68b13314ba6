"""Serves gRPC until a node stops."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from strongroom_server.rpc.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.node.service import Service
    from strongroom_server.node.settings import Settings


@asynccontextmanager
async def serve_grpc(settings: Settings, service: Service, *, shared: bool = False) -> AsyncIterator[int]:
    """Serve gRPC until the context ends, and give the port. With `shared`, other processes may serve the same port.

    Raises OSError if the port is in use.
    """
    server = Server(
        service.pipeline,
        service.streams,
        service.methods,
        settings.host,
        settings.grpc_port,
        service.ready,
        shared=shared,
    )
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
