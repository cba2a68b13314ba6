"""The client's methods for connections, one for each RPC of ConnectionService that has a caller. Those for apps are in apps.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.apps import AppCalls
from strongroom.calls import new_request_id
from strongroom.v1.connection_service_pb2 import (
    BeginConnectionRequest,
    BeginConnectionResponse,
    CompleteConnectionRequest,
    Connection,
    ConnectionSession,
    CreateConnectionRequest,
    DisconnectRequest,
    DisconnectResponse,
    GetConnectionRequest,
    GetConnectionSessionRequest,
    ListConnectionsRequest,
    ListConnectionsResponse,
    ReconnectRequest,
    UpdateConnectionRequest,
)
from strongroom.v1.credential_pb2 import SURFACE_UNSPECIFIED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom.pages import Pages
    from strongroom.v1.credential_pb2 import Credential, RefreshState, Surface


class ConnectionCalls(AppCalls):
    """Manages OAuth apps, begins and completes connections, and disconnects them."""

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

    async def create_connection(
        self,
        app_id: str,
        user: str,
        credential: Credential,
        *,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Connection:
        """Create a connection without consent, whose secret is sent, for an app of the surface SURFACE_VERSORI.

        user: who of your users it is for.
        credential: its name, data and use_settings. The data is raw, basic_auth, client_credentials or jwt.
        request_id: see create_credential.
        """
        request = CreateConnectionRequest(
            app_id=app_id, user=user, credential=credential, request_id=request_id or new_request_id()
        )
        return await self._call(self._connections.CreateConnection, request, timeout_seconds)

    async def update_connection(
        self,
        connection_id: str,
        credential: Credential,
        update_mask: Sequence[str],
        *,
        surface: Surface.ValueType = SURFACE_UNSPECIFIED,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> Connection:
        """Rename a connection, or replace the secret of one that create_connection has created.

        update_mask: any of name, data and use_settings; only name for a connection that a person has consented to.
        surface: see get_connection.
        request_id: see create_credential.
        """
        request = UpdateConnectionRequest(
            id=connection_id,
            credential=credential,
            update_mask=FieldMask(paths=update_mask),
            surface=surface,
            request_id=request_id or new_request_id(),
        )
        return await self._call(self._connections.UpdateConnection, request, timeout_seconds)

    async def get_connection(
        self,
        connection_id: str,
        *,
        surface: Surface.ValueType = SURFACE_UNSPECIFIED,
        timeout_seconds: float | None = None,
    ) -> Connection:
        """Read a connection, by its id or by its number in decimal.

        surface: if given, a connection of another surface raises NotFoundError.
        """
        request = GetConnectionRequest(id=connection_id, surface=surface)
        return await self._call(self._connections.GetConnection, request, timeout_seconds)

    def list_connections(
        self,
        *,
        app_id: str = "",
        user: str = "",
        refresh_states: Sequence[RefreshState.ValueType] = (),
        surface: Surface.ValueType = SURFACE_UNSPECIFIED,
        order_by: str = "",
        page_size: int = 0,
        page_token: str = "",
        before_page_token: str = "",
        with_total_size: bool = False,
        timeout_seconds: float | None = None,
    ) -> Pages[ListConnectionsResponse, Connection]:
        """List the connections that match all given filters, by number unless `order_by` is given.

        refresh_states: such as REFRESH_STATE_REAUTH_REQUIRED, for those that need a person.
        order_by: for example `name` or `id desc`.
        page_size: 1 to 100, default 50.
        page_token: see list_organisations.
        before_page_token: the `previous_page_token` of a page of the same list; the list starts with the page before it.
        with_total_size: set `total_size` on every page.
        """
        request = ListConnectionsRequest(
            app_id=app_id,
            user=user,
            refresh_states=refresh_states,
            surface=surface,
            order_by=order_by,
            page_size=page_size,
            page_token=page_token,
            before_page_token=before_page_token,
            with_total_size=with_total_size,
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
        self,
        connection_id: str,
        *,
        surface: Surface.ValueType = SURFACE_UNSPECIFIED,
        request_id: str = "",
        timeout_seconds: float | None = None,
    ) -> DisconnectResponse:
        """Revoke a connection's tokens at the provider if it can, and delete the connection whether or not that worked.

        surface: see get_connection.
        request_id: see create_credential.
        timeout_seconds: see create_app.
        """
        request = DisconnectRequest(id=connection_id, surface=surface, request_id=request_id or new_request_id())
        return await self._call(self._connections.Disconnect, request, self._provider_timeout(timeout_seconds))
