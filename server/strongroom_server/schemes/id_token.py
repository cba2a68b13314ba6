"""Checks an id_token that came in the response of a token endpoint (OpenID Connect Core §3.1.3.7).

Its signature is verified if the issuer's keys are pinned. Without them TLS to the token endpoint stands for the signature, as
§3.1.3.7 6) allows, so an id_token from anywhere else must never be given to this module.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from strongroom_server.rules.json_text import JsonTextError, parse_object
from strongroom_server.rules.key_material import LEAST_RSA_BITS, MOST_RSA_BITS
from strongroom_server.schemes.account import Account, account_of_claims

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from strongroom_server.rules.json_text import Json

# Asymmetric ones only: with HS256 a public key could be taken for a shared secret.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)

_LONGEST: Final = 16_384
_LEEWAY_SECONDS: Final = 60
# It is stored and shown. The database takes no NUL.
_ISSUER: Final = re.compile(r"[\x21-\x7e]{1,2048}")
_VERIFIER: Final = jwt.PyJWS(algorithms=sorted(ALGORITHMS))


class IdTokenInvalid(Exception):
    """The id_token breaks a rule. `rule` is a predicate of it, and holds nothing of the token."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"the id_token {rule}")
        self.rule = rule


class Expected(NamedTuple):
    """What an id_token must say. An empty issuer is not compared, and an empty nonce was not sent.

    `keys` are JSON Web Keys (RFC 7517) of the issuer, pinned earlier. None: its keys are not pinned.
    """

    client_id: str
    issuer: str = ""
    nonce: str = ""
    keys: Sequence[Mapping[str, Any]] | None = None

    def __repr__(self) -> str:
        """Without the nonce."""
        return f"Expected(issuer={self.issuer}, keys={self.keys is not None})"


def account_of_id_token(id_token: str, expected: Expected, now: datetime) -> Account:
    """The account that an id_token names. Raises IdTokenInvalid."""
    if len(id_token) > _LONGEST or not id_token.isascii() or id_token.count(".") != 2:
        raise IdTokenInvalid("must be a signed JSON Web Token of at most 16,384 characters")
    header, payload, _ = id_token.split(".")
    claims = _claims(
        _verified(id_token, _object(header), expected.keys) if expected.keys is not None else _bytes(payload)
    )
    issuer, audience = claims.get("iss"), claims.get("aud")
    if not isinstance(issuer, str) or not _ISSUER.fullmatch(issuer) or (expected.issuer and issuer != expected.issuer):
        raise IdTokenInvalid("must have the issuer of this provider")
    if expected.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise IdTokenInvalid("must be for this client")
    azp = claims.get("azp")
    if azp != expected.client_id and (azp is not None or (isinstance(audience, list) and len(audience) > 1)):
        raise IdTokenInvalid("must be issued to this client")
    expire_time = claims.get("exp")
    if isinstance(expire_time, bool) or not isinstance(expire_time, int | float):
        raise IdTokenInvalid("must have an expiry time")
    if now.timestamp() >= expire_time + _LEEWAY_SECONDS:
        raise IdTokenInvalid("must not be expired")
    nonce = claims.get("nonce")
    if expected.nonce and not (isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), expected.nonce.encode())):
        raise IdTokenInvalid("must repeat the nonce of the consent URL")
    account = account_of_claims(claims, issuer)
    if account is None:
        raise IdTokenInvalid("must have a sub of at most 255 printable characters")
    return account


def _verified(id_token: str, header: Mapping[str, Json], keys: Sequence[Mapping[str, Any]]) -> bytes:
    """The payload, if one of the keys has signed it."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise IdTokenInvalid(f"must be signed with one of {', '.join(sorted(ALGORITHMS))}")
    fitting = [key for key in keys if key_id in (None, key.get("kid")) and key.get("use", "sig") == "sig"]
    if not fitting:
        raise IdTokenInvalid("must be signed with a pinned key of the issuer; the issuer may have new keys to pin")
    for key in fitting:
        try:
            public = jwt.PyJWK(dict(key), algorithm).key
            if isinstance(public, RSAPublicKey) and not LEAST_RSA_BITS <= public.key_size <= MOST_RSA_BITS:
                continue
            payload: bytes = _VERIFIER.decode_complete(id_token, public, algorithms=[algorithm])["payload"]
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        return payload
    raise IdTokenInvalid("must have a valid signature of a pinned key")


def _claims(payload: bytes) -> dict[str, Json]:
    try:
        return parse_object(payload)
    except JsonTextError as error:
        raise IdTokenInvalid(f"has claims that break a rule: the text {error.rule}") from None


def _object(part: str) -> dict[str, Json]:
    return _claims(_bytes(part))


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise IdTokenInvalid("must be base64url") from None
