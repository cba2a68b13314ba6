"""Serves ConnectionService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.connections import apps, completion, connections, consent, disconnecting, sessions, static

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        App,
        BeginConnectionRequest,
        BeginConnectionResponse,
        CompleteConnectionRequest,
        Connection,
        ConnectionSession,
        Consent,
        CreateAppRequest,
        CreateConnectionRequest,
        DeleteAppRequest,
        DeleteAppResponse,
        DisconnectRequest,
        DisconnectResponse,
        GetAppRequest,
        GetConnectionRequest,
        GetConnectionSessionRequest,
        GetConsentRequest,
        ListAppsRequest,
        ListAppsResponse,
        ListConnectionsRequest,
        ListConnectionsResponse,
        ReceiveConsentRequest,
        ReceiveConsentResponse,
        ReconnectRequest,
        StartConsentRequest,
        StartConsentResponse,
        UpdateAppRequest,
        UpdateConnectionRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


class ConnectionServicer:
    """The methods of ConnectionService. Each gets a parsed request of an authorised caller, and raises ServiceError.

    For the methods of the browser the caller is a stranger, of whom only the peer is known.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create_app(self, request: CreateAppRequest, caller: Caller) -> App:
        return await apps.create_app(self._context, request, caller)

    async def get_app(self, request: GetAppRequest, caller: Caller) -> App:
        return await apps.get_app(self._context, request, caller)

    async def list_apps(self, request: ListAppsRequest, caller: Caller) -> ListAppsResponse:
        return await apps.list_apps(self._context, request, caller)

    async def update_app(self, request: UpdateAppRequest, caller: Caller) -> App:
        return await apps.update_app(self._context, request, caller)

    async def delete_app(self, request: DeleteAppRequest, caller: Caller) -> DeleteAppResponse:
        return await apps.delete_app(self._context, request, caller)

    async def begin_connection(self, request: BeginConnectionRequest, caller: Caller) -> BeginConnectionResponse:
        return await sessions.begin(self._context, request, caller)

    async def get_connection_session(self, request: GetConnectionSessionRequest, caller: Caller) -> ConnectionSession:
        return await sessions.get_session(self._context, request, caller)

    async def complete_connection(self, request: CompleteConnectionRequest, caller: Caller) -> Connection:
        return await completion.complete(self._context, request, caller)

    async def create_connection(self, request: CreateConnectionRequest, caller: Caller) -> Connection:
        return await static.create(self._context, request, caller)

    async def update_connection(self, request: UpdateConnectionRequest, caller: Caller) -> Connection:
        return await static.update(self._context, request, caller)

    async def get_connection(self, request: GetConnectionRequest, caller: Caller) -> Connection:
        return await connections.get(self._context, request, caller)

    async def list_connections(self, request: ListConnectionsRequest, caller: Caller) -> ListConnectionsResponse:
        return await connections.list_(self._context, request, caller)

    async def reconnect(self, request: ReconnectRequest, caller: Caller) -> BeginConnectionResponse:
        return await sessions.begin_again(self._context, request, caller)

    async def disconnect(self, request: DisconnectRequest, caller: Caller) -> DisconnectResponse:
        return await disconnecting.disconnect(self._context, request, caller)

    async def get_consent(self, request: GetConsentRequest, caller: Caller) -> Consent:
        return await consent.get_consent(self._context, request, caller.peer)

    async def start_consent(self, request: StartConsentRequest, caller: Caller) -> StartConsentResponse:
        return await consent.start(self._context, request, caller.peer)

    async def receive_consent(self, request: ReceiveConsentRequest, caller: Caller) -> ReceiveConsentResponse:
        return await consent.receive(self._context, request, caller.peer)
