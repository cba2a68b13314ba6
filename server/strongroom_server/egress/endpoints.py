"""The two kinds of destination: what an operator configured, and what came from a tenant or from the API.

They are separate types, so that a destination of a tenant can never be taken for one of the operator.
"""

from __future__ import annotations

from dataclasses import dataclass

from strongroom_server.egress.refusals import Refusal
from strongroom_server.egress.urls import DEFAULT_PORTS, is_this_machine, parse


@dataclass(frozen=True, slots=True)
class Origin:
    """An exact scheme, host and port. The host is one of `urls.parse`."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """The URL."""
        return f"{self.scheme}://{self.authority}"


class Endpoint(Origin):
    """An endpoint of a setting. It may be on a private network or on this machine."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Destination(Origin):
    """What came from a tenant or from the API. It passes the guard each time that a request is sent to it.

    `has_named_port` says that the credential whose request it is names this host and port in its allowed_hosts.
    """

    has_named_port: bool = False


def origin_of(text: str) -> Origin:
    """The origin of a URL. Raises Refusal."""
    url = parse(text)
    return Origin(url.scheme, url.host, url.port)


def endpoint_of(url: str) -> Endpoint:
    """The endpoint of a URL without a path. Raises ValueError with the rule that it breaks, as a phrase after `must be`."""
    try:
        parts = parse(url)
    except Refusal as refusal:
        if refusal.cause == "port":
            raise ValueError("a URL with a port from 1 to 65535") from None
        parts = None
    if parts is None or parts.path != "/":
        raise ValueError("a URL of a scheme, a host and at most a port, such as https://vault.example.net:8200")
    if parts.scheme == "http" and not is_this_machine(parts.host):
        raise ValueError("an https:// URL: http:// is allowed only to this machine, such as http://127.0.0.1:8200")
    return Endpoint(parts.scheme, parts.host, parts.port)
