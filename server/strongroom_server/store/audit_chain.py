"""Reads and writes the hash chains of audit events: unchained events, chained blocks, heads, and dropping old months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import AuditEvent, AuditHead
from strongroom_server.store import revisions
from strongroom_server.store.audit import COLUMNS, chained_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.core.records import ChainedEvent
    from strongroom_server.store.database import Database, Transaction

_HEAD = AuditHead.__struct_fields__

_CHAIN = """
    update audit_events e set chain_position = c.position, chain_hash = c.hash
    from unnest($2::timestamptz[], $3::uuid[], $4::bigint[], $5::bytea[]) c (time, id, position, hash)
    where e.organisation_id = $1 and e.event_time = c.time and e.event_id = c.id and e.event_time between $6 and $7
"""

_SET_HEAD = f"""
    insert into audit_heads ({", ".join(_HEAD)}) values ({", ".join(f"${index + 1}" for index in range(len(_HEAD)))})
    on conflict (organisation_id, kind) do update
    set ({", ".join(_HEAD)}) = row({", ".join(f"excluded.{name}" for name in _HEAD)})
"""


async def organisations(database: Database) -> list[str]:
    """Every organisation that can have events, including the operators', and those that are found in the events only."""
    found = await database.fetch(
        """
        with recursive organisation_ids (organisation_id) as (
            (select organisation_id from audit_events order by 1 limit 1)
            union all
            select (select e.organisation_id from audit_events e where e.organisation_id > r.organisation_id
                order by 1 limit 1)
            from organisation_ids r where r.organisation_id is not null
        )
        select organisation_id from organisations union select organisation_id from audit_heads union select $1
        union select organisation_id from organisation_ids where organisation_id is not null order by 1
        """,
        OPERATORS_ORGANISATION,
    )
    return [row[0] for row in found]


async def organisations_unchained(database: Database) -> list[str]:
    """The organisations that have unchained events."""
    found = await database.fetch("select distinct organisation_id from audit_events where chain_position is null")
    return [row[0] for row in found]


async def lock(transaction: Transaction, organisation_id: str) -> bool:
    """Lock the organisation's chain until the commit; False if another node has locked it."""
    row = await transaction.fetchrow(
        "select pg_try_advisory_xact_lock(hashtextextended('strongroom audit chain ' || $1, 0))", organisation_id
    )
    assert row is not None
    return bool(row[0])


async def unchained(
    database: Database | Transaction, organisation_id: str, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[AuditEvent]:
    """Read at most `limit` unchained events, ordered by time and id, after that time and id."""
    beyond = "" if after is None else "and (e.event_time, e.event_id) > ($3, $4)"
    found = await database.fetch(
        f"select {COLUMNS} from audit_events e where e.organisation_id = $1 and e.chain_position is null {beyond}"
        " order by e.event_time, e.event_id limit $2",
        organisation_id,
        limit,
        *(after or ()),
    )
    return [AuditEvent(*row) for row in found]


async def chain(transaction: Transaction, organisation_id: str, block: Sequence[tuple[AuditEvent, int, bytes]]) -> None:
    """Store the position and the hash of each event."""
    # A hash join reads the events of the time range once. A nested loop would search the positions for each event.
    await transaction.execute("set local enable_nestloop = off; set local enable_hashjoin = on")
    await transaction.execute(
        _CHAIN,
        organisation_id,
        [event.event_time for event, _, _ in block],
        [event.event_id for event, _, _ in block],
        [position for _, position, _ in block],
        [chain_hash for _, _, chain_hash in block],
        block[0][0].event_time,
        block[-1][0].event_time,
    )


async def newest_proven(transaction: Transaction) -> list[AuditEvent]:
    """The newest unsigned event of at most 100 organisations, including the operators', if it has a MAC."""
    found = await transaction.fetch(
        f"""
        select {COLUMNS} from (select organisation_id from organisations union select $1 order by 1 limit 100) o
        cross join lateral (
            select * from audit_events e where e.organisation_id = o.organisation_id and e.signer_id = ''
            order by e.event_time desc, e.event_id desc limit 1
        ) e where e.mac <> ''
        """,
        OPERATORS_ORGANISATION,
    )
    return [AuditEvent(*row) for row in found]


async def unproven(transaction: Transaction) -> list[AuditEvent]:
    """The events that were written before the migration that introduced MACs."""
    found = await transaction.fetch(
        f"select {COLUMNS} from audit_events e where e.mac = '' and e.chain_position is null"
    )
    return [AuditEvent(*row) for row in found]


async def prove(transaction: Transaction, events: Sequence[AuditEvent]) -> None:
    """Store the MACs of events."""
    await transaction.executemany(
        "update audit_events set mac = $4 where organisation_id = $1 and event_time = $2 and event_id = $3",
        [(event.organisation_id, event.event_time, event.event_id, event.mac) for event in events],
    )


async def head(database: Database | Transaction, organisation_id: str, kind: str) -> AuditHead | None:
    """The `newest` or the `dropped` head of an organisation's chain."""
    row = await database.fetchrow(
        f"select {', '.join(_HEAD)} from audit_heads where organisation_id = $1 and kind = $2", organisation_id, kind
    )
    return AuditHead(*row) if row else None


async def heads(database: Database) -> list[AuditHead]:
    """The newest head of every chain."""
    found = await database.fetch(
        f"select {', '.join(_HEAD)} from audit_heads where kind = 'newest' order by organisation_id"
    )
    return [AuditHead(*row) for row in found]


async def all_heads(transaction: Transaction) -> list[AuditHead]:
    """Every head of every chain."""
    return [AuditHead(*row) for row in await transaction.fetch(f"select {', '.join(_HEAD)} from audit_heads")]


async def set_head(transaction: Transaction, row: AuditHead) -> None:
    """Store a signed head, and replace the previous one."""
    await transaction.execute(_SET_HEAD, *(getattr(row, name) for name in _HEAD))


async def months_before(database: Database, days: int) -> list[str]:
    """The partitions of months that ended at least so many days ago, oldest first."""
    found = await database.fetch(
        """
        select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'audit_events'::regclass and c.relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$'
        and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= strongroom_now() - make_interval(days => $1)
        order by 1
        """,
        days,
    )
    return [row[0] for row in found]


async def is_chained(transaction: Transaction, month: str) -> bool:
    """Whether every event of a partition is chained. It locks the partition against writes until the commit."""
    await transaction.execute(f"lock table {month} in share mode")
    return await transaction.fetchrow(f"select 1 from {month} where chain_position is null limit 1") is None


async def ends_of(transaction: Transaction, month: str) -> list[tuple[str, int, bytes]]:
    """The last position of each organisation's chain in a partition, and its hash."""
    found = await transaction.fetch(
        f"select distinct on (organisation_id) organisation_id, chain_position, chain_hash from {month}"
        " where chain_position is not null order by organisation_id, chain_position desc"
    )
    return [(row[0], row[1], row[2]) for row in found]


async def of_kept_versions(transaction: Transaction, month: str) -> list[AuditEvent]:
    """The events of a partition that record the hash or the redacted fields of a version that is not destroyed."""
    found = await transaction.fetch(
        f"select {COLUMNS} from {month} e join boxes b on b.organisation_id = e.organisation_id"
        " and b.credential_id = e.credential_id and b.version = e.version"
        " where (e.box_sha256 is not null or e.redact_fields <> '{}') and b.destroy_time is null"
    )
    return [AuditEvent(*row) for row in found]


async def last_writes(transaction: Transaction, month: str) -> list[AuditEvent]:
    """The events of a partition that record the last write of a credential's row.

    If an older row was put back, they also include the writes that the row lacks.
    """
    found = await transaction.fetch(
        f"select {COLUMNS} from {month} e join credentials c on c.organisation_id = e.organisation_id"
        f" and c.id = e.credential_id and e.revision >= c.revision where e.action in ({revisions.WRITES})"
    )
    return [AuditEvent(*row) for row in found]


async def last_of_subjects(transaction: Transaction, month: str, actions: Sequence[str]) -> list[AuditEvent]:
    """The signed events of a partition with one of these actions that no newer one about the same subject replaces."""
    found = await transaction.fetch(
        f"""
        select {COLUMNS} from {month} e where e.signer_id <> '' and e.outcome = 'OK' and e.action = any($1) and not exists (
            select from audit_events n where n.organisation_id = e.organisation_id and n.subject = e.subject
            and n.revision > e.revision and n.signer_id <> '' and n.outcome = 'OK' and n.action = any($1)
        )
        """,
        actions,
    )
    return [AuditEvent(*row) for row in found]


async def drop(transaction: Transaction, month: str) -> None:
    """Drop a partition."""
    await transaction.execute("select strongroom_drop_audit_partition($1)", month)


async def chained(database: Database, organisation_id: str, *, after: int, limit: int) -> list[ChainedEvent]:
    """Read at most `limit` events of the chain, after that position."""
    found = await database.fetch(
        f"select {COLUMNS}, e.chain_position, e.chain_hash from audit_events e"
        " where e.organisation_id = $1 and e.chain_position > $2 order by e.chain_position, e.event_id limit $3",
        organisation_id,
        after,
        limit,
    )
    return list(map(chained_of, found))


async def before_start(database: Database, organisation_id: str, *, up_to: int) -> list[ChainedEvent]:
    """The events with a position at or before the start of the chain, `up_to`, where there should be none."""
    found = await database.fetch(
        f"select {COLUMNS}, e.chain_position, e.chain_hash from audit_events e"
        " where e.organisation_id = $1 and e.chain_position <= $2 order by e.chain_position, e.event_id",
        organisation_id,
        up_to,
    )
    return list(map(chained_of, found))
