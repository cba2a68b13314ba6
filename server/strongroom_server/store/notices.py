"""Reads what organisations have to be told about their credentials now, and marks it as told.

A trigger of migration 0031 adds the rows and changes them, in the transaction of the credential's change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.core.records import Credential, OutboxEvent
from strongroom_server.store import credentials, events, many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.store.database import Database

_DUE: Final = f"""
    select n.about, n.time, n.due_time, strongroom_now(), {credentials.COLUMNS} from (
        select * from notices where due_time <= strongroom_now() order by due_time limit $1
    ) n join credentials c on c.organisation_id = n.organisation_id and c.id = n.credential_id
"""

# A row that another node has told, that somebody changed since it was read, or that is locked, is left alone.
_TELL: Final = f"""
    with due as (
        select n.organisation_id, n.credential_id, n.about, i.next_time, i.event_id from notices n
        join unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::uuid[])
            i (organisation_id, credential_id, about, time, due_time, next_time, event_id)
        on n.organisation_id = i.organisation_id and n.credential_id = i.credential_id and n.about = i.about
        and n.time = i.time and n.due_time = i.due_time
        for update of n skip locked
    ), told as (
        update notices n set due_time = d.next_time from due d
        where n.organisation_id = d.organisation_id and n.credential_id = d.credential_id and n.about = d.about
        returning d.event_id
    ), event as (
        {events.insert_many(8, "e where e.event_id in (select event_id from told)")}
    )
    select count(*) from told
"""


class Due(NamedTuple):
    """What is due: the name of the column that it is about and its value, the credential, and the time when it was read."""

    about: str
    time: datetime
    due_time: datetime
    now: datetime
    row: Credential


class Told(NamedTuple):
    """What is told now, and when there is more to tell. Without an event nothing is told."""

    due: Due
    event: OutboxEvent | None
    next_time: datetime | None


async def due(database: Database, *, limit: int) -> list[Due]:
    """At most `limit` of what is due, the oldest first."""
    found = await database.fetch(_DUE, limit)
    return [Due(row[0], row[1], row[2], row[3], Credential(*row[4:])) for row in found]


async def tell(database: Database, told: Sequence[Told]) -> int:
    """Store the events and mark them as told, in one statement. Returns how many: each is told once, whichever node stores it."""
    found = await database.fetch(
        _TELL,
        [each.due.row.organisation_id for each in told],
        [each.due.row.id for each in told],
        [each.due.about for each in told],
        [each.due.time for each in told],
        [each.due.due_time for each in told],
        [each.next_time for each in told],
        [each.event.event_id if each.event else None for each in told],
        many.rows(each.event for each in told if each.event),
    )
    return int(found[0][0])
