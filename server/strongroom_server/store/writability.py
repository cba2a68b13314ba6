"""Owns whether the database takes writes, found out by a small write every 0.7 s on a connection of its own.

It is what /readyz and gRPC Health say. Knows no table: the write is a message in the write-ahead log, flushed like any commit.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.tasks import cancel_all
from strongroom_server.store.database import ReadOnlyError, translated_at_start

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from strongroom_server.store.database import Database
    from strongroom_server.store.primary import Primary

# With a second of latency a write is answered before _LOST_SECONDS are over.
EVERY_SECONDS: Final = 0.7
_RETRY_SECONDS: Final = 0.2
# Without a write for this long the database is said to take none.
_LOST_SECONDS: Final = 1.8
# A write that was answered while the event loop was busy is counted before the verdict.
_GRACE_SECONDS: Final = 0.1
# A slow server is waited for: a new connection would be no faster.
_FROZEN_SECONDS: Final = 3.0
# One write after an outage may be luck.
_ENOUGH: Final = 2

_WRITE: Final = """
    select pg_logical_emit_message(true, 'strongroom', ''), current_setting('transaction_read_only')::boolean as read_only
"""
# Spills half a megabyte to a temporary file where the tables are, and removes it. Asked only after a statement found the disk full.
_NEED_ROOM: Final = "select count(*) from generate_series(1, 20000)"

_log = structlog.get_logger()


class Writability:
    """Tries to write until closed. `is_given` says whether the database takes writes."""

    def __init__(self, primary: Primary, database: Database) -> None:
        self._primary = primary
        self._database = database
        self._connection: Connection[Record] | None = None
        self.is_given = False
        self._in_a_row = 0
        self._verdict: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Write once, then go on. Raises DATABASE_UNAVAILABLE."""
        with translated_at_start():
            await self._write()
        self.is_given = True
        self._succeed()
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop writing."""
        if self._verdict is not None:
            self._verdict.cancel()
        if self._task is not None:
            await cancel_all([self._task], self._drop)
        self._drop()

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(EVERY_SECONDS)
        while True:
            begun = loop.time()
            try:
                await self._write()
            except Exception as error:  # whatever it is, the next write may succeed
                self._in_a_row = 0
                self._drop()
                if self._database.is_full:
                    self._lose(type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._in_a_row += 1
                self._succeed()
                pause = EVERY_SECONDS if self.is_given else _RETRY_SECONDS
                await asyncio.sleep(max(pause - (loop.time() - begun), 0.0))

    async def _write(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._primary.connect(
                server_settings={"application_name": "strongroom writability", "work_mem": "64kB"}
            )
        row = await self._connection.fetchrow(_WRITE, timeout=_FROZEN_SECONDS)
        assert row is not None
        if row["read_only"]:
            raise ReadOnlyError
        if self._database.is_full:
            await self._connection.fetchrow(_NEED_ROOM, timeout=_FROZEN_SECONDS)
            self._database.is_full = False

    def _succeed(self) -> None:
        if self._in_a_row >= _ENOUGH and not self.is_given:
            self.is_given = True
            _log.info("database takes writes")
        if self._verdict is not None:
            self._verdict.cancel()
        loop = asyncio.get_running_loop()
        self._verdict = loop.call_later(_LOST_SECONDS, self._doubt)

    def _doubt(self) -> None:
        self._verdict = asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._lose, "no write in time")

    def _lose(self, cause: str) -> None:
        self._in_a_row = 0
        if self.is_given:
            self.is_given = False
            _log.warning("database takes no writes", cause=cause)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
