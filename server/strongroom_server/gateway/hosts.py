"""Reads the header Host of a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# RFC 9112, section 3.2, limited to a name or an address with a port, because clients follow links that contain it.
_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def has_valid_host(scope: Scope) -> bool:
    """Whether a request names its host once, and without anything but a name or an address and a port."""
    hosts = _hosts(scope)
    if not hosts:
        return bool(scope["http_version"] == "1.0")
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None


def _hosts(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"host"]


@dataclass(frozen=True, slots=True)
class ByHost:
    """An application for the requests that name one host, and another for all others."""

    host: str
    application: ASGIApp
    others: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        chosen = self.application if self.is_for_host(scope) else self.others
        await chosen(scope, receive, send)

    def is_for_host(self, scope: Scope) -> bool:
        """Whether a request names the host, with any port, and with or without the final dot of an absolute name."""
        found = (_HOST.fullmatch(value) for value in _hosts(scope))
        return any(parts is not None and parts[1].lower().removesuffix(b".").decode() == self.host for parts in found)
