"""Decides which proxies may say whose request they pass on: by their address, and by the name in their client certificate.

A forwarded address or certificate counts only if the connection is authenticated with the certificate of a trusted proxy, because
anyone can send the headers.
"""

from __future__ import annotations

import base64
import binascii
import functools
import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from strongroom.v1 import error_reason_pb2
from strongroom_server.access.failures import FAILURES, AuthenticationFailed
from strongroom_server.core.networks import Network, address_of, is_within

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from strongroom_server.access.caller import Presented

_log = structlog.get_logger()

# RFC 9440: the client certificate in DER, as a byte sequence of RFC 8941.
CLIENT_CERT: Final = "client-cert"
FORWARDED_FOR: Final = "x-forwarded-for"

_DNS_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)
_SPIFFE_ID: Final = re.compile(r"spiffe://[a-z0-9._-]{1,255}(/[A-Za-z0-9._-]+)+", re.ASCII)
_BYTE_SEQUENCE: Final = re.compile(r":([A-Za-z0-9+/]+={0,2}):", re.ASCII)
_LONGEST_CERTIFICATE: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies that an operator trusts: addresses and networks, and names in client certificates."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    def has_address(self, peer: str) -> bool:
        """Whether the peer is at an address of a trusted proxy."""
        return is_within(self.networks, peer)

    def __bool__(self) -> bool:
        return bool(self.networks or self.names)


def trusted_proxies_of(text: str) -> TrustedProxies:
    """The proxies of a setting. Raises ValueError with the rule that it breaks, as a phrase after `must be`."""
    networks: list[Network] = []
    names: set[str] = set()
    for entry in filter(None, map(str.strip, text.split(","))):
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError:
            if not (_DNS_NAME.fullmatch(entry) or _SPIFFE_ID.fullmatch(entry)):
                raise ValueError(
                    "addresses, networks such as 10.1.0.0/16, and names in certificates such as gateway.example.org or "
                    "spiffe://example.org/gateway, separated by commas"
                ) from None
            names.add(entry)
    return TrustedProxies(tuple(networks), frozenset(names))


def origin(
    presented: Presented,
    proxies: TrustedProxies,
    names_of: Callable[[bytes], Collection[str]],
    values_of: Callable[[str], Sequence[str | bytes]],
) -> Presented:
    """What the client of a trusted proxy presents, or what was presented if the connection is not one of a trusted proxy.

    `names_of` returns the names in a certificate, `values_of` the values of a header. A trusted proxy's own certificate never
    stands for the caller. Raises AuthenticationFailed for a header that cannot be read, which is the proxy's mistake.
    """
    if not presented.certificate:
        return presented
    is_named = not proxies.names.isdisjoint(names_of(presented.certificate))
    if not (is_named and (not proxies.networks or proxies.has_address(presented.peer))):
        if not presented.authorization and values_of(CLIENT_CERT):
            # A proxy that nobody trusts passes on a stranger's request. Its own identity must not stand for the stranger.
            raise _refused(CLIENT_CERT)
        if is_named and not presented.authorization:
            # A proxy at an address that is not in the setting. It may pass on a stranger's request without any header.
            return presented._replace(certificate=b"")
        return presented
    return presented._replace(
        peer=_forwarded_address(proxies, values_of(FORWARDED_FOR)) or presented.peer,
        certificate=_forwarded_certificate(values_of(CLIENT_CERT)),
    )


def _forwarded_address(proxies: TrustedProxies, values: Sequence[str | bytes]) -> str:
    """The last address that is not a trusted proxy's: those before it are what the client itself claims."""
    hops = [hop.strip() for value in values for hop in str(value).split(",") if hop.strip()]
    for hop in reversed(hops):
        address = address_of(hop)
        if address is None:
            raise _refused(FORWARDED_FOR)
        if not proxies.has_address(hop):
            return str(address)
    return ""


def _forwarded_certificate(values: Sequence[str | bytes]) -> bytes:
    if not values:
        return b""
    if len(values) > 1 or len(values[0]) > _LONGEST_CERTIFICATE:
        raise _refused(CLIENT_CERT)
    return certificate_of(str(values[0]))


@functools.lru_cache(maxsize=1024)
def header_of(pem: str) -> str:
    """The value of the header CLIENT_CERT for a certificate."""
    return f":{base64.b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()}:"


@functools.lru_cache(maxsize=1024)
def certificate_of(value: str) -> bytes:
    """The certificate in a value of the header CLIENT_CERT, as PEM. Raises AuthenticationFailed."""
    sequence = _BYTE_SEQUENCE.fullmatch(value.strip())
    if sequence is None:
        raise _refused(CLIENT_CERT)
    try:
        return ssl.DER_cert_to_PEM_cert(base64.b64decode(sequence[1], validate=True)).encode()
    except binascii.Error:
        raise _refused(CLIENT_CERT) from None


def _refused(header: str) -> AuthenticationFailed:
    _log.warning("forwarded header refused", header=header)
    FAILURES.labels("malformed").inc()
    return AuthenticationFailed("malformed", reason=error_reason_pb2.ERROR_REASON_IDENTITY_UNKNOWN)
