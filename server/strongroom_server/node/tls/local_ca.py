"""Makes the CA and the server's certificate for STRONGROOM_TLS=auto, and renews the certificate.

    <data directory>/tls/ca.pem       the CA's certificate, for clients to trust
    <data directory>/tls/ca.key       its private key, with the mode 0600
    <data directory>/tls/server.pem   the server's private key and certificate in one file, so that a reader gets both or neither

Processes of the same data directory share these files.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import re
import secrets
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from strongroom_server.node.tls.files import FORBIDDEN_MODE, Source, TlsFileError, read_file
from strongroom_server.sealing.private_keys import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CA_FILE: Final = "ca.pem"
_CA_KEY_FILE: Final = "ca.key"
_SERVER_FILE: Final = "server.pem"
_SETTING: Final = "STRONGROOM_TLS=auto"

_CA_DAYS: Final = 3650
_SERVER_DAYS: Final = 90
# A certificate is renewed when it has this long left.
_RENEW_DAYS: Final = 30
# Clients whose clock is slow by this much accept a new certificate.
_SKEW: Final = timedelta(minutes=5)
_DNS_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", re.ASCII)


def renewed(directory: Path, host: str) -> Path:
    """The file with the server's key and certificate, which is made or renewed first if need be. Raises TlsFileError.

    The certificate is for localhost, the loopback addresses, this machine's name, and the host that the node listens on.
    """
    path, names = directory / _SERVER_FILE, _names(host)
    if not set(names) <= set(_certified(path)):
        with _errors_named(path), _locked(directory):
            # Another process may have made it in the meantime. One that listens on another host needs its name to stay.
            certified = _certified(path)
            if not set(names) <= set(certified):
                _write_certificate(directory, list(dict.fromkeys((*certified, *names))))
    return path


def _names(host: str) -> list[x509.GeneralName]:
    addresses = ["127.0.0.1", "::1"]
    names = ["localhost"]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names.append(host)
    else:
        # 0.0.0.0 and :: are all addresses of the machine, which a certificate cannot name.
        addresses += [] if address.is_unspecified else [str(address)]
    names.append(socket.gethostname())
    usable = [name for name in dict.fromkeys(names) if len(name) <= 253 and _DNS_NAME.fullmatch(name)]
    return [
        *map(x509.DNSName, usable),
        *(x509.IPAddress(ipaddress.ip_address(text)) for text in dict.fromkeys(addresses)),
    ]


def _certified(path: Path) -> list[x509.GeneralName]:
    """The names in the certificate. Empty if there is none, or if it has to be renewed."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return []
    is_current = certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=_RENEW_DAYS)
    return list(names) if is_current else []


def _write_certificate(directory: Path, names: list[x509.GeneralName]) -> None:
    authority, authority_key = _authority(directory)
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(datetime.now(UTC) + timedelta(days=_SERVER_DAYS), authority.not_valid_after_utc)
    certificate = (
        _builder(_name("Strongroom"), authority.subject, key.public_key(), authority_key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_text(directory / _SERVER_FILE, f"{_key_text(key)}\n{_text(certificate)}", 0o600)


def _authority(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The CA, which is made if there is none. It is never replaced, because clients trust it."""
    path, key_path = directory / CA_FILE, directory / _CA_KEY_FILE
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        # Clients that trust the CAs of several data directories tell them apart by the name.
        name = f"Strongroom local CA {secrets.token_hex(4)}"
        until = datetime.now(UTC) + timedelta(days=_CA_DAYS)
        certificate = (
            _builder(_name(name), _name(name), key.public_key(), key.public_key(), until)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        # The certificate comes last: without it both are made again.
        write_text(key_path, _key_text(key), 0o600)
        write_text(path, _text(certificate), 0o644)
    remedy = f"remove {directory} to make a new CA, which clients must then trust"
    try:
        certificate = x509.load_pem_x509_certificate(read_file(Source(_SETTING, path)))
        ca_key = load_pem_private_key(read_file(Source(_SETTING, key_path), FORBIDDEN_MODE), password=None)
    except (ValueError, TypeError):
        raise Source(_SETTING, path).error(f"the CA or its key is damaged: {remedy}") from None
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey) or ca_key.public_key() != certificate.public_key():
        raise Source(_SETTING, key_path).error(f"the key does not belong to {CA_FILE}: {remedy}")
    if certificate.not_valid_after_utc - datetime.now(UTC) < timedelta(days=_RENEW_DAYS):
        raise Source(_SETTING, path).error(
            f"the CA expires at {certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}: {remedy}"
        )
    return certificate, ca_key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - _SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _usage(*, digital_signature: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii").strip()


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii").strip()


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one process at a time make files."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TlsFileError(
            f"{_SETTING}: {error.filename or path}: {error.strerror}: let this user write to {path.parent}"
        ) from None
