"""Owns what a person reads of the vendors' APIs: their OpenAPI documents, and a page to browse and try them.

Nothing on the page comes from elsewhere: Swagger UI's files are those of the package mkdocs-swagger-ui-tag, of which no code runs.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from strongroom_server.gateway import openapi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from strongroom_server.gateway.vendor import Vendor

_HEADERS: Final = {
    # Swagger UI sets styles in the page, and draws its icons from data.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def routes(vendors: Sequence[Vendor]) -> list[BaseRoute]:
    """The documents at /openapi/<vendor>.json, and the page at /docs, to which / leads."""
    documents = [_document(f"/openapi/{vendor.name}.json", openapi.document(vendor)) for vendor in vendors]
    page = files(__package__) / "page"
    return [
        *documents,
        Route("/", _to_the_page),
        Route("/docs", _file(page / "index.html")),
        Route("/docs/start.js", _file(page / "start.js")),
        Mount("/docs/swagger-ui", _Assets(directory=_swagger_ui())),
    ]


async def _to_the_page(_: Request) -> Response:
    return RedirectResponse("/docs")


def _document(path: str, document: dict[str, Any]) -> Route:
    octets = msgspec.json.encode(document)

    async def answer(_: Request) -> Response:
        return Response(octets, media_type="application/json")

    return Route(path, answer)


def _file(file: Any) -> Any:
    async def answer(_: Request) -> Response:
        return FileResponse(Path(str(file)), headers=_HEADERS)

    return answer


class _Assets(StaticFiles):
    """Files that no page of another site may use."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        response = super().file_response(*arguments, **named)
        response.headers.update(_HEADERS)
        return response


def _swagger_ui() -> Path:
    found = find_spec("mkdocs_swagger_ui_tag")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "swagger-ui"
