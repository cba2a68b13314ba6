"""Writes the rows of a backup into an empty database."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from strongroom.v1.event_service_pb2 import DELIVERY_STATE_PENDING
from strongroom_server.core.records import Credential
from strongroom_server.store import credentials, events, grant_rows, timelines
from strongroom_server.store.backups import SESSION, TABLES, Contents, Table, columns_of, rows_of
from strongroom_server.store.migrate import MigrationError, apply_missing, connected, lock, require_known

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    import asyncpg

    from strongroom_server.store.database import Transaction

    Connection = asyncpg.Connection[asyncpg.Record]

# Numbers that a restored database leaves out, because nodes may have assigned them after the backup was made. As many credential
# numbers as 1,157 creates per second assign in a day; numbers stay below 2^31 for 21 restores.
SKIPPED_CREDENTIAL_NUMBERS: Final = 100_000_000
# The same for the numbers of an organisation's teams, and of its folders.
SKIPPED_NUMBERS: Final = 10_000

_MONTH: Final = re.compile(r"audit_events_([0-9]{4})_(0[1-9]|1[0-2])", re.ASCII)

_SAMPLE: Final = f"""
    select {credentials.COLUMNS}, b.box from boxes b tablesample system ($1)
    join credentials c on c.organisation_id = b.organisation_id and c.id = b.credential_id and c.version = b.version
    where b.sealing_key_id = $2 and b.box is not null limit $3
"""

# No node of before the restore is there.
_END_LEASES: Final = "update tokens set lease_node = null, lease_until = null, retry_time = null"
# Whichever timeline the new server has, numbers are left out, also of an organisation whose first events came after the backup.
_LEAVE_OUT_SEQUENCES: Final = f"""
    insert into event_heads (organisation_id, sequence, timeline)
    select organisation_id, 0, {timelines.RESTORED} from organisations
    on conflict (organisation_id) do update set timeline = excluded.timeline
"""
# What was not delivered when the backup was made is sent. Receivers ignore events that they have processed.
_DELIVER_AGAIN: Final = f"""
    with delivery as (
        update deliveries set next_attempt_time = strongroom_now(), lease_until = null, failures = 0,
            give_up_time = strongroom_now() + interval '{events.RETRIED}'
        where state = {DELIVERY_STATE_PENDING}
    ) update webhooks set failing_since_time = null where failing_since_time is not null
"""


class Restored(NamedTuple):
    """What a restored database contains. `boxes` is the number of boxes by sealing key."""

    boxes: dict[str, int]
    valid_api_keys: int
    # Those that are not disabled.
    identities: int


class Restore:
    """A restore in progress. Nothing of it stays if its context ends with an error."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def transaction(self) -> Transaction:
        """The transaction, for statements of other modules. The driver's two kinds of connections have the same methods."""
        return cast("Transaction", self._connection)

    async def copy(self, table: Table, data: AsyncIterable[bytes]) -> int:
        """Store rows in COPY's text format, and return their number. Rows were checked by the triggers when they were written."""
        await self._connection.execute(f"alter table {table.name} disable trigger user")
        status = await self._connection.copy_to_table(table.name, columns=table.columns, source=data)
        await self._connection.execute(f"alter table {table.name} enable trigger user; analyze {table.name}")
        return rows_of(status)

    async def finish(self, contents: Contents) -> Restored:
        """Leave out numbers that may be in use outside, and apply the migrations that came after the backup was made."""
        await self._connection.execute(
            "select setval('credential_numbers', greatest($1, (select max(number) from credentials)) + $2)",
            contents.last_number,
            SKIPPED_CREDENTIAL_NUMBERS,
        )
        await self._connection.execute(
            "update organisations set last_team_id = last_team_id + $1, last_folder_id = last_folder_id + $1",
            SKIPPED_NUMBERS,
        )
        await apply_missing(self._connection)
        await self._connection.execute(_END_LEASES)
        # What was refreshed after the backup has an older refresh token here.
        await self._connection.execute(grant_rows.SUSPECT, grant_rows.RESTORE)
        await self._connection.execute(_LEAVE_OUT_SEQUENCES)
        await self._connection.execute(_DELIVER_AGAIN)
        boxes = await self._connection.fetch(
            "select sealing_key_id, count(*) from boxes where box is not null group by 1 order by 1"
        )
        valid = await self._connection.fetchval(
            "select count(*) from api_keys where revoke_time is null"
            " and (expire_time is null or expire_time > strongroom_now())"
        )
        identities = await self._connection.fetchval("select count(*) from identities where disable_time is null")
        return Restored({row[0]: row[1] for row in boxes}, valid, identities)


@asynccontextmanager
async def restore(url: str, contents: Contents) -> AsyncIterator[Restore]:
    """A restore into an empty database, in one transaction. Raises MigrationError if it has rows or a later schema."""
    require_known(contents.migrations)
    _require_plausible(contents)
    async with connected(url) as connection:
        await connection.execute(SESSION)
        await lock(connection)
        async with connection.transaction():
            await _require_empty(connection)
            await _migrate(connection, contents)
            for month in contents.months:
                await _add_month(connection, month)
            yield Restore(connection)


async def sample(url: str, key_id: str, boxes: int, limit: int) -> AsyncIterator[tuple[Credential, bytes]]:
    """Credentials with the boxes of their current versions, at most `limit` of the `boxes` of a sealing key."""
    columns = len(Credential.__struct_fields__)
    async with connected(url) as connection:
        await connection.execute(SESSION)
        async with connection.transaction(readonly=True):
            percent = min(100.0, 100.0 * limit / boxes)
            async for row in connection.cursor(_SAMPLE, percent, key_id, limit):
                yield Credential(*row[:columns]), row[columns]


async def _require_empty(connection: Connection) -> None:
    for name in TABLES:
        if not await connection.fetchval("select to_regclass($1) is not null", name):
            continue
        await connection.execute(f"lock table {name} in share row exclusive mode")
        if await connection.fetchval(f"select exists (select from {name})"):
            raise MigrationError(
                f"the database has rows in {name}: restore into an empty database, which STRONGROOM_DATABASE_URL names"
            )


async def _migrate(connection: Connection, contents: Contents) -> None:
    """Bring the empty database to the schema that the backup was made at."""
    versions = {migration.version for migration in contents.migrations}
    await apply_missing(connection, versions)
    later = await connection.fetchval(
        "select name from schema_migrations where version <> all($1::integer[]) order by version limit 1",
        list(versions),
    )
    if later is not None:
        raise MigrationError(
            f"the database has the migration {later}, and the backup is from before it: restore into a database without tables"
        )
    for table in contents.tables:
        if table.columns != await columns_of(connection, table.name):
            raise MigrationError(f"the columns of {table.name} in the backup are not those of its migrations")


async def _add_month(connection: Connection, month: str) -> None:
    """Create the partition of a month, unless the migration has created it."""
    parts = _MONTH.fullmatch(month)
    assert parts is not None
    if await connection.fetchval("select to_regclass($1) is null", month):
        first = f"{parts[1]}-{parts[2]}-01 00:00:00+00"
        await connection.execute(
            f"create table {month} partition of audit_events for values from ('{first}')"
            f" to (timestamptz '{first}' + interval '1 month')"
        )


def _require_plausible(contents: Contents) -> None:
    """Nobody signs a backup, so the names in it are compared with the known ones before they become part of a statement."""
    names = {table.name for table in contents.tables}
    in_order = [name for name in TABLES if name in names]
    if [table.name for table in contents.tables] != in_order or not all(map(_MONTH.fullmatch, contents.months)):
        raise MigrationError("the backup has a table or a partition that this version does not know")
