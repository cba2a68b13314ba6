"""Reads what of a client certificate can stand for an identity: its names, serial number, time and purpose.

TLS has verified the chain of the certificate. The common name never counts (RFC 9525, section 2).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from strongroom_server.core.records import DNS, SPIFFE
from strongroom_server.rules import identity_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

# The trust domain of a URI that may not be a valid SPIFFE ID.
_AUTHORITY: Final = re.compile(r"spiffe://([^/?#]*)", re.IGNORECASE)
# RFC 5280, section 4.1.2.2: a positive number of at most 20 bytes.
_LARGEST_SERIAL: Final = (1 << 160) - 1
_LARGEST_CERTIFICATE: Final = 16 * 1024


class Name(NamedTuple):
    """A name in a certificate. `domain` is its trust domain, or the whole DNS name, in lower case.

    A name that is not valid stands for no identity, but lies in an issuer by its domain.
    """

    kind: int
    text: str
    domain: str
    is_valid: bool


class Certificate(NamedTuple):
    """What counts of a client certificate."""

    names: tuple[Name, ...]
    # In lower-case hexadecimal.
    serial: str
    start: datetime
    end: datetime
    is_for_clients: bool


def parse(pem: bytes) -> Certificate | None:
    """What counts of the first certificate in a PEM text. None if it is none, or breaks a rule of RFC 5280 that matters here."""
    if len(pem) > _LARGEST_CERTIFICATE:
        return None
    try:
        parsed = x509.load_pem_x509_certificate(pem)
        extensions = parsed.extensions
        if not 0 < parsed.serial_number <= _LARGEST_SERIAL:
            return None
        return Certificate(
            tuple(_names_of(extensions)),
            f"{parsed.serial_number:x}",
            parsed.not_valid_before_utc,
            parsed.not_valid_after_utc,
            _is_for_clients(extensions),
        )
    except (ValueError, x509.DuplicateExtension):
        return None


@functools.lru_cache(maxsize=1024)
def names_of(pem: bytes) -> frozenset[str]:
    """The valid names in a certificate."""
    parsed = parse(pem)
    return frozenset(name.text for name in parsed.names if name.is_valid) if parsed else frozenset()


def _names_of(extensions: x509.Extensions) -> Iterator[Name]:
    try:
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    uris = found.get_values_for_type(x509.UniformResourceIdentifier)
    for uri in uris:
        if authority := _AUTHORITY.match(uri):
            # SPIFFE X.509-SVID, section 2: exactly one URI.
            is_valid = len(uris) == 1 and identity_names.is_spiffe_id(uri)
            yield Name(SPIFFE, uri, authority[1].lower(), is_valid)
    for name in found.get_values_for_type(x509.DNSName):
        # A wildcard names many hosts, so it is nobody's name.
        yield Name(DNS, name, name.lower().removeprefix("*."), identity_names.is_dns_name(name))


def _is_for_clients(extensions: x509.Extensions) -> bool:
    """Whether the certificate names the purpose of client authentication, and is not that of an authority."""
    try:
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    try:
        is_authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    return ExtendedKeyUsageOID.CLIENT_AUTH in purposes and not is_authority
