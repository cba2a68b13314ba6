"""Serves UseService. Each method is a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.use.authorize import authorize
from strongroom_server.use.forward import forward
from strongroom_server.use.mint import mint
from strongroom_server.use.stream import stream
from strongroom_server.use.tripwire import Hits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from strongroom.v1 import use_service_pb2 as messages
    from strongroom_server.access.caller import Caller
    from strongroom_server.use.context import Context


class UseServicer:
    """The handlers of UseService."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._hits = Hits()

    async def mint_token(self, request: messages.MintTokenRequest, caller: Caller) -> messages.MintTokenResponse:
        """Return a token. Raises ServiceError."""
        return await mint(self._context, request, caller)

    async def authorize_http_request(
        self, request: messages.AuthorizeHttpRequestRequest, caller: Caller
    ) -> messages.AuthorizeHttpRequestResponse:
        """Return what to add to a request. Raises ServiceError."""
        return await authorize(self._context, request, caller)

    async def forward_http_request(
        self, request: messages.ForwardHttpRequestRequest, caller: Caller
    ) -> messages.ForwardHttpRequestResponse:
        """Send a request, and return the response. Raises ServiceError."""
        return await forward(self._context, request, caller, self._hits)

    def stream_http_request(
        self, requests: AsyncIterator[messages.StreamHttpRequestRequest], caller: Caller
    ) -> AsyncGenerator[messages.StreamHttpRequestResponse, None]:
        """Send a request as it comes, and yield the response as it comes. Raises ServiceError."""
        return stream(self._context, requests, caller, self._hits)
