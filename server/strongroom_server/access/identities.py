"""Reads identity issuers and their identities, verifies them and keeps them in memory.

What is kept is used only while the node receives notifications of changes. Without them each request reads from the database.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from strongroom.v1 import error_reason_pb2
from strongroom_server.access import claims, scopes
from strongroom_server.access.caller import Caller
from strongroom_server.access.newest import verify_newest
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import Identity, IdentityIssuer
from strongroom_server.store import identities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from strongroom_server.core.records import AuditEvent
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database
    from strongroom_server.store.watch import Watch

RowT = TypeVar("RowT", IdentityIssuer, Identity)

_log = structlog.get_logger()


class KnownIdentity(NamedTuple):
    """A verified identity that is not disabled, and the caller that it stands for. The principal is of the request."""

    row: Identity
    caller: Caller
    # The patterns of an identity of tokens by claim.
    claims: Mapping[str, str]

    def is_valid(self, now: datetime) -> bool:
        """Whether the identity has not expired."""
        return self.row.expire_time is None or now < self.row.expire_time


class Identities:
    """The issuers and identities of all organisations."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._issuers: Mapping[tuple[int, str], Sequence[IdentityIssuer]] | None = None
        # By the id of their issuer.
        self._identities: dict[str, Sequence[KnownIdentity]] = {}
        # Counts the calls of `forget`, so that rows read before such a call are not kept after it.
        self._epoch = 0
        # One request reads for all that wait.
        self._reading = asyncio.Lock()

    @property
    def epoch(self) -> int:
        """Another number once something was forgotten: what was concluded from the rows before may be wrong."""
        return self._epoch

    def forget(self, changed: str | None) -> None:
        """Forget what a notification names, or everything if it is None."""
        self._epoch += 1
        if changed is None:
            self._issuers = None
            self._identities.clear()
            return
        issuer_id, _, identity_id = changed.partition(" ")
        self._identities.pop(issuer_id, None)
        if not identity_id:
            self._issuers = None

    async def issuers(self, watch: Watch) -> Mapping[tuple[int, str], Sequence[IdentityIssuer]]:
        """The issuers that are not disabled, by kind and name."""
        if not watch.hearing:
            return await self._read_issuers()
        if self._issuers is not None:
            return self._issuers
        async with self._reading:
            return await self._read_issuers() if self._issuers is None else self._issuers

    async def of_issuer(self, issuer: IdentityIssuer, watch: Watch) -> Sequence[KnownIdentity]:
        """The identities of an issuer that are not disabled."""
        if not watch.hearing:
            return await self._read_identities(issuer)
        if issuer.id in self._identities:
            return self._identities[issuer.id]
        async with self._reading:
            known = self._identities.get(issuer.id)
            return await self._read_identities(issuer) if known is None else known

    async def _read_issuers(self) -> Mapping[tuple[int, str], Sequence[IdentityIssuer]]:
        epoch = self._epoch
        found: dict[tuple[int, str], list[IdentityIssuer]] = {}
        for issuer in await self._verified(await identities.issuers_with_newer(self._database)):
            found.setdefault((issuer.kind, issuer.name), []).append(issuer)
        if epoch == self._epoch:
            self._issuers = found
        return found

    async def _read_identities(self, issuer: IdentityIssuer) -> Sequence[KnownIdentity]:
        epoch = self._epoch
        rows = await self._verified(await identities.identities_with_newer(self._database, issuer.id))
        found = [_known(row) for row in rows if row.organisation_id == issuer.organisation_id]
        if epoch == self._epoch:
            self._identities[issuer.id] = found
        return found

    async def _verified(self, rows: Sequence[tuple[RowT, Sequence[AuditEvent]]]) -> list[RowT]:
        """The rows that an admin key signed and that are the newest. The log names the others, which stand for nothing."""
        verified = []
        for row, newer in rows:
            # A signature takes 44 µs. Other calls run in between.
            await asyncio.sleep(0)
            try:
                await verify_newest(self._database, self._keyring, row, newer)
            except ServiceError as error:
                if error.reason != error_reason_pb2.ERROR_REASON_SEAL_BROKEN:
                    raise
                _log.error("identity forged or old", table=type(row).__name__, id=row.id)
            else:
                verified.append(row)
        return verified


def caller_of(row: Identity) -> Caller:
    """The caller that a verified identity stands for, without a principal. It grants nothing, so it has no grantable_roles."""
    return Caller(
        row.id,
        row.organisation_id,
        frozenset(row.roles),
        tuple(row.team_ids) or None,
        expire_time=row.expire_time,
        scope=scopes.decode(row.scope),
    )


def _known(row: Identity) -> KnownIdentity:
    return KnownIdentity(row, caller_of(row), claims.decode(row.claims))
