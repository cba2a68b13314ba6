"""Shows the other nodes that this process lives: an advisory lock that Postgres drops with its connection.

The lock is on the connection of the watch. A process that is killed loses the lock at once, one that is frozen keeps it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.store import promotion

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncpg import Connection, Record

    from strongroom_server.store.database import Database

_LOCKS: Final = 7070
# A session counts as gone once it has been missing for this long. A living node has its lock again before that: the watch finds out
# within a beat that its connection is lost.
GONE_SECONDS: Final = 1.0
# Between two looks of a node that waits. After a longer gap it begins again to wait.
_LOOK_SECONDS: Final = 0.1
_GAP_SECONDS: Final = 0.7

# A server that takes longer is frozen or down.
_FROZEN_SECONDS: Final = 3.0
# How long the lock of the same number is tried after a reconnect.
_RELOCK_SECONDS: Final = 5.0

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time() -> float:
    """Seconds on a clock that also runs while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


def holds(node: str, pid: str = "") -> str:
    """SQL that holds if the node with that number has its lock, on the connection with that process id."""
    return f"""exists (
        select from pg_locks l where l.locktype = 'advisory' and l.classid = {_LOCKS} and l.objid::bigint = {node}
        and l.objsubid = 2 and l.granted and l.database = (select d.oid from pg_database d where d.datname = current_database())
        {f"and l.pid = {pid}" if pid else ""}
    )"""


_NUMBER: Final = "select nextval('node_numbers')"
_LOCK: Final = f"select pg_try_advisory_lock({_LOCKS}, $1)"
_IS_THERE: Final = f"select 1 where {holds('$1::integer')}"


class Held(NamedTuple):
    """A lock that is held: the number of the node, the server's process of the connection, and since when by `boot_time`."""

    number: int
    pid: int
    since: float


class NodeSession:
    """The number of this process among all of the database, and the lock of this number."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._connection: Connection[Record] | None = None
        self._held: Held | None = None
        # When the connection was first used.
        self._connected = float("-inf")
        # That of the primary, and what is called when it is another than before.
        self._timeline: int | None = None
        self._on_new_timeline: list[Callable[[], None]] = []
        # Of other nodes: since when their lock is missing, and when that was last seen.
        self._missing: dict[int, tuple[float, float]] = {}
        # When this node last looked for their locks.
        self._looked: dict[int, float] = {}

    @property
    def held(self) -> Held | None:
        """The lock, if the connection lives as far as this process knows."""
        if self._connection is None or self._connection.is_closed():
            return None
        return self._held

    def on_new_timeline(self, *acts: Callable[[], None]) -> None:
        """Call these before the lock is held on a primary that was promoted."""
        self._on_new_timeline += acts

    async def keep(self, connection: Connection[Record]) -> None:
        """Hold the lock on this connection. The watch calls it with each beat. Raises the driver's errors."""
        if connection is self._connection and self._held is not None:
            return
        if connection is not self._connection:
            self._connection, self._held, self._connected = connection, None, boot_time()
        # The server may not know yet that the previous connection is lost, and then the next beat tries again. If the network does
        # not tell it, that takes hours: a new number is better. What was requested under the old one is waited for.
        if self._number is None or boot_time() - self._connected > _RELOCK_SECONDS:
            self._number = int(await connection.fetchval(_NUMBER, timeout=_FROZEN_SECONDS))
        timeline = await promotion.notice(connection)
        if self._timeline not in {None, timeline}:
            for act in self._on_new_timeline:
                act()
        self._timeline = timeline
        if await connection.fetchval(_LOCK, self._number, timeout=_FROZEN_SECONDS):
            self._held = Held(self._number, connection.get_server_pid(), boot_time())

    async def is_gone(self, database: Database, number: int, blind_seconds: float) -> bool:
        """Whether the session of another node has been missing for GONE_SECONDS.

        Never if this node's own is younger than `blind_seconds`: after a restart or a promotion of the server all sessions are new,
        and a node that lives may not be back yet.
        """
        held, now = self.held, boot_time()
        if held is None or held.number == number or now - held.since < blind_seconds:
            return False
        if now - self._looked.get(number, float("-inf")) >= _LOOK_SECONDS:
            # Before the statement, so that of many callers one looks.
            self._looked[number] = now
            if await database.fetchrow(_IS_THERE, number) is not None:
                self._missing.pop(number, None)
                return False
            since, seen = self._missing.get(number, (now, float("-inf")))
            # The statement may have taken long: what it shows counts from its end.
            self._missing[number] = (boot_time() if now - seen > _GAP_SECONDS else since, now)
        since, _ = self._missing.get(number, (now, now))
        return now - since >= GONE_SECONDS
