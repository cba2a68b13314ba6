"""What happened to the sessions of consent of the attacked deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import grpc.aio
from samples import created, named

from strongroom.v1.connection_service_pb2 import BeginConnectionRequest, CompleteConnectionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_pb2 import CredentialData, OAuthData

if TYPE_CHECKING:
    from conftest import Deployment

USER = "user"
_URL = "https://provider.example.com/"


async def begin(deployment: Deployment, ids: dict[str, str]) -> str:
    """Begin two sessions. Returns the state in the consent URL of the second."""
    data = OAuthData(
        client_id="client",
        client_secret="secret",
        grant_type="authorization_code",
        authorization_url=_URL,
        token_url=_URL,
    )
    app, state = await created(deployment, named("app", data=CredentialData(oauth=data))), ""
    for name in ("consenting", "refusing"):
        request = BeginConnectionRequest(app_id=app.id, user=USER, loopback_redirect_uri="http://127.0.0.1:1/")
        begun = await ConnectionServiceStub(deployment.grpc).BeginConnection(request, metadata=deployment.metadata)
        ids[name] = begun.session.id
        state = dict(parse_qsl(urlsplit(begun.url).query))["state"]
    return state


async def go_on(deployment: Deployment, ids: dict[str, str], state: str) -> None:
    """Have the person of the second session refuse."""
    request = CompleteConnectionRequest(
        session_id=ids["refusing"], user=USER, callback_query=f"error=access_denied&state={state}"
    )
    try:
        await ConnectionServiceStub(deployment.grpc).CompleteConnection(request, metadata=deployment.metadata)
    except grpc.aio.AioRpcError:
        return
    raise AssertionError
