"""Finds, renews and stores tokens."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE
from strongroom_server.core import records

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from strongroom_server.core.errors import ServiceError
    from strongroom_server.use.context import Selected
    from strongroom_server.use.pairs import Pair

UNKNOWN_LIFE: Final = timedelta(minutes=55)

BeforeSend = "Callable[[], Awaitable[None]]"


class Issued(NamedTuple):
    """A token that a provider issued. `expire_seconds` counts from before the request, and is None if it is not known."""

    pair: Pair
    expire_seconds: float | None


class AskFailed(Exception):
    """A request for a token failed with an error for the caller."""

    def __init__(
        self,
        error: ServiceError,
        outcome: Literal["refused", "not_sent", "in_doubt", "unavailable"],
        code: str = "",
        retry_seconds: float | None = None,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.outcome = outcome
        self.code = code
        self.retry_seconds = retry_seconds


if TYPE_CHECKING:
    Ask = Callable[[Callable[[], Awaitable[None]]], Awaitable[Issued]]


class Fresh(NamedTuple):
    """A token, opened and verified."""

    pair: Pair
    token: records.Token
    refresh: records.Refresh


class Tokens:
    """A stand-in in memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._found: dict[object, Fresh] = {}
        self._tasks: dict[object, asyncio.Task[Fresh]] = {}

    async def fresh(
        self,
        selected: Selected,
        parameters_sha256: bytes,
        policy_sha256: bytes,
        ask: Ask,
        reread: Callable[[], Awaitable[Selected]],
        *,
        min_remaining: float,
        rejected_sha256: bytes = b"",
        life: timedelta | None = None,
        before_ask: Callable[[], Awaitable[None]],
    ) -> Fresh:
        row = selected.row
        key = (row.id, row.version, policy_sha256, parameters_sha256)
        found = self._found.get(key)
        if found is not None and life != timedelta(0):
            end = found.token.expire_time or found.token.create_time + UNKNOWN_LIFE
            if life is not None:
                end = min(end, found.token.create_time + life)
            if end - self._now() > timedelta(seconds=min_remaining):
                return found
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(
                self._ask(key, selected, parameters_sha256, policy_sha256, ask, before_ask)
            )
            self._tasks[key].add_done_callback(lambda _: self._tasks.pop(key, None))
        try:
            fresh = await asyncio.shield(self._tasks[key])
        except AskFailed as failed:
            raise failed.error from None
        await reread()
        return fresh

    async def _ask(
        self,
        key: object,
        selected: Selected,
        parameters_sha256: bytes,
        policy_sha256: bytes,
        ask: Ask,
        before_ask: Callable[[], Awaitable[None]],
    ) -> Fresh:
        row = selected.row
        await before_ask()
        now = self._now()

        async def send() -> None:
            return None

        issued = await ask(send)
        before = self._found.get(key)
        expire = now + timedelta(seconds=issued.expire_seconds) if issued.expire_seconds else None
        token = records.Token(
            row.organisation_id,
            row.id,
            parameters_sha256,
            row.version,
            policy_sha256,
            before.token.generation + 1 if before else 1,
            "",
            b"",
            now,
            expire,
        )
        refresh = records.Refresh(REFRESH_STATE_ACTIVE, now, "", 0, None, None, 0, None, None, None, None)
        self._found[key] = Fresh(issued.pair, token, refresh)
        return self._found[key]
