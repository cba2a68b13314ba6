"""Parses private keys and certificates in PEM form, and checks that the numbers of an RSA key belong together.

An RSA key is loaded without the check of `cryptography`: that tests p and q for primality, which takes 28 ms with 2,048 bits and
204 ms with 4,096. It holds the interpreter lock, so a thread would not help the other calls. The comparisons here take less than
0.1 ms with 4,096 bits.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey

# A signature with 8,192 bits takes about 50 ms, and the time grows with the third power of the size.
MOST_RSA_BITS: Final = 8192

LEAST_RSA_BITS: Final = 2048
STRONG_RSA_KEY: Final = f"must be an RSA key of at least {LEAST_RSA_BITS:,} bits"

_BEGIN: Final = re.compile(r"^-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----(?=\r?\n)", re.MULTILINE)
# DSA, and the two of Diffie-Hellman, as object identifiers in DER. Loading such a key computes its public key, which takes seconds
# with a large modulus.
_SLOW_TO_LOAD: Final = tuple(
    bytes.fromhex(each) for each in ("06072a8648ce380401", "06092a864886f70d010301", "06072a8648ce3e0201")
)

_ENCRYPTED: Final = "must be a private key without a passphrase"
_OTHER_TYPE: Final = "must be an RSA, EC, Ed25519 or Ed448 key"
_NOT_A_KEY: Final = "must be a private key in PEM form"
_NOT_CERTIFICATES: Final = "must be one or more certificates in PEM form"


class KeyMaterialError(ValueError):
    """The text breaks a rule. `rule` names it, for example `must be a private key in PEM form`, and holds no part of the text."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def private_key(text: str) -> PrivateKey:
    """Parse and check a private key. Raises KeyMaterialError."""
    der = _private_der(text)
    if any(identifier in der for identifier in _SLOW_TO_LOAD):
        raise KeyMaterialError(_OTHER_TYPE)
    try:
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        raise KeyMaterialError(_ENCRYPTED) from None
    except (ValueError, UnsupportedAlgorithm, InternalError):
        raise KeyMaterialError(_NOT_A_KEY) from None
    if not isinstance(key, PrivateKey):
        raise KeyMaterialError(_OTHER_TYPE)
    if isinstance(key, RSAPrivateKey):
        if key.key_size > MOST_RSA_BITS:
            raise KeyMaterialError(f"must have at most {MOST_RSA_BITS:,} bits")
        if not _is_consistent(key.private_numbers()):
            raise KeyMaterialError("must be a valid RSA key: its numbers do not belong together")
    return key


def is_strong_rsa_key(key: PrivateKey) -> bool:
    """Whether the key keeps the rule STRONG_RSA_KEY (RFC 7518 §3.3)."""
    return isinstance(key, RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS


def certificates(text: str) -> list[x509.Certificate]:
    """Parse certificates, at least one. Raises KeyMaterialError."""
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise KeyMaterialError(_NOT_CERTIFICATES) from None


def certified_key(certificate: x509.Certificate) -> CertificatePublicKeyTypes:
    """The public key of a certificate. Raises KeyMaterialError."""
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise KeyMaterialError("must have a public key of a supported type") from None


def expire_time_of(certificate: x509.Certificate) -> datetime:
    """When a certificate expires. Raises KeyMaterialError."""
    try:
        return certificate.not_valid_after_utc
    except ValueError:
        raise KeyMaterialError("must expire in a year from 1 to 9999") from None


def _private_der(text: str) -> bytes:
    """The DER of the first private key in a text in PEM form (RFC 7468), which is after the parameters of an EC key."""
    begin = _BEGIN.search(text)
    if begin is None:
        raise KeyMaterialError(_NOT_A_KEY)
    end = text.find(f"\n-----END {begin[1]}-----", begin.end())
    body = text[begin.end() : end]
    if "Proc-Type: 4,ENCRYPTED" in body:
        raise KeyMaterialError(_ENCRYPTED)
    try:
        der = binascii.a2b_base64("".join(body.split()), strict_mode=True)
    except ValueError:
        der = b""
    if end < 0 or not der:
        raise KeyMaterialError(_NOT_A_KEY)
    return der


def _is_consistent(numbers: RSAPrivateNumbers) -> bool:
    """Whether the numbers of an RSA key belong together (RFC 8017 §3.2), provided that p and q are primes.

    Then no number is larger than the modulus, so a signature takes no longer than the modulus lets it.
    """
    p, q, d = numbers.p, numbers.q, numbers.d
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    return (
        p * q == n
        and n % 2 == 1
        and min(p, q) > 2
        and 1 < e < n
        and 1 < d < n
        and (d * e) % (p - 1) == 1
        and (d * e) % (q - 1) == 1
        and numbers.dmp1 == d % (p - 1)
        and numbers.dmq1 == d % (q - 1)
        and numbers.iqmp < p
        and (numbers.iqmp * q) % p == 1
    )
