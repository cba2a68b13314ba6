"""One connection to an address that was checked, and one HTTP/1.1 request on it.

The address is pinned: the socket is connected to it, and no name is looked up here. The name is for TLS alone.
"""

from __future__ import annotations

import asyncio
import fcntl
import ipaddress
import math
import re
import socket
import ssl
import termios
from typing import TYPE_CHECKING, Final

import h11

from strongroom_server.egress.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from strongroom_server.egress.messages import Prepared
    from strongroom_server.egress.urls import Address

_CONNECT_SECONDS: Final = 5.0
# How many addresses of a name are tried.
_MOST_TRIED: Final = 2
_READ_BYTES: Final = 64 * 1024
# Thousands of tiny chunks or heads in one read would occupy the event loop.
_EVENTS_PER_TURN: Final = 64
# h11 needs 28 ms for a head of 64 KiB in 16,000 lines, and as long for such trailers, and does not yield meanwhile. A head of more
# lines is refused. Of a chunked body with more lines, which may be trailers, h11 gets a little at a time.
_MOST_LINES: Final = 256
_DENSE_BYTES: Final = 4096
# Turns of the event loop in which bytes that the kernel has already reach the task that reads them: one polls, one wakes the
# transport, one the task.
_TURNS: Final = 4
_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")


class _Reader(asyncio.StreamReader):
    """Gives all that arrived before the connection failed. asyncio's own discards what was not read yet."""

    failure: Exception | None = None
    arrived = 0
    has_ended = False

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # transports give bytes
        self.arrived += len(data)
        super().feed_data(data)

    def feed_eof(self) -> None:
        self.has_ended = True
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:
        self.failure = self.failure or exc
        self.feed_eof()


class Connection:
    """A connection that was opened for one request. What reads raises Refusal."""

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = h11.Connection(h11.CLIENT)
        # What arrived after a head.
        self._ahead = bytearray()
        self._is_chunked = False
        self._events = 0
        self._written = 0
        self.has_begun = False
        self.received = 0
        self.trailers: Sequence[tuple[bytes, bytes]] = ()

    def begin(self, prepared: Prepared) -> None:
        """Write the first bytes of the request in one go. Raises Refusal if none was written.

        The response is read while the body is sent, because a server may refuse a long body early.
        """
        assert not self.has_begun, "a connection takes one request"
        if self._reader.arrived or self._reader.has_ended or self._writer.transport.is_closing():
            raise Refusal("closed", "closed the connection before the request was sent")
        self._protocol = prepared.protocol
        self.has_begun = True
        self._writer.write(prepared.data)

    async def write(self, event: h11.Event) -> bool:
        """Write a part of the request, and wait until the connection takes more. False if it has failed, which reading tells."""
        data = self._protocol.send(event) or b""
        self._written += len(data)
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError:
            return False
        # `drain` does not yield while the buffer has room, and a body that is ready would hold the event loop.
        await asyncio.sleep(0)
        return True

    async def head(self, most_bytes: int) -> h11.Response:
        """The head of the response. Those with a status of 1xx before it are skipped, and count against the limit."""
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Response):
                self._is_chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
                return event
            if event is h11.NEED_DATA:
                self._feed(await self._whole_head(most_bytes))

    async def pieces(self, most_framing: float = math.inf) -> AsyncIterator[bytes]:
        """The body of the response after its head, each piece all that has arrived. `most_framing` limits what chunks take
        beyond their data.
        """
        framing, has_ended, is_dense = 0, False, False
        arrived: list[bytes] = []
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Data):
                framing -= len(event.data)
                arrived.append(event.data)
                continue
            if arrived and not (event is h11.NEED_DATA and self._ahead):
                yield b"".join(arrived)
                arrived.clear()
            if isinstance(event, h11.EndOfMessage):
                # Only a body without a length ends with the connection, which anybody on the way can close.
                if has_ended and not self._is_closed_by_tls():
                    raise Refusal("closed", "closed the connection in a body, without the end of TLS")
                self.trailers = list(event.headers)
                return
            if event is h11.NEED_DATA:
                data = self._ahead or await self._receive(_READ_BYTES)
                has_ended = not data
                # Counted once: the rest of dense data is given a little at a time as well.
                is_dense = self._is_chunked and ((is_dense and data is self._ahead) or data.count(b"\n") > _MOST_LINES)
                part = bytes(data[:_DENSE_BYTES] if is_dense else data)
                self._ahead = bytearray(data[len(part) :])
                self._feed(part)
                framing += len(part)
                if framing > most_framing + _READ_BYTES:
                    raise Refusal("framing", f"sent {most_framing // 1024} KiB of chunk heads")

    def progress(self) -> object:
        """Equal to an earlier value if no byte has moved in either direction since."""
        unsent = self._writer.transport.get_write_buffer_size()
        try:
            # What the kernel has and the server has not taken yet.
            queued = fcntl.ioctl(self._writer.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError):
            # The connection has failed.
            queued = b""
        return self._reader.arrived, self._written, unsent, queued

    def fail(self, refusal: Refusal) -> None:
        """Abort. Reading gives what has arrived, and then raises the refusal unless the server had ended the response."""
        if not self._reader.has_ended:
            self._reader.set_exception(refusal)
        self.abort()

    def abort(self) -> None:
        """Close without waiting for the other side. Nothing is left to send."""
        self._writer.transport.abort()

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA]:
        self._events += 1
        if self._events % _EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        try:
            event = self._protocol.next_event()
        except h11.RemoteProtocolError:
            raise Refusal("not_http", "did not send a complete HTTP response") from None
        if isinstance(event, type) and issubclass(event, h11.PAUSED):
            # The server took the request for an upgrade or a tunnel. No event follows.
            raise Refusal("not_http", "switched to another protocol than HTTP")
        return event

    async def _whole_head(self, most_bytes: int) -> bytes:
        """All lines of one head, or what there is of it if the server ends the connection."""
        searched = 0
        while (end := _END_OF_HEAD.search(self._ahead, searched)) is None:
            if self.received >= most_bytes:
                raise Refusal("head_too_large", f"sent a head of more than {most_bytes // 1024} KiB")
            searched = max(0, len(self._ahead) - 2)
            data = await self._receive(min(_READ_BYTES, most_bytes - self.received))
            if not data:
                raise Refusal("not_http", "did not send a complete HTTP response")
            self._ahead += data
        if self._ahead.count(b"\n", 0, end.end()) > _MOST_LINES:
            raise Refusal("head_too_large", f"sent a head of more than {_MOST_LINES} lines")
        head = bytes(self._ahead[: end.end()])
        del self._ahead[: end.end()]
        return head

    async def _receive(self, most_bytes: int) -> bytes:
        data = await self._reader.read(most_bytes)
        if not data and (failure := self._reader.failure) is not None:
            if isinstance(failure, Refusal):
                raise failure
            raise Refusal("closed", f"closed the connection ({type(failure).__name__})")
        self.received += len(data)
        return data

    def _feed(self, data: bytes) -> None:
        try:
            self._protocol.receive_data(data)
        except h11.RemoteProtocolError:
            raise Refusal("not_http", "did not send a complete HTTP response") from None

    def _is_closed_by_tls(self) -> bool:
        """Whether the server itself has ended the connection, as far as there is TLS to tell."""
        tls = self._writer.get_extra_info("ssl_object")
        try:
            return tls is None or not tls.read(1)
        except ssl.SSLZeroReturnError:
            return True
        except ssl.SSLError:
            return False


async def settle() -> None:
    """Let the bytes that arrived while the process was frozen reach the task that reads them."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def connect(
    host: str,
    port: int,
    addresses: Sequence[Address],
    tls: ssl.SSLContext | None,
    deadline: float,
) -> Connection:
    """Connect to the first of two addresses that takes the connection. Raises Refusal."""
    tried = _to_try(addresses)
    loop = asyncio.get_running_loop()
    for others, address in zip(reversed(range(len(tried))), tried, strict=True):
        # An address that does not respond leaves the other one its share of the time.
        seconds = min(_CONNECT_SECONDS, (deadline - loop.time()) / (others + 1))
        try:
            reader, writer = await _connect_to(address, port, tls, host, seconds)
        except Refusal as refusal:
            if address is tried[-1] or refusal.cause not in {"connect_failed", "connect_timeout"}:
                raise
        else:
            return Connection(reader, writer)
    raise AssertionError("a look-up without an address is a Refusal")


def _to_try(addresses: Sequence[Address]) -> Sequence[Address]:
    """The preferred address, and the preferred one of the other family, because networks lose one family as a whole."""
    first, *others = addresses
    return (first, *sorted(others, key=lambda other: other.version == first.version))[:_MOST_TRIED]


async def _connect_to(
    address: Address, port: int, tls: ssl.SSLContext | None, host: str, seconds: float
) -> tuple[_Reader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        connected = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise Refusal("connect_failed", f"cannot be connected to ({type(error).__name__})") from None
    try:
        connected.setblocking(False)
        # Nothing of the request was sent yet, so that this timer can lose nothing.
        async with asyncio.timeout(seconds):
            await loop.sock_connect(connected, (str(address), port))
            _require_peer(connected, address)
            return await _open(connected, tls, host)
    except TimeoutError:
        connected.close()
        raise Refusal("connect_timeout", f"cannot be connected to within {max(seconds, 0):.1g} seconds") from None
    except OSError as error:
        connected.close()
        raise _connect_refusal(error) from None
    except BaseException:
        connected.close()
        raise


async def _open(
    connected: socket.socket, tls: ssl.SSLContext | None, host: str
) -> tuple[_Reader, asyncio.StreamWriter]:
    """What asyncio.open_connection does, with another reader."""
    loop = asyncio.get_running_loop()
    reader = _Reader(_READ_BYTES, loop)
    transport, protocol = await loop.create_connection(
        lambda: asyncio.StreamReaderProtocol(reader, loop=loop),
        sock=connected,
        ssl=tls,
        server_hostname=host if tls else None,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _require_peer(connected: socket.socket, address: Address) -> None:
    if ipaddress.ip_address(connected.getpeername()[0]) != address:
        raise Refusal("wrong_peer", "was connected to another address than the one that was checked")


def _connect_refusal(error: OSError) -> Refusal:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal("certificate", f"has a certificate that is refused: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return Refusal("tls", "does not speak TLS 1.2 or newer")
    return Refusal("connect_failed", f"cannot be connected to ({type(error).__name__})")
