"""Handles Versori's operations by which a person consents: connection-init, and the redirect of the provider."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import grpc

from strongroom.v1.connection_service_pb2 import BeginConnectionRequest, ReceiveConsentRequest
from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import Problem, RefusedError
from strongroom_server.gateway.services import CALL_SECONDS
from strongroom_server.gateway.vendor import Operation
from strongroom_server.gateway.vendors.versori import apps
from strongroom_server.gateway.vendors.versori.connection_bodies import (
    APP_ID,
    INIT,
    INIT_AUTH_TYPE,
    Form,
    InitConnectionAction,
    InitConnectionResponseBody,
    Redirect,
)
from strongroom_server.gateway.vendors.versori.connection_data import AUTH_TYPES
from strongroom_server.gateway.vendors.versori.connections import PROVIDER_SECONDS, USER
from strongroom_server.gateway.vendors.versori.ids import ORGANISATION

if TYPE_CHECKING:
    from starlette.responses import Response

    from strongroom_server.gateway.calls import Call

# The session that CompleteConnection names. Versori's body has no member for it.
SESSION_HEADER = "Strongroom-Session-Id"

_TEXT = {"type": "string"}
_CALLBACK = tuple(
    Parameter(name, "query", _TEXT, parameters.text) for name in ("code", "state", "error", "error_description")
)
_REFUSED = Problem(
    grpc.StatusCode.FAILED_PRECONDITION,
    "CONSENT_FAILED",
    "the person or the provider has refused: begin another connection",
)


async def initialise(call: Call) -> Response:
    """Begin a connection: say where the person consents, or for which data to ask."""
    body = await call.body()
    auth_type = body.required(INIT_AUTH_TYPE)
    app = await apps.app_of(call, body.required(APP_ID))
    consents = app.grant_type == "authorization_code" and auth_type in ("oauth2", "oidc")
    if not consents:
        form = AUTH_TYPES["oauth2" if auth_type == "oidc" else auth_type].form
        return call.response(InitConnectionResponseBody(InitConnectionAction(form=Form(form))))
    begun = await call.services.connections.BeginConnection(
        BeginConnectionRequest(app_id=app.id, organisation_id=call.required(ORGANISATION), user=USER),
        metadata=call.metadata,
        timeout=CALL_SECONDS,
    )
    action = InitConnectionAction(redirect=Redirect(begun.url))
    return call.response(InitConnectionResponseBody(action), {SESSION_HEADER: begun.session.id})


async def receive(call: Call) -> Response:
    """Store what a provider has sent with the browser. The response has no body, and never a credential."""
    received = await call.services.connections.ReceiveConsent(
        ReceiveConsentRequest(query=call.query, surface=call.vendor.surface),
        metadata=call.metadata,
        timeout=PROVIDER_SECONDS,
    )
    if received.return_url and call.shows_pages:
        return call.redirect(received.return_url)
    if not received.consented:
        raise RefusedError(_REFUSED)
    return call.response()


OPERATIONS = (
    Operation(
        "InitialiseConnection",
        "POST",
        "/organisations/{organisationId}/connection-init",
        "Begin a connection.",
        initialise,
        HTTPStatus.OK,
        InitConnectionResponseBody,
        (ORGANISATION,),
        INIT,
        effect=False,
        headers=(SESSION_HEADER,),
    ),
    Operation(
        "FinaliseConnectionCallback",
        "GET",
        "/connections/oauth2/callback",
        "Receive the redirect of a provider. The connection is complete only after CompleteConnection, unless the organisation "
        "has its codes exchanged at once.",
        receive,
        HTTPStatus.NO_CONTENT,
        None,
        _CALLBACK,
        callback=True,
    ),
)
