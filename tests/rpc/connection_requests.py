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
    *("CreateConnection", "UpdateConnection", "StartConsent", "ReceiveConsent"),
)
# A program on the person's machine: so no public URL is needed.
LOOPBACK: dict[str, Any] = {"user": "user", "loopback_redirect_uri": "http://127.0.0.1:1/"}
# An app whose connections are of Versori's surface.
OF_VERSORI = Credential.UseSettings(app=Credential.OAuthApp(connection_surface=SURFACE_VERSORI))
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
    of_versori = await created(deployment, named(data=samples()["oauth"], use_settings=OF_VERSORI))
    return {
        "CreateApp": CreateAppRequest(app=App(display_name="a", provider="google", client_id="c")),
        "UpdateApp": UpdateAppRequest(
            id=app.id, app=App(display_name="b"), update_mask=FieldMask(paths=["display_name"])
        ),
        "DeleteApp": DeleteAppRequest(id=app.id),
        "CreateConnection": CreateConnectionRequest(
            app_id=of_versori.id, user="user", credential=Credential(name="n", data=samples()["raw"])
        ),
        "UpdateConnection": UpdateConnectionRequest(
            id=connection.id, credential=Credential(name="n"), update_mask=FieldMask(paths=["name"])
        ),
        "BeginConnection": begin,
        "CompleteConnection": CompleteConnectionRequest(session_id=session.id, user="user"),
        "Reconnect": ReconnectRequest(id=connection.id, **LOOPBACK),
        "Disconnect": DisconnectRequest(id=connection.id),
        "StartConsent": StartConsentRequest(link="unknown"),
        "ReceiveConsent": ReceiveConsentRequest(query=f"code=c&state={'A' * 43}", surface=SURFACE_NATIVE),
    }[name]
