"""Sends one request with a credential, and returns the whole response."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from strongroom.v1.use_service_pb2 import ForwardHttpRequestResponse
from strongroom_server.core.errors import invalid
from strongroom_server.core.limits import LARGEST_BODY
from strongroom_server.egress.messages import Limits
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.use.relay import UNAUTHORIZED, Relay
from strongroom_server.use.relayed_headers import response_refused

if TYPE_CHECKING:
    from strongroom.v1.use_service_pb2 import ForwardHttpRequestRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.egress.messages import Response
    from strongroom_server.use.context import Context
    from strongroom_server.use.relay import Authorized
    from strongroom_server.use.tripwire import Hits

# A second less than the longest call, so that the outcome is recorded and returned.
_LIMITS: Final = Limits(seconds=29.0, body_bytes=4 * 1024 * 1024)
# Other calls run while a large body is searched.
_SEARCHED_BYTES: Final = 256 * 1024


async def forward(
    context: Context, request: ForwardHttpRequestRequest, caller: Caller, hits: Hits
) -> ForwardHttpRequestResponse:
    """Send a request. Raises ServiceError."""
    if len(request.body) > LARGEST_BODY:
        raise invalid("body", "must be at most 1 MiB")
    relay = Relay(context, caller, "ForwardHttpRequest", hits, request.head)
    async with await relay.select() as trail:
        authorized = await relay.authorize(request.body)
        response = await _send(context, relay, authorized, caller)
        if response.status == UNAUTHORIZED and (renewed := await relay.renew(authorized, request.body)) is not None:
            authorized = renewed
            response = await _send(context, relay, authorized, caller)
        head = relay.response_head(authorized, response.status, response.headers)
        for start in range(0, len(response.body), _SEARCHED_BYTES):
            relay.passed(authorized, response.body[start : start + _SEARCHED_BYTES])
            await asyncio.sleep(0)
        await trail.succeeded()
    return ForwardHttpRequestResponse(head=head, body=response.body)


async def _send(context: Context, relay: Relay, authorized: Authorized, caller: Caller) -> Response:
    try:
        return await context.client.send(
            relay.target.to, authorized.request, _LIMITS, authorized.tls, caller.organisation_id
        )
    except EgressRefused as refusal:
        if refusal.cause == "body_too_large":
            raise response_refused("it has more than 4 MiB, which StreamHttpRequest can pass on") from None
        raise
