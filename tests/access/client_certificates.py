"""Certificates of clients for tests, with every kind of name, time and purpose."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import trustme
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_SERIALS = itertools.count(0x1F00)
# One key for all: making one takes longer than a signature.
_KEY = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate as PEM. All have the key KEY_PEM."""

    pem: bytes
    # In the form of denied_serials.
    serial: str


def issued_to(
    authority: trustme.CA,
    *names: str,
    common_name: str = "",
    usages: Sequence[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.CLIENT_AUTH,),
    is_authority: bool | None = None,
    start: timedelta = timedelta(days=-1),
    end: timedelta = timedelta(days=1),
) -> ClientCertificate:
    """A certificate for names: URIs have a scheme. The times are from now. Usages None has no extension for them."""
    signer: EllipticCurvePrivateKey = load_pem_private_key(authority.private_key_pem.bytes(), None)  # type: ignore[assignment] # trustme's keys are on curves
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    now, serial = datetime.now(UTC), next(_SERIALS)
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(issuer.subject)
        .public_key(_KEY.public_key())
        .serial_number(serial)
        .not_valid_before(now + start)
        .not_valid_after(now + end)
    )
    if names:
        sans = [x509.UniformResourceIdentifier(name) if "://" in name else x509.DNSName(name) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=True)
    if usages is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if is_authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    return ClientCertificate(builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM), f"{serial:x}")
