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
    from strongroom.v1 import error_reason_pb2 as reasons
    from strongroom.v1.connection_service_pb2 import DisconnectResponse as Response
    from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest
    from strongroom_server.core.errors import ServiceError
    from strongroom_server.credentials import delete

    try:
        await delete.delete(context.vault, DeleteCredentialRequest(id=request.id, surface=request.surface), caller)
    except ServiceError as error:
        if error.reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND:
            raise ServiceError(reasons.ERROR_REASON_CONNECTION_NOT_FOUND) from None
        raise
    return Response()
