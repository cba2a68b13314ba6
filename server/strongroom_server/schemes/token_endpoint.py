"""Requests a token of an OAuth 2.0 token endpoint (RFC 6749 §3.2)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar
from urllib.parse import quote_plus, urlencode

from strongroom_server.egress.client import Request
from strongroom_server.schemes.token_errors import Refused
from strongroom_server.schemes.token_response import token_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from strongroom_server.egress.client import Response
    from strongroom_server.schemes.sending import Sender
    from strongroom_server.schemes.token import Token

_T = TypeVar("_T")

# How the client authenticates: by a Basic header, in the body, or not at all, as with an assertion.
Style = Literal["basic", "body", "none"]

REFRESH: Final = "refresh_token"
# What a provider may answer to one that does not authenticate the way that it wants. It says nothing of the client.
_VAGUE: Final = frozenset({"", "invalid_request"})


class TokenRequest(NamedTuple):
    """A request. `fields` is the form without the client, with its grant_type.

    `authentication` auto tries Basic first, then the body. A public client, without a client_secret, only names itself.
    """

    url: str
    fields: Mapping[str, str]
    client_id: str = ""
    client_secret: str = ""
    authentication: Style | Literal["auto"] = "auto"

    def __repr__(self) -> str:
        """Without secrets."""
        return f"TokenRequest({self.fields.get('grant_type')})"


class Issued(NamedTuple):
    """A token, and the style that worked. The caller may remember it as `authentication` of the next request."""

    token: Token
    style: Style


async def request_token(sender: Sender, request: TokenRequest) -> Issued:
    """Request a token. Raises Refused, Unavailable, NotSent and InDoubt, as `request_as_client` does."""
    return Issued(*await request_as_client(sender, request, token_of))


async def request_as_client(sender: Sender, request: TokenRequest, read: Callable[[Response], _T]) -> tuple[_T, Style]:
    """Send a request, and with `auto` once more in the other style if the provider does not recognise the client.

    `read` reads the response, and raises Refused for an error. Returns what it returned, and the style. The call must not be
    cancelled if a refresh token is used once.
    """
    style = _first_style(request)
    try:
        return await _send(sender, request, style, read), style
    except Refused as refused:
        if request.authentication != "auto" or style != "basic" or not _is_authentication_refused(request, refused):
            raise
        first = refused
    try:
        return await _send(sender, request, "body", read), "body"
    except Refused as second:
        # A provider that takes Basic alone has said what is wrong at the first request.
        raise (first if second.error in _VAGUE else second) from None


def _first_style(request: TokenRequest) -> Style:
    if request.authentication != "auto":
        return request.authentication
    return "basic" if request.client_secret else "body"


def _is_authentication_refused(request: TokenRequest, refused: Refused) -> bool:
    """Whether the provider did not recognise the client.

    A refresh token that was used must not be sent again. A status alone does not say that the provider did not use it.
    """
    if request.fields.get("grant_type") == REFRESH:
        return refused.error == "invalid_client"
    return refused.error == "invalid_client" or refused.status == 401


async def _send(sender: Sender, request: TokenRequest, style: Style, read: Callable[[Response], _T]) -> _T:
    to, target = sender.destination_of(request.url)
    return read(await sender.send(to, _http_request(request, style)._replace(target=target)))


def _http_request(request: TokenRequest, style: Style) -> Request:
    """The HTTP request, without its target."""
    headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
    fields = dict(request.fields)
    if style == "basic":
        # RFC 6749 §2.3.1: both are encoded as in a form first.
        user_pass = f"{quote_plus(request.client_id)}:{quote_plus(request.client_secret)}"
        headers.append(("Authorization", f"Basic {base64.b64encode(user_pass.encode()).decode()}"))
    elif style == "body":
        fields["client_id"] = request.client_id
        if request.client_secret:
            fields["client_secret"] = request.client_secret
    return Request("POST", "", headers, urlencode(fields).encode())
