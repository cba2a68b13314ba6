"""Reads a URL strictly. What another parser could read differently is refused; nothing is repaired."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final, NamedTuple

import idna

from strongroom_server.egress.refusals import Refusal

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_LONGEST: Final = 2048
# Characters that parsers drop, convert or take for another one; RFC 3986 allows none of them.
_FORBIDDEN: Final = re.compile(r'[\x00-\x20\x7f"<>\\^`{|}]')
_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^#]*)(?P<fragment>#.*)?"
)
_PATH: Final = re.compile(r"[\x21-\x7e]*")
_IPV6: Final = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]*))?")
_HOST: Final = re.compile(r"([^:\[\]]*)(?::([0-9]*))?")
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# A resolver takes names that end in such a label for addresses: 127.1, 0x7f.1, 2130706433.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_QUAD: Final = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Url(NamedTuple):
    """A URL of HTTP. `host` is a lower-case name of A-labels, or an address without brackets; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str


def parse(text: str) -> Url:
    """Read a URL. Raises Refusal."""
    if len(text) > _LONGEST:
        raise Refusal("url_syntax", f"is a URL of more than {_LONGEST} characters")
    parts = None if _FORBIDDEN.search(text) else _URL.fullmatch(text)
    if parts is None or not _PATH.fullmatch(parts["path"]):
        raise Refusal("url_syntax", "is not a URL")
    scheme, host, port = parse_origin(parts["scheme"], parts["authority"])
    if parts["fragment"] is not None:
        raise Refusal("fragment", "is a URL with a fragment")
    path = parts["path"]
    return Url(scheme, host, port, path if path.startswith("/") else f"/{path}")


def parse_origin(scheme: str, authority: str) -> tuple[str, str, int]:
    """Read the parts of a URL before its path: scheme, host and port. Raises Refusal."""
    scheme = scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise Refusal("scheme", "is not an https:// URL")
    if "@" in authority:
        raise Refusal("userinfo", "is a URL with user information")
    return scheme, *parse_authority(authority, DEFAULT_PORTS[scheme])


# Most requests go to a host of a recent one.
@lru_cache(maxsize=4_096)
def parse_authority(text: str, default_port: int) -> tuple[str, int]:
    """Read `host` or `host:port`. Raises Refusal."""
    if text.startswith("["):
        parts = _IPV6.fullmatch(text)
        host = _ipv6_of(parts[1]) if parts else None
    else:
        parts = _HOST.fullmatch(text)
        host = _host_of(parts[1]) if parts else None
    if parts is None or host is None:
        raise Refusal("host_syntax", "has a host that is not valid")
    return host, default_port if parts[2] is None else _port_of(parts[2])


def address_of(host: str) -> Address | None:
    """The address that a parsed host is, None for a name."""
    if ":" in host or _QUAD.fullmatch(host):
        return ipaddress.ip_address(host)
    return None


def is_this_machine(host: str) -> bool:
    """Whether a parsed host is a loopback address or localhost."""
    address = address_of(host)
    return address.is_loopback if address else host == "localhost"


def _port_of(text: str) -> int:
    if not 0 < len(text) <= 5 or not 0 < int(text) < 65536:
        raise Refusal("port", "has a port that is not from 1 to 65535")
    return int(text)


def _ipv6_of(text: str) -> str | None:
    try:
        return ipaddress.IPv6Address(text).compressed
    except ValueError:
        return None


def _is_quad(host: str) -> bool:
    return bool(_QUAD.fullmatch(host)) and all(int(part) < 256 for part in host.split("."))


def _host_of(text: str) -> str | None:
    host = text.removesuffix(".")
    if len(host) > 253:
        return None
    is_ascii = host.isascii()
    if is_ascii:
        # Names without other characters skip idna, which refuses the underscores that some services have.
        host = host.lower()
    else:
        try:
            host = idna.encode(host, uts46=True, std3_rules=True, transitional=False).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if _NUMBER.fullmatch(labels[-1]) and not (is_ascii and _is_quad(host)):
        raise Refusal("numeric_host", "has a number as its host that is not an address of four decimals")
    return host
