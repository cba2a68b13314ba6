"""Calls of the methods of apps, with the key that has every role unless another is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.field_mask_pb2 import FieldMask
from schemes.provider import CLIENT_ID, CLIENT_SECRET

from strongroom.v1.connection_service_pb2 import (
    App,
    CreateAppRequest,
    DeleteAppRequest,
    GetAppRequest,
    ListAppsRequest,
    UpdateAppRequest,
)
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata

    from strongroom.v1.connection_service_pb2 import ListAppsResponse


def app(**fields: Any) -> App:
    """An app that a person could consent to, unless other fields are given."""
    return App(
        **{
            "display_name": "CRM",
            "authorization_url": "https://provider.example.com/authorize",
            "token_url": "https://provider.example.com/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            **fields,
        }
    )


async def new_app(node: Deployment, sent: App | None = None, by: Metadata = (), request_id: str = "") -> App:
    """Create an app."""
    request = CreateAppRequest(app=sent or app(), request_id=request_id)
    return await ConnectionServiceStub(node.grpc).CreateApp(request, metadata=by or node.metadata)


async def got_app(node: Deployment, app_id: str, by: Metadata = ()) -> App:
    """Get an app."""
    return await ConnectionServiceStub(node.grpc).GetApp(GetAppRequest(id=app_id), metadata=by or node.metadata)


async def listed_apps(node: Deployment, by: Metadata = (), **request: Any) -> ListAppsResponse:
    """List a page of apps."""
    return await ConnectionServiceStub(node.grpc).ListApps(ListAppsRequest(**request), metadata=by or node.metadata)


async def changed_app(
    node: Deployment, app_id: str, *paths: str, by: Metadata = (), request_id: str = "", **fields: Any
) -> App:
    """Update these fields of an app; those that are given unless the paths are."""
    mask = FieldMask(paths=paths or [name for name in fields if name != "etag"])
    request = UpdateAppRequest(id=app_id, app=App(**fields), update_mask=mask, request_id=request_id)
    return await ConnectionServiceStub(node.grpc).UpdateApp(request, metadata=by or node.metadata)


async def deleted_app(node: Deployment, app_id: str, by: Metadata = (), **request: Any) -> None:
    """Delete an app."""
    await ConnectionServiceStub(node.grpc).DeleteApp(
        DeleteAppRequest(id=app_id, **request), metadata=by or node.metadata
    )
