"""Takes the client's address, certificate and scheme from the headers of a trusted proxy, as if the client had connected itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.access import certificates
from strongroom_server.access.caller import Presented
from strongroom_server.access.proxies import origin

if TYPE_CHECKING:
    from starlette.types import Scope

    from strongroom_server.access.proxies import TrustedProxies

_PROTO: Final = b"x-forwarded-proto"
_SCHEMES: Final = (b"http", b"https")


def take_forwarded(scope: Scope, proxies: TrustedProxies) -> None:
    """Change the scope of a request that a trusted proxy passed on. Raises AuthenticationFailed for an unreadable header."""
    peer = scope["client"][0] if scope["client"] else ""
    if proxies.has_address(peer):
        # Only links in pages use it, so the address is proof enough.
        for name, value in scope["headers"]:
            if name == _PROTO and value in _SCHEMES:
                scope["scheme"] = value.decode()
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    if not chain:
        return
    presented = Presented((), peer, chain[0].encode())

    def values_of(wanted: str) -> list[str]:
        return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted.encode()]

    client = origin(presented, proxies, certificates.names_of, values_of)
    if client is not presented:
        scope["client"] = (client.peer, 0)
        certificate = (client.certificate.decode(),) if client.certificate else ()
        scope["extensions"] = {**scope["extensions"], "tls": {"client_cert_chain": certificate}}
