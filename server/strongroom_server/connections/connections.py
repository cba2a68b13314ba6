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
    from strongroom_server.store.connections import ConnectedCredential


async def get(context: Context, request: GetConnectionRequest, caller: Caller) -> Connection:
    from uuid import UUID

    from strongroom.v1 import error_reason_pb2 as reasons
    from strongroom_server.core.errors import ServiceError
    from strongroom_server.credentials.vault import visible_to
    from strongroom_server.store import connections

    found = await connections.get(context.vault.database, visible_to(caller, request.surface), UUID(request.id))
    if found is None:
        raise ServiceError(reasons.ERROR_REASON_CONNECTION_NOT_FOUND)
    return _message(found)


async def list_(context: Context, request: ListConnectionsRequest, caller: Caller) -> ListConnectionsResponse:
    from uuid import UUID

    from strongroom.v1.connection_service_pb2 import ListConnectionsResponse as Response
    from strongroom_server.credentials.vault import visible_to
    from strongroom_server.store import connections

    rows = await context.vault.database.fetch(
        "select credential_id from connections where organisation_id = $1 and credential_id > $2 "
        "and ($3::uuid is null or app_id = $3) order by 1 limit $4",
        caller.organisation_id,
        UUID(request.page_token or str(UUID(int=0))),
        UUID(request.app_id) if request.app_id else None,
        request.page_size or 50,
    )
    response = Response()
    for (id_,) in rows:
        found = await connections.get(context.vault.database, visible_to(caller, request.surface), id_)
        if found:
            response.connections.append(_message(found))
    if len(rows) == (request.page_size or 50):
        response.next_page_token = str(rows[-1][0])
    return response


def _message(found: ConnectedCredential) -> Connection:
    from strongroom.v1.connection_service_pb2 import ConnectedAccount
    from strongroom.v1.connection_service_pb2 import Connection as Message

    c, row = found.connection, found.stored.row
    account = ConnectedAccount(subject=c.account_subject, label=c.account_label, issuer=c.account_issuer)
    return Message(
        id=str(row.id),
        number=row.number,
        organisation_id=row.organisation_id,
        name=row.name,
        variant=row.variant,
        surface=row.surface,  # type: ignore[arg-type]
        app_id=str(c.app_id),
        user=c.user_id,
        account=account,
        scopes=c.scopes,
        generation=found.token.token.generation if found.token else 0,
        labels=dict(zip(row.labels[::2], row.labels[1::2], strict=True)),
    )
