"""The only way out over HTTP: sends one request and returns the whole response within limits.

It reads no proxy from the environment, follows no redirect, decodes no compressed body, keeps no connection and no cookie.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import h11

from strongroom_server.egress import guard
from strongroom_server.egress.connection import connect
from strongroom_server.egress.endpoints import Destination, Endpoint
from strongroom_server.egress.refusals import NO_HOST, Refusal, refused
from strongroom_server.egress.resolver import Resolver
from strongroom_server.egress.urls import address_of, parse

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Sequence

    from strongroom_server.egress.connection import Connection
    from strongroom_server.egress.policy import Policy
    from strongroom_server.egress.urls import Address

_LOOK_UP_SECONDS: Final = 5.0
# Look-ups at a time. The operator's have their own, so that names of tenants cannot hold up the providers of keys.
_GUARDED_LOOK_UPS: Final = 32
_OWN_LOOK_UPS: Final = 8
# Headers that this package writes itself.
_OWN_HEADERS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})
# Turns of the event loop in which bytes that the kernel has already reach the task that reads them: one polls, one wakes the
# transport, one the task.
_TURNS: Final = 4
# How long these bytes are read. A server that sends byte after byte could otherwise keep a busy process for hours.
_READ_ON_SECONDS: Final = 1.0


class Request(NamedTuple):
    """A request. `target` is the path with the query. The client adds the headers that concern host, length and connection.

    The repr has neither target, headers nor body, because they hold secrets.
    """

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method}>"


class Limits(NamedTuple):
    """What a response may take: seconds from the look-up of the name to the end of the body, and bytes."""

    seconds: float = 10.0
    head_bytes: int = 64 * 1024
    body_bytes: int = 1024 * 1024


class Response(NamedTuple):
    """A whole response. A redirect is one as well. Names of headers are in lower case. The repr has the status alone."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status}>"


class Client:
    """Sends requests to endpoints of the operator and, through the guard, to other destinations."""

    def __init__(self, policy: Policy, tls: ssl.SSLContext) -> None:
        self._policy = policy
        self._tls = tls
        self._guarded = Resolver(_GUARDED_LOOK_UPS)
        self._own = Resolver(_OWN_LOOK_UPS)

    def destination_of(self, url: str) -> tuple[Destination, str]:
        """The destination of a tenant's URL, never an endpoint of the operator, and the target of a request.

        Raises EgressRefused by all rules of the guard but those for addresses, which `send` checks.
        """
        host = NO_HOST
        try:
            _, host, _, target = parts = parse(url)
            destination = Destination(parts.scheme, host, parts.port)
            guard.require_allowed(destination, self._policy)
        except Refusal as refusal:
            raise refused(host, refusal) from None
        return destination, target

    def operators_destination_of(self, url: str) -> tuple[Destination | Endpoint, str]:
        """The same for a URL that an operator gave: an endpoint if STRONGROOM_EGRESS_ENDPOINTS has it. Raises EgressRefused."""
        try:
            parts = parse(url)
        except Refusal as refusal:
            raise refused(NO_HOST, refusal) from None
        endpoint = Endpoint(parts.scheme, parts.host, parts.port)
        return (endpoint, parts.path) if endpoint in self._policy.endpoints else self.destination_of(url)

    async def send(
        self, to: Destination | Endpoint, request: Request, limits: Limits, tls: ssl.SSLContext | None = None
    ) -> Response:
        """Send a request in one write, and read the response. Raises EgressRefused. `tls` replaces the client's own context.

        The limit of time never discards a response that has arrived, and a cancelled call does. So a caller that cannot ask
        again, as with a refresh token that is used once, must not be cancelled.
        """
        try:
            return await self._send(to, request, limits, tls or self._tls)
        except Refusal as refusal:
            raise refused(to.host, refusal) from None

    async def _send(
        self, to: Destination | Endpoint, request: Request, limits: Limits, tls: ssl.SSLContext
    ) -> Response:
        deadline = asyncio.get_running_loop().time() + limits.seconds
        protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.head_bytes)
        data = _bytes_of(protocol, to.authority, request)
        addresses = await self._addresses_of(to, min(_LOOK_UP_SECONDS, limits.seconds))
        used = tls if to.scheme == "https" else None
        connection = await connect(to.host, to.port, addresses, used, protocol, deadline)
        try:
            if asyncio.get_running_loop().time() < deadline:
                connection.write(data)
                return await _read_by(deadline, _response(connection, limits), connection)
        except TimeoutError:
            raise Refusal("response_timeout", f"did not respond within {limits.seconds:g} seconds") from None
        finally:
            connection.abort()
        # The process was frozen. The request was not sent, because nobody would wait for the response.
        raise Refusal("connect_timeout", f"cannot be connected to within {limits.seconds:g} seconds")

    async def _addresses_of(self, to: Destination | Endpoint, seconds: float) -> Sequence[Address]:
        if isinstance(to, Endpoint):
            # Names of the operator may be in the hosts file or below a search domain.
            address = address_of(to.host)
            return (address,) if address else await self._own.addresses_of(to.host, seconds)
        return await guard.checked_addresses(to, self._policy, self._guarded, seconds)


def _bytes_of(protocol: h11.Connection, authority: str, request: Request) -> bytes:
    if any(name.lower() in _OWN_HEADERS for name, _ in request.headers):
        raise Refusal("bad_header", "was sent nothing: the client itself writes one of the headers")
    has_length = request.body or request.method not in {"GET", "HEAD"}
    try:
        head = h11.Request(
            method=request.method,
            target=request.target,
            headers=[
                ("Host", authority),
                *request.headers,
                ("Accept-Encoding", "identity"),
                *([("Content-Length", str(len(request.body)))] if has_length else ()),
                ("Connection", "close"),
            ],
        )
        events = (head, h11.Data(data=request.body), h11.EndOfMessage())
        return b"".join(protocol.send(event) or b"" for event in events)
    except (h11.LocalProtocolError, UnicodeEncodeError):
        # The text of these errors holds the header.
        raise Refusal(
            "bad_header", "was sent nothing: the path or a header has a character that HTTP does not allow"
        ) from None


async def _response(connection: Connection, limits: Limits) -> Response:
    head = await connection.head(limits.head_bytes)
    body = bytearray()
    async for piece in connection.pieces():
        body += piece
        if len(body) > limits.body_bytes:
            raise Refusal("body_too_large", f"sent more than {limits.body_bytes // 1024} KiB")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
    return Response(head.status_code, headers, bytes(body))


async def _read_by(deadline: float, response: Coroutine[None, None, Response], connection: Connection) -> Response:
    """Read a response until its time is over. Raises TimeoutError.

    A process that was frozen meanwhile finds the timer and the response in the same turn of the event loop. So the timer cancels
    nothing: after it, reading goes on until a few turns bring no more bytes.
    """
    reading = asyncio.create_task(response)
    try:
        await asyncio.wait({reading}, timeout=deadline - asyncio.get_running_loop().time())
        received = -1
        latest = asyncio.get_running_loop().time() + _READ_ON_SECONDS
        while not reading.done() and received != connection.received and asyncio.get_running_loop().time() < latest:
            received = connection.received
            for _ in range(_TURNS):
                await asyncio.sleep(0)
    finally:
        is_late = reading.cancel()
    if is_late:
        raise TimeoutError
    return reading.result()
