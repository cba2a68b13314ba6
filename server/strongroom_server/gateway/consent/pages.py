"""Writes the pages that a person sees. They load nothing and need no JavaScript."""

from __future__ import annotations

import base64
import hashlib
import html
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom.v1.connection_service_pb2 import Consent

# Each pair of text and background has a contrast of at least 7:1, as in WCAG 1.4.6.
_STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1b1b; --page: #ffffff; --action: #0b4a9e; --on-action: #ffffff; --line: #6b6b6b }
@media (prefers-color-scheme: dark) {
  :root { --text: #ececec; --page: #161616; --action: #a8c8ff; --on-action: #06244f; --line: #9a9a9a }
}
body { margin: 0; background: var(--page); color: var(--text); font: 1.125rem/1.5 system-ui, sans-serif }
main { max-width: 36rem; margin: 0 auto; padding: 2rem 1.25rem; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25 }
dl { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.5rem 1rem }
dt { font-weight: 600; margin-top: 0.5rem }
dd { margin: 0 0 0.5rem }
ul { margin: 0; padding-left: 1.25rem }
a { color: var(--action) }
button { font: inherit; font-weight: 600; min-height: 3rem; padding: 0.5rem 1.25rem; border: 2px solid var(--action);
  border-radius: 0.5rem; background: var(--action); color: var(--on-action); cursor: pointer; max-width: 100% }
:focus-visible { outline: 3px solid var(--text); outline-offset: 3px }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# No page has a script, an image or a frame, or may be in one. A form goes to this server alone: Chromium would also apply
# form-action to each redirect after it, so the way to the provider begins on a page, not with a redirect.
_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class _Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def _html(template: str, **values: str) -> _Html:
    """Fill a template of this module. Every value is escaped unless it is HTML."""
    return _Html(
        template.format_map(
            {name: value if isinstance(value, _Html) else html.escape(value) for name, value in values.items()}
        )
    )


def _response(
    title: str,
    content: _Html,
    status: HTTPStatus = HTTPStatus.OK,
    head: _Html = _Html(),  # noqa: B008 - a constant
    headers: Mapping[str, str] | None = None,
) -> Response:
    page = _html(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n{head}<style>{style}</style>\n</head>\n'
        "<body>\n<main>\n<h1>{title}</h1>\n{content}</main>\n</body>\n</html>\n",
        title=title,
        head=head,
        style=_Html(_STYLE),
        content=content,
    )
    return Response(page, status, {**_HEADERS, **(headers or {})}, "text/html")


def start(consent: Consent) -> Response:
    """What the person is about to consent to, with a button that leads to the provider."""
    provider = consent.provider_display_name or consent.provider_host
    # Names are in elements of their own direction, so that none can turn the text around it.
    scopes = _Html("".join(_html("<li><code><bdi>{scope}</bdi></code></li>\n", scope=each) for each in consent.scopes))
    content = _html(
        "<p><strong><bdi>{organisation}</bdi></strong> asks to connect an account of yours at "
        "<strong><bdi>{provider}</bdi></strong>.</p>\n"
        "<dl>\n<dt>Organisation</dt>\n<dd><bdi>{organisation}</bdi></dd>\n<dt>Application</dt>\n<dd><bdi>{app}</bdi></dd>\n"
        "<dt>Provider</dt>\n<dd><bdi>{provider}</bdi>{host}</dd>\n<dt>Access</dt>\n<dd>{scopes}</dd>\n</dl>\n"
        "<p>The provider asks you next whether you allow this access. If you do, the organisation can use the account until the "
        "connection ends.</p>\n"
        "<p>Continue only if you began this yourself. If somebody sent you this link, close this page.</p>\n"
        '<form method="post"><button type="submit">Continue to <bdi>{provider}</bdi></button></form>\n',
        organisation=consent.organisation_display_name,
        app=consent.app_display_name,
        provider=provider,
        host=_html(" (<bdi>{host}</bdi>)", host=consent.provider_host) if consent.provider_display_name else "",
        scopes=_html("<ul>\n{scopes}</ul>", scopes=scopes) if scopes else "What the provider gives by default",
    )
    return _response(f"Connect an account at {provider}", content)


def onward(url: str) -> Response:
    """Leads to the provider at once (WCAG technique H76), and by a link if the browser does not follow."""
    return _response(
        "Continue to the provider",
        _html('<p><a href="{url}">Continue to <bdi>{host}</bdi></a></p>\n', url=url, host=urlsplit(url).hostname or ""),
        head=_html('<meta http-equiv="refresh" content="0;url={url}">\n', url=url),
    )


def done() -> Response:
    """The person has consented, and the application has no page to go back to."""
    return _message("You have allowed the access", "You can close this window and go back to the application.")


def failed() -> Response:
    """The person or the provider has refused."""
    return _message(
        "The account is not connected",
        "The access was not allowed. To try again, go back to the application.",
    )


def unknown() -> Response:
    """The one page for every link and every state that cannot be used."""
    return _message(
        "This link cannot be used",
        "It is unknown, is older than ten minutes, was used before, or was opened in another browser. Go back to the application "
        "and begin again.",
        HTTPStatus.NOT_FOUND,
    )


def limited(seconds: str) -> Response:
    """Too many links were opened."""
    return _message(
        "Too many links were opened",
        "Wait a minute, and load this page again.",
        HTTPStatus.TOO_MANY_REQUESTS,
        {"Retry-After": seconds},
    )


def unavailable() -> Response:
    """The service does not answer."""
    return _message(
        "The service is not available",
        "Load this page again in a minute.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        {"Retry-After": "5"},
    )


def broken(error_id: str) -> Response:
    """An unexpected error. The log has its cause under this id."""
    return _message(
        "Something went wrong",
        f"Go back to the application and begin again. If this happens again, report the error {error_id}.",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def method_not_allowed(methods: str) -> Response:
    """The page has other methods."""
    return _message(
        "This page cannot be used in this way",
        "Go back to the application and begin again.",
        HTTPStatus.METHOD_NOT_ALLOWED,
        {"Allow": methods},
    )


def _message(
    title: str, text: str, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    return _response(title, _html("<p>{text}</p>\n", text=text), status, headers=headers)
