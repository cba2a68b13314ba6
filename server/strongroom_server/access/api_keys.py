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
from typing import TYPE_CHECKING, NamedTuple

import structlog

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import tokens
from strongroom_server.access.caller import Caller
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.errors import ServiceError
from strongroom_server.records import ApiKey
from strongroom_server.settings import API_KEY
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


@dataclass(frozen=True, slots=True)
class _Known:
    secret_sha256: bytes
    jwt_public_key: str
    caller: Caller
    expire_time: datetime | None
    revoked: bool = False


# In place of a key that does not exist: its checks take as long, and nothing passes them.
_NOBODY = _Known(bytes(32), "", Caller("", "", frozenset(), None), None)


class _Claim(NamedTuple):
    """Which key a caller says it has, and its proof: the hash of a secret, or a token."""

    key_id: str
    secret_sha256: bytes
    token: str = ""


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

        Raises AuthenticationFailed: API_KEY_MISSING, API_KEY_AMBIGUOUS, and API_KEY_INVALID for every key that is not good now.
        """
        claim, now = _claim_of(authorization), watch.now()
        known = self._known.get(claim.key_id, _NOBODY) if watch.hearing else _NOBODY
        if not _is_proven(claim, known, now):
            # The same steps for a key that exists and one that doesn't: how long they take must not tell which it is.
            known = await self._load(claim.key_id)
            if not _is_proven(claim, known, now):
                raise _failure(claim, known)
        if known.revoked:
            raise AuthenticationFailed("revoked", claim.key_id, known.caller.organisation_id)
        if known.expire_time is not None and known.expire_time <= now:
            raise AuthenticationFailed("expired", claim.key_id, known.caller.organisation_id)
        return known.caller

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
        caller = Caller(row.id, row.organisation_id, frozenset(row.roles), tuple(row.team_ids) or None)
        known = _Known(row.secret_sha256, row.jwt_public_key, caller, row.expire_time, row.revoke_time is not None)
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
    if scheme.lower() == "bearer" and (parts := API_KEY.fullmatch(presented)):
        return _Claim(parts[1], hashlib.sha256(parts[2].encode()).digest())
    if scheme.lower() == "jwt" and (key_id := tokens.key_id_of(presented)):
        return _Claim(key_id, b"", presented)
    raise AuthenticationFailed("malformed")


def _is_proven(claim: _Claim, known: _Known, now: datetime) -> bool:
    """Whether the claim's proof is the key's."""
    if not claim.token:
        return hmac.compare_digest(known.secret_sha256, claim.secret_sha256)
    return tokens.is_good(claim.token, known.jwt_public_key or tokens.DECOY_PUBLIC_KEY, now) and bool(
        known.jwt_public_key
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
