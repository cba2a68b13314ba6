"""Reads and writes deliveries: those that are due, their outcomes, and what callers list."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1.event_service_pb2 import (
    DELIVERY_STATE_DELIVERED,
    DELIVERY_STATE_GIVEN_UP,
    DELIVERY_STATE_PENDING,
)
from strongroom_server.core.records import Delivery, OutboxEvent, PublishedEvent
from strongroom_server.store import audit, events

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

# Requests under way at a time, on all nodes together.
MOST_OF_WEBHOOK: Final = 4
MOST_OF_ORGANISATION: Final = 16
# A node whose request takes longer than this has died or hangs: the event is sent again. Longer than any request.
LEASE: Final = timedelta(seconds=60)
# Rows keep so many attempts.
_MOST_ATTEMPTS: Final = 30

_COLUMNS: Final = """
    d.webhook_id, d.event_id, e.event_type, e.sequence, d.state, d.next_attempt_time, d.attempt_times, d.attempt_outcomes
"""
# Nodes take turns, so that the bounds hold for all of them together.
_LOCK: Final = "select pg_try_advisory_xact_lock(hashtextextended('strongroom deliveries', 0))"
_IS_DUE: Final = "select exists (select from deliveries where state = 1 and next_attempt_time <= strongroom_now())"
# The webhooks with pending deliveries, by one look at the index for each: most webhooks have none, and few may have many.
_PENDING: Final = """
    with recursive pending as (
        (select webhook_id from deliveries where state = 1 order by webhook_id limit 1)
        union all
        select (
            select webhook_id from deliveries where state = 1 and webhook_id > p.webhook_id order by webhook_id limit 1
        ) from pending p where p.webhook_id is not null
    ), active as (
        select w.* from pending p join webhooks w on w.id = p.webhook_id where not w.paused and w.disable_time is null
    )
"""
# Whoever has the fewest requests under way comes first, so that receivers that hang take no place from other organisations.
_TAKE: Final = f"""
    {_PENDING}, due as (
        select d.organisation_id, d.webhook_id, d.event_id, d.next_attempt_time,
            row_number() over (partition by d.organisation_id order by d.next_attempt_time, d.event_id) as place
        from active w cross join lateral (
            select * from deliveries d
            where d.webhook_id = w.id and d.state = 1 and d.next_attempt_time <= strongroom_now()
            order by d.next_attempt_time, d.event_id limit greatest(0, {MOST_OF_WEBHOOK} - (
                select count(*) from deliveries l
                where l.organisation_id = w.organisation_id and l.webhook_id = w.id and l.lease_until > strongroom_now()
            ))
        ) d
    ), taken as (
        select due.* from due cross join lateral (
            select count(*) as count from deliveries l
            where l.organisation_id = due.organisation_id and l.lease_until > strongroom_now()
        ) under_way where place + under_way.count <= {MOST_OF_ORGANISATION}
        order by place + under_way.count, due.next_attempt_time limit $1
    )
    update deliveries d set lease_until = strongroom_now() + $2::interval, next_attempt_time = strongroom_now() + $2::interval
    from taken t join events e on e.event_id = t.event_id
    where d.webhook_id = t.webhook_id and d.event_id = t.event_id
    returning d.webhook_id, d.lease_until, d.failures, d.give_up_time, {events.COLUMNS}, e.sequence
"""
_OLDEST: Final = f"""
    {_PENDING}
    select coalesce(extract(epoch from strongroom_now() + interval '{events.RETRIED}' - min(d.give_up_time)), 0)::float8
    from active w cross join lateral (
        select give_up_time from deliveries where webhook_id = w.id and state = 1 order by give_up_time limit 1
    ) d
"""
_KEPT: Final = f"greatest(1, cardinality(attempt_times) + 2 - {_MOST_ATTEMPTS})"
_ATTEMPT: Final = f"""
    lease_until = null, attempt_times = (attempt_times || strongroom_now())[{_KEPT}:],
    attempt_outcomes = (attempt_outcomes || $3::text)[{_KEPT}:]
"""
# Whoever has the lease by now: the event has arrived.
_DELIVERED: Final = f"""
    with delivered as (
        update deliveries set state = {DELIVERY_STATE_DELIVERED}, next_attempt_time = null, {_ATTEMPT}
        where webhook_id = $1 and event_id = $2
    ) update webhooks set failing_since_time = null where id = $1 and failing_since_time is not null
"""
# $5 is when to try again, null for never. A webhook that has failed ever since its delivery began is disabled with the delivery.
_DISABLES: Final = f"""
    disable_time is null and ($6 or ($5 is null and failing_since_time < strongroom_now() - interval '{events.RETRIED}' * 0.9))
"""
_FAILED: Final = f"""
    with failed as (
        update deliveries set failures = failures + 1, next_attempt_time = $5,
            state = case when $5::timestamptz is null then {DELIVERY_STATE_GIVEN_UP} else {DELIVERY_STATE_PENDING} end,
            {_ATTEMPT}
        where webhook_id = $1 and event_id = $2 and lease_until = $4 returning 1
    )
    update webhooks set failing_since_time = coalesce(failing_since_time, strongroom_now()),
        disable_time = case when {_DISABLES} then strongroom_now() else disable_time end,
        disable_reason = case when {_DISABLES} then case when $6 then 'gone' else 'failing' end else disable_reason end
    where id = $1 and exists (select from failed)
"""
_GIVE_UP: Final = f"""
    with late as (
        select webhook_id, event_id from deliveries where state = {DELIVERY_STATE_PENDING}
        and next_attempt_time <= strongroom_now() and give_up_time < strongroom_now() limit $1 for update skip locked
    ) update deliveries d set state = {DELIVERY_STATE_GIVEN_UP}, next_attempt_time = null, lease_until = null
    from late where d.webhook_id = late.webhook_id and d.event_id = late.event_id returning 1
"""
_REDELIVER: Final = f"""
    with changed as (
        insert into deliveries (organisation_id, webhook_id, event_id, state, give_up_time, next_attempt_time)
        select $1, w.id, e.event_id, 1, strongroom_now() + interval '{events.RETRIED}', strongroom_now()
        from webhooks w join events e on e.organisation_id = $1 and e.event_id = $3 and e.sequence is not null
        where w.organisation_id = $1 and w.id = $2
        on conflict (webhook_id, event_id) do update
        set state = 1, give_up_time = excluded.give_up_time, failures = 0, next_attempt_time = excluded.next_attempt_time
        returning event_id
    ) {audit.insert_act(4)} select 1 from changed
"""
_FROM: Final = (
    "from deliveries d join events e on e.event_id = d.event_id where d.organisation_id = $1 and d.webhook_id = $2"
)
_GET: Final = f"select {_COLUMNS} {_FROM} and d.event_id = $3"
_PAGE: Final = f"select {_COLUMNS} {_FROM} and ($3::uuid is null or d.event_id < $3) order by d.event_id desc limit $4"


class Taken(NamedTuple):
    """A delivery that this node has taken until the end of its lease."""

    webhook_id: UUID
    lease_until: datetime
    failures: int
    give_up_time: datetime
    published: PublishedEvent


async def take(transaction: Transaction, *, limit: int) -> list[Taken]:
    """Take at most `limit` deliveries that are due, within the bounds of webhooks and organisations."""
    due = await transaction.fetchrow(_IS_DUE)
    lock = await transaction.fetchrow(_LOCK) if due is not None and due[0] else None
    if lock is None or not lock[0]:
        return []
    found = await transaction.fetch(_TAKE, limit, LEASE)
    return [Taken(row[0], row[1], row[2], row[3], PublishedEvent(OutboxEvent(*row[4:-1]), row[-1])) for row in found]


async def delivered(database: Database, taken: Taken, outcome: str) -> None:
    """Store that the receiver has the event, also if another node has taken the delivery by now."""
    await database.fetch(_DELIVERED, taken.webhook_id, taken.published.event.event_id, outcome)


async def failed(database: Database, taken: Taken, outcome: str, retry_time: datetime | None, *, is_gone: bool) -> None:
    """Store a failure and when to try again, None for never, unless another node has taken the delivery by now.

    A webhook that is gone is disabled.
    """
    event_id = taken.published.event.event_id
    await database.fetch(_FAILED, taken.webhook_id, event_id, outcome, taken.lease_until, retry_time, is_gone)


async def oldest_pending(database: Database) -> float:
    """For how many seconds the oldest delivery waits, of webhooks that are not paused or disabled."""
    found = await database.fetchrow(_OLDEST)
    assert found is not None
    return max(0.0, float(found[0]))


async def give_up_late(database: Database, *, limit: int) -> int:
    """Give up at most `limit` deliveries that waited too long for a webhook that is paused or disabled."""
    return len(await database.fetch(_GIVE_UP, limit))


async def redeliver(database: Database, organisation_id: str, webhook_id: UUID, event_id: UUID, act: Act) -> bool:
    """Make a delivery due, or add it, with its audit event; False if there is no such webhook or numbered event."""
    found = await database.fetchrow(_REDELIVER, organisation_id, webhook_id, event_id, *audit.arguments(act))
    return found is not None


async def get(database: Database, organisation_id: str, webhook_id: UUID, event_id: UUID) -> Delivery | None:
    """Read a delivery."""
    found = await database.fetchrow(_GET, organisation_id, webhook_id, event_id)
    return Delivery(*found) if found else None


async def page(
    database: Database, organisation_id: str, webhook_id: UUID, *, before: UUID | None, size: int
) -> list[Delivery]:
    """Read at most `size` deliveries of a webhook, newest event first, before that event."""
    found = await database.fetch(_PAGE, organisation_id, webhook_id, before, size)
    return [Delivery(*row) for row in found]
