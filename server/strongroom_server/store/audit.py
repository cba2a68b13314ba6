"""Writes and reads audit events.

The statement of a change also writes its event and its request id, so all are stored or none. The events of reads are batched.
The chain is in store/audit_chain.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import AuditEvent, ChainedEvent
from strongroom_server.store import many, request_ids, scans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

# The subject of an UpdateCredential that widened the policy because it brought new secret data. Older versions have other data, to
# which the wider policy was not granted.
WIDENED: Final = "widened"

# The composite type of many events.
COMPOSITE: Final = "new_audit_events_of_uses"

_log = structlog.get_logger()

_PLACE: Final = "e.event_time, e.event_id"
_NEWEST_FIRST: Final = "{0}.event_time desc, {0}.event_id desc"
_NAMES = AuditEvent.__struct_fields__
COLUMNS = ", ".join(f"e.{name}" for name in _NAMES)


def arguments(act: Act) -> tuple[object, ...]:
    """The arguments for `insert_act`."""
    return (*structs.astuple(act.event), many.rows([act.made] if act.made else []))


def insert_act(first: int) -> str:
    """SQL that follows the `changed` of a `with`: it inserts the event and the request id of an act, whose arguments
    start at $first, if a row was changed.
    """
    made = request_ids.insert(first + len(_NAMES), "where exists (select from changed)")
    return f", request as ({made}), event as ({_insert(first)} from changed limit 1)"


def argument(first: int, column: str) -> str:
    """The placeholder of an event's column, for an act whose arguments start at $first."""
    return f"${first + _NAMES.index(column)}"


def _insert(first: int) -> str:
    values = ", ".join(f"${first + index}" for index in range(len(_NAMES)))
    return f"insert into audit_events ({', '.join(_NAMES)}) select {values}"


def insert_many(argument: int) -> str:
    """SQL that inserts the events of the argument with that number, which `many.rows` returns."""
    return many.insert("audit_events", AuditEvent, argument, COMPOSITE)


_INSERT = _insert(1)
_INSERT_MANY = insert_many(1)


async def record(transaction: Transaction, act: Act) -> None:
    """Write the event and the request id of an act that the transaction's other statements do."""
    await transaction.execute(f"with changed as (select 1) {insert_act(1)} select 1 from changed", *arguments(act))


async def record_events(transaction: Transaction, events: Sequence[AuditEvent]) -> None:
    """Write the events of what the transaction's other statements do."""
    await transaction.executemany(_INSERT, [structs.astuple(event) for event in events])


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a list of events is filtered by; None and "" filter nothing."""

    credential_id: UUID | None = None
    action: str = ""
    key_id: str = ""
    outcome: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None


async def page(
    database: Database,
    organisation_id: str,
    narrowed: EventFilter,
    *,
    before: tuple[datetime, UUID] | None,
    size: int,
) -> tuple[list[ChainedEvent], tuple[datetime, UUID] | None]:
    """Read at most `size` events, newest first, before that time and id.

    If it stopped after scans.SCANNED events before the page was full, also returns the time and id of the last event read.
    """
    values: list[object] = [organisation_id, size]

    def conditions(*filters: tuple[str, object]) -> list[str]:
        present = [(condition, value) for condition, value in filters if value]
        values.extend(value for _, value in present)
        first = len(values) - len(present) + 1
        return [condition.format(f"${first + index}") for index, (condition, _) in enumerate(present)]

    indexed = [
        "e.organisation_id = $1",
        *conditions(("e.event_time >= {0}", narrowed.start_time), ("e.event_time < {0}", narrowed.end_time)),
    ]
    filters = conditions(
        ("(e.credential_id = {0} or {0} = any(e.credential_ids))", narrowed.credential_id),
        ("e.action = {0}", narrowed.action),
        ("e.key_id = {0}", narrowed.key_id),
        ("e.outcome = {0}", narrowed.outcome),
    )
    if before is not None:
        values += before
        indexed.append(f"(e.event_time, e.event_id) < (${len(values) - 1}, ${len(values)})")
    listed = f"from audit_events e where {' and '.join(indexed)} order by {_NEWEST_FIRST.format('e')}"
    selected = f"select {COLUMNS}, e.chain_position, e.chain_hash"
    if not filters:
        found = await database.fetch(f"{selected} {listed} limit $2", *values)
        return list(map(chained_of, found)), None
    tables = scans.bounded(
        _PLACE.replace("e.", ""),
        f"select {_PLACE}, ({' and '.join(filters)}) as fits {listed} limit {scans.SCANNED}",
        f"select {_PLACE} {listed} limit {scans.SCANNED}",
        _NEWEST_FIRST.format("s"),
        size="$2",
    )
    found = await database.fetch(
        f"""{tables} select found.*, edge.event_time, edge.event_id
        from (values (1)) one left join edge on true left join (
            {selected} from audit_events e join page k using (event_time, event_id)
            where e.organisation_id = $1 order by {_NEWEST_FIRST.format("e")}
        ) found on true""",
        *values,
    )
    edge = found[0][-2:]
    return [chained_of(row[:-2]) for row in found if row[0] is not None], edge if edge[0] is not None else None


async def of_version(database: Database, organisation_id: str, credential_id: UUID, version: int) -> list[AuditEvent]:
    """The events that record the hash of a version's box, or its redacted fields."""
    found = await database.fetch(
        f"select {COLUMNS} from audit_events e where e.organisation_id = $1 and e.credential_id = $2 and e.version = $3"
        " and (e.box_sha256 is not null or e.redact_fields <> '{}')",
        organisation_id,
        credential_id,
        version,
    )
    return [AuditEvent(*row) for row in found]


async def is_widened_after(database: Database, organisation_id: str, credential_id: UUID, version: int) -> bool:
    """Whether an update that stored a newer version also widened the policy, because it brought new secret data."""
    found = await database.fetchrow(
        "select 1 from audit_events e where e.organisation_id = $1 and e.credential_id = $2 and e.version > $3"
        " and e.box_sha256 is not null and e.subject = $4 limit 1",
        organisation_id,
        credential_id,
        version,
        WIDENED,
    )
    return found is not None


def chained_of(row: asyncpg.Record | tuple[Any, ...]) -> ChainedEvent:
    """The event in a row of COLUMNS and the two columns of the chain."""
    return ChainedEvent(AuditEvent(*row[: len(_NAMES)]), row[-2], row[-1])


async def add_audit_partitions(database: Database) -> None:
    """Create the partitions of the next months."""
    await database.fetch("select strongroom_add_audit_partitions(strongroom_now() + interval '3 months')")


async def commit(database: Database, event: AuditEvent) -> None:
    """Store the event of a read, durably. Raises AUDIT_UNAVAILABLE if it may not be stored."""
    await database.batch(_commit, event.organisation_id, event)


async def _commit(database: Database, _organisation_id: str, events: Sequence[AuditEvent]) -> Sequence[None]:
    try:
        await database.fetch(_INSERT_MANY, many.rows(events))
    except Exception as error:  # after any error the events may not be stored
        _log.error("audit events not written", error=type(error).__name__)
        raise ServiceError(error_reason_pb2.ERROR_REASON_AUDIT_UNAVAILABLE) from None
    return [None] * len(events)
