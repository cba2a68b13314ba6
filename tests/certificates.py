"""Certificates for tests, of a CA that lives as long as the test."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

DAY = timedelta(days=1)


def issued(ca: trustme.CA, *names: str) -> trustme.LeafCert:
    """A certificate for servers and clients that is valid now."""
    return ca.issue_cert(*names)


def expired(ca: trustme.CA, *names: str) -> trustme.LeafCert:
    """A certificate that ended yesterday."""
    return ca.issue_cert(*names, not_before=datetime.now(UTC) - 9 * DAY, not_after=datetime.now(UTC) - DAY)


def not_yet_valid(ca: trustme.CA, *names: str) -> trustme.LeafCert:
    """A certificate that begins tomorrow."""
    return ca.issue_cert(*names, not_before=datetime.now(UTC) + DAY, not_after=datetime.now(UTC) + 9 * DAY)


def for_clients_only(ca: trustme.CA) -> trustme.LeafCert:
    """A certificate for 127.0.0.1 that no server may use."""
    return _with_purpose(ca, ExtendedKeyUsageOID.CLIENT_AUTH)


def for_servers_only(ca: trustme.CA) -> trustme.LeafCert:
    """A certificate for 127.0.0.1 that no client may use."""
    return _with_purpose(ca, ExtendedKeyUsageOID.SERVER_AUTH)


def write_pair(directory: Path, certificate: trustme.LeafCert, name: str = "client") -> tuple[Path, Path]:
    """Write a certificate with its intermediates, and its private key."""
    chain_file, key_file = directory / f"{name}.crt", directory / f"{name}.key"
    chain_file.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    key_file.touch(mode=0o600)
    key_file.write_bytes(certificate.private_key_pem.bytes())
    return chain_file, key_file


def write_ca(directory: Path, ca: trustme.CA) -> Path:
    """Write the certificate of a CA."""
    file = directory / "ca.crt"
    file.write_bytes(ca.cert_pem.bytes())
    return file


def _with_purpose(ca: trustme.CA, purpose: x509.ObjectIdentifier) -> trustme.LeafCert:
    """trustme makes certificates for servers and clients, so this one is signed here."""
    authority = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    signing: CertificateIssuerPrivateKeyTypes = serialization.load_pem_private_key(  # type: ignore[assignment] # an EC key
        ca.private_key_pem.bytes(), None
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - DAY)
        .not_valid_after(datetime.now(UTC) + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .sign(signing, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return trustme.LeafCert(private, certificate.public_bytes(pem), [])
