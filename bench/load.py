"""Sends requests at a fixed concurrency, with little CPU: it writes HTTP/2 and HTTP/1.1 itself and parses only what it needs.

A connection sends the next request when it has received a response. Every response's status is checked; an error ends the run.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_LARGEST_WINDOW: Final = (1 << 31) - 1
# A literal header: with a header table of size 0 gRPC writes no others.
_STATUS_OK: Final = b"grpc-status\x010"


class LoadError(Exception):
    """A response with an error. The text shows it."""


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def _literal(name: str, value: str) -> bytes:
    """A header without indexing (RFC 7541, section 6.2.2)."""
    return b"\0" + b"".join(_length(len(text)) + text.encode() for text in (name, value))


def _length(value: int) -> bytes:
    """An integer with a prefix of seven bits (RFC 7541, section 5.1)."""
    if value < 127:
        return bytes((value,))
    octets, value = [127], value - 127
    while value >= 128:
        octets.append(value % 128 + 128)
        value //= 128
    return bytes((*octets, value))


class _Connection(asyncio.Protocol):
    """One client connection, with the times of its requests in milliseconds."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = 0
        self._in_flight = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._fail("the server closed the connection")

    def start(self, count: int, concurrency: int) -> None:
        """Send so many requests."""
        self._left = count
        for _ in range(min(count, concurrency)):
            self._next()
        if not count:
            self.done.set_result(None)

    def close(self) -> None:
        self._transport.close()

    def _next(self) -> None:
        if self._left:
            self._left -= 1
            self._in_flight += 1
            self._send()

    def _finish(self, begun: float) -> None:
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        self._in_flight -= 1
        self._next()
        if not self._in_flight and not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        raise NotImplementedError

    def _fail(self, text: str) -> None:
        if not self.done.done():
            self.done.set_exception(LoadError(text))


class GrpcConnection(_Connection):
    """Unary calls of one method with the same request."""

    def __init__(self, path: str, key: str, message: bytes) -> None:
        super().__init__()
        headers = {
            ":method": "POST", ":scheme": "http", ":path": path, ":authority": "bench", "te": "trailers",
            "content-type": "application/grpc",
        }  # fmt: skip
        if key:
            headers["authorization"] = f"Bearer {key}"
        self._headers = b"".join(_literal(name, value) for name, value in headers.items())
        self._message = b"\0" + len(message).to_bytes(4, "big") + message
        self._buffer = b""
        self._stream = -1
        self._begun: dict[int, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # No header table, so that responses need no decoding, and flow-control windows that no response fills.
        settings = b"\0\1" + (0).to_bytes(4, "big") + b"\0\4" + _LARGEST_WINDOW.to_bytes(4, "big")
        self._transport.write(
            PREFACE
            + _frame(_SETTINGS, 0, 0, settings)
            + _frame(_WINDOW_UPDATE, 0, 0, (_LARGEST_WINDOW - 65535).to_bytes(4, "big"))
        )

    def _send(self) -> None:
        self._stream += 2
        self._begun[self._stream] = time.perf_counter()
        self._transport.write(
            _frame(_HEADERS, _END_HEADERS, self._stream, self._headers)
            + _frame(_DATA, _END_STREAM, self._stream, self._message)
        )

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        start, end = 0, len(buffer)
        while end - start >= 9:
            following = start + 9 + int.from_bytes(buffer[start : start + 3], "big")
            if following > end:
                break
            kind, flags = buffer[start + 3], buffer[start + 4]
            if kind == _HEADERS and flags & _END_STREAM:
                if _STATUS_OK not in buffer[start + 9 : following]:
                    self._fail(f"the response was {buffer[start + 9 : following]!r}")
                self._finish(self._begun.pop(int.from_bytes(buffer[start + 5 : start + 9], "big")))
            elif kind in (_SETTINGS, _PING) and not flags & _ACK:
                self._transport.write(
                    _frame(kind, _ACK, 0, b"" if kind == _SETTINGS else buffer[start + 9 : following])
                )
            elif kind in (_RST_STREAM, _GOAWAY):
                self._fail(f"the server sent a frame of type {kind}")
            start = following
        self._buffer = buffer[start:]


class HttpConnection(_Connection):
    """HTTP/1.1 requests, one at a time. A response must have a Content-Length and a status of 2xx."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        super().__init__()
        self._requests = requests
        self._buffer = b""
        self._begun = 0.0

    def _send(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        _, _, length = self._buffer[:head].lower().partition(b"content-length:")
        if len(self._buffer) < head + 4 + int(length.split(b"\r\n", 1)[0] or 0):
            return
        if self._buffer[9:10] != b"2":
            self._fail(f"the response was {self._buffer[:head]!r}")
        self._buffer = b""
        self._finish(self._begun)


class Load:
    """Open connections to one address, so that the measured requests need not connect."""

    def __init__(self, connections: Sequence[_Connection], concurrency: int) -> None:
        self._connections = connections
        self._concurrency = concurrency

    async def run(self, count: int) -> list[float]:
        """Send so many requests, and return the time of each in milliseconds. Raises LoadError."""
        concurrency = self._concurrency // len(self._connections)
        for index, connection in enumerate(self._connections):
            share = count // len(self._connections) + (index < count % len(self._connections))
            connection.start(share, concurrency)
        try:
            await asyncio.gather(*(connection.done for connection in self._connections))
        finally:
            for connection in self._connections:
                connection.close()
        return [each for connection in self._connections for each in connection.milliseconds]


async def grpc_load(
    port: int,
    path: str,
    key: str,
    message: bytes,
    concurrency: int,
    *,
    streams: int = 16,
    tls: ssl.SSLContext | None = None,
) -> Load:
    """Clients of a unary method, each with `streams` concurrent requests. An empty key is not sent."""
    clients = max(1, concurrency // streams)
    return Load(await _connected(port, clients, lambda: GrpcConnection(path, key, message), tls), concurrency)


async def http_load(port: int, requests: Iterator[bytes], concurrency: int) -> Load:
    """Clients of an HTTP server, each with one request at a time."""
    return Load(await _connected(port, concurrency, lambda: HttpConnection(requests)), concurrency)


async def _connected(
    port: int, count: int, make: Callable[[], _Connection], tls: ssl.SSLContext | None = None
) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(make, "127.0.0.1", port, ssl=tls))[1] for _ in range(count)]
