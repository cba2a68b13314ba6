"""Reads every table of the database in one snapshot, for a backup."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime  # noqa: TC003 - msgspec reads the types of fields
from typing import TYPE_CHECKING, Any, Final

import msgspec

from strongroom_server.store.migrate import AppliedMigration, MigrationError, connected, require_known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

# Every table but schema_migrations, node_lock, timeline_seen and connection_sessions: a restored database is not locked, and is on
# another primary, and sessions last ten minutes. A table comes after those that its foreign keys refer to.
TABLES: Final = (
    "sealing_keys",
    "signing_keys",
    "digest_keys",
    "organisations",
    "teams",
    "folders",
    "api_keys",
    "identity_issuers",
    "identities",
    "credentials",
    "boxes",
    "tokens",
    "connections",
    "notices",
    "events",
    "event_heads",
    "webhooks",
    "deliveries",
    "request_ids",
    "audit_heads",
    "audit_events",
)

# Rows are written and read as text in this form, whatever the settings of the two databases. The time limits that a role or a
# database may have are for short statements.
SESSION: Final = """
    set datestyle = 'ISO'; set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set bytea_output = 'hex';
    set statement_timeout = 0; set idle_in_transaction_session_timeout = 0
"""

_COLUMNS: Final = """
    select array_agg(a.attname::text order by a.attnum) from pg_attribute a
    where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
"""

_MONTHS: Final = """
    select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'audit_events'::regclass and c.relname ~ '^audit_events_[0-9]{4}_[0-9]{2}$' order by 1
"""

_ESTIMATE: Final = """
    select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_class c
    where c.oid in (select to_regclass(name) from unnest($1::text[]) name)
    or c.oid in (select inhrelid from pg_inherits where inhparent = 'audit_events'::regclass)
"""


class Table(msgspec.Struct, frozen=True):
    """A table, and its columns that are not generated."""

    name: str
    columns: list[str]


class Contents(msgspec.Struct, frozen=True):
    """What a snapshot consists of, apart from the rows.

    months: the partitions of audit_events. last_number: the last value of the sequence credential_numbers.
    """

    time: datetime
    migrations: list[AppliedMigration]
    tables: list[Table]
    months: list[str]
    last_number: int
    sealing_key_ids: list[str]


class Snapshot:
    """The database at one moment."""

    def __init__(self, connection: Connection, contents: Contents, estimate: int) -> None:
        self._connection = connection
        self.contents: Final = contents
        # The approximate number of rows, from the planner's statistics.
        self.estimate: Final = estimate

    async def copy(self, table: Table, write: Callable[[bytes], Coroutine[Any, Any, None]]) -> int:
        """Write the rows of a table in COPY's text format, one per line, and return their number."""
        columns = ", ".join(f'"{name}"' for name in table.columns)
        # `copy audit_events to` would refuse a partitioned table.
        status = await self._connection.copy_from_query(f"select {columns} from {table.name}", output=write)
        return rows_of(status)


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Snapshot]:
    """The database at the moment at which this begins, also while nodes write. Raises MigrationError."""
    async with connected(url) as connection:
        await connection.execute(SESSION)
        if await connection.fetchval("select to_regclass('schema_migrations')") is None:
            raise MigrationError("the database is not set up, so there is nothing to back up")
        names = [name for name in TABLES if await connection.fetchval("select to_regclass($1) is not null", name)]
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # Locked before the snapshot is taken: a month of audit events that a node drops in between would be missing here, and
            # the snapshot would not say that it was dropped.
            await connection.execute(f"lock table {', '.join(names)} in access share mode")
            contents = await _contents_of(connection, names)
            yield Snapshot(connection, contents, await connection.fetchval(_ESTIMATE, names))


def rows_of(status: str) -> int:
    """The number of rows that the status of a COPY names."""
    return int(status.removeprefix("COPY "))


async def columns_of(connection: Connection, table: str) -> list[str]:
    """The columns of a table that are not generated."""
    columns: list[str] | None = await connection.fetchval(_COLUMNS, table)
    return columns or []


async def _contents_of(connection: Connection, names: list[str]) -> Contents:
    migrations = [
        AppliedMigration(row["version"], row["name"], row["sha256"].hex())
        for row in await connection.fetch("select version, name, sha256 from schema_migrations order by version")
    ]
    require_known(migrations)
    months: Any = await connection.fetch(_MONTHS)
    keys: Any = await connection.fetch("select id from sealing_keys order by id")
    return Contents(
        await connection.fetchval("select now()"),
        migrations,
        [Table(name, await columns_of(connection, name)) for name in names],
        [row[0] for row in months],
        # A sequence is not part of the snapshot. It is read later, so it covers every number in the snapshot.
        await connection.fetchval("select last_value from credential_numbers"),
        [row[0] for row in keys],
    )
