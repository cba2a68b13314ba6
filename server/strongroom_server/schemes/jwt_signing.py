"""Signs JSON Web Tokens (RFC 7519) with the key of a credential."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import jwt

from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.rules.key_material import KeyMaterialError
from strongroom_server.rules.variants.private_keys import RULE_OF_ALGORITHMS, is_algorithm, signing_key
from strongroom_server.schemes.token import Token
from strongroom_server.schemes.unusable import UnusableCredential

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom.v1.credential_pb2 import JwtData
    from strongroom_server.rules.json_text import Json
    from strongroom_server.rules.key_material import PrivateKey

# How long a token lives whose time claims are made here, as at Tines.
LIFE_SECONDS: Final = 3600

# 9999-12-31T23:59:59Z.
_LATEST: Final = 253_402_300_799
# What Python converts to a text.
_MOST_DIGITS: Final = 4_300
_SIGNER: Final = jwt.PyJWS()


def signed_jwt(data: JwtData, now: datetime) -> Token:
    """A token with the claims of a credential. Raises UnusableCredential.

    The claims are signed as they are stored, byte for byte, unless time claims are added. These replace stored ones.
    `expire_seconds` is negative if the stored `exp` is in the past.
    """
    if not is_algorithm(data.algorithm):
        raise UnusableCredential("algorithm", RULE_OF_ALGORITHMS)
    try:
        claims = parse_object(data.payload_json)
    except JsonTextError as error:
        raise UnusableCredential("payload_json", error.rule) from None
    payload = data.payload_json.encode()
    issued_at = int(now.timestamp())
    if data.auto_generate_time_claims:
        claims |= {"iat": issued_at, "exp": issued_at + LIFE_SECONDS}
        payload = _json(claims)
    try:
        key = signing_key(data.algorithm, data.private_key)
    except KeyMaterialError as error:
        raise UnusableCredential("private_key", error.rule) from None
    expire_time = _expire_time(claims.get("exp"))
    seconds = None if expire_time is None else expire_time - issued_at
    return Token(sign(payload, key, data.algorithm), expire_seconds=seconds)


def sign(payload: bytes, key: PrivateKey | bytes, algorithm: str, key_id: str | None = None) -> str:
    """Sign with a key that fits the algorithm. Raises UnusableCredential."""
    try:
        return _SIGNER.encode(payload, key, algorithm, {"kid": key_id} if key_id else None)
    except jwt.InvalidKeyError:
        # A key in another form than PEM, such as a JSON Web Key, that would be used as a text.
        raise UnusableCredential("private_key", f"must not be a key pair or a certificate for {algorithm}") from None


def _json(claims: dict[str, Json]) -> bytes:
    try:
        text = json.dumps(claims, default=_whole_number, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        # 1e999, or more digits than Python converts.
        raise UnusableCredential("payload_json", "must not have a number that is too large") from None
    return text.encode()


def _whole_number(value: Any) -> int:
    """The parser makes a Decimal of a whole number with many digits."""
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    if value.adjusted() >= _MOST_DIGITS:
        # int() takes quadratic time.
        raise ValueError
    return int(value)


def _expire_time(exp: Json) -> int | None:
    """The `exp` claim in Unix seconds, if it is a number of a time."""
    if isinstance(exp, bool) or not isinstance(exp, int | float) or not 0 <= exp <= _LATEST:
        return None
    return int(exp)
