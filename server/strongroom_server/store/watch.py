"""Owns a node's one listening connection: the database's clock, and the news of changed API keys.

Postgres delivers the notifications committed before a statement together with that statement's answer, so a node that got its last
beat answered within HEARING_SECONDS has heard of every change older than that.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.tasks import cancel_all
from strongroom_server.store.database import ReadOnlyError, translated_at_start
from strongroom_server.store.keys import API_KEYS_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncpg import Connection, Record

    from strongroom_server.store.primary import Primary

BEAT_SECONDS: Final = 0.25
HEARING_SECONDS: Final = 0.9
# A server that takes longer to answer is frozen or gone, and the primary is looked for again. A slow one is kept.
_FROZEN_SECONDS: Final = 3.0
_UNSURE: Final = timedelta(seconds=1)

# A server that was demoted, or that its operator made read-only, says so in the same statement.
_BEAT: Final = "select strongroom_now() as now, current_setting('transaction_read_only')::boolean as read_only"

_log = structlog.get_logger()


class Watch:
    """Follows the database until closed; a lost connection is made again at the next beat.

    `on_change` is called with the id of a changed API key, or with None when changes may have been missed.
    """

    def __init__(self, primary: Primary, on_change: Callable[[str | None], None]) -> None:
        self._primary = primary
        self._on_change = on_change
        self._connection: Connection[Record] | None = None
        self._heard_at = float("-inf")
        self._database_time = datetime.now(UTC)
        self._read_at = time.monotonic()
        self._told = datetime.min.replace(tzinfo=UTC)
        self._task: asyncio.Task[None] | None = None

    @property
    def hearing(self) -> bool:
        """Whether every change older than HEARING_SECONDS has been heard of."""
        return time.monotonic() - self._heard_at < HEARING_SECONDS

    def now(self) -> datetime:
        """The time by the database's clock, to the microsecond: nodes whose own clocks differ agree.

        Each beat reads the clock anew and may find it a little earlier than was thought; what is told does not go back for that.
        """
        now = self._database_time + timedelta(seconds=time.monotonic() - self._read_at)
        if not timedelta(0) < self._told - now < _UNSURE:
            self._told = now
        return self._told

    async def start(self) -> None:
        """Read the clock once, then follow. Raises DATABASE_UNAVAILABLE."""
        with translated_at_start():
            await self.beat()
        self._task = asyncio.create_task(self._follow())

    async def beat(self) -> None:
        """Ask for the time, and with it for all notifications so far."""
        if self._connection is None or self._connection.is_closed():
            self._on_change(None)
            self._connection = await self._primary.connect(server_settings={"application_name": "strongroom watch"})
            await self._connection.add_listener(API_KEYS_CHANNEL, self._heard)
        asked_at = time.monotonic()
        row = await self._connection.fetchrow(_BEAT, timeout=_FROZEN_SECONDS)
        assert row is not None
        if row["read_only"]:
            # Nor does it hear of revocations on the server that does.
            self._primary.leave()
            raise ReadOnlyError
        self._database_time = row["now"]
        self._read_at = (asked_at + time.monotonic()) / 2
        self._heard_at = asked_at

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            await cancel_all([self._task], self._drop)
        self._drop()

    async def _follow(self) -> None:
        lost = False
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self.beat()
            except Exception as error:  # a node that has stopped listening for good could not tell
                self._drop()
                if not lost:
                    _log.warning("database unheard", error=type(error).__name__)
                lost = True
            else:
                if lost:
                    _log.info("database heard again")
                lost = False

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._on_change(str(payload))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
