"""A channel for the generated stubs that calls the services of the same process, without a socket.

A call passes the same pipeline as one from the network, with the same size limit, deadline and errors.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc.aio
from grpc_status import rpc_status

from strongroom_server.access.caller import Presented
from strongroom_server.access.proxies import CLIENT_CERT, FORWARDED_FOR, certificate_of
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.limits import LARGEST_REQUEST
from strongroom_server.core.names import DIRECT, SURFACE
from strongroom_server.core.reasons import render
from strongroom_server.core.tracing import TRACEPARENT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from google.protobuf.message import Message

    from strongroom_server.rpc.methods import Method
    from strongroom_server.rpc.pipeline import Pipeline
    from strongroom_server.rpc.streams import Streams


class LocalChannel:
    """The part of a channel that stubs use: a callable for each method."""

    def __init__(self, pipeline: Pipeline, streams: Streams, methods: Mapping[str, Method]) -> None:
        self._pipeline = pipeline
        self._streams = streams
        self._methods = methods

    def unary_unary(self, method: str, **_serializers: object) -> _LocalCall:
        return _LocalCall(self._pipeline, self._methods[method])

    async def authenticate(self, metadata: Sequence[tuple[str, str | bytes]]) -> str:
        """Authenticate a caller before its request is read, and return its organisation. Raises the error that the call would."""
        try:
            return await self._pipeline.authenticate(_presented(metadata))
        except ServiceError as error:
            raise _as_rpc_error(error) from None

    def stream_stream(self, method: str, **_serializers: object) -> _LocalConversation:
        return _LocalConversation(self._streams, self._methods[method])


class _LocalCall:
    def __init__(self, pipeline: Pipeline, method: Method) -> None:
        self._pipeline = pipeline
        self._method = method

    async def __call__(
        self,
        request: Message,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of a stub
        metadata: Sequence[tuple[str, str | bytes]] = (),
    ) -> Any:
        presented = _presented(metadata)
        if request.ByteSize() > LARGEST_REQUEST:
            # The same error as from gRPC.
            raise grpc.aio.AioRpcError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                grpc.aio.Metadata(),
                grpc.aio.Metadata(),
                f"Received message larger than max ({request.ByteSize()} vs. {LARGEST_REQUEST})",
            )
        try:
            return await self._pipeline.call(self._method, request, presented, timeout)
        except ServiceError as error:
            raise _as_rpc_error(error) from None


class _LocalConversation:
    """Of the methods that stream requests, the gateway uses only those that converse."""

    def __init__(self, streams: Streams, method: Method) -> None:
        self._streams = streams
        self._method = method

    async def __call__(
        self, requests: AsyncIterator[Message], *, metadata: Sequence[tuple[str, str | bytes]] = ()
    ) -> AsyncGenerator[Message, None]:
        """Yield the responses. A message is read when the handler asks for it, and the handler waits until a response is taken.

        One task must iterate this and close it, as with Streams.converse. Raises grpc.aio.AioRpcError.
        """
        try:
            async with aclosing(self._streams.converse(self._method, requests, _presented(metadata))) as responses:
                async for response in responses:
                    yield response
        except ServiceError as error:
            raise _as_rpc_error(error) from None


def _presented(metadata: Sequence[tuple[str, str | bytes]]) -> Presented:
    """What the gateway of this process passes on. It is trusted: calls from the network pass rpc/presented.py."""
    authorization: list[str | bytes] = []
    peer, certificate, surface, traceparent = "", b"", DIRECT, ""
    for name, value in metadata:
        if name == "authorization":
            authorization.append(value)
        elif name == FORWARDED_FOR:
            peer = str(value)
        elif name == CLIENT_CERT:
            certificate = certificate_of(str(value))
        elif name == SURFACE:
            surface = str(value)
        elif name == TRACEPARENT:
            traceparent = str(value)
    return Presented(authorization, peer, certificate, surface, traceparent)


def _as_rpc_error(error: ServiceError) -> grpc.aio.AioRpcError:
    status = rpc_status.to_status(render(error))
    return grpc.aio.AioRpcError(
        status.code, grpc.aio.Metadata(), grpc.aio.Metadata(*status.trailing_metadata), status.details
    )
