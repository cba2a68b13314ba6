"""Finds the identity that a workload's token stands for: the issuer, the key that signed it, and the patterns that it matches.

access/oidc_tokens.py verifies a token, access/issuer_keys.py has the keys, access/identities.py the issuers and identities.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import json_web_keys, oidc_tokens
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.issuer_keys import FETCH_SECONDS, IssuerKeys
from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.core.names import WORKLOAD_TOKEN
from strongroom_server.core.records import OIDC
from strongroom_server.rules import patterns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strongroom_server.access.caller import Caller
    from strongroom_server.access.failures import Kind
    from strongroom_server.access.identities import Identities, KnownIdentity
    from strongroom_server.access.json_web_keys import WebKey, WebKeySet
    from strongroom_server.access.oidc_tokens import ClaimedToken
    from strongroom_server.core.records import IdentityIssuer
    from strongroom_server.egress.client import Client
    from strongroom_server.store.watch import Watch

# More tokens than are in use at a time. A full cache is emptied.
_MOST_VERIFIED: Final = 10_000

_log = structlog.get_logger()


class _Verified(NamedTuple):
    """The caller of a verified token, until that time in seconds since 1970."""

    caller: Caller
    until: float


class WorkloadTokens:
    """Authenticates callers with tokens of the issuers in the database, and caches tokens that were verified."""

    def __init__(self, identities: Identities, client: Client) -> None:
        self._identities = identities
        self._keys = IssuerKeys(client)
        self._verified: dict[bytes, _Verified] = {}
        # Of the issuers, identities and keys with which the tokens were verified.
        self._epoch = self._present_epoch

    @property
    def _present_epoch(self) -> tuple[int, int]:
        return self._identities.epoch, self._keys.epoch

    async def identify(self, token: str, watch: Watch) -> Caller:
        """The caller of a request with this token.

        Raises AuthenticationFailed with IDENTITY_UNKNOWN for every token that is not valid or stands for no identity, and
        ISSUER_KEYS_UNAVAILABLE. A text that is no token of a bound issuer costs neither a statement nor a signature check.
        """
        now, epoch = watch.now(), self._present_epoch
        if epoch != self._epoch:
            self._verified.clear()
            self._epoch = epoch
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._verified.get(digest) if watch.hearing else None
        if verified is not None and now.timestamp() < verified.until:
            return verified.caller
        said = oidc_tokens.claimed(token)
        if said is None:
            raise _refused("bad_token", "it is no token with iss, sub, alg and kid in strict JSON")
        issuer = _issuer_of(said, await self._identities.issuers(watch))
        until = oidc_tokens.valid_until(said, now)
        if until is None:
            raise _refused("bad_token", "it is not valid now, or for more than a day", said, issuer)
        key = await self._key_of(issuer, said.key_id)
        if epoch != self._present_epoch:
            # Something changed while keys were fetched, such as these keys.
            return await self.identify(token, watch)
        if key is None:
            raise _refused("bad_token", "its issuer has no key with its kid", said, issuer)
        if not oidc_tokens.is_signed(said, key, issuer.audience):
            raise _refused("bad_token", "the key with its kid did not sign it", said, issuer)
        identity = _identity_of(said, issuer, await self._identities.of_issuer(issuer, watch), now)
        ends = datetime.fromtimestamp(until, UTC)
        if identity.row.expire_time is not None:
            ends = min(ends, identity.row.expire_time)
        caller = structs.replace(identity.caller, principal=said.principal, expire_time=ends)
        if epoch == self._present_epoch:
            if len(self._verified) >= _MOST_VERIFIED:
                self._verified.clear()
            self._verified[digest] = _Verified(caller, ends.timestamp())
        return caller

    async def fetch_forever(self, watch: Watch) -> None:
        """Fetch the keys of all issuers when they are due, until cancelled."""
        try:
            while True:
                try:
                    issuers = await self._identities.issuers(watch)
                    self._keys.follow({each.jwks_url for same in issuers.values() for each in same if each.jwks_url})
                except ServiceError:
                    # A database that does not answer is logged elsewhere.
                    pass
                except Exception as error:  # keys must be fetched again after any error
                    _log.error("issuers not read", **log_fields(error))
                await asyncio.sleep(FETCH_SECONDS)
        finally:
            await self._keys.close()

    async def _key_of(self, issuer: IdentityIssuer, key_id: str) -> WebKey | None:
        if issuer.jwks_url:
            return await self._keys.key(issuer.jwks_url, key_id)
        return _parsed(issuer.jwks_json).keys.get(key_id)


def token_in(authorization: Sequence[str | bytes]) -> str | None:
    """The workload's token of a request with these `authorization` values, None if it presents something else."""
    if len(authorization) != 1 or not isinstance(value := authorization[0], str):
        return None
    scheme, _, credentials = value.partition(" ")
    # An API key is no JSON in base64, so most calls stop here.
    if credentials.startswith("sr_") or scheme.lower() != "bearer":
        return None
    return credentials if WORKLOAD_TOKEN.fullmatch(credentials) else None


def _issuer_of(said: ClaimedToken, issuers: Mapping[tuple[int, str], Sequence[IdentityIssuer]]) -> IdentityIssuer:
    """The one issuer whose `iss`, audience and claim prefix fit. Raises AuthenticationFailed."""
    named = issuers.get((OIDC, said.issuer), ())
    fitting = [issuer for issuer in named if said.is_for(issuer.audience) and _has_prefix(said, issuer)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        # A token can have several audiences, and each may be that of another organisation.
        raise _refused("ambiguous_identity", "several issuers have an audience and the claim prefix of it", said)
    cause = "no issuer has its audience and claim prefix" if named else "its iss is no issuer here"
    raise _refused("unknown_identity", cause, said)


def _has_prefix(said: ClaimedToken, issuer: IdentityIssuer) -> bool:
    value = said.claims.get(issuer.claim)
    return isinstance(value, str) and value.startswith(issuer.claim_prefix)


def _identity_of(
    said: ClaimedToken, issuer: IdentityIssuer, identities: Sequence[KnownIdentity], now: datetime
) -> KnownIdentity:
    """The identity whose patterns a verified token matches: the only one, or the only one without `*`.

    Raises AuthenticationFailed.
    """
    matching = [each for each in identities if each.is_valid(now) and _matches(each.claims, said)]
    found = [each for each in matching if all(map(patterns.is_exact, each.claims.values()))] or matching
    if not found:
        raise _refused("unknown_identity", "no identity matches its claims", said, issuer, verified=True)
    if len(found) > 1:
        raise _refused("ambiguous_identity", "several identities match its claims", said, issuer, verified=True)
    if not {said.claims["sub"], said.claims[issuer.claim]}.isdisjoint(found[0].row.denied_names):
        raise _refused(
            "denied_identity", "its name is among denied_names", said, issuer, found[0].row.id, verified=True
        )
    return found[0]


def _matches(mapped: Mapping[str, str], said: ClaimedToken) -> bool:
    """Whether each claim matches its pattern. Only text matches: not a number, and not true."""
    return all(
        isinstance(value := said.claims.get(name), str) and patterns.matches(pattern, value)
        for name, pattern in mapped.items()
    )


@functools.lru_cache(maxsize=256)
def _parsed(jwks_json: str) -> WebKeySet:
    """The keys of an issuer's jwks_json, which was checked before it was stored."""
    return json_web_keys.parse(jwks_json)


def _refused(
    kind: Kind,
    cause: str,
    said: ClaimedToken | None = None,
    issuer: IdentityIssuer | None = None,
    identity_id: str = "",
    *,
    verified: bool = False,
) -> AuthenticationFailed:
    """Log why a token is refused. Returns the error, which does not say it.

    The audit trail gets the principal of a verified token only: everybody can write another name into a token.
    """
    _log.info("token refused", cause=cause, claimed=said.principal if said else "", issuer=issuer.id if issuer else "")
    return AuthenticationFailed(
        kind,
        identity_id,
        issuer.organisation_id if issuer else "",
        principal=said.principal if said and verified else "",
        reason=error_reason_pb2.ERROR_REASON_IDENTITY_UNKNOWN,
    )
