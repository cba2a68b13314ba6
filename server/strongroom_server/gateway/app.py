"""Owns the HTTP applications of a node: which vendor answers which path, and what holds for every answer.

A vendor is one module and one entry in VENDORS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from strongroom_server.gateway import docs, probes
from strongroom_server.gateway.connections import HEADERS
from strongroom_server.gateway.vendor import Resource
from strongroom_server.gateway.vendors import slashid, tines, versori

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from strongroom_server.gateway.probes import Ready
    from strongroom_server.gateway.services import Services
    from strongroom_server.gateway.vendor import Vendor

VENDORS = (versori.VENDOR, slashid.VENDOR, tines.VENDOR)


def application(services: Services, ready: Ready) -> ASGIApp:
    """Make the HTTP application of a gateway."""
    resources = {
        prefix + path: Resource(vendor, prefix + path, operations, services)
        for prefix, vendor in _prefixes()
        for path, operations in vendor.resources().items()
    }
    known = [Route(path, resource) for path, resource in resources.items()]
    # The longest prefix decides whose error it is. SlashID's is empty: whatever else is asked for, it does not know.
    unknown = [
        Route(path, Resource(vendor, "", {}, services))
        for prefix, vendor in sorted(_prefixes(), key=lambda each: len(each[0]), reverse=True)
        for path in (prefix or "/", prefix + "/{rest:path}")
    ]
    router = Starlette(routes=[*probes.routes(ready), *docs.routes(VENDORS), *known, *unknown])
    return _Edge(router, {path: resource for path, resource in resources.items() if "{" not in path})


def _prefixes() -> Iterator[tuple[str, Vendor]]:
    return ((prefix, vendor) for vendor in VENDORS for prefix in (vendor.prefix, *vendor.aliases))


def operations_application(ready: Ready) -> ASGIApp:
    """Make the HTTP application of a node that serves no vendor's API."""
    return _Edge(Starlette(routes=probes.routes(ready)), {})


# RFC 9112, section 3.2, and no more than a name or an address with its port: it stands in links that clients follow.
_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def _names_its_host(scope: Scope) -> bool:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts:
        return bool(scope["http_version"] == "1.0")
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None


@dataclass(frozen=True, slots=True)
class _Edge:
    """Accepts trailing slashes, which real clients send, refuses a bad Host, and adds the headers of every response.

    A path without parameters is looked up in `by_path`, before the routes.
    """

    router: ASGIApp
    by_path: Mapping[str, ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(HEADERS)
            await send(message)

        if scope["type"] == "http":
            if not _names_its_host(scope):
                refusal = PlainTextResponse("400 bad Host header", HTTPStatus.BAD_REQUEST)
                await refusal(scope, receive, send_with_headers)
                return
            path = scope["path"] = scope["path"].rstrip("/") or "/"
            await self.by_path.get(path, self.router)(scope, receive, send_with_headers)
