"""The client's methods for ConnectionService, one for each RPC that has a caller. The server checks the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.v1.connection_service_pb2 import (
    App,
    BeginConnectionRequest,
    BeginConnectionResponse,
    CompleteConnectionRequest,
    Connection,
    ConnectionSession,
    CreateAppRequest,
    DeleteAppRequest,
    DisconnectRequest,
    DisconnectResponse,
    GetAppRequest,
    GetConnectionRequest,
    GetConnectionSessionRequest,
    ListAppsRequest,
    ListAppsResponse,
    ListConnectionsRequest,
    ListConnectionsResponse,
    ReconnectRequest,
    UpdateAppRequest,
)
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom.pages import Pages
    from strongroom.v1.credential_pb2 import Credential, RefreshState

# The server waits up to 15 seconds for a provider.
_PROVIDER_SECONDS: Final = 25.0


class ConnectionCalls(Calls):
    """Manages OAuth apps, begins and completes connections, and disconnects them."""

    @property
    def _connections(self) -> ConnectionServiceStub:
        return self._stub(ConnectionServiceStub)

    # Apps

    async def create_app(self, app: App, *, request_id: str = "", timeout_seconds: float | None = None) -> App:
        """Create an app, the registration of an OAuth client. Register `redirect_uri` of the returned app at the provider.

        If `issuer` is set and its metadata cannot be read, the call raises FailedPreconditionError / DISCOVERY_FAILED.

        request_id: see create_credential.
        timeout_seconds: default 25, or the client's timeout if that is longer.
        """
        request = CreateAppRequest(app=app, request_id=request_id or new_request_id())
        return await self._call(self._connections.CreateApp, request, self._provider_timeout(timeout_seconds))

    async def get_app(self, app_id: str, *, timeout_seconds: float | None = None) -> App:
        """Read an app, by its id or by its number in decimal. Its client_secret is never returned."""
        return await self._call(self._connections.GetApp, GetAppRequest(id=app_id), timeout_seconds)

    def list_apps(
        self, *, page_size: int = 0, page_token: str = "", timeout_seconds: float | None = None
    ) -> Pages[ListAppsResponse, App]:
        """List the apps by number.

        page_size: 1 to 100, default 50.
        page_token: see list_organisations.
        """
        request = ListAppsRequest(page_size=page_size, page_token=page_token)
        return self._pages(self._connections.ListApps, request, lambda page: page.apps, timeout_seconds)

    async def update_app(
        self,
        app_id: str,
        app: App,
        update_mask: Sequence[str],
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> App:
        """Set the fields in `update_mask` of an app to their values in `app`. Its connections use the new client when they are next
        refreshed.

        Without the role user, a change of an endpoint, a scope or a parameter needs `client_secret` again; otherwise the call
        raises PermissionDeniedError / SECRET_REQUIRED.

        app: with its etag set, the update is refused if the app has changed; see update_credential.
        request_id: see create_credential.
        timeout_seconds: see create_app.
        """
        request = UpdateAppRequest(
            id=app_id, app=app, update_mask=FieldMask(paths=update_mask), request_id=request_id or new_request_id()
        )
        return await self._call(self._connections.UpdateApp, request, self._provider_timeout(timeout_seconds))

    async def delete_app(
        self, app_id: str, *, etag: str = "", request_id: str = "", timeout_seconds: float | None = None
    ) -> None:
        """Delete an app. While it has connections, the call raises FailedPreconditionError / APP_IN_USE.

        etag: see delete_credential.
        request_id: see create_credential.
        """
        request = DeleteAppRequest(id=app_id, etag=etag, request_id=request_id or new_request_id())
        await self._call(self._connections.DeleteApp, request, timeout_seconds)

    # Connections

    async def begin_connection(
        self,
        app_id: str,
        user: str,
        *,
        scopes: Sequence[str] = (),
        parameters: Mapping[str, str] | None = None,
        return_url: str = "",
        loopback_redirect_uri: str = "",
        credential: Credential | None = None,
        timeout_seconds: float | None = None,
    ) -> BeginConnectionResponse:
        """Begin a connection. Send the person's browser to the `url` of the response, within ten minutes.

        Only this caller can complete it. A retried call begins another session; one that nobody uses ends by itself.

        user: who of your users consents. Complete the connection with the same text.
        scopes: instead of those of the app.
        parameters: of the consent URL, such as `{"login_hint": "anna@example.com"}`.
        return_url: where the browser goes afterwards, with `session_id` in its query: one of the organisation's return_urls.
        loopback_redirect_uri: for a program on the person's machine: `http://127.0.0.1:<port>/<path>`, where it listens.
        credential: what the new credential gets, such as its name, team and allowed_hosts.
        """
        request = BeginConnectionRequest(
            app_id=app_id,
            user=user,
            scopes=scopes,
            parameters=parameters,
            return_url=return_url,
            loopback_redirect_uri=loopback_redirect_uri,
            credential=credential,
        )
        return await self._call(self._connections.BeginConnection, request, timeout_seconds)

    async def get_connection_session(
        self, session_id: str, *, wait_seconds: int = 0, timeout_seconds: float | None = None
    ) -> ConnectionSession:
        """Read a session that this caller has begun.

        wait_seconds: 0 to 25. Wait so long while the person has not decided. It is added to the timeout.
        """
        request = GetConnectionSessionRequest(id=session_id, wait_seconds=wait_seconds)
        seconds = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        return await self._call(self._connections.GetConnectionSession, request, seconds + wait_seconds)

    async def complete_connection(
        self, session_id: str, user: str, *, callback_query: str = "", timeout_seconds: float | None = None
    ) -> Connection:
        """Exchange the code that the provider gave for tokens, and store the connection.

        Call it when you have made sure that the user who has come back is the one that the session was begun for. Another `user`
        raises PermissionDeniedError / USER_MISMATCH. If nothing can come of the session, the call raises FailedPreconditionError /
        CONSENT_FAILED: begin another. A completed session returns its connection again.

        callback_query: with a loopback_redirect_uri, the query of the request that came there, without `?`.
        timeout_seconds: see create_app.
        """
        request = CompleteConnectionRequest(session_id=session_id, user=user, callback_query=callback_query)
        timeout = self._provider_timeout(timeout_seconds)
        return await self._call(self._connections.CompleteConnection, request, timeout)

    async def get_connection(self, connection_id: str, *, timeout_seconds: float | None = None) -> Connection:
        """Read a connection, by its id or by its number in decimal."""
        request = GetConnectionRequest(id=connection_id)
        return await self._call(self._connections.GetConnection, request, timeout_seconds)

    def list_connections(
        self,
        *,
        app_id: str = "",
        user: str = "",
        refresh_states: Sequence[RefreshState.ValueType] = (),
        page_size: int = 0,
        page_token: str = "",
        timeout_seconds: float | None = None,
    ) -> Pages[ListConnectionsResponse, Connection]:
        """List the connections that match all given filters, by number.

        refresh_states: such as REFRESH_STATE_REAUTH_REQUIRED, for those that need a person.
        page_size, page_token: see list_apps.
        """
        request = ListConnectionsRequest(
            app_id=app_id, user=user, refresh_states=refresh_states, page_size=page_size, page_token=page_token
        )
        return self._pages(self._connections.ListConnections, request, lambda page: page.connections, timeout_seconds)

    async def reconnect(
        self,
        connection_id: str,
        user: str,
        *,
        scopes: Sequence[str] = (),
        parameters: Mapping[str, str] | None = None,
        return_url: str = "",
        loopback_redirect_uri: str = "",
        timeout_seconds: float | None = None,
    ) -> BeginConnectionResponse:
        """Begin a new consent for a connection, which keeps its id. Complete it as a new one.

        If the person consents with another account, complete_connection raises FailedPreconditionError / SUBJECT_MISMATCH.

        user, scopes, parameters, return_url, loopback_redirect_uri: see begin_connection.
        """
        request = ReconnectRequest(
            id=connection_id,
            user=user,
            scopes=scopes,
            parameters=parameters,
            return_url=return_url,
            loopback_redirect_uri=loopback_redirect_uri,
        )
        return await self._call(self._connections.Reconnect, request, timeout_seconds)

    async def disconnect(
        self, connection_id: str, *, request_id: str = "", timeout_seconds: float | None = None
    ) -> DisconnectResponse:
        """Revoke a connection's tokens at the provider if it can, and delete the connection whether or not that worked.

        request_id: see create_credential.
        timeout_seconds: see create_app.
        """
        request = DisconnectRequest(id=connection_id, request_id=request_id or new_request_id())
        return await self._call(self._connections.Disconnect, request, self._provider_timeout(timeout_seconds))

    def _provider_timeout(self, timeout_seconds: float | None) -> float:
        """The timeout of a call in which the server waits for a provider."""
        return max(_PROVIDER_SECONDS, self._timeout_seconds) if timeout_seconds is None else timeout_seconds
