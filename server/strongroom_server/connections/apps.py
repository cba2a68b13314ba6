"""Apps: credentials of the variant oauth, as ConnectionService shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.v1.connection_service_pb2 import (
        App,
        CreateAppRequest,
        DeleteAppRequest,
        DeleteAppResponse,
        GetAppRequest,
        ListAppsRequest,
        ListAppsResponse,
        UpdateAppRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.connections.context import Context


async def create_app(context: Context, request: CreateAppRequest, caller: Caller) -> App:
    raise NotImplementedError


async def get_app(context: Context, request: GetAppRequest, caller: Caller) -> App:
    raise NotImplementedError


async def list_apps(context: Context, request: ListAppsRequest, caller: Caller) -> ListAppsResponse:
    raise NotImplementedError


async def update_app(context: Context, request: UpdateAppRequest, caller: Caller) -> App:
    raise NotImplementedError


async def delete_app(context: Context, request: DeleteAppRequest, caller: Caller) -> DeleteAppResponse:
    raise NotImplementedError
