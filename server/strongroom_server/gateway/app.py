"""Owns the HTTP applications of a node: which vendor answers which path, and what holds for every answer.

A vendor is one module and one entry in VENDORS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Route

from strongroom_server.gateway import docs, probes, slashid, tines, versori
from strongroom_server.gateway.vendor import Resource

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from strongroom_server.gateway.probes import Ready
    from strongroom_server.gateway.services import Services

VENDORS = (versori.VENDOR, slashid.VENDOR, tines.VENDOR)


def application(services: Services, ready: Ready) -> Starlette:
    """Make the HTTP application of a gateway."""
    known = [
        Route(vendor.prefix + path, Resource(vendor, vendor.prefix + path, operations, services))
        for vendor in VENDORS
        for path, operations in vendor.resources().items()
    ]
    # The longest prefix decides whose error it is. SlashID's is empty: whatever else is asked for, it does not know.
    unknown = [
        Route(path, Resource(vendor, "", {}, services))
        for vendor in sorted(VENDORS, key=lambda vendor: len(vendor.prefix), reverse=True)
        for path in (vendor.prefix or "/", vendor.prefix + "/{rest:path}")
    ]
    return Starlette(
        routes=[*probes.routes(ready), *docs.routes(VENDORS), *known, *unknown], middleware=[Middleware(_Edge)]
    )


def operations_application(ready: Ready) -> Starlette:
    """Make the HTTP application of a node that serves no vendor's API."""
    return Starlette(routes=probes.routes(ready), middleware=[Middleware(_Edge)])


@dataclass(frozen=True, slots=True)
class _Edge:
    """Takes trailing slashes, which real clients send, and forbids every cache to keep an answer."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_uncached(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        if scope["type"] == "http":
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await self.app(scope, receive, send_uncached)
