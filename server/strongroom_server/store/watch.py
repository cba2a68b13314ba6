"""Follows the database's clock and the notifications of changed rows, on a connection of its own.

The database's clock decides what has expired. The node compares it with its own clock, which nobody who controls the database
can set.

Postgres delivers the notifications committed before a statement together with that statement's result. So if the last beat was
sent within HEARING_SECONDS and answered, the node has received every change older than that.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.tasks import cancel_all
from strongroom_server.store.database import ReadOnlyError, translated_at_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asyncpg import Connection, Record

    from strongroom_server.store.node_session import NodeSession
    from strongroom_server.store.primary import Primary

BEAT_SECONDS: Final = 0.25
# Callers who send wrong keys one after another cause at most one statement in this time.
CATCH_UP_SECONDS: Final = 0.005
HEARING_SECONDS: Final = 0.9
# A server that takes longer is frozen or down: the node looks for the primary again. A slower but responding server is kept.
_FROZEN_SECONDS: Final = 3.0
_UNSURE: Final = timedelta(seconds=1)
# The clocks of a database and a node with working time synchronisation differ by less than a second.
CLOCK_LIMIT: Final = timedelta(seconds=60)

# Also detects a server that was demoted or made read-only.
_BEAT: Final = "select strongroom_now() as now, current_setting('transaction_read_only')::boolean as read_only"

_log = structlog.get_logger()


class Watch:
    """Follows the database until closed. The next beat replaces a lost connection.

    `on_change` has a function for each notification channel. It is called with the id of a changed row, or with None if changes may
    have been missed, when the node listens again: so a function that reads the rows then misses no change.

    `session`, if there is one, holds its lock on the connection.
    """

    def __init__(
        self,
        primary: Primary,
        on_change: Mapping[str, Callable[[str | None], None]],
        session: NodeSession | None = None,
    ) -> None:
        self._primary = primary
        self._on_change = on_change
        self._session = session
        self._connection: Connection[Record] | None = None
        self._heard_at = float("-inf")
        self._database_time = datetime.now(UTC)
        self._read_at = time.monotonic()
        self._last_returned = datetime.min.replace(tzinfo=UTC)
        # The latest time of the database that was within CLOCK_LIMIT of this node's clock.
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._clock_problem = ""
        self._task: asyncio.Task[None] | None = None
        # The connection can run one statement at a time.
        self._beating = asyncio.Lock()
        # The beats for callers of `catch_up`, and the one that has not begun.
        self._beats: set[asyncio.Task[None]] = set()
        self._next_beat: asyncio.Task[None] | None = None

    @property
    def hearing(self) -> bool:
        """Whether every change older than HEARING_SECONDS has been received."""
        return time.monotonic() - self._heard_at < HEARING_SECONDS

    @property
    def clock_is_right(self) -> bool:
        """Whether the database's clock is within CLOCK_LIMIT of this node's, and did not run back at the last beat."""
        return not self._clock_problem

    def now(self) -> datetime:
        """The time by the database's clock, so that nodes with different clocks agree.

        A beat may find the clock slightly earlier than this node estimated; the returned time does not go back then.
        """
        now = self._database_time + timedelta(seconds=time.monotonic() - self._read_at)
        if not timedelta(0) < self._last_returned - now < _UNSURE:
            self._last_returned = now
        return self._last_returned

    async def start(self) -> None:
        """Read the clock, and start to follow the database. Raises DATABASE_UNAVAILABLE."""
        with translated_at_start():
            await self.beat()
        self._task = asyncio.create_task(self._follow())

    async def beat(self) -> None:
        """Read the time, and with it all notifications so far."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._primary.connect(server_settings={"application_name": "strongroom watch"})
            for channel, changed in self._on_change.items():
                await self._connection.add_listener(channel, self._heard)
                changed(None)
        asked_at, asked_time = time.monotonic(), datetime.now(UTC)
        row = await self._connection.fetchrow(_BEAT, timeout=_FROZEN_SECONDS)
        answered_at, answered_time = time.monotonic(), datetime.now(UTC)
        assert row is not None
        if row["read_only"]:
            # It would not receive revocations from the new primary.
            self._primary.leave()
            raise ReadOnlyError
        if self._session is not None:
            await self._session.keep(self._connection)
        self._database_time = row["now"]
        self._read_at = (asked_at + answered_at) / 2
        self._heard_at = asked_at
        self._check_clock(asked_time, answered_time)

    async def catch_up(self) -> bool:
        """Return once each notification of a commit before this call was received and its function called.

        False if the database does not answer. All that wait share one statement.
        """
        called_at = time.monotonic()
        if self._next_beat is None:
            self._next_beat = asyncio.create_task(self._beat_for_all())
            self._beats.add(self._next_beat)
            self._next_beat.add_done_callback(self._beats.discard)
        await asyncio.wait([self._next_beat], timeout=HEARING_SECONDS)
        return self._heard_at >= called_at

    async def close(self) -> None:
        """Stop following the database."""
        if tasks := [*self._beats, *([self._task] if self._task else [])]:
            await cancel_all(tasks, self._drop)
        self._drop()

    def _check_clock(self, asked_time: datetime, answered_time: datetime) -> None:
        """Compare the database's time with this node's time before and after the beat. Log when the result changes."""
        ahead = max(self._database_time - answered_time, timedelta(0)) - max(
            asked_time - self._database_time, timedelta(0)
        )
        problem = ""
        if abs(ahead) > CLOCK_LIMIT:
            problem = "the database's clock is far from this node's"
        elif self._latest - self._database_time > _UNSURE:
            problem = "the database's clock runs back"
        else:
            self._latest = max(self._latest, self._database_time)
        if problem and problem != self._clock_problem:
            _log.error(
                "clock wrong",
                problem=problem,
                seconds_ahead=round(ahead.total_seconds()),
                remedy="synchronise the clocks of the database server and of this node",
            )
        elif self._clock_problem and not problem:
            _log.info("clock right again")
        self._clock_problem = problem

    async def _beat_for_all(self) -> None:
        """Beat soon for all callers of `catch_up` until it begins. `_follow` logs if the database does not answer."""
        await asyncio.sleep(self._heard_at + CATCH_UP_SECONDS - time.monotonic())
        async with self._beating:
            self._next_beat = None
            try:
                await self.beat()
            except Exception:  # the next beat replaces the connection
                self._drop()

    async def _follow(self) -> None:
        lost = False
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                async with self._beating:
                    await self.beat()
            except Exception as error:  # the node must go on listening after any error
                self._drop()
                if not lost:
                    _log.warning("database not answering", error=type(error).__name__)
                lost = True
            else:
                if lost:
                    _log.info("database answers again")
                lost = False

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._on_change[channel](str(payload))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
