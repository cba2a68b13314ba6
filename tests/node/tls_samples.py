"""Files of certificates for tests of TLS: a directory that the settings point to, and what makes a certificate unfit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import trustme
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from strongroom_server.node.settings import Settings

NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Files:
    """The files of a node's TLS. Each is replaced as a whole, so that a reader never sees a half."""

    directory: Path

    @property
    def certificate(self) -> Path:
        return self.directory / "server.pem"

    @property
    def key(self) -> Path:
        return self.directory / "server.key"

    @property
    def client_ca(self) -> Path:
        return self.directory / "client-ca.pem"

    def put_pair(self, leaf: trustme.LeafCert) -> None:
        self.put_certificate(leaf)
        self.put_key(leaf)

    def put_certificate(self, leaf: trustme.LeafCert) -> None:
        replace(self.certificate, chain_of(leaf))

    def put_key(self, leaf: trustme.LeafCert) -> None:
        replace(self.key, leaf.private_key_pem.bytes(), 0o600)

    def put_client_ca(self, *authorities: trustme.CA) -> None:
        replace(self.client_ca, b"".join(each.cert_pem.bytes() for each in authorities))

    def settings(self, base: Settings, **changes: Any) -> Settings:
        """Settings that serve TLS with these files, and ask for client certificates if there is a client CA."""
        client_ca = self.client_ca if self.client_ca.exists() else None
        return dataclasses.replace(
            base, tls="files", tls_cert=self.certificate, tls_key=self.key, tls_client_ca=client_ca, **changes
        )


def replace(path: Path, content: bytes, mode: int = 0o644) -> None:
    new = path.with_name(f"{path.name}.new")
    new.touch(mode)
    new.write_bytes(content)
    new.chmod(mode)
    new.replace(path)


def chain_of(leaf: trustme.LeafCert) -> bytes:
    return b"".join(each.bytes() for each in leaf.cert_chain_pems)


def serial_of(pem: bytes) -> int:
    return x509.load_pem_x509_certificate(pem).serial_number


def expired(authority: trustme.CA, *names: str) -> trustme.LeafCert:
    """A certificate that was valid until a minute ago."""
    return authority.issue_cert(*names, not_after=datetime.now(UTC) - timedelta(minutes=1))


def issued(
    authority: trustme.CA,
    leaf: trustme.LeafCert,
    *,
    usages: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.SERVER_AUTH,),
    names: Sequence[str] = NAMES[:1],
    valid_from: datetime | None = None,
) -> bytes:
    """Another certificate for the key of a leaf, with what trustme does not offer: usages, no names, a later beginning."""
    key: EllipticCurvePrivateKey = load_pem_private_key(leaf.private_key_pem.bytes(), None)  # type: ignore[assignment]
    signer: EllipticCurvePrivateKey = load_pem_private_key(authority.private_key_pem.bytes(), None)  # type: ignore[assignment]
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    valid_from = valid_from or datetime.now(UTC) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_from + timedelta(days=9))
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)  # type: ignore[arg-type]
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=True
        )
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)
