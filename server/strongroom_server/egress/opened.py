"""A connection that is open and has sent nothing yet. It takes one request, and either the whole response or a stream.

Connecting is a step of its own for requests that may be sent once, such as those with a refresh token: the caller records its
intent between the two steps, and `EgressRefused.sent` says whether the server may have received the request.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from strongroom_server.egress.connection import settle
from strongroom_server.egress.exchange import IDLE_SECONDS, Exchange
from strongroom_server.egress.messages import Response, headers_of, prepare
from strongroom_server.egress.refusals import Refusal, refused

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from strongroom_server.egress.connection import Connection
    from strongroom_server.egress.endpoints import Origin
    from strongroom_server.egress.messages import Limits, Prepared, Request, Stream

# What chunks may take beyond their data.
_FRAMING_BYTES: Final = 64 * 1024
# How long bytes that arrived in time are read. A server that sends byte after byte could otherwise keep a busy process for hours.
_READ_ON_SECONDS: Final = 1.0


class Opened:
    """An open connection, made by `Client.open`."""

    def __init__(self, to: Origin, connection: Connection) -> None:
        self._to = to
        self._connection = connection
        self._exchange: Exchange | None = None

    async def send(self, request: Request, limits: Limits) -> Response:
        """Send the request in one write, and read the whole response. Raises EgressRefused.

        If its `sent` is False, no byte was written. If it is True, the server may have received the request.
        The limit of time never discards a response that has arrived, and a cancelled call does. So a caller that cannot ask
        again, as with a refresh token that is used once, must run this in a task that nothing cancels, and wait for it with
        `asyncio.shield`. `limits.seconds` then bounds how long the task lives.
        """
        try:
            prepared = prepare(self._to.authority, request)
        except Refusal as refusal:
            raise self._refused(refusal) from None
        return await self.send_by(asyncio.get_running_loop().time() + limits.seconds, prepared, limits)

    async def send_by(self, deadline: float, prepared: Prepared, limits: Limits) -> Response:
        """The same by a time of the event loop."""
        try:
            _require_time(deadline, limits.seconds)
            self._connection.begin(prepared)
            return await _read_by(deadline, _response(self._connection, limits), self._connection)
        except TimeoutError:
            refusal = Refusal("response_timeout", f"did not respond within {limits.seconds:g} seconds")
            raise self._refused(refusal) from None
        except Refusal as refusal:
            raise self._refused(refusal) from None
        finally:
            self._connection.abort()

    async def exchange(
        self, request: Request, stream: Stream | None = None, idle_seconds: float = IDLE_SECONDS
    ) -> Exchange:
        """Send the head and what `stream` brings, or `request.body`, and return when the head of the response is there.

        The body is sent meanwhile. A response that is complete, or has a status of 4xx or 5xx, ends it and cancels
        `stream.pieces`. There is no limit of time, but `idle_seconds` without a byte in either direction end the exchange, also
        if the caller has stopped taking or giving pieces. Raises EgressRefused, and what `stream.pieces` raises: the server then
        sees a request that was cut off.
        """
        try:
            self._connection.begin(prepare(self._to.authority, request, stream))
            self._exchange = Exchange(self._connection, stream, idle_seconds, self._refused)
        except Refusal as refusal:
            raise self._refused(refusal) from None
        await self._exchange.read_head()
        return self._exchange

    async def close(self) -> None:
        """Close the connection, and end what sends over it. Nothing uses `stream.pieces` afterwards."""
        self._connection.abort()
        if self._exchange is not None:
            await self._exchange.close()

    def _refused(self, refusal: Refusal) -> Exception:
        return refused(self._to.host, refusal, sent=self._connection.has_begun)


def _require_time(deadline: float, seconds: float) -> None:
    """Raises Refusal if the process was frozen while it connected: nobody would wait for the response."""
    if asyncio.get_running_loop().time() >= deadline:
        raise Refusal("connect_timeout", f"cannot be connected to within {seconds:g} seconds")


async def _response(connection: Connection, limits: Limits) -> Response:
    head = await connection.head(limits.head_bytes)
    body = bytearray()
    async for piece in connection.pieces(_FRAMING_BYTES):
        body += piece
        if len(body) > limits.body_bytes:
            raise Refusal("body_too_large", f"sent more than {limits.body_bytes // 1024} KiB")
    return Response(head.status_code, headers_of(head.headers), bytes(body))


async def _read_by(deadline: float, response: Coroutine[None, None, Response], connection: Connection) -> Response:
    """Read a response until its time is over. Raises TimeoutError.

    A process that was frozen meanwhile finds the timer and the response in the same turn of the event loop. So the timer cancels
    nothing: after it, reading goes on until a few turns bring no more bytes.
    """
    reading = asyncio.create_task(response)
    try:
        await asyncio.wait({reading}, timeout=deadline - asyncio.get_running_loop().time())
        received = -1
        latest = asyncio.get_running_loop().time() + _READ_ON_SECONDS
        while not reading.done() and received != connection.received and asyncio.get_running_loop().time() < latest:
            received = connection.received
            await settle()
    finally:
        is_late = reading.cancel()
    if is_late:
        raise TimeoutError
    return reading.result()
