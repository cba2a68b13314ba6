"""Finds the caller's key in the headers of a request, and what of the headers is passed on.

An SDK puts its API key where the receiver expects it, so a key of ours is accepted in every header. It never reaches the receiver.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from strongroom_server.core.names import API_KEY, WORKLOAD_TOKEN
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.gateway.requests import certificate_of, metadata, unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from strongroom_server.gateway.requests import Metadata

# The headers of the proxy itself begin so.
PREFIX: Final = "strongroom-"
KEY: Final = "strongroom-key"
# What a client authenticates itself with. The credential's secret takes its place.
_AUTHENTICATION: Final = frozenset({"authorization", "proxy-authorization"})
# An API key alone or after a scheme or a name, such as `Bearer <key>`, `Token token="<key>"` or `<key>`.
_KEY_IN_VALUE: Final = re.compile(rf'(?:^|[ =])(?:"({API_KEY.pattern})"|({API_KEY.pattern}))$')
_IN_QUOTES, _BARE = 1, 4


class Presented(NamedTuple):
    """The metadata of the call for a request, and the headers that are passed on. The repr has none of them."""

    metadata: Metadata
    headers: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def presented(request: Request, target: str) -> Presented:
    """Take the caller's key out of the headers of a request for this target. Raises RefusedError.

    The key is that in Strongroom-Key, or an API key in any header, or a workload's token in Authorization. A client with a
    certificate needs none.
    """
    headers = request.headers.items()
    keys = {value for name, value in headers if name == KEY and value}
    keys |= {key for name, value in headers if name != KEY for key in _keys_in(value)}
    keys = keys or set(_tokens_in(request.headers.getlist("authorization")))
    if len(keys) > 1:
        raise unauthenticated("API_KEY_AMBIGUOUS", "the request has more than one API key of Strongroom")
    key = next(iter(keys), "")
    if not key and not certificate_of(request):
        message = "the request has no API key of Strongroom: send it as Strongroom-Key, or where the API key of the receiver goes"
        raise unauthenticated("API_KEY_MISSING", message)
    if key and (key in target or key in unquote(target)):
        raise invalid_field("path", "must not hold the API key of Strongroom: send it in a header")
    passed = ((name, value) for name, value in headers if name not in _AUTHENTICATION and not name.startswith(PREFIX))
    return Presented(
        metadata(request, key),
        tuple((name, value) for name, value in passed if not (key and _holds(value, key))),
    )


def _holds(value: str, key: str) -> bool:
    """Whether a header's value has a key: as it is, in a URL, or in Basic."""
    return key in value or key in unquote(value) or key in _keys_in(value)


def _keys_in(value: str) -> Iterator[str]:
    """The API keys in the value of a header."""
    scheme, _, credentials = value.partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(credentials.strip(), validate=True).decode("latin-1").partition(":")
        except binascii.Error:
            return
        yield from (each for each in (user, password) if API_KEY.fullmatch(each))
    elif "sr_" in value and (found := _KEY_IN_VALUE.search(value)):
        yield found[_IN_QUOTES] or found[_BARE]


def _tokens_in(authorization: list[str]) -> Iterator[str]:
    """The workloads' tokens in the values of Authorization."""
    for value in authorization:
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer" and WORKLOAD_TOKEN.fullmatch(token):
            yield token
