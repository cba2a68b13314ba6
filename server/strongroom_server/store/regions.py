"""Waits until the replicas have replayed a write. One task polls their positions for all waiting calls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.store.database import Database

_POLL_SECONDS: Final = 0.02

_log = structlog.get_logger()

# The end of the write-ahead log, and the position up to which all regions have replayed it: null if one is not connected.
_POSITIONS: Final = """
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,
        (select case when count(distinct application_name) = cardinality($1::text[])
            then min(pg_wal_lsn_diff(replay_lsn, '0/0'))::bigint end
         from pg_stat_replication where application_name = any($1) and replay_lsn is not null)
"""


@dataclass(slots=True)
class _Waiter:
    """A waiting call. `position` is read after its commit, so its writes are before it."""

    done: asyncio.Future[None]
    position: int | None = None


class Regions:
    """The replicas of a deployment, by their application_name."""

    def __init__(self, database: Database, names: Sequence[str]) -> None:
        self._database = database
        self._names = tuple(names)
        self._waiters: list[_Waiter] = []
        self._polling: asyncio.Task[None] | None = None

    async def caught_up(self, seconds: float) -> bool:
        """Wait until every region has replayed all commits until now. Returns False after a timeout of that many seconds."""
        if not self._names:
            return True
        waiter = _Waiter(asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        if self._polling is None:
            self._polling = asyncio.create_task(self._poll())
        try:
            async with asyncio.timeout(seconds):
                await waiter.done
        except TimeoutError:
            return False
        finally:
            self._waiters.remove(waiter)
        return True

    async def _poll(self) -> None:
        while self._waiters:
            try:
                row = await self._database.fetchrow(_POSITIONS, self._names)
                assert row is not None
                self._complete(*row)
            except Exception as error:  # the next poll may succeed
                _log.warning("regions not polled", error=type(error).__name__)
            await asyncio.sleep(_POLL_SECONDS)
        self._polling = None

    def _complete(self, position: int, replayed: int | None) -> None:
        for waiter in self._waiters:
            if waiter.position is None:
                waiter.position = position
            if replayed is not None and replayed >= waiter.position and not waiter.done.done():
                waiter.done.set_result(None)
