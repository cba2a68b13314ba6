"""Reads and changes the lock of all nodes, one row of the database.

A node reads the row every WATCH_SECONDS, on a connection of its own. It does not wait for a notification, which could be missed
while a connection is lost or the primary changes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from asyncpg import UndefinedTableError

from strongroom_server.core.errors import OperatorError
from strongroom_server.store.migrate import connected
from strongroom_server.store.primary import Primary

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Connection, Record

    from strongroom_server.store.database import Database, Transaction

WATCH_SECONDS: Final = 0.25
# A server that takes longer is frozen or down: the next connection may go to another host.
_FROZEN_SECONDS: Final = 3.0

_READ: Final = (
    "select locked, update_time, current_setting('transaction_read_only')::boolean as read_only from node_lock"
)
_WRITE: Final = "update node_lock set locked = $1, update_time = strongroom_now() where locked <> $1 returning 1"

_log = structlog.get_logger()


class LockedError(OperatorError):
    """An operator has locked the nodes: none of them may hold private keys."""

    exit_status = 4

    def __init__(self) -> None:
        super().__init__("the nodes are locked: an operator unlocks them with `strongroom-server unlock`")


async def require_unlocked(url: str) -> None:
    """Raises LockedError, or MigrationError if the row cannot be read. A database without the table is not locked."""
    async with connected(url) as connection:
        if await connection.fetchval("select to_regclass('node_lock')") is None:
            return
        row = await _read(connection)
        if row is None or row["locked"]:
            raise LockedError


async def write(database: Database | Transaction, *, locked: bool) -> bool:
    """Lock or unlock all nodes; False if they are already."""
    return await database.fetchrow(_WRITE, locked) is not None


async def until_locked(url: str) -> None:
    """Return once the nodes are locked, or were locked since this began: a node may be frozen or cut off while they are.

    A lost connection is replaced: until then the node can't serve either.
    """
    primary, has_logged = Primary(url), False
    changed: datetime | None = None
    connection: Connection[Record] | None = None
    try:
        while True:
            try:
                if connection is None or connection.is_closed():
                    connection = await primary.connect(server_settings={"application_name": "strongroom lock"})
                row = await _read(connection)
                if row is None or row["locked"]:
                    return
                if row["read_only"]:
                    primary.leave()
                elif row["update_time"] != (changed := changed or row["update_time"]):
                    return
            except UndefinedTableError:
                # `run` watches before it has set up a new database.
                pass
            except Exception as error:  # the node must go on watching after any error
                if connection is not None:
                    connection.terminate()
                    connection = None
                if not has_logged:
                    _log.warning("lock cannot be read", error=type(error).__name__)
                has_logged = True
            else:
                has_logged = False
            await asyncio.sleep(WATCH_SECONDS)
    finally:
        if connection is not None:
            connection.terminate()


async def _read(connection: Connection[Record]) -> Record | None:
    """The row. No command deletes it, so if there is none, nobody who may let nodes run decided that.

    If `read_only` is true, the server is no longer the primary, so the row may be an old one.
    """
    return await connection.fetchrow(_READ, timeout=_FROZEN_SECONDS)
