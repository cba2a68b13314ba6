"""Reads connections. A caller sees those whose credentials it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.connection_service_pb2 import ListConnectionsResponse
from strongroom.v1.credential_pb2 import RefreshState
from strongroom_server.access import scopes
from strongroom_server.connections.connection_messages import message_of
from strongroom_server.core.errors import FieldViolation, ServiceError
from strongroom_server.credentials import lists
from strongroom_server.credentials.vault import visible_to
from strongroom_server.rules import fields, page_tokens
from strongroom_server.rules.surfaces import number_violations
from strongroom_server.store import connections as store
from strongroom_server.store.connections import Filter
from strongroom_server.store.credential_lists import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.v1.connection_service_pb2 import Connection, GetConnectionRequest, ListConnectionsRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context
    from strongroom_server.store.connections import ConnectedCredential
    from strongroom_server.store.credential_order import Order

_LARGEST_PAGE: Final = 100
_LONGEST_USER: Final = 255
_ORDER_COLUMNS: Final = ("id", "name")

_log = structlog.get_logger()


async def get(context: Context, request: GetConnectionRequest, caller: Caller) -> Connection:
    """Read a connection. Raises ServiceError."""
    fields.require(number_violations("surface", request.surface))
    return message_of(await read(context, request.id, caller, request.surface))


async def read(
    context: Context, id_text: str, caller: Caller, surface: int = 0, *, box: bool = False
) -> ConnectedCredential:
    """Read a connection, on this surface unless it is 0, and verify its row.

    Raises FIELD_INVALID, CONNECTION_NOT_FOUND, SEAL_BROKEN.
    """
    connection_id = fields.credential_id("id", id_text)
    context.vault.require_opening()
    found = await store.get(context.vault.database, visible_to(caller, surface), connection_id, box=box)
    if found is None:
        raise ServiceError(reasons.ERROR_REASON_CONNECTION_NOT_FOUND)
    await context.use.verify_connection(found.connection)
    return found


async def list_(context: Context, request: ListConnectionsRequest, caller: Caller) -> ListConnectionsResponse:
    """Read a page of connections. Raises ServiceError."""
    fields.require(_violations(request))
    context.vault.require_opening()
    narrowed = Filter(
        UUID(request.app_id) if request.app_id else None, request.user, tuple(sorted(set(request.refresh_states)))
    )
    order = _order_of(request.order_by)
    scope = scopes.encode(caller.scope) if caller.scope is not None else ""
    listed = ("connections", caller.organisation_id, request.surface, *map(str, narrowed), scope, order)
    keyring, token = context.vault.keyring, request.before_page_token or request.page_token
    size = page_tokens.page_size(request.page_size, _LARGEST_PAGE)
    window = Window(
        order=order,
        # One more than the page shows tells whether there is another page.
        size=size + 1,
        place=tuple(msgspec.json.decode(page_tokens.decode(keyring, token, *listed), type=list[str]))
        if token
        else None,
        backward=bool(request.before_page_token),
    )
    found, total = await store.list_(
        context.vault.database,
        visible_to(caller, request.surface),
        narrowed,
        window,
        counts=request.with_total_size,
    )
    shown = found[:size][::-1] if window.backward else found[:size]
    response = ListConnectionsResponse(
        connections=[message_of(each, verified=await _is_verified(context, each)) for each in shown], total_size=total
    )

    def token_of(each: ConnectedCredential) -> str:
        place = [str(getattr(each.stored.row, column)) for column, _ in order]
        return page_tokens.encode(keyring, msgspec.json.encode(place).decode(), *listed)

    more = len(found) > size
    if shown and (more or window.backward):
        response.next_page_token = token_of(shown[-1])
    if shown and (more if window.backward else window.place is not None):
        response.previous_page_token = token_of(shown[0])
    return response


def _order_of(order_by: str) -> Order:
    """The columns of an order_by; the last one is unique. Raises FIELD_INVALID."""
    if not order_by.strip():
        return (("number", False),)
    return lists.order_of(order_by, _ORDER_COLUMNS)


def _violations(request: ListConnectionsRequest) -> Iterator[FieldViolation]:
    if request.app_id:
        yield from fields.uuid("app_id", request.app_id)
    yield from number_violations("surface", request.surface)
    yield from fields.text("user", request.user, _LONGEST_USER)
    if request.page_token and request.before_page_token:
        yield FieldViolation("before_page_token", "must be empty where page_token is set")
    yield from fields.at_most("refresh_states", request.refresh_states)
    for index, state in enumerate(request.refresh_states[: fields.MOST_ELEMENTS]):
        yield from fields.enumeration(f"refresh_states[{index}]", state, RefreshState.DESCRIPTOR)


async def _is_verified(context: Context, found: ConnectedCredential) -> bool:
    """Whether the row is what was signed. One that is not does not hide the others of its page."""
    try:
        await context.use.verify_connection(found.connection)
    except ServiceError as error:
        _log.error("connection listed without its row", credential=str(found.stored.row.id), reason=str(error))
        return False
    return True
