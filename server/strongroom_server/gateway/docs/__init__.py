"""Serves the vendors' OpenAPI documents, and a page to browse and try them with Swagger UI. Loads nothing from other hosts."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from strongroom_server.gateway import openapi

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from strongroom_server.gateway.vendor import Vendor

_HEADERS: Final = {
    # Swagger UI sets styles in the page, and draws its icons from data: URLs.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_DIRECTORY: Final = Path(str(files(__package__)))


def routes(vendors: Sequence[Vendor]) -> list[BaseRoute]:
    """The documents at /openapi/<vendor>.json, the page at /docs, and a redirect from / to the page."""
    page = (_DIRECTORY / "page" / "index.html").read_bytes()
    # The policy forbids scripts inside the page, so the list of vendors is the first line of the script.
    names = b"const VENDORS = " + msgspec.json.encode([vendor.name for vendor in vendors]) + b";\n"
    script = names + (_DIRECTORY / "page" / "start.js").read_bytes()
    return [
        *(Route(f"/openapi/{vendor.name}.json", _document(vendor)) for vendor in vendors),
        Route("/", _redirect_to_page),
        _route("/docs", page, "text/html", _HEADERS),
        _route("/docs/start.js", script, "text/javascript", _HEADERS),
        Mount("/docs/swagger-ui", _SwaggerUi(directory=_DIRECTORY / "swagger_ui")),
    ]


async def _redirect_to_page(_: Request) -> Response:
    return RedirectResponse("/docs", HTTPStatus.TEMPORARY_REDIRECT)


def _document(vendor: Vendor) -> Callable[[Request], Awaitable[Response]]:
    """Responds with the document of a vendor. It is made for the first request: a start would take 25 ms of CPU for all of them."""

    @cache
    def content() -> bytes:
        return msgspec.json.encode(openapi.document(vendor))

    async def respond(_: Request) -> Response:
        return Response(content(), media_type="application/json")

    return respond


def _route(path: str, content: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Route:
    async def respond(_: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    return Route(path, respond)


class _SwaggerUi(StaticFiles):
    """The files of Swagger UI, with the headers of the page."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        response = super().file_response(*arguments, **named)
        response.headers.update(_HEADERS)
        return response
