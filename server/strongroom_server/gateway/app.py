"""Makes the HTTP applications of a node: which vendor owns which path, and what applies to every response.

A vendor is one package and one entry in VENDORS.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.proxies import TrustedProxies
from strongroom_server.gateway import consent, docs, probes
from strongroom_server.gateway.connections import HEADERS
from strongroom_server.gateway.forwarded import take_forwarded
from strongroom_server.gateway.hosts import has_valid_host
from strongroom_server.gateway.resource import Resource
from strongroom_server.gateway.vendors import slashid, tines, versori

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from strongroom_server.gateway.probes import Ready
    from strongroom_server.gateway.services import Services
    from strongroom_server.gateway.vendor import Vendor

_NOBODY = TrustedProxies()

VENDORS = (versori.VENDOR, slashid.VENDOR, tines.VENDOR)


def application(
    services: Services, ready: Ready | None, vendors: Sequence[Vendor] = VENDORS, proxies: TrustedProxies = _NOBODY
) -> ASGIApp:
    """Make the HTTP application of a gateway. `ready` is None if another port has the probes and the metrics."""
    prefixes = [(prefix, vendor) for vendor in vendors for prefix in vendor.prefixes]
    resources = {
        prefix + path: Resource(vendor, prefix + path, operations, services)
        for prefix, vendor in prefixes
        for path, operations in vendor.resources().items()
    }
    known = [Route(path, resource) for path, resource in resources.items()]
    # The vendor with the longest matching prefix answers an unknown path. SlashID's prefix is empty and matches every path.
    unknown = [
        Route(path, Resource(vendor, "", {}, services))
        for prefix, vendor in sorted(prefixes, key=lambda each: len(each[0]), reverse=True)
        for path in (prefix or "/", prefix + "/{rest:path}")
    ]
    own = (*(probes.routes(ready) if ready else ()), *docs.routes(vendors), *consent.routes(services))
    router = Starlette(routes=[*own, *known, *unknown])
    return _Edge(router, {path: resource for path, resource in resources.items() if "{" not in path}, proxies)


def operations_application(ready: Ready | None) -> ASGIApp:
    """Make the HTTP application of a node without vendors' endpoints. `ready` is None if another port has the probes."""
    return _Edge(Starlette(routes=probes.routes(ready) if ready else ()), {})


@dataclass(frozen=True, slots=True)
class _Edge:
    """Ignores trailing slashes, which real clients send, refuses a bad Host, and adds the headers of every response.

    A path without parameters is looked up in `by_path` first, which is faster than the router.
    """

    router: ASGIApp
    by_path: Mapping[str, ASGIApp]
    proxies: TrustedProxies = _NOBODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(HEADERS)
            await send(message)

        if scope["type"] == "http":
            if not has_valid_host(scope):
                refusal = PlainTextResponse("400 bad Host header", HTTPStatus.BAD_REQUEST)
                await refusal(scope, receive, send_with_headers)
                return
            if self.proxies or "extensions" in scope:
                try:
                    take_forwarded(scope, self.proxies)
                except AuthenticationFailed:
                    refusal = PlainTextResponse("400 bad header of a proxy", HTTPStatus.BAD_REQUEST)
                    await refusal(scope, receive, send_with_headers)
                    return
            path = scope["path"] = scope["path"].rstrip("/") or "/"
            await self.by_path.get(path, self.router)(scope, receive, send_with_headers)
