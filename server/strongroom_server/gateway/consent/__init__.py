"""Serves the pages on which a person consents to a connection: what a link leads to, and where providers send browsers back to.

No page shows a text of a provider, or anything of a URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom_server.gateway.consent import pages
from strongroom_server.gateway.consent.browser import Browser, shown
from strongroom_server.gateway.consent.resource import ConsentResource

if TYPE_CHECKING:
    from strongroom_server.gateway.consent.resource import Handlers
    from strongroom_server.gateway.services import Services

DONE = "/connect/done"
FAILED = "/connect/failed"


def routes(services: Services) -> list[Route]:
    """The start page of each link, the redirect URIs of the surfaces whose callback is a page, and the pages at the end."""
    browser = Browser(services.connections, DONE, FAILED)
    # A callback has no HEAD, because a state is accepted once.
    resources: dict[str, Handlers] = {
        "/connect/callback": {"GET": browser.callback(SURFACE_NATIVE)},
        "/oauth2/callback": {"GET": browser.callback(SURFACE_TINES)},
        DONE: shown(pages.done),
        FAILED: shown(pages.failed),
        "/connect/{link}": {"GET": browser.show, "HEAD": browser.show, "POST": browser.start},
        "/connect": {},
        "/connect/{rest:path}": {},
    }
    return [Route(path, ConsentResource(path, handlers)) for path, handlers in resources.items()]
