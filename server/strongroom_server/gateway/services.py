"""Gives the gateway the stubs of our gRPC services, over a network channel or in the same process."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from strongroom.status import keep_status
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.core.limits import LARGEST_REQUEST, LARGEST_RESPONSE
from strongroom_server.gateway.body_turns import BodyTurns
from strongroom_server.gateway.callers import Callers
from strongroom_server.gateway.requests import Metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    import grpc

    from strongroom.v1.use_service_pb2 import StreamHttpRequestRequest, StreamHttpRequestResponse

# Calls go to all addresses of the service's name. A service that stops cancels the calls that it has received and not begun
# (grpc/grpc#41785). To repeat them is safe, also writes. StreamHttpRequest is not repeated, because its body would have to be kept.
_SERVICE_CONFIG: Final = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.5s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["CANCELLED"],
            },
        },
        {"name": [{"service": "strongroom.v1.UseService", "method": "StreamHttpRequest"}]},
    ],
}

CHANNEL_OPTIONS: Final = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.max_send_message_length", LARGEST_REQUEST),
    ("grpc.max_receive_message_length", LARGEST_RESPONSE),
    # A service that comes back is found within a second, even after a long absence. The minimum is the timeout of one attempt.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
)

# The timeout of a call to the service.
CALL_SECONDS = 10.0


# The organisation of the caller of this metadata. Raises the service's error unless it knows the caller.
Authenticate: TypeAlias = Callable[[Metadata], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Services:
    """The stubs of the services that the gateway calls, how it authenticates a caller before it reads a body, and the bodies."""

    credentials: CredentialServiceStub
    organisations: OrganisationServiceStub
    uses: UseServiceStub
    connections: ConnectionServiceStub
    authenticate: Authenticate
    bodies: BodyTurns = field(default_factory=BodyTurns)

    @asynccontextmanager
    async def stream_http_request(
        self, messages: AsyncIterator[StreamHttpRequestRequest], metadata: Metadata
    ) -> AsyncIterator[AsyncIterable[StreamHttpRequestResponse]]:
        """Give the messages of the response to a request that is streamed. The call ends with the context.

        One task must enter, iterate and leave the context. Raises grpc.aio.AioRpcError, also when the context is left because the
        service has cancelled that task.
        """
        call = self.uses.StreamHttpRequest(messages, metadata=metadata)
        if isinstance(call, AsyncGenerator):
            # In the same process.
            async with aclosing(call):
                yield call
            return
        keep_status(call)
        try:
            yield call
        finally:
            call.cancel()


def services(channel: grpc.aio.Channel, authenticate: Authenticate | None = None) -> Services:
    """The stubs for one channel. Without a function that authenticates, the service is asked over the channel."""
    return Services(
        CredentialServiceStub(channel),
        OrganisationServiceStub(channel),
        UseServiceStub(channel),
        ConnectionServiceStub(channel),
        authenticate or Callers(IdentityServiceStub(channel).GetCaller).authenticate,
    )
