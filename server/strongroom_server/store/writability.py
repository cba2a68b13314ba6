"""Checks whether the database takes writes, with a small write every 0.7 s on a connection of its own.

/readyz and gRPC Health report the result. Must not know any table: the write is a message in the write-ahead log, which is flushed
like any commit.
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

# Short enough that with one second of latency a write is answered within _LOST_SECONDS.
EVERY_SECONDS: Final = 0.7
_RETRY_SECONDS: Final = 0.2
# After this time without a write the database counts as not writable.
_LOST_SECONDS: Final = 1.8
# Lets a write count that was answered while the event loop was busy.
_GRACE_SECONDS: Final = 0.1
# The timeout of a write. It waits for slow servers, because a new connection would not be faster.
_FROZEN_SECONDS: Final = 3.0
# Successful writes in a row after an outage, before the database counts as writable.
_ENOUGH: Final = 2

_WRITE: Final = """
    select pg_logical_emit_message(true, 'strongroom', ''), current_setting('transaction_read_only')::boolean as read_only
"""
# Writes half a megabyte to a temporary file on the disk of the tables. Runs only after a statement found the disk full.
_CHECK_DISK: Final = "select count(*) from generate_series(1, 20000)"

_log = structlog.get_logger()


class Writability:
    """Writes regularly until closed. `is_given` is whether the database takes writes."""

    def __init__(self, primary: Primary, database: Database) -> None:
        self._primary = primary
        self._database = database
        self._connection: Connection[Record] | None = None
        self.is_given = False
        self._in_a_row = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Write once, and start to write regularly. Raises DATABASE_UNAVAILABLE."""
        with translated_at_start():
            await self._write()
        self.is_given = True
        self._succeed()
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop writing."""
        if self._deadline is not None:
            self._deadline.cancel()
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
            except Exception as error:  # the next write may succeed
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
            await self._connection.fetchrow(_CHECK_DISK, timeout=_FROZEN_SECONDS)
            self._database.is_full = False

    def _succeed(self) -> None:
        if self._in_a_row >= _ENOUGH and not self.is_given:
            self.is_given = True
            _log.info("database takes writes")
        if self._deadline is not None:
            self._deadline.cancel()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(_LOST_SECONDS, self._overdue)

    def _overdue(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._lose, "no write in time")

    def _lose(self, cause: str) -> None:
        self._in_a_row = 0
        if self.is_given:
            self.is_given = False
            _log.warning("database takes no writes", cause=cause)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
