"""The messages of a call: the head, the body of the request as it arrives, and its end. Each is read when it is asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

from strongroom.v1.use_service_pb2 import HttpTrailer, StreamHttpRequestRequest
from strongroom_server.gateway.requests import has_unread_body, note_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from strongroom.v1.use_service_pb2 import HttpRequestHead

# The largest chunk of StreamHttpRequest.
CHUNK: Final = 64 * 1024
_DISCONNECT: Final = "http.disconnect"


class Messages:
    """The messages of the call for one request.

    An iterator and no generator, because a call can end before it has read all of them. `on_disconnect` is called once the client
    has disconnected, and at the end of the response.
    """

    def __init__(self, request: Request, head: HttpRequestHead, on_disconnect: Callable[[], None]) -> None:
        self._request = request
        self._head: HttpRequestHead | None = head
        self._on_disconnect = on_disconnect
        self._arrived = b""
        self._passed = 0
        self._is_over = False
        self._watching: asyncio.Task[None] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamHttpRequestRequest:
        if self._head is not None:
            head, self._head = self._head, None
            if not has_unread_body(self._request):
                self._watch()
            return StreamHttpRequestRequest(head=head)
        while self._passed == len(self._arrived) and not self._is_over and has_unread_body(self._request):
            await self._receive()
        if self._passed < len(self._arrived):
            chunk = self._arrived[self._passed : self._passed + CHUNK]
            self._passed += len(chunk)
            return StreamHttpRequestRequest(chunk=chunk)
        if self._is_over:
            raise StopAsyncIteration
        self._is_over = True
        return StreamHttpRequestRequest(trailer=HttpTrailer())

    def close(self) -> None:
        """Stop to wait for a disconnect."""
        if self._watching is not None:
            self._watching.cancel()

    async def _receive(self) -> None:
        """Receive more of the body."""
        message = await self._request.receive()
        if message["type"] == _DISCONNECT:
            # Without a trailer the request is incomplete.
            self._is_over = True
            self._on_disconnect()
            return
        self._arrived, self._passed = message.get("body", b""), 0
        if not message.get("more_body"):
            note_read(self._request)
            self._watch()

    def _watch(self) -> None:
        self._watching = asyncio.create_task(self._until_disconnected())

    async def _until_disconnected(self) -> None:
        while (await self._request.receive())["type"] != _DISCONNECT:
            pass
        self._on_disconnect()
