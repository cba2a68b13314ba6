"""Makes requests at a fixed concurrency and costs little itself: HTTP/2 and HTTP/1.1 written out by hand, nothing parsed that
tells nothing.

A request is sent when one of its connection's has been answered. Every answer's status is looked at; one that is not good ends
the run.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_LARGEST_WINDOW: Final = (1 << 31) - 1
# A literal header: with a table of size 0 gRPC writes no other.
_STATUS_OK: Final = b"grpc-status\x010"


class LoadError(Exception):
    """An answer that was not good. The text says which."""


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def _literal(name: str, value: str) -> bytes:
    """A header that enters no table (RFC 7541, section 6.2.2)."""
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
    """One client: how many requests it still makes, and how long each took in milliseconds."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = 0
        self._under_way = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._fail("the server closed the connection")

    def start(self, count: int, at_once: int) -> None:
        """Make so many requests."""
        self._left = count
        for _ in range(min(count, at_once)):
            self._next()
        if not count:
            self.done.set_result(None)

    def close(self) -> None:
        self._transport.close()

    def _next(self) -> None:
        if self._left:
            self._left -= 1
            self._under_way += 1
            self._send()

    def _answered(self, begun: float) -> None:
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        self._under_way -= 1
        self._next()
        if not self._under_way and not self.done.done():
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
            "content-type": "application/grpc", "authorization": f"Bearer {key}",
        }  # fmt: skip
        self._headers = b"".join(_literal(name, value) for name, value in headers.items())
        self._message = b"\0" + len(message).to_bytes(4, "big") + message
        self._buffer = b""
        self._stream = -1
        self._begun: dict[int, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # No header table, so that answers can be read by looking; windows that no answer fills.
        settings = b"\0\1" + (0).to_bytes(4, "big") + b"\0\4" + _LARGEST_WINDOW.to_bytes(4, "big")
        self._transport.write(
            _PREFACE
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
                    self._fail(f"answered with {buffer[start + 9 : following]!r}")
                self._answered(self._begun.pop(int.from_bytes(buffer[start + 5 : start + 9], "big")))
            elif kind in (_SETTINGS, _PING) and not flags & _ACK:
                self._transport.write(
                    _frame(kind, _ACK, 0, b"" if kind == _SETTINGS else buffer[start + 9 : following])
                )
            elif kind in (_RST_STREAM, _GOAWAY):
                self._fail(f"answered with a frame of kind {kind}")
            start = following
        self._buffer = buffer[start:]


class HttpConnection(_Connection):
    """HTTP/1.1 requests, one at a time; an answer must carry a Content-Length and a status of 2xx."""

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
            self._fail(f"answered with {self._buffer[:head]!r}")
        self._buffer = b""
        self._answered(self._begun)


class Load:
    """Connections to one address, ready to make requests: connecting costs none of the requests anything."""

    def __init__(self, connections: Sequence[_Connection], concurrency: int) -> None:
        self._connections = connections
        self._concurrency = concurrency

    async def run(self, count: int) -> list[float]:
        """Make so many requests, and answer how long each took in milliseconds. Raises LoadError."""
        at_once = self._concurrency // len(self._connections)
        for index, connection in enumerate(self._connections):
            share = count // len(self._connections) + (index < count % len(self._connections))
            connection.start(share, at_once)
        try:
            await asyncio.gather(*(connection.done for connection in self._connections))
        finally:
            for connection in self._connections:
                connection.close()
        return [each for connection in self._connections for each in connection.milliseconds]


async def grpc_load(port: int, path: str, key: str, message: bytes, concurrency: int, *, streams: int = 16) -> Load:
    """Clients of a unary method, so many requests at once in each."""
    clients = max(1, concurrency // streams)
    return Load(await _connected(port, clients, lambda: GrpcConnection(path, key, message)), concurrency)


async def http_load(port: int, requests: Iterator[bytes], concurrency: int) -> Load:
    """Clients of an HTTP server, one request at once in each."""
    return Load(await _connected(port, concurrency, lambda: HttpConnection(requests)), concurrency)


async def _connected(port: int, count: int, make: Callable[[], _Connection]) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(make, "127.0.0.1", port))[1] for _ in range(count)]
