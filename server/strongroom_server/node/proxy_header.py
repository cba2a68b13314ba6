"""Parses the header of the PROXY protocol, version 2, with which a proxy names the client whose bytes follow.

Source: "The PROXY protocol, versions 1 & 2", section 2.2, by the authors of HAProxy.
"""

from __future__ import annotations

import socket
import struct
from typing import Final, NamedTuple

_SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_FIXED: Final = struct.Struct("!12sBBH")
_VERSION: Final = 2
_LOCAL, _PROXY = 0, 1
# The family and transport of TCP over IPv4 and IPv6, with the length of an address.
_TCP: Final = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}
# The addresses and ports of IPv6 take 36 bytes, and type-length-values follow. The protocol allows up to 65,535 bytes.
LARGEST: Final = 4096


class HeaderError(ValueError):
    """The bytes are not a header of this protocol. The text says why."""


class Header(NamedTuple):
    """The client's address, empty if the proxy itself made the connection, and the length of the header in bytes."""

    address: str
    length: int


def header_of(received: bytes) -> Header | None:
    """The header at the beginning of these bytes, None if more bytes are needed. Raises HeaderError."""
    if not _SIGNATURE.startswith(received[: len(_SIGNATURE)]):
        raise HeaderError("the connection does not begin with a PROXY protocol header of version 2")
    if len(received) < _FIXED.size:
        return None
    _, version_and_command, family, rest = _FIXED.unpack_from(received)
    version, command = version_and_command >> 4, version_and_command & 0x0F
    length = _FIXED.size + rest
    if version != _VERSION or command not in {_LOCAL, _PROXY} or length > LARGEST:
        raise HeaderError("the version, the command or the length of the PROXY protocol header is not accepted")
    if len(received) < length:
        return None
    if command == _LOCAL:
        return Header("", length)
    if family not in _TCP:
        raise HeaderError("the PROXY protocol header is not of TCP")
    kind, size = _TCP[family]
    if rest < 2 * (size + 2):
        raise HeaderError("the addresses of the PROXY protocol header are cut off")
    source = received[_FIXED.size : _FIXED.size + size]
    return Header(socket.inet_ntop(kind, source), length)
