"""Exchanges the code of a session, and stores the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        CompleteConnectionRequest,
        Connection,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


async def complete(context: Context, request: CompleteConnectionRequest, caller: Caller) -> Connection:
    raise NotImplementedError
