"""Creates and changes connections without consent: the secret is sent, and nobody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import Connection, CreateConnectionRequest, UpdateConnectionRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


async def create(context: Context, request: CreateConnectionRequest, caller: Caller) -> Connection:
    raise NotImplementedError


async def update(context: Context, request: UpdateConnectionRequest, caller: Caller) -> Connection:
    raise NotImplementedError
