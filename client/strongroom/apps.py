"""The client's methods for OAuth apps, one for each RPC of ConnectionService about them. The server checks the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf.field_mask_pb2 import FieldMask

from strongroom.calls import Calls, new_request_id
from strongroom.v1.connection_service_pb2 import (
    App,
    CreateAppRequest,
    DeleteAppRequest,
    GetAppRequest,
    ListAppsRequest,
    ListAppsResponse,
    UpdateAppRequest,
)
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.pages import Pages

# The server waits up to 15 seconds for a provider.
_PROVIDER_SECONDS: Final = 25.0


class AppCalls(Calls):
    """Manages OAuth apps."""

    @property
    def _connections(self) -> ConnectionServiceStub:
        return self._stub(ConnectionServiceStub)

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
        """List the apps, oldest first.

        page_size: 1 to 50, default 50.
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

    def _provider_timeout(self, timeout_seconds: float | None) -> float:
        """The timeout of a call in which the server waits for a provider."""
        return max(_PROVIDER_SECONDS, self._timeout_seconds) if timeout_seconds is None else timeout_seconds
