"""Says in one line why there is no TLS connection to Postgres. The driver's own texts stay here."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import asyncpg

_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
# Codes of X509_V_ERR_… in OpenSSL's x509_vfy.h.
_EXPIRED: Final = 10
_OTHER_NAME: Final = (62, 64)  # HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH
_UNKNOWN_CA: Final = (2, 18, 19, 20, 21)


def tls_problem_of(url: str, error: BaseException) -> str | None:
    """What is wrong, and the remedy. None if the error is not about TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_problem_of(error)
    if isinstance(error, ssl.SSLError):
        return (
            f"the TLS files that STRONGROOM_DATABASE_URL names cannot be used, or the database refuses TLS ({error.reason}): "
            "each file must be in PEM, and sslkey the key of sslcert"
        )
    # The driver has no classes of its own for these.
    if isinstance(error, ConnectionError) and "rejected SSL upgrade" in str(error):
        return "the database has no TLS, which sslmode in STRONGROOM_DATABASE_URL requires: set ssl=on in its configuration"
    if isinstance(error, asyncpg.InterfaceError):
        if str(error).startswith("root certificate file"):
            return "STRONGROOM_DATABASE_URL needs sslrootcert for this sslmode: the file of the CA of the database's certificate"
        if str(error).startswith("`sslmode`"):
            return "sslmode in STRONGROOM_DATABASE_URL must be one of disable, allow, prefer, require, verify-ca, verify-full"
    return _file_problem_of(url) if isinstance(error, OSError) else None


def _certificate_problem_of(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == _EXPIRED:
        return "the database's certificate has expired: renew it"
    if error.verify_code in _OTHER_NAME:
        return (
            "the database's certificate is for another name than the host in STRONGROOM_DATABASE_URL: "
            "use one of its names, or issue it for this host"
        )
    if error.verify_code in _UNKNOWN_CA:
        return "the database's certificate is of none of the CAs in sslrootcert of STRONGROOM_DATABASE_URL: add its CA"
    return f"the database's certificate is refused ({error.verify_message}): issue another one"


def _file_problem_of(url: str) -> str | None:
    """What is wrong with a file that the URL names. The error itself does not name it."""
    for name, value in parse_qsl(urlsplit(url).query):
        if name in _FILES:
            try:
                Path(value).open("rb").close()
            except OSError as error:
                return f"{name} in STRONGROOM_DATABASE_URL: {value}: {error.strerror}"
    return None
