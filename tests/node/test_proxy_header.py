"""The header of the PROXY protocol, version 2, in the bytes that proxies send."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom_server.node.proxy_header import LARGEST, Header, HeaderError, header_of

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")


def header(source: str, *, extra: bytes = b"", command: int = 0x21, family: int | None = None) -> bytes:
    """The header that a proxy sends for a client at this address."""
    address = ipaddress.ip_address(source)
    kind = (0x11 if address.version == 4 else 0x21) if family is None else family
    body = address.packed + address.packed + struct.pack("!HH", 50123, 443) + extra
    return SIGNATURE + struct.pack("!BBH", command, kind, len(body)) + body


@pytest.mark.parametrize("source", ["192.0.2.7", "2001:db8::7"])
@pytest.mark.parametrize("extra", [b"", b"\x03\x00\x04abcd", bytes(300)])
def test_the_client_is_the_source_address(source: str, extra: bytes) -> None:
    sent = header(source, extra=extra)
    assert header_of(sent + b"GET / HTTP/1.1") == Header(source, len(sent))


def test_a_header_that_arrives_byte_by_byte_is_read_once_it_is_whole() -> None:
    sent = header("192.0.2.7")
    assert [header_of(sent[:length]) for length in range(len(sent))] == [None] * len(sent)
    assert header_of(sent) == Header("192.0.2.7", len(sent))


def test_a_connection_of_the_proxy_itself_has_no_client() -> None:
    sent = SIGNATURE + struct.pack("!BBH", 0x20, 0, 0)
    assert header_of(sent) == Header("", len(sent))


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n",
        b"\x16\x03\x01\x02\x00",
        SIGNATURE[:11] + b"X",
        header("192.0.2.7", command=0x11),
        header("192.0.2.7", command=0x22),
        header("192.0.2.7", family=0x12),
        header("192.0.2.7", family=0x31),
        header("192.0.2.7", family=0x00),
        header("192.0.2.7", family=0x21),
        SIGNATURE + struct.pack("!BBH", 0x21, 0x11, 11) + bytes(11),
        SIGNATURE + struct.pack("!BBH", 0x21, 0x11, LARGEST),
    ],
)
def test_anything_else_is_refused(sent: bytes) -> None:
    with pytest.raises(HeaderError):
        header_of(sent)


@given(st.binary(max_size=200))
def test_any_bytes_after_the_signature_are_read_or_refused(rest: bytes) -> None:
    try:
        read = header_of(SIGNATURE + rest)
    except HeaderError:
        return
    assert read is None or read.length <= len(SIGNATURE) + len(rest)
