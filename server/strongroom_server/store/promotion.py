"""Notices that the primary has another timeline than before: a replica was promoted, or the server recovered to an earlier point.

What was committed last may be missing on it, above all pairs of tokens. A provider that replaces refresh tokens does not take the
older ones then, so every grant is in doubt until a refresh proves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.store import grant_rows, timelines

if TYPE_CHECKING:
    from asyncpg import Connection, Record

_READ: Final = f"select {timelines.PRESENT} as present, (select timeline from timeline_seen) as seen"
_BEGIN: Final = "insert into timeline_seen (timeline) values ($1) on conflict do nothing"
# The node that changes the row suspects the grants, in the same commit. Others wait for the row, and then find it changed.
_CHANGE: Final = f"""
    with changed as (
        update timeline_seen set timeline = $2 where timeline <> $2 returning 1
    ), suspected as (
        {grant_rows.SUSPECT} and exists (select from changed) returning 1
    ) select exists (select from changed), (select count(*) from suspected)
"""
_FROZEN_SECONDS: Final = 3.0
# 100,000 grants took 10 seconds on two busy cores. Until then no node requests tokens.
_CHANGE_SECONDS: Final = 300.0

_log = structlog.get_logger()


async def notice(connection: Connection[Record]) -> int:
    """The timeline of the primary. If it is not the one that was last seen, the grants are REAUTH_SUSPECTED when this returns.

    Raises the driver's errors.
    """
    row = await connection.fetchrow(_READ, timeout=_FROZEN_SECONDS)
    assert row is not None
    present: int = row["present"]
    if row["seen"] is None:
        await connection.execute(_BEGIN, present, timeout=_FROZEN_SECONDS)
    elif row["seen"] != present:
        changed = await connection.fetchrow(_CHANGE, grant_rows.PROMOTION, present, timeout=_CHANGE_SECONDS)
        if changed is not None and changed[0]:
            _log.warning("primary promoted", grants_suspected=changed[1])
    return present
