"""Reads the key and the body of a request, and makes the metadata of the gRPC call. Knows no vendor.

The metadata has only the key, the client's address and its certificate. No header of the request is forwarded.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import grpc

from strongroom_server.access.caller import VERSORI_SCHEME
from strongroom_server.access.failures import FAILURES
from strongroom_server.access.proxies import CLIENT_CERT, FORWARDED_FOR, header_of
from strongroom_server.core.names import WORKLOAD_TOKEN
from strongroom_server.gateway.problems import BODY_TOO_LARGE, BODY_TOO_SLOW, Problem, RefusedError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message, Send

Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]

BODY_LIMIT = 1 << 20
BODY_SECONDS = 10.0
# How long the rest of a body that nobody reads may take after the response.
UNREAD_SECONDS = 2.0

# The member of a request's scope that says that the body was read to its end.
_IS_READ = "strongroom.body_is_read"

# Characters that metadata can carry. Keys are much shorter than the limit.
_API_KEY = re.compile(r"[\x21-\x7e]{1,512}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,4096}", re.ASCII)


def presented_key(request: Request, *names: str) -> str:
    """The value of the one header of these names. Raises RefusedError if there is none, or more than one.

    Empty if there is none but the client has a certificate.
    """
    values = [value for name in names for value in request.headers.getlist(name)]
    if len(values) > 1:
        raise unauthenticated("API_KEY_AMBIGUOUS", "the request has more than one API key")
    if not values or not values[0].strip():
        if certificate_of(request):
            return ""
        raise unauthenticated("API_KEY_MISSING", f"the request has no API key: send {' or '.join(names)}")
    return values[0].strip()


def bearer_token(credentials: str) -> str:
    """The token of an Authorization header with the scheme Bearer (RFC 6750). Raises RefusedError."""
    scheme, _, token = credentials.partition(" ")
    if scheme.lower() != "bearer":
        raise unauthenticated("API_KEY_INVALID", "the API key must be sent as Authorization: Bearer <key>")
    return token.strip()


def metadata(request: Request, api_key: str) -> Metadata:
    """The metadata of a call by a caller with an API key, or with a workload's token in its place. Raises RefusedError.

    The key is empty if the caller has only a certificate.
    """
    if not api_key:
        return client(request)
    if not (_API_KEY.fullmatch(api_key) or WORKLOAD_TOKEN.fullmatch(api_key)):
        raise unauthenticated("API_KEY_INVALID", "the API key is malformed")
    return (("authorization", f"Bearer {api_key}"), *client(request))


def token_metadata(request: Request, token: str) -> Metadata:
    """The metadata of a call by a caller with a JSON Web Token, which Versori's endpoints accept. Raises RefusedError."""
    if not _TOKEN.fullmatch(token):
        raise unauthenticated("API_KEY_INVALID", "the token is malformed")
    return (("authorization", f"{VERSORI_SCHEME} {token}"), *client(request))


async def body(request: Request) -> bytes:
    """The body, of any content type. Raises RefusedError if it exceeds 1 MiB or arrives too slowly.

    It stops reading at the limit, so a request cannot use more memory.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and (len(announced) > 9 or int(announced) > BODY_LIMIT):
        raise _too_large()
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                received += chunk
                if len(received) > BODY_LIMIT:
                    raise _too_large()
    except TimeoutError:
        message = f"the body must arrive within {BODY_SECONDS:g} seconds"
        raise RefusedError(Problem(grpc.StatusCode.DEADLINE_EXCEEDED, BODY_TOO_SLOW, message)) from None
    note_read(request)
    return bytes(received)


def size_of_body(request: Request) -> int:
    """The size that a request announces for its body, the limit if it announces none and may have any."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit():
        return min(int(announced[:9]), BODY_LIMIT)
    return BODY_LIMIT if "transfer-encoding" in request.headers else 0


def note_read(request: Request) -> None:
    """Note that the body of a request was read to its end."""
    request.scope[_IS_READ] = True


def has_unread_body(request: Request) -> bool:
    """Whether the request announces a body that was not read to its end."""
    headers = request.headers
    announced = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    return announced and _IS_READ not in request.scope


async def respond_unread(request: Request, response: Response, send: Send) -> None:
    """Send the response to a request whose body was not read, and close the connection unless the whole body is here already.

    The close waits at most UNREAD_SECONDS for the rest: a client that is sending may otherwise lose the response.
    """
    # Reading would ask a client to send the body that waits for permission.
    if "expect" not in request.headers and await _drop_body(request, 0):
        await response(request.scope, request.receive, send)
        return

    async def send_without_end(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    response.headers["Connection"] = "close"
    await response(request.scope, request.receive, send_without_end)
    # The server cancels the request if the node stops.
    with suppress(asyncio.CancelledError):
        await _drop_body(request, UNREAD_SECONDS)
    await send({"type": "http.response.body"})


async def _drop_body(request: Request, seconds: float) -> bool:
    """Receive the rest of a body and drop it. Returns whether it ended within this time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive()).get("more_body"):
                pass
            return True
    return False


def client(request: Request) -> Metadata:
    """The address and the certificate of the connection's client.

    A service in the same process trusts them, another one if this gateway is among its trusted proxies.
    """
    address = ((FORWARDED_FOR, request.client.host),) if request.client else ()
    certificate = certificate_of(request)
    return (*address, (CLIENT_CERT, header_of(certificate))) if certificate else address


def certificate_of(request: Request) -> str:
    """The client's certificate as PEM, which TLS has verified. Empty if there is none."""
    chain = request.scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    return next(iter(chain), "")


def _too_large() -> RefusedError:
    message = f"the body must not exceed {BODY_LIMIT} bytes"
    return RefusedError(Problem(grpc.StatusCode.INVALID_ARGUMENT, BODY_TOO_LARGE, message))


def unauthenticated(reason: str, message: str) -> RefusedError:
    """Count a failure to authenticate that the service does not see, and return its error."""
    FAILURES.labels("missing" if reason == "API_KEY_MISSING" else "malformed").inc()
    return RefusedError(Problem(grpc.StatusCode.UNAUTHENTICATED, reason, message))
