"""The TLS of outbound connections: what it trusts, and the certificate of a client.

`ssl` loads a key only from a file. This is one in memory (memfd), so that no key is written to a disk.
"""

from __future__ import annotations

import os
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_UNREADABLE: Final = "the certificate or the private key is not PEM that OpenSSL can read"
_FOREIGN: Final = "the private key does not belong to the certificate"
_PROBLEMS: Final = {
    "KEY_VALUES_MISMATCH": _FOREIGN,
    # The key has another type than the certificate.
    "NO_CERTIFICATE_ASSIGNED": _FOREIGN,
    "EE_KEY_TOO_SMALL": "the key of the certificate is too short for TLS",
    "CA_KEY_TOO_SMALL": "the key of a certificate in the chain is too short for TLS",
    "CA_MD_TOO_WEAK": "a certificate is signed with a hash that is too weak for TLS",
}


class Identity(NamedTuple):
    """The certificate of a client with its chain, and its private key, both in PEM."""

    certificates: str
    private_key: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class NotUsableCertificate(Exception):
    """A certificate or a key cannot be used for TLS. The text says why, without any of it."""


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies servers against the certificates in a file, or against the system's. Raises OSError if the file is not usable."""
    context = _context()
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(ca_file)
    return context


def client_context(identity: Identity, roots: str | None, ca_file: Path | None) -> ssl.SSLContext:
    """Presents the certificate of a client. Verifies servers against `roots` in PEM, or as `tls_context` does without them.

    Raises NotUsableCertificate. It holds the key, so make one for each use. That needs 1 ms of CPU with one root, and 22 ms with
    the 144 of Debian.
    """
    context = tls_context(ca_file) if roots is None else _rooted(roots)
    try:
        with _in_memory(identity.certificates) as certificates, _in_memory(identity.private_key) as private_key:
            # OpenSSL would ask on the terminal for the password of an encrypted key.
            context.load_cert_chain(certificates, private_key, _no_password)
    except _EncryptedKeyError:
        raise NotUsableCertificate("the private key is encrypted") from None
    except ssl.SSLError as error:
        raise NotUsableCertificate(_PROBLEMS.get(error.reason, _UNREADABLE)) from None
    return context


class _EncryptedKeyError(Exception):
    pass


def _no_password() -> str:
    raise _EncryptedKeyError


def _context() -> ssl.SSLContext:
    """Without `ssl.create_default_context`, which writes the keys of connections to the file that SSLKEYLOGFILE names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The name of a server is in the certificate's alternative names. Constraints of a CA do not bind its common name.
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    return context


def _rooted(roots: str) -> ssl.SSLContext:
    context = _context()
    try:
        # As `cadata`, text around the certificates would have to be ASCII.
        with _in_memory(roots) as path:
            context.load_verify_locations(path)
    except ssl.SSLError:
        raise NotUsableCertificate("the root certificate is not PEM that OpenSSL can read") from None
    return context


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """The path of a file in memory."""
    file = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(file, text.encode())
        yield f"/proc/self/fd/{file}"
    finally:
        os.close(file)
