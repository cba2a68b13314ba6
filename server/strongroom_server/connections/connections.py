"""Reads connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        Connection,
        GetConnectionRequest,
        ListConnectionsRequest,
        ListConnectionsResponse,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


async def get(context: Context, request: GetConnectionRequest, caller: Caller) -> Connection:
    raise NotImplementedError


async def list_(context: Context, request: ListConnectionsRequest, caller: Caller) -> ListConnectionsResponse:
    raise NotImplementedError
