"""A request and its response as two streams at the same time, without a limit on their sizes and their time.

The memory does not depend on the sizes: a piece has at most 64 KiB, the next is read when the last was taken, and the next piece of
the request is fetched when the connection has taken the last.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import h11

from strongroom_server.egress.connection import settle
from strongroom_server.egress.messages import encoded, headers_of
from strongroom_server.egress.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from strongroom_server.egress.connection import Connection
    from strongroom_server.egress.messages import Stream

IDLE_SECONDS: Final = 60.0

_HEAD_BYTES: Final = 64 * 1024
# How often progress is checked in the time that may pass without any.
_CHECKS: Final = 8


class Exchange:
    """A response whose head is there. `status` and `headers` are set, then `pieces` brings the body, then `trailers` are set.

    Names of headers are in lower case, in their order, and a name may be there several times. The repr has the status alone.
    """

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    trailers: tuple[tuple[str, str], ...] = ()

    def __init__(
        self,
        connection: Connection,
        stream: Stream | None,
        idle_seconds: float,
        refused: Callable[[Refusal], Exception],
    ) -> None:
        self._connection = connection
        self._refused = refused
        # What the body of the request raised.
        self._failure: Exception | None = None
        self._sending = asyncio.create_task(self._send(stream)) if stream else None
        self._watching = asyncio.create_task(self._watch(idle_seconds))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status}>"

    async def read_head(self) -> None:
        """Read the head of the response. Those with a status of 1xx are skipped. Called once, by `Opened.exchange`."""
        try:
            head = await self._connection.head(_HEAD_BYTES)
        except Refusal as refusal:
            raise self._error(refusal) from None
        self.status, self.headers = head.status_code, headers_of(head.headers)
        if self.status >= 400:
            # RFC 9112 §9.5: the server will not read the rest, and closes the connection.
            self._stop_sending()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives. Raises EgressRefused, and what the body of the request raised."""
        try:
            async for piece in self._connection.pieces():
                yield piece
        except Refusal as refusal:
            raise self._error(refusal) from None
        self.trailers = headers_of(self._connection.trailers)
        self._stop_sending()
        self._watching.cancel()

    async def close(self) -> None:
        """End the tasks. The connection was closed."""
        self._stop_sending()
        self._watching.cancel()
        tasks = [self._watching, *([self._sending] if self._sending else [])]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    def _error(self, refusal: Refusal) -> Exception:
        return self._failure or self._refused(refusal)

    async def _send(self, stream: Stream) -> None:
        try:
            async for piece in stream.pieces:
                if piece and not await self._connection.write(h11.Data(data=piece)):
                    return
            await self._connection.write(h11.EndOfMessage(headers=encoded(stream.trailers())))
        except (h11.LocalProtocolError, UnicodeEncodeError):
            # The text of these errors holds the trailer.
            self._connection.fail(
                Refusal(
                    "bad_body", "was sent a part: the body has another length than its head, or trailers are not valid"
                )
            )
        except Exception as error:
            self._failure = error
            self._connection.fail(Refusal("bad_body", "was sent a part: the rest of the body did not come"))

    async def _watch(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        progress, since = self._connection.progress(), loop.time()
        while True:
            await asyncio.sleep(seconds / _CHECKS)
            await settle()
            if progress != (progress := self._connection.progress()):
                since = loop.time()
            elif loop.time() - since >= seconds:
                self._connection.fail(Refusal("idle", f"neither sent nor took a byte for {seconds:g} seconds"))
                return
