"""What a person's browser does: it opens a link, starts the consent, and comes back from the provider with a state and a code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import RedirectResponse, Response

from strongroom.v1.connection_service_pb2 import GetConsentRequest, ReceiveConsentRequest, StartConsentRequest
from strongroom_server.access.proxies import FORWARDED_FOR
from strongroom_server.core.names import SURFACE
from strongroom_server.gateway.consent import pages
from strongroom_server.gateway.services import CALL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
    from strongroom.v1.credential_pb2 import Surface
    from strongroom_server.gateway.consent.resource import Handler, Handlers
    from strongroom_server.gateway.requests import Metadata

# A browser accepts the prefix only from the host itself, over TLS or from this machine (RFC 6265bis, section 4.1.3.2).
_COOKIE_PREFIX: Final = "__Host-strongroom-consent-"
# As long as a session.
_COOKIE_SECONDS: Final = 600
# Lax, because a provider sends the browser back from another site.
_COOKIE_ATTRIBUTES: Final[dict[str, Any]] = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}


@dataclass(frozen=True, slots=True)
class Browser:
    """The handlers of the pages. They call the service without an API key."""

    connections: ConnectionServiceStub
    done: str
    failed: str

    async def show(self, request: Request) -> Response:
        """Show what the person of a link is about to consent to."""
        consent = await self.connections.GetConsent(
            GetConsentRequest(link=request.path_params["link"]), metadata=_metadata(request), timeout=CALL_SECONDS
        )
        return pages.start(consent)

    async def start(self, request: Request) -> Response:
        """Give the browser the cookie of the consent, and lead it to the provider.

        The form of another site would skip the page that says who gets the access, so it gets the page.
        """
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return RedirectResponse(request.url.path, HTTPStatus.SEE_OTHER)
        started = await self.connections.StartConsent(
            StartConsentRequest(link=request.path_params["link"]), metadata=_metadata(request), timeout=CALL_SECONDS
        )
        response = pages.onward(started.url)
        name = _cookie_name_of(urlsplit(started.url).query)
        response.set_cookie(name, started.cookie, _COOKIE_SECONDS, **_COOKIE_ATTRIBUTES)
        return response

    def callback(self, surface: Surface.ValueType) -> Handler:
        """The handler of a surface's redirect URI."""

        async def receive(request: Request) -> Response:
            query = request.scope["query_string"].decode("latin-1")
            cookie_name = _cookie_name_of(query)
            received = await self.connections.ReceiveConsent(
                ReceiveConsentRequest(query=query, cookie=request.cookies.get(cookie_name, ""), surface=surface),
                metadata=_metadata(request),
                timeout=CALL_SECONDS,
            )
            # At once, so that the code does not stay in the address bar.
            response = RedirectResponse(
                received.return_url or (self.done if received.consented else self.failed), HTTPStatus.SEE_OTHER
            )
            response.headers["Referrer-Policy"] = "no-referrer"
            response.delete_cookie(cookie_name, **_COOKIE_ATTRIBUTES)
            return response

        return receive


def shown(page: Callable[[], Response]) -> Handlers:
    """The handlers of a page that is always the same."""

    async def show(_: Request) -> Response:
        return page()

    return {"GET": show, "HEAD": show}


def _cookie_name_of(query: str) -> str:
    """The cookie of the consent whose state is in a query, so that consents in two tabs do not replace each other's."""
    state = dict(parse_qsl(query)).get("state", "")
    return f"{_COOKIE_PREFIX}{hashlib.sha256(state.encode()).hexdigest()[:16]}"


def _metadata(request: Request) -> Metadata:
    """The person's address, for the limit of unknown links."""
    surface = (SURFACE, "consent")
    return (surface, (FORWARDED_FOR, request.client.host)) if request.client else (surface,)
