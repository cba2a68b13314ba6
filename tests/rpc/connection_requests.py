"""Requests of ConnectionService that change something, for the tests of all methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connections.planted_connections import planted
from google.protobuf.field_mask_pb2 import FieldMask
from samples import created, named, samples

from strongroom.v1.connection_service_pb2 import (
    App,
    BeginConnectionRequest,
    CompleteConnectionRequest,
    CreateAppRequest,
    CreateConnectionRequest,
    DeleteAppRequest,
    DisconnectRequest,
    ReceiveConsentRequest,
    ReconnectRequest,
    StartConsentRequest,
    UpdateAppRequest,
    UpdateConnectionRequest,
)
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_VERSORI, Credential

if TYPE_CHECKING:
    from conftest import Deployment

NAMES = (
    *("CreateApp", "UpdateApp", "DeleteApp", "BeginConnection", "CompleteConnection", "Reconnect", "Disconnect"),
    *("StartConsent", "ReceiveConsent", "CreateConnection", "UpdateConnection"),
)
# A program on the person's machine: so no public URL is needed.
LOOPBACK: dict[str, Any] = {"user": "user", "loopback_redirect_uri": "http://127.0.0.1:1/"}
# What a node of the full role answers to the requests that it does not grant.
REFUSED = {
    "CompleteConnection": "FIELD_INVALID",
    "StartConsent": "CONSENT_UNKNOWN",
    "ReceiveConsent": "CONSENT_UNKNOWN",
}


async def connection_request(deployment: Deployment, name: str) -> Any:
    """A request of this method that is granted, unless it is in REFUSED."""
    app = await created(deployment, named(data=samples()["oauth"]))
    stub = ConnectionServiceStub(deployment.grpc)
    begin = BeginConnectionRequest(app_id=app.id, **LOOPBACK)
    session = (await stub.BeginConnection(begin, metadata=deployment.metadata)).session
    connection = await planted(deployment)
    settings = Credential.UseSettings(app=Credential.OAuthApp(connection_surface=SURFACE_VERSORI))
    versori_app = await created(deployment, named(data=samples()["oauth"], use_settings=settings))
    return {
        "CreateApp": CreateAppRequest(app=App(display_name="a", provider="google", client_id="c")),
        "UpdateApp": UpdateAppRequest(
            id=app.id, app=App(display_name="b"), update_mask=FieldMask(paths=["display_name"])
        ),
        "DeleteApp": DeleteAppRequest(id=app.id),
        "BeginConnection": begin,
        "CompleteConnection": CompleteConnectionRequest(session_id=session.id, user="user"),
        "CreateConnection": CreateConnectionRequest(
            app_id=versori_app.id, user="user", credential=Credential(data=samples()["raw"])
        ),
        "UpdateConnection": UpdateConnectionRequest(
            id=connection.id, credential=Credential(name="n"), update_mask=FieldMask(paths=["name"])
        ),
        "Reconnect": ReconnectRequest(id=connection.id, **LOOPBACK),
        "Disconnect": DisconnectRequest(id=connection.id),
        "StartConsent": StartConsentRequest(link="unknown"),
        "ReceiveConsent": ReceiveConsentRequest(query=f"code=c&state={'A' * 43}", surface=SURFACE_NATIVE),
    }[name]
