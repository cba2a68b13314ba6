"""Reads and checks the PEM files of TLS. Each mistake is one line that names the setting, the file and the remedy."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from strongroom_server.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# A bundle of all public CAs has 250 KiB.
_LARGEST: Final = 1024 * 1024
# Others than the owner must not write the key, and others than the owner and the group must not read it. The group may, because
# Kubernetes gives the files of a secret to root and the group of the pod.
FORBIDDEN_MODE: Final = 0o037
# gRPC's TLS offers no other curves and no Ed25519.
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_SHORTEST_RSA: Final = 2048


class TlsFileError(OperatorError):
    """A file of TLS cannot be used. The text names the setting, the file and the remedy, never the content."""


class Source(NamedTuple):
    """A file, and the setting that an error about it names."""

    setting: str
    path: Path

    def error(self, problem: str) -> TlsFileError:
        """The error about this file."""
        return TlsFileError(f"{self.setting}: {self.path}: {problem}")


class TlsFiles(NamedTuple):
    """Where the files are. The certificate and its key may be in the same file."""

    certificate: Source
    key: Source
    client_ca: Source | None


@dataclass(frozen=True, slots=True, repr=False)
class Contents:
    """The bytes of the files, each of which may hold the key. `client_ca` is empty if there is no such file."""

    certificate: bytes
    key: bytes
    client_ca: bytes


@dataclass(frozen=True, slots=True)
class Material:
    """What a server needs for handshakes, as PEM. `client_ca` is empty if clients need no certificate."""

    chain: bytes
    key: bytes = field(repr=False)
    client_ca: bytes
    expires_at: datetime
    # When the first of the client CAs expires.
    client_ca_expires_at: datetime | None


def read(files: TlsFiles) -> Contents:
    """Read the files. Raises TlsFileError."""
    return Contents(
        read_file(files.certificate),
        read_file(files.key, FORBIDDEN_MODE),
        read_file(files.client_ca) if files.client_ca else b"",
    )


def check(files: TlsFiles, contents: Contents) -> Material:
    """Check that the files can be served with. Raises TlsFileError."""
    chain = _certificates(files.certificate, contents.certificate)
    leaf = chain[0]
    _require_server(files.certificate, leaf)
    key = _key(files.key, contents.key)
    if key.public_key() != leaf.public_key():
        raise files.key.error(
            f"the key does not belong to the first certificate in {files.certificate.path}: "
            "give the pair that was made together, with the server's own certificate first"
        )
    _require_valid_now(files.certificate, leaf)
    clients = _certificates(files.client_ca, contents.client_ca) if files.client_ca else []
    return Material(
        _pem(chain),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        _pem(clients),
        leaf.not_valid_after_utc,
        min((each.not_valid_after_utc for each in clients), default=None),
    )


def read_file(source: Source, forbidden_mode: int = 0) -> bytes:
    """Read a file that has none of the forbidden mode bits. Raises TlsFileError."""
    try:
        with source.path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise source.error(f"{error.strerror}: correct the path, or let this user read the file") from None
    if mode & forbidden_mode:
        raise source.error(f"the key file has mode {mode:04o}: run chmod 0600 on it (0640 lets its group read it)")
    if len(content) > _LARGEST:
        raise source.error("the file is larger than 1 MiB: give one with the needed certificates only")
    return content


def _certificates(source: Source, content: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        raise source.error("there is no certificate in PEM form (-----BEGIN CERTIFICATE-----) in the file") from None


def _require_server(source: Source, leaf: x509.Certificate) -> None:
    """Clients refuse a certificate that is for another purpose or has no name in its SAN."""
    extensions = leaf.extensions
    try:
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        pass
    else:
        if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages):
            raise source.error("the first certificate is not for servers: issue one with the extended usage serverAuth")
    try:
        extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        raise source.error("the first certificate names no host: issue one with a subject alternative name") from None


def _require_valid_now(source: Source, leaf: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if leaf.not_valid_after_utc < now:
        raise source.error(f"the certificate expired at {leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}: renew it")
    if leaf.not_valid_before_utc > now:
        raise source.error(
            f"the certificate is valid only from {leaf.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}: "
            "correct the clock of this machine, or wait"
        )


def _key(source: Source, content: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    try:
        # The check of an RSA key takes 200 ms. It is the operator's own, and must belong to the certificate.
        key = load_pem_private_key(content, password=None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        raise source.error("the key is encrypted with a passphrase: decrypt it with `openssl pkey`") from None
    except (ValueError, UnsupportedAlgorithm):
        raise source.error("there is no private key in PEM form (-----BEGIN PRIVATE KEY-----) in the file") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _SHORTEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES):
        return key
    raise source.error(
        "the key must be ECDSA on P-256, P-384 or P-521, or RSA of at least 2048 bits: issue another one"
    )


def _pem(certificates: Sequence[x509.Certificate]) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
