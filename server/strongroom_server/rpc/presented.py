"""Reads from a gRPC call what it presents to authenticate its caller: the key or token, the address and the certificate."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from urllib.parse import unquote

from strongroom_server.access import certificates
from strongroom_server.access.caller import Presented
from strongroom_server.access.proxies import origin
from strongroom_server.core.names import DIRECT, SURFACE, SURFACES
from strongroom_server.core.tracing import TRACEPARENT, valid_traceparent

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    import grpc.aio

    from strongroom_server.access.proxies import TrustedProxies

    Context: TypeAlias = grpc.aio.ServicerContext[bytes, Any]
    Present: TypeAlias = Callable[[Context], Presented]


def presented(context: Context) -> Presented:
    """What a call presents on a server that asks for no client certificates."""
    authorization: list[str | bytes] = []
    surface, traceparent = DIRECT, ""
    for name, value in context.invocation_metadata() or ():
        if name == "authorization":
            authorization.append(value)
        elif name == SURFACE:
            # Anybody can send it, so it counts only as one of the known ones.
            surface = str(value) if value in SURFACES else DIRECT
        elif name == TRACEPARENT:
            traceparent = valid_traceparent(str(value))
    return Presented(authorization, _address(context.peer()), b"", surface, traceparent)


def with_certificate(context: Context) -> Presented:
    """What a call presents on a server that asks for client certificates."""
    return presented(context)._replace(certificate=b"".join(context.auth_context().get("x509_pem_cert", ())))


def from_relay(present: Present, client_of: Callable[[int], str]) -> Present:
    """What a call presents that came through a relay of the PROXY protocol. `client_of` returns the client of a port."""

    def relayed(context: Context) -> Presented:
        port = context.peer().rpartition(":")[2]
        return present(context)._replace(peer=client_of(int(port) if port.isdigit() else 0))

    return relayed


def from_proxies(present: Present, proxies: TrustedProxies) -> Present:
    """What the client presents whose call a trusted proxy passed on. Raises AuthenticationFailed."""

    def forwarded(context: Context) -> Presented:
        return origin(present(context), proxies, certificates.names_of, functools.partial(_values, context))

    return forwarded


def _values(context: Context, wanted: str) -> list[str | bytes]:
    return [value for name, value in context.invocation_metadata() or () if name == wanted]


@functools.lru_cache(maxsize=4096)
def _address(peer: str) -> str:
    """The caller's address, from gRPC's form such as ipv4:10.0.0.1:4711."""
    kind, _, address = unquote(peer).partition(":")
    return address.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else kind
