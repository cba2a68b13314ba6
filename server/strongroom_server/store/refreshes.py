"""Finds the grants that are due to be refreshed, records that grants are used, and counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.v1.credential_pb2 import REFRESH_STATE_ACTIVE
from strongroom_server.store import grant_rows
from strongroom_server.store.tokens import Key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from strongroom_server.store.database import Database, Transaction

_KEY: Final = "t.organisation_id = $1 and t.credential_id = $2 and t.parameters_sha256 = $3"

# Nodes take turns, so that none takes what another is about to take.
_LOCK: Final = "select pg_try_advisory_xact_lock(hashtextextended('strongroom refreshes', 0))"
_IS_DUE: Final = "select exists (select from tokens where refresh_time <= strongroom_now())"
# A few of each organisation that has any, found by one step in the index per organisation. $1 is how many in all, $4 how many of an
# organisation, and $3 how many of those in $2.
_TAKE: Final = """
    with recursive organisation as (
        (select t.organisation_id as id from tokens t where t.refresh_time is not null order by 1 limit 1)
        union all
        select (
            select t.organisation_id from tokens t where t.refresh_time is not null and t.organisation_id > o.id order by 1 limit 1
        ) from organisation o where o.id is not null
    ), due as (
        select d.*, row_number() over (partition by d.organisation_id order by d.refresh_time) as place
        from organisation o left join unnest($2::text[], $3::integer[]) b (id, free) on b.id = o.id
        cross join lateral (
            select t.organisation_id, t.credential_id, t.parameters_sha256, t.refresh_time from tokens t
            where t.organisation_id = o.id and t.refresh_time <= strongroom_now()
            order by t.refresh_time limit coalesce(b.free, $4)
        ) d
    ), taken as (
        select * from due order by place, refresh_time limit $1
    )
    update tokens t set refresh_time = strongroom_now() + $5::interval from taken k
    where t.organisation_id = k.organisation_id and t.credential_id = k.credential_id
    and t.parameters_sha256 = k.parameters_sha256 and t.refresh_time = k.refresh_time
    returning t.organisation_id, t.credential_id, t.parameters_sha256, t.generation, t.refresh_time
"""
# Only if no refresh has set another time meanwhile.
_POSTPONE: Final = (
    f"update tokens t set refresh_time = strongroom_now() + $5::interval where {_KEY} and t.refresh_time = $4"
)
# A grant that was idle is refreshed ahead of need from now on.
_RECORD_USE: Final = f"""
    update tokens t set used_time = strongroom_now(),
        refresh_time = case when t.refresh_time is not null and not t.{grant_rows.IS_FAILING} and t.box is not null
            then least(t.refresh_time, {grant_rows.refresh_time_of("t.create_time", "t.expire_time", "strongroom_now()")})
            else t.refresh_time end
    where {_KEY} and (t.used_time is null or t.used_time < strongroom_now() - $4::interval)
"""
# Indexes find them. A grant that is not ACTIVE may have no time of its next refresh.
_COUNT: Final = f"""
    select 0, 0, count(*), null::timestamptz from tokens t where t.refresh_time is not null
    union all
    select t.state, count(*), count(t.refresh_time), min(t.state_time) from tokens t
    where t.{grant_rows.IS_FAILING} group by t.state
"""


class Due(NamedTuple):
    """A grant that this node refreshes, with the generation of its pair. `claim` is when another node would do it."""

    key: Key
    generation: int
    claim: datetime


class Grants(NamedTuple):
    """How many grants are in each state, and since when the oldest is not ACTIVE."""

    by_state: Mapping[int, int]
    failing_since: datetime | None


async def take_due(
    database: Database, *, limit: int, of_organisation: int, running: Mapping[str, int], claim: timedelta
) -> list[Due]:
    """At most `limit` grants that are due, and of an organisation at most `of_organisation` with those that are `running`.

    Other nodes find them due again only after the time `claim`.
    """
    found = await database.fetchrow(_IS_DUE)
    if found is None or not found[0]:
        return []
    free = [max(0, of_organisation - count) for count in running.values()]

    async def take(transaction: Transaction) -> list[Due]:
        if not await transaction.fetchval(_LOCK):
            return []
        rows = await transaction.fetch(_TAKE, limit, list(running), free, of_organisation, claim)
        return [Due(Key(*row[:3]), row[3], row[4]) for row in rows]

    return await database.in_transaction(take)


async def postpone(database: Database, due: Due, wait: timedelta) -> None:
    """Have a grant that was not refreshed found due again after this time."""
    await database.fetch(_POSTPONE, *due.key, due.claim, wait)


async def record_use(database: Database, key: Key, every: timedelta) -> None:
    """Record that a grant is used, unless that was done within this time."""
    await database.fetch(_RECORD_USE, *key, every)


async def count(database: Database) -> Grants:
    """Count the grants."""
    (_, _, refreshed, _), *failing = await database.fetch(_COUNT)
    by_state = {state: number for state, number, _, _ in failing}
    by_state[REFRESH_STATE_ACTIVE] = refreshed - sum(row[2] for row in failing)
    return Grants(by_state, min((row[3] for row in failing), default=None))
