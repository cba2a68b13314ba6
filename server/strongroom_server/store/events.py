"""Reads and writes the outbox: inserts events, gives them sequence numbers, and deletes old ones.

A statement that changes something inserts its event itself, so both are stored or none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from msgspec import structs

from strongroom_server.core.records import OutboxEvent, PublishedEvent
from strongroom_server.store import many, timelines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from strongroom_server.store.database import Database, Transaction

# So long an event is kept.
KEPT_DAYS: Final = 30
# So long a delivery is tried.
RETRIED: Final = "3 days"
# Sequence numbers that are left out when the newest events may be lost, because readers may know their numbers. As many as 115
# events of one organisation per second in a day.
SKIPPED_SEQUENCES: Final = 10_000_000

_NAMES: Final = OutboxEvent.__struct_fields__
COLUMNS: Final = ", ".join(f"e.{name}" for name in _NAMES)

_UNNUMBERED: Final = "select distinct organisation_id from events where sequence is null"
# The first timeline of every server: on a later one, events of the organisation may be lost.
_ADD_HEAD: Final = (
    "insert into event_heads (organisation_id, sequence, timeline) values ($1, 0, 1) on conflict do nothing"
)
_LOCK_HEAD: Final = "select sequence from event_heads where organisation_id = $1 for update skip locked"
_NEWEST: Final = f"sequence + case when timeline = {timelines.PRESENT} then 0 else {SKIPPED_SEQUENCES} end"
_NUMBER: Final = f"""
    with head as (
        update event_heads set sequence = {_NEWEST} + cardinality($2::uuid[]), timeline = {timelines.PRESENT}
        where organisation_id = $1 returning sequence - cardinality($2::uuid[]) as before
    ), numbered as (
        update events e set sequence = head.before + n.place from head, unnest($2::uuid[]) with ordinality n (id, place)
        where e.event_id = n.id and e.organisation_id = $1 and e.sequence is null
        returning e.event_id, e.event_type
    )
    insert into deliveries (organisation_id, webhook_id, event_id, state, give_up_time, next_attempt_time)
    select $1, w.id, n.event_id, 1, strongroom_now() + interval '{RETRIED}', strongroom_now()
    from numbered n join webhooks w on w.organisation_id = $1 and (w.event_types = '{{}}' or n.event_type = any(w.event_types))
    on conflict do nothing
"""
_AFTER: Final = f"""
    select {COLUMNS}, e.sequence from events e where e.organisation_id = $1 and e.sequence > $2 order by e.sequence limit $3
"""
_RANGE: Final = f"""
    select coalesce((select {_NEWEST} from event_heads where organisation_id = $1), 0),
        (select min(sequence) from events where organisation_id = $1)
"""
_PAGE: Final = f"select {COLUMNS} from events e where e.event_id > $1 order by e.event_id limit 500"
_DELETE_OLD: Final = f"""
    with old as (
        select event_id from events where create_time < strongroom_now() - interval '{KEPT_DAYS} days'
        and sequence is not null order by create_time limit $1 for update skip locked
    ) delete from events e using old where e.event_id = old.event_id returning 1
"""


def insert(first: int, condition: str = "") -> str:
    """SQL that inserts an event whose arguments start at $first, if the condition holds.

    It is for a `with`: `event as ({insert(5, "from changed limit 1")})`, so that only a change that took place has an event.
    """
    values = ", ".join(f"${index}" for index in range(first, first + len(_NAMES)))
    return f"insert into events ({', '.join(_NAMES)}) select {values} {condition}"


def arguments(event: OutboxEvent) -> tuple[object, ...]:
    """The arguments for `insert`."""
    return structs.astuple(event)


def insert_many(argument: int, condition: str = "") -> str:
    """SQL that inserts the events of the argument with that number, which `many.rows` returns, if the condition holds."""
    return f"{many.insert('events', OutboxEvent, argument)} {condition}"


_INSERT: Final = insert(1)
_INSERT_MANY: Final = insert_many(1)


async def add(database: Database | Transaction, event: OutboxEvent) -> None:
    """Store an event. Callers that change something in the same step use a transaction, or `insert`."""
    await database.fetch(_INSERT, *arguments(event))


async def add_many(transaction: Transaction, found: Sequence[OutboxEvent]) -> None:
    """Store events of what the transaction's other statements do."""
    await transaction.execute(_INSERT_MANY, many.rows(found))


async def organisations_unnumbered(database: Database) -> list[str]:
    """The organisations with events that have no sequence number yet."""
    return [row[0] for row in await database.fetch(_UNNUMBERED)]


async def lock_head(transaction: Transaction, organisation_id: str) -> bool:
    """Lock the organisation's numbers until the commit; False if another node has locked them."""
    await transaction.execute(_ADD_HEAD, organisation_id)
    return await transaction.fetchrow(_LOCK_HEAD, organisation_id) is not None


async def unnumbered(
    transaction: Transaction, organisation_id: str, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[OutboxEvent]:
    """At most `limit` committed events without a sequence number, ordered by time and id, after that time and id."""
    beyond = "" if after is None else "and (e.create_time, e.event_id) > ($3, $4)"
    found = await transaction.fetch(
        f"select {COLUMNS} from events e where e.organisation_id = $1 and e.sequence is null {beyond}"
        " order by e.create_time, e.event_id limit $2",
        organisation_id,
        limit,
        *(after or ()),
    )
    return [OutboxEvent(*row) for row in found]


async def number(transaction: Transaction, organisation_id: str, event_ids: Sequence[UUID]) -> None:
    """Give events the next sequence numbers in this order, and add their deliveries. The head is locked."""
    await transaction.execute(_NUMBER, organisation_id, event_ids)


async def after(database: Database, organisation_id: str, sequence: int, *, limit: int) -> list[PublishedEvent]:
    """At most `limit` events with higher sequence numbers, in their order."""
    found = await database.fetch(_AFTER, organisation_id, sequence, limit)
    return [PublishedEvent(OutboxEvent(*row[:-1]), row[-1]) for row in found]


async def sequences(database: Database, organisation_id: str) -> tuple[int, int | None]:
    """The sequence number of the newest event ever, 0 before the first one; and of the oldest that is kept, if there is one.

    If the newest events may be lost, the first one includes the numbers that are left out.
    """
    found = await database.fetchrow(_RANGE, organisation_id)
    assert found is not None
    return found[0], found[1]


async def pages(database: Database) -> AsyncIterator[list[OutboxEvent]]:
    """Every event that is kept."""
    after = UUID(int=0)
    while found := await database.fetch(_PAGE, after):
        page = [OutboxEvent(*row) for row in found]
        yield page
        after = page[-1].event_id


async def delete_old(database: Database, *, limit: int) -> int:
    """Delete at most `limit` events that are no longer kept, with their deliveries, and return how many."""
    return len(await database.fetch(_DELETE_OLD, limit))
