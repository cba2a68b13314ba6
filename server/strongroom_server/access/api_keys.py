"""Authenticates callers by their API keys, and caches these keys.

A node verifies the signature of a key when it loads it, and refuses wrong keys by access/known_keys.py without a statement. It uses
its cache and the known keys only while it receives notifications of changed keys; without them it reads each key from the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import scopes, tokens
from strongroom_server.access.caller import VERSORI_SCHEME, Caller
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.grants import grantable_roles
from strongroom_server.access.newest import verify_newest
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import API_KEY, new_id
from strongroom_server.core.records import ApiKey
from strongroom_server.store import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.access.known_keys import KnownKey, KnownKeys
    from strongroom_server.access.scopes import Scope
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database
    from strongroom_server.store.watch import Watch

_log = structlog.get_logger()

# More keys than a deployment uses at once. A full cache is emptied.
_MOST_CACHED = 10_000
_VERSORI = VERSORI_SCHEME.lower()
_TOKEN_SCHEMES = ("jwt", _VERSORI)


@dataclass(frozen=True, slots=True)
class _CachedKey:
    secret_sha256: bytes
    jwt_public_key: str
    jwt_audience: str
    max_token_age_seconds: int
    caller: Caller
    expire_time: datetime | None
    revoked: bool = False


# Stands for a key that does not exist: checking it takes as long, and nothing passes.
_ABSENT = _CachedKey(bytes(32), "", "", 0, Caller("", "", frozenset(), None), None)


class _Proof(NamedTuple):
    """What a request authenticates with: the id of a key, and the hash of its secret or a token."""

    key_id: str
    secret_sha256: bytes
    token: str = ""
    # Whether the scheme is that of Versori's endpoints.
    versori: bool = False


class ApiKeys:
    """Authenticates callers with the API keys in the database, and caches these keys."""

    def __init__(self, database: Database, keyring: Keyring, known: KnownKeys) -> None:
        self._database = database
        self._keyring = keyring
        self._known = known
        # Verified if there is no key with the id, so that the response takes as long.
        self._decoy = keyring.decoy(
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
                scope=b"",
                signature_format=0,
                signer_id="",
                signature=b"",
            )
        )
        self._cache: dict[str, _CachedKey] = {}
        # Counts the calls of `forget`, so that a row read before such a call is not cached after it.
        self._epoch = 0

    def forget(self, key_id: str | None) -> None:
        """Remove a changed key from the cache, or all keys if the id is None."""
        self._epoch += 1
        if key_id is None:
            self._cache.clear()
        else:
            self._cache.pop(key_id, None)

    async def identify(self, authorization: Sequence[str | bytes], watch: Watch) -> Caller:
        """The caller of a request with these `authorization` values: `Bearer <key>`, or `JWT <token>` signed with a registered key.

        Raises AuthenticationFailed: API_KEY_MISSING, API_KEY_AMBIGUOUS, TOKEN_EXPIRY_MISSING, and API_KEY_INVALID for every key
        that is unknown, wrong, revoked or expired.
        """
        proof, now = _proof_of(authorization), watch.now()
        key = self._cache.get(proof.key_id) if watch.hearing else None
        claims = _verified_claims(proof, key or self._known.get(proof.key_id), now)
        if key is None or claims is None:
            # The steps are the same whether or not the key exists, so that their duration does not reveal it.
            if watch.hearing and self._known.is_complete:
                await self._require_known(proof, watch, now, is_proven=claims is not None)
            key = await self._load(proof.key_id)
            claims = _verified_claims(proof, key, now)
            if claims is None:
                raise _failure(proof, key.caller.organisation_id)
        if key.revoked:
            raise AuthenticationFailed("revoked", proof.key_id, key.caller.organisation_id)
        if key.expire_time is not None and key.expire_time <= now:
            raise AuthenticationFailed("expired", proof.key_id, key.caller.organisation_id)
        return _caller_of_token(proof, key, claims, now) if proof.token else key.caller

    async def _require_known(self, proof: _Proof, watch: Watch, now: datetime, *, is_proven: bool) -> None:
        """Raises AuthenticationFailed for a key that does not exist, a wrong secret or token, and a revoked key.

        Returns without an answer of the database; the key must be read then. `is_proven`: whether the proof fits the key as it was
        known before the call.
        """
        if not is_proven:
            # Another node may have created or changed the key a moment ago.
            if not await watch.catch_up():
                return
            await self._known.settle()
            if not self._known.is_complete:
                return
        known = self._known.get(proof.key_id)
        if not is_proven and _verified_claims(proof, known, now) is None:
            raise _failure(proof, known.organisation_id)
        if known.is_revoked:
            raise AuthenticationFailed("revoked", proof.key_id, known.organisation_id)

    async def _load(self, key_id: str) -> _CachedKey:
        """Read a key and verify its signature, and cache it unless it is revoked."""
        epoch = self._epoch
        row, newer = await keys.api_key_with_newer(self._database, key_id)
        try:
            await verify_newest(self._database, self._keyring, row or self._decoy, newer)
            scope = scopes.decode(row.scope) if row is not None else None
        except ServiceError as error:
            if error.reason != error_reason_pb2.ERROR_REASON_SEAL_BROKEN:
                raise
            if row is not None:
                _log.error("api key forged or old", key=key_id)
            return _ABSENT
        if row is None:
            return _ABSENT
        caller = caller_of(row, scope)
        loaded = _CachedKey(
            secret_sha256=row.secret_sha256,
            jwt_public_key=row.jwt_public_key,
            jwt_audience=row.jwt_audience,
            max_token_age_seconds=row.max_token_age_seconds,
            caller=caller,
            expire_time=row.expire_time,
            revoked=row.revoke_time is not None,
        )
        if epoch == self._epoch and not loaded.revoked:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            self._cache[key_id] = loaded
        return loaded


def caller_of(row: ApiKey, scope: Scope | None) -> Caller:
    """The caller that a verified key with this scope stands for."""
    return Caller(
        row.id,
        row.organisation_id,
        frozenset(row.roles),
        tuple(row.team_ids) or None,
        grantable_roles=frozenset(grantable_roles(row)),
        expire_time=row.expire_time,
        scope=scope,
    )


def _proof_of(authorization: Sequence[str | bytes]) -> _Proof:
    if not authorization:
        raise AuthenticationFailed("missing", reason=error_reason_pb2.ERROR_REASON_API_KEY_MISSING)
    if len(authorization) > 1:
        raise AuthenticationFailed("malformed", reason=error_reason_pb2.ERROR_REASON_API_KEY_AMBIGUOUS)
    value = authorization[0]
    scheme, _, presented = (value if isinstance(value, str) else "").partition(" ")
    scheme = scheme.lower()
    if scheme == "bearer" and (parts := API_KEY.fullmatch(presented)):
        return _Proof(parts[1], hashlib.sha256(parts[2].encode()).digest())
    if scheme in _TOKEN_SCHEMES and (key_id := tokens.key_id_of(presented)):
        return _Proof(key_id, b"", presented, versori=scheme == _VERSORI)
    raise AuthenticationFailed("malformed")


def _verified_claims(proof: _Proof, key: _CachedKey | KnownKey, now: datetime) -> dict[str, Any] | None:
    """The claims of a valid token of this key, or no claims for its secret. None if neither is valid."""
    if not proof.token:
        return {} if hmac.compare_digest(key.secret_sha256, proof.secret_sha256) else None
    public_key = key.jwt_public_key or tokens.DECOY_PUBLIC_KEY
    claims = tokens.valid_claims(proof.token, public_key, now, audience=key.jwt_audience)
    return claims if key.jwt_public_key else None


def _caller_of_token(proof: _Proof, key: _CachedKey, claims: dict[str, Any], now: datetime) -> Caller:
    """The caller that a valid token authenticates, unless the token is older than the key allows.

    Raises TOKEN_EXPIRY_MISSING. Only a caller whose token is signed with the key gets this reason.
    """
    max_age = key.max_token_age_seconds
    if "exp" not in claims and not proof.versori:
        raise _expiry_missing(proof, key, "exp")
    if max_age and claims.keys().isdisjoint(("exp", "iat")):
        raise _expiry_missing(proof, key, "exp or iat")
    if max_age and not tokens.is_young(claims, max_age, now):
        raise _failure(proof, key.caller.organisation_id)
    return key.caller if "exp" in claims else structs.replace(key.caller, lasting_token=True)


def _expiry_missing(proof: _Proof, key: _CachedKey, names: str) -> AuthenticationFailed:
    return AuthenticationFailed(
        "bad_token",
        proof.key_id,
        key.caller.organisation_id,
        reason=error_reason_pb2.ERROR_REASON_TOKEN_EXPIRY_MISSING,
        claims=names,
    )


def _failure(proof: _Proof, organisation_id: str) -> AuthenticationFailed:
    """The failure of a wrong proof. The organisation is that of the key; empty if there is no such key."""
    if not organisation_id:
        return AuthenticationFailed("unknown_key", proof.key_id)
    return AuthenticationFailed("bad_token" if proof.token else "wrong_secret", proof.key_id, organisation_id)


def generate() -> str:
    """A new API key: an id of 12 characters and a secret of 256 random bits."""
    return f"sr_{new_id()}_{secrets.token_urlsafe(32)}"


def split(key: str) -> tuple[str, bytes]:
    """The id of a well-formed key, and the SHA-256 of its secret."""
    parts = API_KEY.fullmatch(key)
    assert parts is not None
    return parts[1], hashlib.sha256(parts[2].encode()).digest()
