"""Handles Versori's operations on connections, and its list of connected apps."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import UNSET

from strongroom.v1.connection_service_pb2 import (
    App,
    CreateConnectionRequest,
    DisconnectRequest,
    GetAppRequest,
    GetConnectionRequest,
    ListConnectionsRequest,
    UpdateConnectionRequest,
)
from strongroom.v1.credential_pb2 import Credential
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.versori import apps
from strongroom_server.gateway.vendors.versori.bodies import DeletedResource
from strongroom_server.gateway.vendors.versori.connection_bodies import (
    APP_ID,
    AUTH_TYPE,
    CREATE,
    DATA,
    NAME,
    UPDATE,
    ConnectedApp,
    ConnectedAppsPage,
    Connection,
    ConnectionOverview,
    ConnectionsPage,
    auth_type_of,
    body_of,
    label_of,
)
from strongroom_server.gateway.vendors.versori.connection_data import AUTH_TYPES
from strongroom_server.gateway.vendors.versori.ids import APP_FILTER, CONNECTION, ORGANISATION, ulid_of, uuid_of
from strongroom_server.gateway.vendors.versori.lists import AFTER, BEFORE, DEFAULT_PAGE, FIRST, sort_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from strongroom.v1 import connection_service_pb2 as contract
    from strongroom_server.gateway.calls import Call

# Switchboard does not say who of an application's users a connection is for.
USER = "switchboard"
# Disconnecting waits for the provider.
PROVIDER_SECONDS = 30.0

SORT = sort_parameter(
    {"id": ("id", False), "name": ("name", False)},
    # All connections have the same organisation, credentialId is the id, and objects have no order.
    ("orgId", "credentialId", "app", "authType", "authConfig", "usedByBoards"),
    "Fields with :asc or :desc. Only id and name have an effect.",
)


async def create(call: Call) -> Response:
    """Create a connection whose secret is in the request."""
    body = await call.body()
    auth_type = body.required(AUTH_TYPE)
    rules = AUTH_TYPES[auth_type]
    credential = rules.credential_of(body.required(rules.data))
    credential.name = body.required(NAME)
    credential.labels.update(label_of(auth_type))
    app = await apps.app_of(call, body.required(APP_ID))
    connection = await call.services.connections.CreateConnection(
        CreateConnectionRequest(
            app_id=app.id,
            organisation_id=call.required(ORGANISATION),
            user=USER,
            credential=credential,
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return call.response(body_of(connection, app))


async def list_(call: Call) -> Response:
    """List a page of connections, forwards or backwards, with the total count."""
    after, before, app_id = call.value(AFTER), call.value(BEFORE), call.value(APP_FILTER)
    if after and before:
        raise invalid_field("before", "must not be sent together with after")
    page = await _page(
        call,
        app_id=uuid_of(app_id) if app_id else "",
        page_size=call.value(FIRST) or DEFAULT_PAGE,
        page_token=after or "",
        before_page_token=before or "",
        order_by=call.value(SORT) or "id",
        with_total_size=True,
    )
    # Of a connection whose row was forged the app is not known.
    shown = [connection for connection in page.connections if connection.app_id]
    known = await _apps_of(call, shown)
    return call.response(
        ConnectionsPage(
            items=[body_of(connection, known[connection.app_id]) for connection in shown],
            total_count=page.total_size,
            next=page.next_page_token or UNSET,
            prev=page.previous_page_token or UNSET,
        )
    )


async def list_connected_apps(call: Call) -> Response:
    """List a page of the apps that have connections, with their connections."""
    known = await apps.all_apps(call)
    first = await asyncio.gather(*(_page(call, app_id=app.id, page_size=1) for app in known))
    connected = [app for app, page in zip(known, first, strict=True) if page.connections]
    page = apps.LISTING.page(call, connected)
    items = [ConnectedApp(apps.body_of(app), await _overviews(call, app.id)) for app in page.items]
    return call.response(ConnectedAppsPage(items, len(connected), page.next or UNSET, page.prev or UNSET))


async def _overviews(call: Call, app_id: str) -> list[ConnectionOverview]:
    """All connections of an app, in short."""
    found: list[ConnectionOverview] = []
    token, more = "", True
    while more:
        page = await _page(call, app_id=app_id, page_size=_LARGEST_PAGE, page_token=token, order_by="id")
        found += [ConnectionOverview(ulid_of(connection.id), connection.name) for connection in page.connections]
        token, more = page.next_page_token, bool(page.next_page_token)
    return found


async def _page(call: Call, **fields: Any) -> contract.ListConnectionsResponse:
    """A page of the connections on Versori's surface."""
    return await call.services.connections.ListConnections(
        ListConnectionsRequest(organisation_id=call.required(ORGANISATION), surface=call.vendor.surface, **fields),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )


async def get(call: Call) -> Response:
    """Show a connection."""
    return await _shown(call, await _read(call))


async def update(call: Call) -> Response:
    """Rename a connection, and replace its secret unless a person has consented to it."""
    body = await call.body()
    name, sent = body.required(NAME), body.value(DATA)
    auth_type = auth_type_of(await _read(call))
    credential, paths = Credential(), ["name"]
    if auth_type is not None:
        if sent is None:
            raise invalid_field(DATA.name, "is required")
        credential = AUTH_TYPES[auth_type].credential_of(sent)
        # Where the secret is placed in a request, which gRPC may have set, stays.
        paths += ["data", *(["use_settings"] if credential.HasField("use_settings") else [])]
    elif sent is not None and sent.values:
        raise invalid_field(
            DATA.name,
            "must be empty: a person has consented to this connection, so begin another consent to replace it",
        )
    credential.name = name
    connection = await call.services.connections.UpdateConnection(
        UpdateConnectionRequest(
            id=uuid_of(call.required(CONNECTION)),
            organisation_id=call.required(ORGANISATION),
            surface=call.vendor.surface,
            credential=credential,
            update_mask=FieldMask(paths=paths),
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    return await _shown(call, connection)


async def delete(call: Call) -> Response:
    """Revoke a connection at its provider if that is possible, delete it, and respond with its id."""
    connection_id = call.required(CONNECTION)
    await call.services.connections.Disconnect(
        DisconnectRequest(
            id=uuid_of(connection_id),
            organisation_id=call.required(ORGANISATION),
            surface=call.vendor.surface,
            request_id=call.request_id,
        ),
        metadata=call.metadata,
        timeout=PROVIDER_SECONDS,
    )
    return call.response(DeletedResource(connection_id))


async def _read(call: Call) -> contract.Connection:
    return await call.services.connections.GetConnection(
        GetConnectionRequest(
            id=uuid_of(call.required(CONNECTION)),
            organisation_id=call.required(ORGANISATION),
            surface=call.vendor.surface,
        ),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )


async def _shown(call: Call, connection: contract.Connection) -> Response:
    known = await _apps_of(call, [connection])
    return call.response(body_of(connection, known[connection.app_id]))


async def _apps_of(call: Call, connections: Iterable[contract.Connection]) -> dict[str, contract.App]:
    """The apps of these connections by their ids. Of an app that the caller must not see only the id is known."""

    async def read(app_id: str) -> contract.App:
        request = GetAppRequest(id=app_id, organisation_id=call.required(ORGANISATION))
        try:
            return await call.services.connections.GetApp(request, metadata=call.metadata, timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return App(id=app_id, organisation_id=call.required(ORGANISATION))

    ids = list({connection.app_id: None for connection in connections})
    return dict(zip(ids, await asyncio.gather(*map(read, ids)), strict=True))


_LARGEST_PAGE = 100
_COLLECTION = "/organisations/{organisationId}/connections"
_ITEM = f"{_COLLECTION}/{{connectionId}}"
_LINKS = {
    operation: {ORGANISATION.name: f"$request.path.{ORGANISATION.name}", CONNECTION.name: "$response.body#/id"}
    for operation in ("GetConnection", "UpdateConnection", "DeleteConnection")
}

OPERATIONS = (
    Operation(
        "CreateConnection",
        "POST",
        _COLLECTION,
        "Create a connection whose secret is known.",
        create,
        HTTPStatus.CREATED,
        Connection,
        (ORGANISATION,),
        CREATE,
        links=_LINKS,
    ),
    Operation(
        "GetConnections",
        "GET",
        _COLLECTION,
        "List connections, a page at a time.",
        list_,
        HTTPStatus.OK,
        ConnectionsPage,
        (ORGANISATION, APP_FILTER, FIRST, AFTER, BEFORE, SORT),
    ),
    Operation(
        "GetConnection",
        "GET",
        _ITEM,
        "Read a connection.",
        get,
        HTTPStatus.OK,
        Connection,
        (ORGANISATION, CONNECTION),
    ),
    Operation(
        "UpdateConnection",
        "PUT",
        _ITEM,
        "Replace the name and the secret of a connection.",
        update,
        HTTPStatus.OK,
        Connection,
        (ORGANISATION, CONNECTION),
        UPDATE,
    ),
    Operation(
        "DeleteConnection",
        "DELETE",
        _ITEM,
        "Disconnect: revoke the tokens at the provider, and delete the connection.",
        delete,
        HTTPStatus.OK,
        DeletedResource,
        (ORGANISATION, CONNECTION),
    ),
    Operation(
        "GetConnectedApps",
        "GET",
        "/organisations/{organisationId}/connected-apps",
        "List the apps that have connections, a page at a time.",
        list_connected_apps,
        HTTPStatus.OK,
        ConnectedAppsPage,
        (ORGANISATION, *apps.LISTING.parameters),
    ),
)
