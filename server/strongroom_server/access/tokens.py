"""Owns JSON Web Tokens as proofs of identity: which key a token names, and whether its holder signed it. Knows no storage."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

if TYPE_CHECKING:
    from datetime import datetime

_KEY_BITS: Final = range(2048, 8193)
_LONGEST_PEM: Final = 4096
_LONGEST_TOKEN: Final = 4096
_PEM: Final = re.compile(r"\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*", re.ASCII)
# As Versori's documentation has it.
_ISSUER: Final = re.compile(r"https://versori\.com/sk/([a-z0-9]{1,64})", re.ASCII)
# Checked in place of a key that is not there, so that the check takes as long. Nobody kept its private part.
DECOY_PUBLIC_KEY: Final = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA8GDqu0jgYLiyjFv8bdSP
mh4JJo0CxwO5LIFuR9l4H5GDwBFfjCyVJRO0iUNa9GjOCOUTQ6qf5YTD4Fpv7Smc
vkKJmmcqeEQVOboW+5thJEZ5jSSV3OllOKpyRdN9HHq5Pup4NXJXDIjqgyiB9bI7
evvvn7haw+G0RQRCg2PZaP/bKtN6aWPVmuNF0ShQxOoRRFZcja4EBP/5MUZ8fmoY
gcjRMvzkhQvBdX0kq2q5Ku10Bv9Rpnin72TnvY+XxtE2MHJPLwAsQYh4M1ehK+kS
LlrY5+tYocY3/WPAUEmwBTmN7nwWNbQreTkN9mc4wCcXyFrJ+FeYn9ZKr+5BcqKK
TQIDAQAB
-----END PUBLIC KEY-----
"""
# Whether exp and nbf hold is asked of the database's clock, below.
_SIGNATURE_ALONE: Final[Any] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def is_public_key(pem: str) -> bool:
    """Whether the text is an RSA public key of an accepted size."""
    return len(pem) <= _LONGEST_PEM and _PEM.fullmatch(pem) is not None and _loaded(pem) is not None


def key_id_of(token: str) -> str | None:
    """The id of the key that the token says it was signed with, None if it names none. Nothing of it is true yet."""
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None
    issuer = claims.get("iss")
    named = _ISSUER.fullmatch(issuer) if isinstance(issuer, str) else None
    return named[1] if named else None


def is_good(token: str, pem: str, now: datetime) -> bool:
    """Whether the token is signed by the private part of this key (RS256), and good at that time."""
    key = _loaded(pem)
    if key is None:
        return False
    try:
        claims = jwt.decode(token, key, algorithms=["RS256"], options=_SIGNATURE_ALONE)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return False
    moment = now.timestamp()
    expires, begins = claims.get("exp", moment + 1), claims.get("nbf", moment)
    return _is_time(expires) and _is_time(begins) and begins <= moment < expires


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@functools.lru_cache(maxsize=1024)
def _loaded(pem: str) -> RSAPublicKey | None:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size in _KEY_BITS else None
