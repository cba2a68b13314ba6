"""A backup has every table and every sequence of the schema, in an order in which foreign keys let them be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import new_database
from pyrage import x25519

from strongroom_server.backup import database
from strongroom_server.node.embedded_postgres import ROLE, SUPERUSER
from strongroom_server.sealing import age_files
from strongroom_server.store import backups
from strongroom_server.store.backups import TABLES, snapshot
from strongroom_server.store.migrate import MigrationError, apply_missing, connected

if TYPE_CHECKING:
    from pathlib import Path


async def test_every_table_is_backed_up_and_comes_after_those_that_it_refers_to(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    names = await connection.fetch(
        "select relname::text from pg_class where relnamespace = current_schema()::regnamespace"
        " and relkind in ('r', 'p') and not relispartition and relname <> 'schema_migrations'"
    )
    sequences = await connection.fetch(
        "select sequencename::text from pg_sequences where schemaname = current_schema()"
    )
    references = await connection.fetch(
        "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint"
        " where contype = 'f' and conrelid <> confrelid"
    )
    await connection.close()

    # store/backups.py says why.
    left_out = {"node_lock", "timeline_seen", "connection_sessions"}
    assert {row[0] for row in names} - left_out == set(TABLES), "add a new table to store/backups.py"
    # Numbers of nodes are of processes, which end with a restore.
    assert {row[0] for row in sequences} - {"node_numbers"} == {"credential_numbers"}, "a backup has no other sequence"
    assert references
    for referring, referred in references:
        assert referring in left_out or TABLES.index(referred) < TABLES.index(referring)


async def test_every_column_that_is_not_generated_is_backed_up(database_url: str) -> None:
    async with snapshot(database_url) as found:
        columns = {table.name: table.columns for table in found.contents.tables}
    assert tuple(columns) == TABLES
    assert "signature" in columns["credentials"]
    assert not {"owning_team_id", "owning_folder_id", "restricted"} & set(columns["credentials"])


async def test_a_month_of_events_cannot_be_dropped_during_a_backup(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    month = await connection.fetchval(
        "select relname::text from pg_class where relname like 'audit_events_2%' and relkind = 'r' limit 1"
    )

    await connection.execute("set lock_timeout = '100ms'")
    async with snapshot(database_url):
        with pytest.raises(asyncpg.LockNotAvailableError):
            await connection.execute("select strongroom_drop_audit_partition($1)", month)
    await connection.execute("select strongroom_drop_audit_partition($1)", month)
    await connection.close()


async def test_a_database_of_an_earlier_schema_is_backed_up_with_the_tables_that_it_has(postgres_url: str) -> None:
    url = await new_database(postgres_url, "template0")
    async with connected(url) as connection:
        await apply_missing(connection, {1, 2, 3, 4, 5, 6, 7, 8})
    async with snapshot(url) as found:
        names = [table.name for table in found.contents.tables]
        rows = [await found.copy(table, _ignore) for table in found.contents.tables]
    assert names == [name for name in TABLES if name in names]
    assert "digest_keys" not in names
    assert rows == [0] * len(names)


async def _ignore(_: bytes) -> None:
    pass


async def test_a_database_without_a_schema_or_of_a_later_version_is_refused(
    postgres_url: str, database_url: str
) -> None:
    with pytest.raises(MigrationError, match="the database is not set up, so there is nothing to back up"):
        async with snapshot(await new_database(postgres_url, "template0")):
            pass
    connection = await asyncpg.connect(database_url)
    await connection.execute("insert into schema_migrations values (9999, '9999_next.sql', '', now())")
    await connection.close()
    with pytest.raises(MigrationError, match=r"9999_next\.sql is of a later version"):
        async with snapshot(database_url):
            pass


async def test_a_lost_connection_ends_a_backup_in_one_line_and_leaves_no_file(
    database_url: str, tmp_path: Path
) -> None:
    recipient = x25519.Identity.generate().to_public()
    connection = await asyncpg.connect(database_url)
    other = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"

    async def back_up() -> None:
        async with snapshot(database_url) as found:
            with age_files.create_encrypted(tmp_path / "file", [recipient]) as file:
                await connection.execute(other)
                await database.write(file, "0", found)

    with pytest.raises(
        MigrationError, match=r"the database refused a statement|the connection to the database was lost"
    ):
        await back_up()
    await connection.close()
    assert [path.name for path in tmp_path.iterdir()] == []


async def test_a_role_that_may_not_read_every_table_is_named(database_url: str) -> None:
    superuser = await asyncpg.connect(database_url, user=SUPERUSER)
    await superuser.execute(f"create role no_reader; grant no_reader to {ROLE}")
    try:
        with pytest.raises(MigrationError, match="use the owner of the database"):
            async with snapshot(f"{database_url}&role=no_reader"):
                pass
    finally:
        await superuser.execute("drop role no_reader")
        await superuser.close()


async def test_a_snapshot_is_of_one_moment(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    add = "insert into digest_keys values ($1, '', now())"
    await connection.execute(add, "before")
    data = bytearray()

    async def write(part: bytes) -> None:
        data.extend(part)

    async with snapshot(database_url) as found:
        await connection.execute(add, "after")
        (table,) = (each for each in found.contents.tables if each.name == "digest_keys")
        assert await found.copy(table, write) == 1
    await connection.close()
    assert data.startswith(b"before\t\\\\x\t")
    assert backups.rows_of("COPY 17") == 17
