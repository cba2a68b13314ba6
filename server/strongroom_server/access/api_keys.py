"""Owns identity: which API key a call carries, and what is known of it. Keys are verified when a node loads them, and remembered
as long as the node hears of revocations; a node that does not hear asks the database each time.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import tokens
from strongroom_server.access.caller import VERSORI_SCHEME, Caller
from strongroom_server.access.grants import grantable_roles
from strongroom_server.errors import ServiceError
from strongroom_server.settings import API_KEY
from strongroom_server.store import keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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


class ApiKeys:
    """The API keys that this node has loaded."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
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

        Raises API_KEY_MISSING, API_KEY_AMBIGUOUS, and API_KEY_INVALID for every key that is not good now.
        """
        if not authorization:
            raise ServiceError(error_reason_pb2.ERROR_REASON_API_KEY_MISSING)
        if len(authorization) > 1:
            raise ServiceError(error_reason_pb2.ERROR_REASON_API_KEY_AMBIGUOUS)
        value = authorization[0]
        scheme, _, presented = (value if isinstance(value, str) else "").partition(" ")
        known = await self._proven(scheme.lower(), presented, watch)
        if known is None or (known.expire_time is not None and known.expire_time <= watch.now()):
            raise ServiceError(error_reason_pb2.ERROR_REASON_API_KEY_INVALID)
        return known.caller

    async def _proven(self, scheme: str, presented: str, watch: Watch) -> _Known | None:
        """The key whose secret or token is presented, None if it proves nothing."""
        if scheme == "bearer" and (parts := API_KEY.fullmatch(presented)):
            known = await self._find(parts[1], watch)
            secret_sha256 = hashlib.sha256(parts[2].encode()).digest()
            return known if known and hmac.compare_digest(known.secret_sha256, secret_sha256) else None
        if scheme in _TOKEN_SCHEMES and (key_id := tokens.key_id_of(presented)):
            known = await self._find(key_id, watch)
            return known and _proven_by_token(known, presented, watch.now(), versori=scheme == _VERSORI)
        return None

    async def _find(self, key_id: str, watch: Watch) -> _Known | None:
        known = self._known.get(key_id) if watch.hearing else None
        return known or await self._load(key_id)

    async def _load(self, key_id: str) -> _Known | None:
        epoch = self._epoch
        row = await keys.api_key(self._database, key_id)
        if row is None:
            return None
        try:
            await self._keyring.verify(row)
        except ServiceError as error:
            if error.reason != error_reason_pb2.ERROR_REASON_SEAL_BROKEN:
                raise
            _log.error("api key forged", key=key_id)
            return None
        if row.revoke_time is not None:
            return None
        caller = Caller(
            row.id,
            row.organisation_id,
            frozenset(row.roles),
            tuple(row.team_ids) or None,
            grantable_roles=frozenset(grantable_roles(row)),
            expire_time=row.expire_time,
        )
        known = _Known(
            row.secret_sha256,
            row.jwt_public_key,
            row.jwt_audience,
            row.max_token_age_seconds,
            caller,
            row.expire_time,
        )
        if epoch == self._epoch:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key_id] = known
        return known


def _proven_by_token(known: _Known, token: str, now: datetime, *, versori: bool) -> _Known | None:
    """The key if the token proves it, else None. Raises TOKEN_EXPIRY_MISSING: only who can sign for the key learns of it."""
    claims = tokens.good_claims(token, known.jwt_public_key, now, audience=known.jwt_audience)
    if claims is None:
        return None
    max_age = known.max_token_age_seconds
    if "exp" not in claims and not versori:
        raise ServiceError(error_reason_pb2.ERROR_REASON_TOKEN_EXPIRY_MISSING, claims="exp")
    if max_age and claims.keys().isdisjoint(("exp", "iat")):
        raise ServiceError(error_reason_pb2.ERROR_REASON_TOKEN_EXPIRY_MISSING, claims="exp or iat")
    if max_age and not tokens.is_young(claims, max_age, now):
        return None
    if "exp" in claims:
        return known
    return dataclasses.replace(known, caller=structs.replace(known.caller, lasting_token=True))


def generate() -> str:
    """A new API key, with an id of 12 characters and 256 bits of secret."""
    key_id = base64.b32encode(secrets.token_bytes(10)).decode().lower().translate(str.maketrans("", "", "="))[:12]
    return f"sr_{key_id}_{secrets.token_urlsafe(32)}"


def split(key: str) -> tuple[str, bytes]:
    """The id of a well-formed key, and the SHA-256 of its secret."""
    parts = API_KEY.fullmatch(key)
    assert parts is not None
    return parts[1], hashlib.sha256(parts[2].encode()).digest()
