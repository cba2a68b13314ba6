"""The only way out over HTTP: opens a connection and sends one request over it, within limits.

It reads no proxy from the environment, follows no redirect, decodes no compressed body, keeps no connection and no cookie.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from strongroom_server.egress import guard
from strongroom_server.egress.connection import connect
from strongroom_server.egress.endpoints import Destination, Endpoint
from strongroom_server.egress.messages import Limits, Request, Response, prepare
from strongroom_server.egress.opened import Opened
from strongroom_server.egress.refusals import NO_HOST, Refusal, refused
from strongroom_server.egress.resolver import Resolver
from strongroom_server.egress.tls import client_context
from strongroom_server.egress.urls import address_of, parse, parse_origin

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from strongroom_server.egress.connection import Connection
    from strongroom_server.egress.policy import Policy
    from strongroom_server.egress.tls import Identity
    from strongroom_server.egress.urls import Address

__all__ = ["Client", "Limits", "Request", "Response"]

_LOOK_UP_SECONDS: Final = 5.0
# Look-ups at a time. The operator's have their own, so that names of tenants cannot hold up the providers of keys.
_GUARDED_LOOK_UPS: Final = 32
_LOOK_UPS_PER_TENANT: Final = 4
_OWN_LOOK_UPS: Final = 8


class Client:
    """Sends requests to endpoints of the operator and, through the guard, to other destinations."""

    def __init__(self, policy: Policy, tls: ssl.SSLContext, ca_file: Path | None = None) -> None:
        """`ca_file` is what `tls` was made of."""
        self._policy = policy
        self._tls = tls
        self._ca_file = ca_file
        self._guarded = Resolver(_GUARDED_LOOK_UPS, _LOOK_UPS_PER_TENANT)
        self._own = Resolver(_OWN_LOOK_UPS, _OWN_LOOK_UPS)

    def destination_of(self, url: str, names_port: Callable[[str], bool] | None = None) -> tuple[Destination, str]:
        """The destination of a tenant's URL, never an endpoint of the operator, and the target of a request.

        `names_port` says whether the tenant names a `host:port` itself, as a credential does with its allowed_hosts: then this
        host may have a port that is not among STRONGROOM_EGRESS_PORTS. Raises EgressRefused by all rules of the guard but those
        for addresses, which `open` checks.
        """
        host = NO_HOST
        try:
            scheme, host, port, target = parse(url)
            return self._destination(scheme, host, port, names_port), target
        except Refusal as refusal:
            raise refused(host, refusal) from None

    def destination_at(
        self, scheme: str, authority: str, names_port: Callable[[str], bool] | None = None
    ) -> Destination:
        """The same for the parts of a URL before its path, for callers that pass any path on unchanged."""
        host = NO_HOST
        try:
            scheme, host, port = parse_origin(scheme, authority)
            return self._destination(scheme, host, port, names_port)
        except Refusal as refusal:
            raise refused(host, refusal) from None

    def _destination(self, scheme: str, host: str, port: int, names_port: Callable[[str], bool] | None) -> Destination:
        is_named = port not in self._policy.ports and names_port is not None and names_port(f"{host}:{port}")
        destination = Destination(scheme, host, port, has_named_port=is_named)
        guard.require_allowed(destination, self._policy)
        return destination

    def operators_destination_of(self, url: str) -> tuple[Destination | Endpoint, str]:
        """The same for a URL that an operator gave: an endpoint if STRONGROOM_EGRESS_ENDPOINTS has it. Raises EgressRefused."""
        try:
            parts = parse(url)
        except Refusal as refusal:
            raise refused(NO_HOST, refusal) from None
        endpoint = Endpoint(parts.scheme, parts.host, parts.port)
        return (endpoint, parts.path) if endpoint in self._policy.endpoints else self.destination_of(url)

    async def tls_with(self, identity: Identity, roots: str | None = None) -> ssl.SSLContext:
        """The TLS of one use of a client certificate. `roots` in PEM are trusted instead of what the client trusts.

        Raises NotUsableCertificate.
        """
        if roots is not None:
            return client_context(identity, roots, None)
        # OpenSSL reads the client's roots again, without the interpreter's lock: 22 ms.
        return await asyncio.to_thread(client_context, identity, None, self._ca_file)

    async def send(
        self,
        to: Destination | Endpoint,
        request: Request,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
        tenant: str = "",
    ) -> Response:
        """Connect, send a request in one write, and read the response. Raises EgressRefused. The parameters are those of `open`.

        The limit of time never discards a response that has arrived, and a cancelled call does.
        """
        try:
            # A request that cannot be sent opens no connection.
            prepared = prepare(to.authority, request)
        except Refusal as refusal:
            raise refused(to.host, refusal) from None
        deadline = asyncio.get_running_loop().time() + limits.seconds
        async with self.open(to, limits.seconds, tls, tenant) as opened:
            return await opened.send_by(deadline, prepared, limits)

    @asynccontextmanager
    async def open(
        self, to: Destination | Endpoint, seconds: float, tls: ssl.SSLContext | None = None, tenant: str = ""
    ) -> AsyncIterator[Opened]:
        """Look the name up, check its addresses, connect and finish TLS. Nothing is sent. Raises EgressRefused.

        The connection takes one request and is closed with the context, however it ends. `tls` replaces the client's own
        context. `tenant` is whose look-up it is: those of one tenant do not hold up those of another.
        """
        try:
            connection = await self._connect(to, seconds, tls or self._tls, tenant)
        except Refusal as refusal:
            raise refused(to.host, refusal) from None
        opened = Opened(to, connection)
        try:
            yield opened
        finally:
            await opened.close()

    async def _connect(
        self, to: Destination | Endpoint, seconds: float, tls: ssl.SSLContext, tenant: str
    ) -> Connection:
        deadline = asyncio.get_running_loop().time() + seconds
        addresses = await self._addresses_of(to, min(_LOOK_UP_SECONDS, seconds), tenant)
        return await connect(to.host, to.port, addresses, tls if to.scheme == "https" else None, deadline)

    async def _addresses_of(self, to: Destination | Endpoint, seconds: float, tenant: str) -> Sequence[Address]:
        if isinstance(to, Endpoint):
            # Names of the operator may be in the hosts file or below a search domain.
            address = address_of(to.host)
            return (address,) if address else await self._own.addresses_of(to.host, seconds)
        return await guard.checked_addresses(to, self._policy, self._guarded, seconds, tenant)
