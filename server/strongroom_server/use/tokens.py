"""Finds the token of a credential, and has a new one requested, stored and found by all that wait for it.

There is one Tokens per node. Nothing is cached in the process: a token counts only together with a row of its credential that was
read after the token was stored, so none is handed out after a revocation or a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import InternalError, ServiceError
from strongroom_server.core.tasks import Background
from strongroom_server.core.timestamps import text_of
from strongroom_server.credentials.pairs import Pair, is_of, open_pair, sha256_of
from strongroom_server.credentials.revisions import SeenRevisions
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import refreshes
from strongroom_server.store import tokens as store
from strongroom_server.store.node_session import boot_time
from strongroom_server.store.tokens import FORCED_SECONDS, Key
from strongroom_server.use.asking import Ask, AskFailed, BeforeSend, Issued, Kind, Minting, Patience
from strongroom_server.use.flight import Flight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from strongroom_server.core import records
    from strongroom_server.credentials.vault import Vault
    from strongroom_server.store.node_session import NodeSession
    from strongroom_server.use.context import Selected
    from strongroom_server.use.grants import Grant
    from strongroom_server.use.trail import Trail

    # A slot for a request to an origin. Raises ServiceError if there is none.
    SlotOf = Callable[[str], AbstractAsyncContextManager[None]]
    # Selects the credential again, with its token, and decides again by access/use.py. Raises ServiceError.
    Reread = Callable[[], Awaitable[Selected]]

__all__ = ["Ask", "AskFailed", "BeforeSend", "Fresh", "Issued", "Tokens"]

# How long a token is used if its provider does not say when it expires.
UNKNOWN_LIFE: Final = timedelta(minutes=55)
# A token is replaced in the background during this last part of its life, but not earlier than this before its end.
_LAST_PART: Final = 0.2
_EARLIEST: Final = timedelta(minutes=5)
# A node whose session is younger takes no lease of a silent holder: the database may have been away, and the holder then stores its
# response within twice its longest pause.
SETTLE_SECONDS: Final = 4.0
# The last use of a grant is recorded once in this time.
_USE_RECORDED_EVERY: Final = timedelta(days=1)
_LAST_USES_SECONDS: Final = 1.0
# Between two reads of a row that another process is about to change.
_POLL_SECONDS: Final = (0.05, 0.1)
_POLLS: Final = 12

_log = structlog.get_logger()


class Fresh(NamedTuple):
    """A token that is opened and verified, and the row that it was read with, which was decided about."""

    pair: Pair
    token: records.Token
    refresh: records.Refresh
    selected: Selected


class _Wanted(NamedTuple):
    """What a caller needs. `seen` is the generation when it came: a later one is new, whatever its life."""

    seen: int
    min_remaining: timedelta
    rejected_sha256: bytes
    life: timedelta | None


class Tokens:
    """The tokens of a node."""

    def __init__(self, vault: Vault, session: NodeSession) -> None:
        self._vault = vault
        self._session = session
        # The requests of this process that are under way.
        self._flights: dict[Key, Flight] = {}
        # The callers of this process that wait for another.
        self._waits: dict[Key, asyncio.Task[None]] = {}
        self._seen = SeenRevisions()
        # The grants whose use is being recorded.
        self._recording: set[Key] = set()
        self._background = Background()
        self._is_ending = False
        session.on_new_timeline(self._seen.forget)

    async def fresh(
        self,
        selected: Selected,
        parameters_sha256: bytes,
        prepare: Callable[[], Ask],
        reread: Reread,
        *,
        min_remaining: float,
        trail: Trail,
        rejected_sha256: bytes = b"",
        life: timedelta | None = None,
    ) -> Fresh:
        """Return a token that still lives `min_remaining` seconds, or a new one. If none is issued, one that lives shorter.

        A token counts if its version is the credential's, and its policy too. One that counts is returned without a statement. Near
        its end, or if the response of a grant may be lost, a new one is requested meanwhile. Otherwise one process at a time calls
        `prepare`, records in the trail that it has started, and requests a token. That goes on when the call is cancelled. All
        others wait and call `reread`.

        `life` limits how long a token is used. With 0 it is used only by those that waited for it. A token with the hash
        `rejected_sha256` is replaced, at most once a minute for a credential.

        Raises the error of an AskFailed, what `prepare` and `reread` raise, AUDIT_UNAVAILABLE, REFRESH_LIMITED, and
        CONCURRENT_CHANGE if data or policy of the credential have changed since it was selected.
        """
        return await self.obtain(
            selected,
            parameters_sha256,
            Minting(prepare, selected.row),
            reread,
            min_remaining=min_remaining,
            trail=trail,
            rejected_sha256=rejected_sha256,
            life=life,
        )

    async def obtain(
        self,
        selected: Selected,
        parameters_sha256: bytes,
        kind: Kind,
        reread: Reread,
        *,
        min_remaining: float,
        trail: Trail,
        rejected_sha256: bytes = b"",
        life: timedelta | None = None,
    ) -> Fresh:
        """As `fresh`, for any kind of token."""
        seen = selected.token.token.generation if selected.token else 0
        wanted = _Wanted(seen, timedelta(seconds=min_remaining), rejected_sha256, life)
        while True:
            key = Key(selected.row.organisation_id, selected.row.id, parameters_sha256)
            pair = await self._pair_of(selected, key, kind)
            found = self._counting(selected, pair, kind, wanted)
            if found is not None:
                if kind.keeps_pair:
                    self._record_use(key, found.refresh)
                if self._is_near_end(found, kind, life) or (kind.keeps_pair and _may_be_answered(found.refresh)):
                    await self._replace_early(selected, key, pair, kind, trail)
                return found
            error: ServiceError | None = None
            flight = self._flights.get(key)
            if flight is None:
                try:
                    is_forced = await self._require_start(selected, pair, kind, wanted)
                    flight = await self._start(selected, key, pair, kind, trail, is_forced=is_forced)
                except ServiceError as refused:
                    error = refused
            if flight is not None:
                trail.is_asked = True
                await asyncio.wait({flight.task})
                error = flight.error if flight.is_for(selected) else None
            if error is None and (flight is None or flight.has_missed):
                await self._until_changed(selected, key, kind.patience_of(selected, pair))
            selected = await reread()
            if error is not None:
                return await self._despite(error, selected, key, kind, wanted)

    async def refresh(
        self, selected: Selected, parameters_sha256: bytes, kind: Grant, trail: Trail, slot_of: SlotOf
    ) -> bool:
        """Request a new token, whatever the life of the present one. False if that is valid and no request can replace it.

        Raises the error of an AskFailed, what `kind` raises if no request may be made now, AUDIT_UNAVAILABLE, REFRESH_PENDING
        if one is under way already, here or on another node, or this node may not make one, and what `slot_of` raises.
        """
        key = Key(selected.row.organisation_id, selected.row.id, parameters_sha256)
        pair = await self._pair_of(selected, key, kind)
        kind.require_start(selected, self._vault.watch.now())
        if self._is_irreplaceable(selected, pair, kind):
            return False
        flight = None
        # If the row changes while a slot is waited for, its lease is not taken.
        async with slot_of(kind.origin_of(selected, pair)):
            if not self._is_ending and key not in self._flights:
                flight = await self._start(selected, key, pair, kind, trail)
            if flight is not None:
                trail.is_asked = True
                await asyncio.wait({flight.task})
        if flight is None or flight.has_missed:
            raise ServiceError(reasons.ERROR_REASON_REFRESH_PENDING)
        if flight.error is not None:
            raise flight.error
        return True

    async def finish(self, seconds: float) -> None:
        """Wait so long for the requests that are under way. What they get is stored."""
        self._is_ending = True
        if tasks := [flight.task for flight in self._flights.values()]:
            await asyncio.wait(tasks, timeout=seconds)
        await self._background.finish(_LAST_USES_SECONDS)

    def _record_use(self, key: Key, refresh: records.Refresh) -> None:
        """Record once a day that a grant is used, without letting its caller wait."""
        used = refresh.used_time
        if used is not None and self._vault.watch.now() - used < _USE_RECORDED_EVERY:
            return
        if key not in self._recording:
            self._recording.add(key)
            self._background.start(self._store_use(key))

    async def _store_use(self, key: Key) -> None:
        try:
            # The next use tries again.
            with contextlib.suppress(ServiceError, InternalError):
                await refreshes.record_use(self._vault.database, key, _USE_RECORDED_EVERY)
        finally:
            self._recording.discard(key)

    async def _until_changed(self, selected: Selected, key: Key, patience: Patience) -> None:
        """Wait until the row changes or its lease may be taken, at most for a second. All that wait for a row share its reads."""
        wait = self._waits.get(key)
        if wait is None:
            wait = self._waits[key] = asyncio.create_task(self._look(selected, key, patience))
            wait.add_done_callback(lambda _: self._waits.pop(key))
        await asyncio.wait({wait})

    async def _look(self, selected: Selected, key: Key, patience: Patience) -> None:
        before, (lease, silence) = selected.token, patience
        # A caller that cannot read the row learns why when it selects the credential again.
        with contextlib.suppress(ServiceError):
            for _ in range(_POLLS):
                await asyncio.sleep(random.uniform(*_POLL_SECONDS))  # noqa: S311 - not for cryptography
                if before is None or before.refresh.lease_until is None:
                    return
                if before.refresh.lease_until + silence < self._vault.watch.now():
                    return
                present = await store.read(self._vault.database, key)
                if present is None or (present.token, present.refresh) != (before.token, before.refresh):
                    return
                holder = before.refresh.lease_node
                blind = (lease + silence).total_seconds()
                if holder is not None and await self._session.is_gone(self._vault.database, holder, blind):
                    return

    async def _despite(self, error: ServiceError, selected: Selected, key: Key, kind: Kind, wanted: _Wanted) -> Fresh:
        """The token that counts although the request for a new one failed. Raises that error otherwise."""
        pair = await self._pair_of(selected, key, kind)
        found = self._counting(selected, pair, kind, wanted._replace(min_remaining=timedelta(0)))
        if found is None:
            raise kind.error_of(error, selected)
        return found

    async def _pair_of(self, selected: Selected, key: Key, kind: Kind) -> Pair | None:
        """The pair that is stored, whether or not it counts. None if there is none, or a broken one that can be requested again."""
        stored = selected.token
        if stored is None or stored.box is None:
            return None
        try:
            pair = await open_pair(self._vault.keyring, selected.row, key.parameters_sha256, stored)
        except ServiceError as error:
            # With other data since then the grant begins again.
            if kind.keeps_pair and stored.token.version == selected.row.version:
                raise
            _log.error("token not opened", credential=str(selected.row.id), error=str(error))
            return None
        if kind.keeps_pair:
            await self._require_newest(selected.row, key, stored.token)
        return pair

    async def _require_newest(self, row: records.Credential, key: Key, token: records.Token) -> None:
        """Raises SEAL_BROKEN if this node has seen a later pair of the grant: an older refresh token must not be sent."""
        highest = self._seen.see(row.id.bytes, _place_of(token))
        if _place_of(token) == highest:
            return
        # A concurrent call may have read the later row before this call got its own. A row that was put back is still there.
        present = await store.read(self._vault.database, key)
        if present is not None and _place_of(present.token) < highest:
            # After a promotion an older pair may be all that is left. Whether there was one is known with the next session.
            if self._session.held is None:
                raise ServiceError(reasons.ERROR_REASON_DATABASE_UNAVAILABLE)
            if self._seen.see(row.id.bytes, 0) < highest:
                return
            _log.error("old token put back", credential=str(row.id), generation=present.token.generation)
            raise seal_broken(row)

    def _counting(self, selected: Selected, pair: Pair | None, kind: Kind, wanted: _Wanted) -> Fresh | None:
        """The token, if it counts and lives long enough."""
        stored = selected.token
        if stored is None or pair is None or not (is_of(selected.row, stored) or kind.outlasts_changes(selected, pair)):
            return None
        now, is_new = self._vault.watch.now(), stored.token.generation > wanted.seen
        if wanted.rejected_sha256 and not is_new and sha256_of(pair.access_token) == wanted.rejected_sha256:
            return None
        end = _end_of(stored.token, wanted.life)
        # A caller that wants more than its provider gives would have a new token with each call.
        is_short = end - now <= min(wanted.min_remaining, (end - stored.token.create_time) / 2)
        if is_short and not is_new and not _is_endless(kind, pair, stored.token):
            return None
        return Fresh(pair, stored.token, stored.refresh, selected)

    def _is_irreplaceable(self, selected: Selected, pair: Pair | None, kind: Kind) -> bool:
        """Whether the token is valid, and no request can replace it."""
        stored = selected.token
        if stored is None or pair is None or pair.refresh_token or not kind.keeps_pair:
            return False
        return stored.token.expire_time is None or stored.token.expire_time > self._vault.watch.now()

    def _is_near_end(self, found: Fresh, kind: Kind, life: timedelta | None) -> bool:
        if life == timedelta(0) or _is_endless(kind, found.pair, found.token):
            return False
        end = _end_of(found.token, life)
        whole = end - found.token.create_time
        # Spread, so that not all callers and nodes come at the same moment.
        margin = min(whole * _LAST_PART, _EARLIEST) * random.uniform(0.8, 1)  # noqa: S311 - not for cryptography
        return end - self._vault.watch.now() < margin

    async def _require_start(self, selected: Selected, pair: Pair | None, kind: Kind, wanted: _Wanted) -> bool:
        """Whether a request is one that a receiver's rejection causes. Raises REFRESH_LIMITED, and for a grant as grants.py."""
        kind.require_start(selected, self._vault.watch.now())
        stored = selected.token
        # Not if the token must be replaced anyway, and not for the same request again.
        is_forced = (
            stored is not None
            and self._counting(selected, pair, kind, wanted._replace(rejected_sha256=b"")) is not None
            and not (kind.keeps_pair and _may_be_answered(stored.refresh))
        )
        if is_forced:
            row = selected.row
            before = await store.forced_time(self._vault.database, row.organisation_id, row.id)
            if before is not None and (again := before + timedelta(seconds=FORCED_SECONDS)) > self._vault.watch.now():
                raise ServiceError(reasons.ERROR_REASON_REFRESH_LIMITED, retry_time=text_of(again))
        return is_forced

    async def _start(
        self,
        selected: Selected,
        key: Key,
        pair: Pair | None,
        kind: Kind,
        trail: Trail,
        *,
        is_forced: bool = False,
    ) -> Flight | None:
        """Start a request if no other process has the lease. None if one has it."""
        patience, gone = kind.patience_of(selected, pair), None
        refresh = selected.token.refresh if selected.token else None
        held = self._session.held
        if held is None:
            return None
        if refresh is not None and refresh.lease_until is not None:
            is_over = refresh.lease_until + patience.patience < self._vault.watch.now()
            if is_over and boot_time() - held.since < SETTLE_SECONDS:
                return None
            if not is_over and refresh.lease_node is not None:
                blind = (patience.lease + patience.patience).total_seconds()
                is_gone = await self._session.is_gone(self._vault.database, refresh.lease_node, blind)
                if not is_gone or self._session.held != held:
                    return None
                gone = refresh.lease_node
        # Another caller may have started one meanwhile.
        if key not in self._flights:
            self._launch(
                Flight(self._vault, self._session, selected, key, pair, kind, gone, is_forced=is_forced), trail
            )
        return self._flights[key]

    async def _replace_early(self, selected: Selected, key: Key, pair: Pair | None, kind: Kind, trail: Trail) -> None:
        """Request a new token in the background, unless that is under way or may not be done yet."""
        if self._is_ending or key in self._flights:
            return
        with contextlib.suppress(ServiceError):
            kind.require_start(selected, self._vault.watch.now())
            await self._start(selected, key, pair, kind, trail)

    def _launch(self, flight: Flight, trail: Trail) -> None:
        self._flights[flight.key] = flight
        flight.start(trail, lambda: self._flights.pop(flight.key))


def _may_be_answered(refresh: records.Refresh) -> bool:
    """Whether an earlier request with the pair may have been answered: a provider takes it again for a short time, if at all."""
    return refresh.in_doubt or refresh.lease_until is not None


def _is_endless(kind: Kind, pair: Pair, token: records.Token) -> bool:
    """Whether a token is used until a receiver rejects it: nobody knows when it expires, and only a new consent replaces it."""
    return kind.keeps_pair and not pair.refresh_token and token.expire_time is None


def _place_of(token: records.Token) -> int:
    """Orders the tokens of a row. A row that is made again for a later version begins again with its generations."""
    return (token.version << 64) + token.generation


def _end_of(token: records.Token, life: timedelta | None) -> datetime:
    """Until when a token is used."""
    if token.expire_time is None:
        return token.create_time + (UNKNOWN_LIFE if life is None else life)
    return token.expire_time if life is None else min(token.expire_time, token.create_time + life)
