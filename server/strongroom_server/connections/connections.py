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
    from uuid import UUID

    from strongroom.v1.connection_service_pb2 import ConnectedAccount
    from strongroom.v1.connection_service_pb2 import Connection as Message
    from strongroom_server.credentials.vault import visible_to
    from strongroom_server.store import connections

    found = await connections.get(context.vault.database, visible_to(caller), UUID(request.id))
    assert found is not None
    c, row = found.connection, found.stored.row
    account = ConnectedAccount(subject=c.account_subject, label=c.account_label, issuer=c.account_issuer)
    return Message(
        id=str(row.id),
        name=row.name,
        variant=row.variant,
        surface=row.surface,
        app_id=str(c.app_id),
        user=c.user_id,
        account=account,
        scopes=c.scopes,
        generation=found.token.token.generation if found.token else 0,
    )


async def list_(context: Context, request: ListConnectionsRequest, caller: Caller) -> ListConnectionsResponse:
    raise NotImplementedError
