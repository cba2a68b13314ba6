"""Owns how audit events are written and read: inside the statement of the act, or, for acts that only read, together with others.

With an act's event goes the id of its request: both stand there or neither does. The chain is store/audit_chain.py's.
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

# The subject of an UpdateCredential that widened the policy by the right of the secrets it brought: older versions hold others.
WIDENED: Final = "widened"

_log = structlog.get_logger()

_PLACE: Final = "e.event_time, e.event_id"
_NEWEST_FIRST: Final = "{0}.event_time desc, {0}.event_id desc"
_NAMES = AuditEvent.__struct_fields__
COLUMNS = ", ".join(f"e.{name}" for name in _NAMES)


def arguments(act: Act) -> tuple[object, ...]:
    """The arguments that `recorded` names."""
    return (*structs.astuple(act.event), many.rows([act.made] if act.made else []))


def recorded(first: int) -> str:
    """SQL that goes on after the `changed` of a `with`, and records an act whose arguments start at $first if it changed a row."""
    made = request_ids.insert(first + len(_NAMES), "where exists (select from changed)")
    return f", request as ({made}), event as ({_insert(first)} from changed limit 1)"


def argument(first: int, column: str) -> str:
    """The argument of a column of the event, of an act whose arguments start at $first."""
    return f"${first + _NAMES.index(column)}"


def _insert(first: int) -> str:
    values = ", ".join(f"${first + index}" for index in range(len(_NAMES)))
    return f"insert into audit_events ({', '.join(_NAMES)}) select {values}"


_INSERT = _insert(1)
_INSERT_SHARED = many.insert("audit_events", AuditEvent, 1)


async def record(transaction: Transaction, act: Act) -> None:
    """Write what goes with an act that the transaction's other statements do."""
    await transaction.execute(f"with changed as (select 1) {recorded(1)} select 1 from changed", *arguments(act))


async def record_events(transaction: Transaction, events: Sequence[AuditEvent]) -> None:
    """Write events that go with what the transaction's other statements do."""
    await transaction.executemany(_INSERT, [structs.astuple(event) for event in events])


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a list of events is narrowed to; None and "" narrow nothing."""

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
    """At most `size` events, newest first, from before that time and id on; and the time and id at which the reading gave up, if
    so many events did not fit the filters.
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
    """The events that tell the hash of a version's box, and what it hid."""
    found = await database.fetch(
        f"select {COLUMNS} from audit_events e where e.organisation_id = $1 and e.credential_id = $2 and e.version = $3"
        " and (e.box_sha256 is not null or e.redact_fields <> '{}')",
        organisation_id,
        credential_id,
        version,
    )
    return [AuditEvent(*row) for row in found]


async def is_widened_after(database: Database, organisation_id: str, credential_id: UUID, version: int) -> bool:
    """Whether a newer version came with a policy that was wider by the right of that version's own secrets."""
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
    """What COLUMNS and the two columns of the chain read."""
    return ChainedEvent(AuditEvent(*row[: len(_NAMES)]), row[-2], row[-1])


async def add_audit_partitions(database: Database) -> None:
    """Make the partitions of the months to come."""
    await database.fetch("select strongroom_add_audit_partitions(strongroom_now() + interval '3 months')")


async def commit(database: Database, event: AuditEvent) -> None:
    """Return once the event of an act that only reads is durable. Raises AUDIT_UNAVAILABLE when it may not be."""
    await database.batch(_commit, event.organisation_id, event)


async def _commit(database: Database, _organisation_id: str, events: Sequence[AuditEvent]) -> Sequence[None]:
    try:
        await database.fetch(_INSERT_SHARED, many.rows(events))
    except Exception as error:  # whatever it is, the callers must hear that their events may not stand
        _log.error("audit events not written", error=type(error).__name__)
        raise ServiceError(error_reason_pb2.ERROR_REASON_AUDIT_UNAVAILABLE) from None
    return [None] * len(events)
