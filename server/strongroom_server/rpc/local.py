"""Owns the way to the servicers of the same process: a channel for the generated stubs that needs no socket.

A call passes the same pipeline as one from the network, with the same limit, deadline and errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc.aio
from grpc_status import rpc_status

from strongroom_server.access.caller import CLIENT_ADDRESS
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.limits import LARGEST_REQUEST
from strongroom_server.core.reasons import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.protobuf.message import Message

    from strongroom_server.rpc.pipeline import Method, Pipeline


class LocalChannel:
    """What a stub needs of a channel: for each method something that can be awaited with a request."""

    def __init__(self, pipeline: Pipeline, methods: Mapping[str, Method]) -> None:
        self._pipeline = pipeline
        self._methods = methods

    def unary_unary(self, method: str, **_serializers: object) -> _LocalCall:
        return _LocalCall(self._pipeline, self._methods[method])

    def stream_stream(self, method: str, **_serializers: object) -> None:
        """Stubs ask for it when they are made. The doors of this process stream nothing."""


class _LocalCall:
    def __init__(self, pipeline: Pipeline, method: Method) -> None:
        self._pipeline = pipeline
        self._method = method

    async def __call__(
        self,
        request: Message,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as stubs call it
        metadata: Sequence[tuple[str, str]] = (),
    ) -> Any:
        authorization = [value for name, value in metadata if name == "authorization"]
        # Said by this process alone: from the network the name means nothing.
        peer = next((value for name, value in metadata if name == CLIENT_ADDRESS), "")
        if request.ByteSize() > LARGEST_REQUEST:
            # As gRPC itself refuses it.
            raise grpc.aio.AioRpcError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                grpc.aio.Metadata(),
                grpc.aio.Metadata(),
                f"Received message larger than max ({request.ByteSize()} vs. {LARGEST_REQUEST})",
            )
        try:
            return await self._pipeline.call(self._method, request, authorization, peer, timeout)
        except ServiceError as error:
            raise _as_rpc_error(error) from None


def _as_rpc_error(error: ServiceError) -> grpc.aio.AioRpcError:
    status = rpc_status.to_status(render(error))
    return grpc.aio.AioRpcError(
        status.code, grpc.aio.Metadata(), grpc.aio.Metadata(*status.trailing_metadata), status.details
    )
