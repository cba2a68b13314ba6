"""Verifies JSON Web Tokens that callers authenticate with. Knows no storage."""

from __future__ import annotations

import functools
import math
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
# Strongroom's own form, and the one in Versori's documentation.
_ISSUER: Final = re.compile(r"(?:strongroom:|https://versori\.com/sk/)([a-z0-9]{1,64})", re.ASCII)
# Used if there is no key with the id, so that the check takes as long. Its private part was deleted.
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
# How far a signer's clock may be ahead of the database's clock, if the key limits the age of tokens.
_LEEWAY_SECONDS: Final = 30
# PyJWT would compare times with this machine's clock. `valid_claims` compares them with the database's.
_OPTIONS: Final[Any] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def is_public_key(pem: str) -> bool:
    """Whether the text is an RSA public key of an accepted size."""
    return len(pem) <= _LONGEST_PEM and _PEM.fullmatch(pem) is not None and _load(pem) is not None


def key_id_of(token: str) -> str | None:
    """The id of the key that the token says it was signed with, None if it names none. The token is not verified yet."""
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None
    issuer = claims.get("iss")
    named = _ISSUER.fullmatch(issuer) if isinstance(issuer, str) else None
    return named[1] if named else None


def valid_claims(token: str, pem: str, now: datetime, *, audience: str = "") -> dict[str, Any] | None:
    """The claims of a token that was signed with this key (RS256) and is valid at that time, else None.

    If an audience is given, `aud` must be or contain it.
    """
    key = _load(pem)
    if key is None:
        return None
    options: Any = {**_OPTIONS, "verify_aud": bool(audience)}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["RS256"], options=options, audience=audience or None
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None
    if not all(_is_time(claims[name]) for name in ("exp", "nbf", "iat") if name in claims):
        return None
    moment = now.timestamp()
    started = "nbf" not in claims or claims["nbf"] <= moment
    return claims if started and ("exp" not in claims or moment < claims["exp"]) else None


def is_young(claims: dict[str, Any], max_age_seconds: int, now: datetime) -> bool:
    """Whether a token with `exp` or `iat` is not older than this age, and expires before it would be."""
    moment = now.timestamp()
    end = claims["iat"] + max_age_seconds if "iat" in claims else claims["exp"]
    return bool(moment < end <= moment + max_age_seconds + _LEEWAY_SECONDS)


def _is_time(value: object) -> bool:
    """Whether a claim is a finite number. Python's JSON parser also accepts NaN and Infinity, and reads 1e999 as the latter."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


@functools.lru_cache(maxsize=1024)
def _load(pem: str) -> RSAPublicKey | None:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size in _KEY_BITS else None
