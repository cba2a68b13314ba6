"""Sends a request with a credential as it comes, and passes the response on as it comes.

The memory does not depend on the sizes: what one side does not take is not read from the other.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from strongroom.v1.use_service_pb2 import HttpTrailer, StreamHttpRequestResponse
from strongroom_server.core.errors import invalid
from strongroom_server.egress.messages import Stream
from strongroom_server.use.relay import UNAUTHORIZED, Relay
from strongroom_server.use.relayed_headers import request_headers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from strongroom.v1.use_service_pb2 import HttpRequestHead, StreamHttpRequestRequest
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential
    from strongroom_server.egress.exchange import Exchange
    from strongroom_server.use.context import Context
    from strongroom_server.use.relay import Authorized
    from strongroom_server.use.tripwire import Hits

LARGEST_CHUNK: Final = 64 * 1024
_CONNECT_SECONDS: Final = 10.0
# Most requests with these methods have no body. Whether this one has shows when its next message comes.
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
# A request without a body can be sent again, unless it changes something.
_REPEATABLE: Final = frozenset({"GET", "HEAD"})


async def stream(
    context: Context, requests: AsyncIterator[StreamHttpRequestRequest], caller: Caller, hits: Hits
) -> AsyncGenerator[StreamHttpRequestResponse, None]:
    """Send a request, and yield the response. Raises ServiceError."""
    first = await anext(requests)
    if not first.HasField("head"):
        raise invalid("head", "must be the first message")
    relay = Relay(context, caller, "StreamHttpRequest", hits, first.head)
    async with await relay.select() as trail:
        body = _Body(requests, first.head, relay.row)
        has_body = await body.has_begun()
        authorized = await relay.authorize(streamed_sha256=first.head.body_sha256 if has_body else None)
        can_repeat = not has_body and first.head.method in _REPEATABLE
        while True:
            async with context.client.open(
                relay.target.to, _CONNECT_SECONDS, authorized.tls, caller.organisation_id
            ) as opened:
                exchange = await opened.exchange(authorized.request, body.stream if has_body else None)
                if exchange.status == UNAUTHORIZED and can_repeat:
                    can_repeat = False
                    if (renewed := await relay.renew(authorized)) is not None:
                        authorized = renewed
                        continue
                async with aclosing(_response(relay, authorized, exchange)) as messages:
                    async for message in messages:
                        yield message
            break
        # Without it the response is not complete.
        trailer = HttpTrailer(headers=relay.response_headers(authorized, exchange.trailers))
        await trail.succeeded()
        yield StreamHttpRequestResponse(trailer=trailer)


async def _response(
    relay: Relay, authorized: Authorized, exchange: Exchange
) -> AsyncGenerator[StreamHttpRequestResponse, None]:
    yield StreamHttpRequestResponse(head=relay.response_head(authorized, exchange.status, exchange.headers))
    async with aclosing(exchange.pieces()) as pieces:
        async for piece in pieces:
            for chunk in _chunks(relay.passed(authorized, piece)):
                yield chunk
    for chunk in _chunks(authorized.tripwire.rest()):
        yield chunk


def _chunks(data: bytes) -> list[StreamHttpRequestResponse]:
    """The messages of a piece: two, if what was held back before makes it too large for one."""
    return [
        StreamHttpRequestResponse(chunk=data[start : start + LARGEST_CHUNK])
        for start in range(0, len(data), LARGEST_CHUNK)
    ]


class _Body:
    """The body of a request, after its head."""

    def __init__(
        self, messages: AsyncIterator[StreamHttpRequestRequest], head: HttpRequestHead, row: Credential
    ) -> None:
        self._messages = messages
        self._head = head
        self._row = row
        self._next: StreamHttpRequestRequest | None = None
        self._trailers: list[tuple[str, str]] = []
        self._length = head.content_length if head.HasField("content_length") else None

    @property
    def stream(self) -> Stream:
        """The body for the client."""
        return Stream(self._pieces(), self._length, lambda: self._trailers)

    async def has_begun(self) -> bool:
        """Whether there is a body. Waits for the next message where most requests have none."""
        if self._length == 0 or (self._length is None and self._head.method in _WITHOUT_BODY):
            self._next = await self._message()
            if self._next.HasField("trailer"):
                self._end(self._next.trailer, 0)
                return False
            # Of a body without a length the receiver would not miss anything.
            self._require_chunk(self._next.chunk, 0)
        return True

    async def _pieces(self) -> AsyncIterator[bytes]:
        size = 0
        while True:
            message, self._next = self._next or await self._message(), None
            match message.WhichOneof("message"):
                case "chunk":
                    size += self._require_chunk(message.chunk, size)
                    yield message.chunk
                case "trailer":
                    self._end(message.trailer, size)
                    return
                case _:
                    raise invalid("message", "must be a chunk or the trailer after the head")

    async def _message(self) -> StreamHttpRequestRequest:
        try:
            return await anext(self._messages)
        except StopAsyncIteration:
            raise invalid("trailer", "must be the last message: the request is not complete") from None

    def _require_chunk(self, chunk: bytes, size: int) -> int:
        if len(chunk) > LARGEST_CHUNK:
            raise invalid("chunk", "must be at most 64 KiB")
        if self._length is not None and size + len(chunk) > self._length:
            raise invalid("chunk", "must not exceed head.content_length together with those before")
        return len(chunk)

    def _end(self, trailer: HttpTrailer, size: int) -> None:
        if self._length is not None and size < self._length:
            raise invalid("trailer", "must come after as many bytes as head.content_length says")
        if trailer.headers and (self._length is not None or not size):
            raise invalid("trailer.headers", "must be empty for a request without a body, or with head.content_length")
        self._trailers = request_headers("trailer.headers", trailer.headers, self._row)
