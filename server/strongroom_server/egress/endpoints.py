"""Endpoints that an operator configured: the only destinations of this package.

A request names an Endpoint and a path, never a URL. So neither a response nor a caller can direct a request elsewhere.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An exact scheme, host and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """The URL."""
        return f"{self.scheme}://{self.authority}"


def endpoint_of(url: str) -> Endpoint:
    """The endpoint of a URL without a path. Raises ValueError with the rule that it breaks, as a phrase after `must be`."""
    parts = _URL.fullmatch(url.lower())
    if parts is None:
        raise ValueError("a URL of a scheme, a host and at most a port, such as https://vault.example.net:8200")
    port = int(parts["port"] or _DEFAULT_PORTS[parts["scheme"]])
    host = parts["host"].strip("[]")
    if not 0 < port < 65536:
        raise ValueError("a URL with a port from 1 to 65535")
    if parts["scheme"] == "http" and not _is_loopback(host):
        raise ValueError("an https:// URL: http:// is allowed only to this machine, such as http://127.0.0.1:8200")
    return Endpoint(parts["scheme"], host, port)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies servers against the certificates in a file, or against the system's. Raises OSError if the file is not usable.

    It does not use `ssl.create_default_context`, which writes the keys of connections to the file that SSLKEYLOGFILE names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(ca_file)
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
