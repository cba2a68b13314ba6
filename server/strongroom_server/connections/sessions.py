"""Begins sessions in which people consent, and says how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        BeginConnectionRequest,
        BeginConnectionResponse,
        ConnectionSession,
        GetConnectionSessionRequest,
        ReconnectRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


async def begin(context: Context, request: BeginConnectionRequest, caller: Caller) -> BeginConnectionResponse:
    raise NotImplementedError


async def get_session(context: Context, request: GetConnectionSessionRequest, caller: Caller) -> ConnectionSession:
    raise NotImplementedError


async def begin_again(context: Context, request: ReconnectRequest, caller: Caller) -> BeginConnectionResponse:
    raise NotImplementedError
