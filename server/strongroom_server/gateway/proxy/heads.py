"""Makes the head of a call from that of a request, and the head of a response from that of the call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import grpc

from strongroom.v1.use_service_pb2 import (
    ENVIRONMENT_LIVE,
    ENVIRONMENT_TEST,
    Environment,
    HttpHeader,
    HttpRequestHead,
    HttpResponseHead,
)
from strongroom_server.gateway.problems import Problem, RefusedError, invalid_field
from strongroom_server.gateway.proxy.callers import KEY, PREFIX, presented
from strongroom_server.gateway.proxy.target import target_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from strongroom_server.gateway.requests import Metadata

_ACTOR: Final = "strongroom-actor"
_ENVIRONMENT: Final = "strongroom-environment"
_ENVIRONMENTS: Final = {"live": ENVIRONMENT_LIVE, "test": ENVIRONMENT_TEST}
# The payload's hash in a request that an SDK of AWS has signed. It is signed again, with the credential.
_PAYLOAD_SHA256: Final = "x-amz-content-sha256"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# For the proxy alone, or made anew from the credential. The service drops what no client may send, such as Cookie.
_NOT_PASSED: Final = frozenset(
    {"client-cert", "client-cert-chain", _PAYLOAD_SHA256, "x-amz-date", "x-amz-security-token"}
)
_LONGEST_LENGTH: Final = 18

# Statuses whose responses have no body, so that their Content-Length is not that of the message (RFC 9110, section 8.6).
_WITHOUT_BODY: Final = frozenset({204, 304})
# uvicorn cannot write others.
_FINAL: Final = range(200, 600)
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]")
_NOWHERE: Final = (b"location", b"")
_DEFAULT_PORT: Final = re.compile(r":(443|80)?$")


def head_of(request: Request, target: bytes) -> tuple[HttpRequestHead, Metadata]:
    """The head and the metadata of the call for a request. Raises RefusedError."""
    credential, url = target_of(target)
    headers = request.headers
    caller = presented(request, url)
    for name in headers:
        if name.startswith(PREFIX) and name not in {KEY, _ACTOR, _ENVIRONMENT}:
            raise invalid_field(name, f"is not one of {KEY}, {_ACTOR} and {_ENVIRONMENT}")
    head = HttpRequestHead(
        id=credential,
        environment=_environment_of(request),
        actor=_actor_of(request),
        method=request.method,
        url=url,
        headers=[HttpHeader(name=name, value=value) for name, value in caller.headers if name not in _NOT_PASSED],
        body_sha256=_payload_sha256(request),
    )
    length = headers.get("content-length", "")
    if "transfer-encoding" not in headers and len(length) <= _LONGEST_LENGTH:
        head.content_length = int(length or 0)
    return head, caller.metadata


def response_headers(head: HttpResponseHead, url: str, host: str) -> list[tuple[bytes, bytes]]:
    """The headers of a response of the receiver to a request for a URL. `host` is the proxy's own, as the client names it.

    Raises RefusedError if the response cannot be written.
    """
    if head.status not in _FINAL:
        raise _unwritable("has a status that is not from 200 to 599")
    if not all(_VALUE.fullmatch(header.value) for header in head.headers):
        raise _unwritable("has a header with a character that HTTP does not allow")
    passed = [
        (name.encode("latin-1"), (_location(value, url, host) if name == "location" else value).encode("latin-1"))
        for name, value in ((header.name.lower(), header.value) for header in head.headers)
        # The server writes a Date of its own. Headers of the proxy are not the receiver's to send.
        if name != "date"
        and not name.startswith(PREFIX)
        and not (name == "content-length" and head.status in _WITHOUT_BODY)
    ]
    # Shared caches must not give a response to others, as after Authorization, but the caller's key may be in any header.
    return [pair for pair in passed if pair != _NOWHERE] + [(b"cache-control", b"private")]


def _location(value: str, url: str, host: str) -> str:
    """Where a redirect leads, for a client that sent its request to the proxy. Empty if it leads to the proxy itself.

    A client would resolve a relative reference against the URL of the proxy. So a receiver could have it use another credential.
    """
    try:
        location = urljoin(url, value)
        parts = urlsplit(location)
    except ValueError:
        return ""
    leads_here = _DEFAULT_PORT.sub("", parts.netloc.lower()) == _DEFAULT_PORT.sub("", host.lower())
    return location if _ABSOLUTE.match(location) and not leads_here else ""


def body_length(method: str, head: HttpResponseHead) -> int | None:
    """The length of the body of a response, None if only its end shows it."""
    if method == "HEAD" or head.status in _WITHOUT_BODY:
        return 0
    lengths = [header.value for header in head.headers if header.name.lower() == "content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdecimal() else None


def _actor_of(request: Request) -> str:
    try:
        return request.headers.get(_ACTOR, "").encode("latin-1").decode()
    except UnicodeDecodeError:
        raise invalid_field(_ACTOR, "must be UTF-8") from None


def _environment_of(request: Request) -> Environment.ValueType:
    name = request.headers.get(_ENVIRONMENT, "live")
    if name not in _ENVIRONMENTS:
        raise invalid_field(_ENVIRONMENT, f"must be {' or '.join(_ENVIRONMENTS)}")
    return _ENVIRONMENTS[name]


def _payload_sha256(request: Request) -> str:
    value = request.headers.get(_PAYLOAD_SHA256, "")
    if value.startswith("STREAMING-"):
        raise invalid_field(
            _PAYLOAD_SHA256, "must not announce a payload that is signed in chunks: turn that off in the SDK"
        )
    return value if _SHA256.fullmatch(value) else ""


def _unwritable(rule: str) -> RefusedError:
    return RefusedError(
        Problem(grpc.StatusCode.FAILED_PRECONDITION, "RESPONSE_REFUSED", f"the response cannot be passed on: it {rule}")
    )
