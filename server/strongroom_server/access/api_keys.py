"""Owns identity: which API key a call carries, and what is known of it. Keys are verified when a node loads them, and remembered
as long as the node hears of revocations; a node that does not hear asks the database each time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import tokens
from strongroom_server.access.caller import VERSORI_SCHEME, Caller
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.grants import grantable_roles
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import API_KEY
from strongroom_server.core.records import ApiKey
from strongroom_server.store import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.access.failures import Kind
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database
    from strongroom_server.store.watch import Watch

_log = structlog.get_logger()

# More keys than a deployment uses at once; beyond it, all are read anew.
_MOST_REMEMBERED = 10_000
_VERSORI = VERSORI_SCHEME.lower()
_TOKEN_SCHEMES = ("jwt", _VERSORI)


@dataclass(frozen=True, slots=True)
class _Known:
    secret_sha256: bytes
    jwt_public_key: str
    jwt_audience: str
    max_token_age_seconds: int
    caller: Caller
    expire_time: datetime | None
    revoked: bool = False


# In place of a key that does not exist: its checks take as long, and nothing passes them.
_NOBODY = _Known(bytes(32), "", "", 0, Caller("", "", frozenset(), None), None)


class _Claim(NamedTuple):
    """Which key a caller says it has, and its proof: the hash of a secret, or a token."""

    key_id: str
    secret_sha256: bytes
    token: str = ""
    # Whether the token was presented at one of Versori's endpoints.
    versori: bool = False


class ApiKeys:
    """The API keys that this node has loaded."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        # Verified in place of the row of a key that does not exist.
        self._decoy = keyring.sign(
            ApiKey(
                id="",
                organisation_id="",
                display_name="",
                secret_sha256=bytes(32),
                roles=(),
                team_ids=(),
                expire_time=None,
                create_time=datetime.min.replace(tzinfo=UTC),
                revoke_time=None,
                jwt_public_key="",
                revision=1,
                grantable_roles=(),
                jwt_audience="",
                max_token_age_seconds=0,
                signature_format=0,
                signer_id="",
                signature=b"",
            )
        )
        self._known: dict[str, _Known] = {}
        # Counts the forgettings, so that a row read before one is not remembered after it.
        self._epoch = 0

    def forget(self, key_id: str | None) -> None:
        """Forget a key that was changed, or with None every key."""
        self._epoch += 1
        if key_id is None:
            self._known.clear()
        else:
            self._known.pop(key_id, None)

    async def identify(self, authorization: Sequence[str | bytes], watch: Watch) -> Caller:
        """The caller of a call with these `authorization` values: `Bearer <key>`, or `JWT <token>` signed with a registered key.

        Raises AuthenticationFailed: API_KEY_MISSING, API_KEY_AMBIGUOUS, TOKEN_EXPIRY_MISSING, and API_KEY_INVALID for every key
        that is not good now.
        """
        claim, now = _claim_of(authorization), watch.now()
        known = self._known.get(claim.key_id, _NOBODY) if watch.hearing else _NOBODY
        claims = _proven(claim, known, now)
        if claims is None:
            # The same steps for a key that exists and one that doesn't: how long they take must not tell which it is.
            known = await self._load(claim.key_id)
            claims = _proven(claim, known, now)
            if claims is None:
                raise _failure(claim, known)
        if known.revoked:
            raise AuthenticationFailed("revoked", claim.key_id, known.caller.organisation_id)
        if known.expire_time is not None and known.expire_time <= now:
            raise AuthenticationFailed("expired", claim.key_id, known.caller.organisation_id)
        return _caller_of_token(claim, known, claims, now) if claim.token else known.caller

    async def _load(self, key_id: str) -> _Known:
        epoch = self._epoch
        row = await keys.api_key(self._database, key_id)
        try:
            await self._keyring.verify(row or self._decoy)
        except ServiceError as error:
            if error.reason != error_reason_pb2.ERROR_REASON_SEAL_BROKEN:
                raise
            _log.error("api key forged", key=key_id)
            return _NOBODY
        if row is None:
            return _NOBODY
        caller = Caller(
            row.id,
            row.organisation_id,
            frozenset(row.roles),
            tuple(row.team_ids) or None,
            grantable_roles=frozenset(grantable_roles(row)),
            expire_time=row.expire_time,
        )
        known = _Known(
            secret_sha256=row.secret_sha256,
            jwt_public_key=row.jwt_public_key,
            jwt_audience=row.jwt_audience,
            max_token_age_seconds=row.max_token_age_seconds,
            caller=caller,
            expire_time=row.expire_time,
            revoked=row.revoke_time is not None,
        )
        if epoch == self._epoch and not known.revoked:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key_id] = known
        return known


def _claim_of(authorization: Sequence[str | bytes]) -> _Claim:
    if not authorization:
        raise AuthenticationFailed("missing", reason=error_reason_pb2.ERROR_REASON_API_KEY_MISSING)
    if len(authorization) > 1:
        raise AuthenticationFailed("malformed", reason=error_reason_pb2.ERROR_REASON_API_KEY_AMBIGUOUS)
    value = authorization[0]
    scheme, _, presented = (value if isinstance(value, str) else "").partition(" ")
    scheme = scheme.lower()
    if scheme == "bearer" and (parts := API_KEY.fullmatch(presented)):
        return _Claim(parts[1], hashlib.sha256(parts[2].encode()).digest())
    if scheme in _TOKEN_SCHEMES and (key_id := tokens.key_id_of(presented)):
        return _Claim(key_id, b"", presented, versori=scheme == _VERSORI)
    raise AuthenticationFailed("malformed")


def _proven(claim: _Claim, known: _Known, now: datetime) -> dict[str, Any] | None:
    """The claims of a token that is the key's, none for a secret that is the key's. None if the proof is not the key's."""
    if not claim.token:
        return {} if hmac.compare_digest(known.secret_sha256, claim.secret_sha256) else None
    public_key = known.jwt_public_key or tokens.DECOY_PUBLIC_KEY
    claims = tokens.good_claims(claim.token, public_key, now, audience=known.jwt_audience)
    return claims if known.jwt_public_key else None


def _caller_of_token(claim: _Claim, known: _Known, claims: dict[str, Any], now: datetime) -> Caller:
    """The caller that a token proves, if it is as young as the key asks. Raises TOKEN_EXPIRY_MISSING: only who can sign for the key
    learns of it.
    """
    max_age = known.max_token_age_seconds
    if "exp" not in claims and not claim.versori:
        raise _expiry_missing(claim, known, "exp")
    if max_age and claims.keys().isdisjoint(("exp", "iat")):
        raise _expiry_missing(claim, known, "exp or iat")
    if max_age and not tokens.is_young(claims, max_age, now):
        raise _failure(claim, known)
    return known.caller if "exp" in claims else structs.replace(known.caller, lasting_token=True)


def _expiry_missing(claim: _Claim, known: _Known, names: str) -> AuthenticationFailed:
    return AuthenticationFailed(
        "bad_token",
        claim.key_id,
        known.caller.organisation_id,
        reason=error_reason_pb2.ERROR_REASON_TOKEN_EXPIRY_MISSING,
        claims=names,
    )


def _failure(claim: _Claim, known: _Known) -> AuthenticationFailed:
    if known is _NOBODY:
        return AuthenticationFailed("unknown_key", claim.key_id)
    kind: Kind = "bad_token" if claim.token else "wrong_secret"
    return AuthenticationFailed(kind, claim.key_id, known.caller.organisation_id)


def generate() -> str:
    """A new API key, with an id of 12 characters and 256 bits of secret."""
    key_id = base64.b32encode(secrets.token_bytes(10)).decode().lower().translate(str.maketrans("", "", "="))[:12]
    return f"sr_{key_id}_{secrets.token_urlsafe(32)}"


def split(key: str) -> tuple[str, bytes]:
    """The id of a well-formed key, and the SHA-256 of its secret."""
    parts = API_KEY.fullmatch(key)
    assert parts is not None
    return parts[1], hashlib.sha256(parts[2].encode()).digest()
