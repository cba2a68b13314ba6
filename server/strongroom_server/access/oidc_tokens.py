"""Verifies tokens of OpenID Connect issuers, such as those of GitHub Actions and of Kubernetes service accounts.

Knows no storage and fetches nothing: access/workload_tokens.py finds the issuer and its key.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

import jwt

from strongroom_server.core.names import WORKLOAD_TOKEN
from strongroom_server.rules import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from strongroom_server.access.json_web_keys import WebKey

# A workload gets a new token when it needs one. A stolen one must not be useful for long.
LONGEST_LIFE_SECONDS: Final = 24 * 60 * 60
# How far an issuer's clock may be ahead of the database's. A token is never valid at or after its `exp`.
_LEEWAY_SECONDS: Final = 30
_LONGEST_ISSUER: Final = 255
_LONGEST_SUBJECT: Final = 1024

# `valid_until` compares times with the database's clock. PyJWT would compare them with this machine's.
_OPTIONS: Final[Any] = {
    "require": ["exp", "aud", "iss", "sub"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_jti": False,
}


class ClaimedToken(NamedTuple):
    """What a token says, before anything of it is verified."""

    text: str
    issuer: str
    algorithm: str
    key_id: str
    claims: Mapping[str, Any]

    @property
    def principal(self) -> str:
        """The name under which the token's subject acts."""
        return f"{self.issuer}#{self.claims['sub']}"

    def is_for(self, audience: str) -> bool:
        """Whether `aud` is this value, or contains it."""
        named = self.claims.get("aud")
        return named == audience or (isinstance(named, list) and audience in named)


def claimed(token: str) -> ClaimedToken | None:
    """What a token says, or None if no valid token says this.

    Its JSON is parsed strictly, so that nobody else reads other claims from it.
    """
    parts = WORKLOAD_TOKEN.fullmatch(token)
    if parts is None:
        return None
    try:
        header, claims = (json_text.parse_object(_decoded(part)) for part in parts.groups()[:2])
    except (json_text.JsonTextError, binascii.Error):
        return None
    issuer, subject, algorithm, key_id = claims.get("iss"), claims.get("sub"), header.get("alg"), header.get("kid")
    if not (isinstance(algorithm, str) and isinstance(key_id, str) and key_id):
        return None
    # Both are written to logs and to the audit trail.
    if not (_is_name(issuer, _LONGEST_ISSUER) and _is_name(subject, _LONGEST_SUBJECT)):
        return None
    # No extension of RFC 7515 is supported. `jku`, `jwk`, `x5u` and `x5c` are not read: only the issuer's keys count.
    if "crit" in header or "b64" in header:
        return None
    return ClaimedToken(token, issuer, algorithm, key_id, claims)


def valid_until(token: ClaimedToken, now: datetime) -> float | None:
    """When a token expires that is valid at this time, in seconds since 1970. None if it is not valid now, or for too long."""
    claims, moment = token.claims, now.timestamp()
    if "exp" not in claims or not all(_is_time(claims[name]) for name in ("exp", "nbf", "iat") if name in claims):
        return None
    issued = claims.get("iat", moment)
    started = max(issued, claims.get("nbf", moment)) <= moment + _LEEWAY_SECONDS
    end = claims["exp"]
    return end if started and moment < end <= issued + LONGEST_LIFE_SECONDS else None


def is_signed(token: ClaimedToken, key: WebKey, audience: str) -> bool:
    """Whether the token is signed with this key of its issuer, for this audience."""
    if token.algorithm not in key.algorithms:
        return False
    try:
        claims = jwt.decode(
            token.text,
            key.key,
            algorithms=[token.algorithm],
            audience=audience,
            issuer=token.issuer,
            options=_OPTIONS,
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return False
    # Both have parsed the same text. If they ever disagree, nothing is valid.
    return claims == token.claims


def _is_name(value: object, longest: int) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _is_time(value: object) -> bool:
    """Whether a claim is a finite number. The parser refuses NaN, but reads 1e999 as Infinity."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )
