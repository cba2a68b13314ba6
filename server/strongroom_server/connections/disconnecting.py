"""Revokes the tokens of a connection at its provider, and deletes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        DisconnectRequest,
        DisconnectResponse,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


async def disconnect(context: Context, request: DisconnectRequest, caller: Caller) -> DisconnectResponse:
    raise NotImplementedError
