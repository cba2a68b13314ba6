"""Certificates with a mistake, and files of a client's certificate, for tests of clients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme
from cryptography.x509.oid import ExtendedKeyUsageOID
from node.tls_samples import chain_of, expired, issued, replace

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

__all__ = ["expired", "for_clients_only", "for_servers_only", "not_yet_valid", "write_ca", "write_pair"]


def not_yet_valid(ca: trustme.CA, *names: str) -> trustme.LeafCert:
    """A certificate that begins tomorrow."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return ca.issue_cert(*names, not_before=tomorrow, not_after=tomorrow + timedelta(days=9))


def for_clients_only(ca: trustme.CA) -> trustme.LeafCert:
    """A certificate that no server may use."""
    return _with_purpose(ca, ExtendedKeyUsageOID.CLIENT_AUTH)


def for_servers_only(ca: trustme.CA) -> trustme.LeafCert:
    """A certificate that no client may use."""
    return _with_purpose(ca, ExtendedKeyUsageOID.SERVER_AUTH)


def _with_purpose(ca: trustme.CA, purpose: x509.ObjectIdentifier) -> trustme.LeafCert:
    leaf = ca.issue_cert("localhost")
    return trustme.LeafCert(leaf.private_key_pem.bytes(), issued(ca, leaf, usages=[purpose]), [])


def write_pair(directory: Path, certificate: trustme.LeafCert, name: str = "client") -> tuple[Path, Path]:
    """Write the files of a client's certificate with its intermediates, and of its private key."""
    chain_file, key_file = directory / f"{name}.crt", directory / f"{name}.key"
    replace(chain_file, chain_of(certificate))
    replace(key_file, certificate.private_key_pem.bytes(), 0o600)
    return chain_file, key_file


def write_ca(directory: Path, *authorities: trustme.CA) -> Path:
    """Write the file of a client's roots."""
    file = directory / "ca.crt"
    replace(file, b"".join(each.cert_pem.bytes() for each in authorities))
    return file
