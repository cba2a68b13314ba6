"""Migrations are applied once, in order, and atomically."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
from conftest import new_database
from store.test_list_plans import FILL
from waiting import until

from strongroom_server.node.embedded_postgres import SUPERUSER
from strongroom_server.store import migrate as migrations
from strongroom_server.store.migrate import MigrationError, is_current, migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def empty_url(postgres_url: str) -> str:
    return await new_database(postgres_url, "template0")


MIGRATIONS = [
    "0001_initial.sql",
    "0002_whole_apis.sql",
    "0003_nothing_lost.sql",
    "0004_shared_statements.sql",
    "0005_chained_alone.sql",
    "0006_key_limits.sql",
    "0007_request_ids_of_callers.sql",
    "0008_bounded_work.sql",
    "0010_digest_keys.sql",
    "0012_folder_content_types.sql",
    "0013_use_settings.sql",
    "0014_signers.sql",
    "0015_writers.sql",
    "0016_rotation.sql",
    "0017_lock.sql",
    "0018_revisions.sql",
    "0020_scopes.sql",
    "0021_identities.sql",
    "0023_known_keys.sql",
    "0024_uses.sql",
    "0025_tokens.sql",
    "0026_certificate_expiry.sql",
    "0027_events.sql",
    "0028_connections.sql",
    "0029_return_urls.sql",
    "0030_refreshes.sql",
    "0031_notices.sql",
]


@pytest.fixture
async def sql(empty_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(empty_url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_of_concurrent_nodes_one_applies_each_migration(empty_url: str) -> None:
    assert not await is_current(empty_url)

    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))

    assert sorted(map(len, applied)) == [0, 0, 0, len(MIGRATIONS)]
    assert await is_current(empty_url)


async def test_a_changed_migration_is_refused(empty_url: str, sql: asyncpg.Connection[asyncpg.Record]) -> None:
    await migrate(empty_url)
    await sql.execute("update schema_migrations set sha256 = ''")
    with pytest.raises(MigrationError, match=r"0001_initial\.sql was applied with another content"):
        await migrate(empty_url)


async def test_a_newer_schema_is_refused(empty_url: str, sql: asyncpg.Connection[asyncpg.Record]) -> None:
    await migrate(empty_url)
    await sql.execute("insert into schema_migrations values (9999, 'later', '', now())")
    with pytest.raises(MigrationError, match="9999, which this version does not know"):
        await migrate(empty_url)


async def test_a_migration_killed_half_way_changes_nothing(
    empty_url: str, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    blocking = sql.transaction()
    await blocking.start()
    await sql.execute("create table boxes ()")
    migrating = asyncio.create_task(migrate(empty_url))

    async def killed() -> object:
        # In a transaction the statistics view is cached until it is cleared.
        await sql.execute("select pg_stat_clear_snapshot()")
        return await sql.fetchval(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )

    await until(killed)
    with pytest.raises(MigrationError):
        await migrating
    await blocking.rollback()

    assert await sql.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 1
    assert not await is_current(empty_url)
    assert await migrate(empty_url) == MIGRATIONS


async def test_existing_folders_become_folders_for_credentials(
    empty_url: str, sql: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = migrations._scripts()
    with monkeypatch.context() as patched:
        earlier = {version: script for version, script in scripts.items() if version < 12}
        patched.setattr(migrations, "_scripts", lambda: earlier)
        await migrate(empty_url)
    await sql.execute(FILL.format(rows=200))

    assert "0012_folder_content_types.sql" in await migrate(empty_url)
    kinds = await sql.fetch("select distinct content_type, credential_folder_id = folder_id from folders")
    assert [tuple(kind) for kind in kinds] == [(1, True)]
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await sql.execute("delete from folders where organisation_id = 'one' and folder_id = 11")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await sql.execute("update folders set content_type = 2 where organisation_id = 'one' and folder_id = 11")


@pytest.mark.parametrize(
    "url", ["nonsense", "http://127.0.0.1/x", "postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:hunter2@[/x"]
)
async def test_the_error_for_an_unreachable_database_does_not_contain_its_url(url: str) -> None:
    for command in (migrate, is_current):
        with pytest.raises(MigrationError) as caught:
            await command(url)
        assert "hunter2" not in str(caught.value)


async def test_events_in_the_default_partition_do_not_prevent_partitions_of_other_months(
    empty_url: str, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    await migrate(empty_url)
    await sql.execute(
        "insert into audit_events (organisation_id, event_id, event_time, action, key_id, credential_ids)"
        " values ('default', gen_random_uuid(), strongroom_now() + interval '200 days', 'x', '', '{}')"
    )
    before = await sql.fetchval("select count(*) from pg_inherits")

    await sql.execute("select strongroom_add_audit_partitions(strongroom_now() + interval '400 days')")

    assert await sql.fetchval("select count(*) from pg_inherits") >= before + 8
    assert await sql.fetchval("select count(*) from audit_events_default") == 1


async def test_roles_with_rights_on_tables_keep_the_functions_that_they_call(
    empty_url: str, sql: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations._scripts()
    before = {number: script for number, script in every.items() if number < 8}
    monkeypatch.setattr(migrations, "_scripts", lambda: before)
    await migrate(empty_url)
    roles = ('an "early" writer', "an early opener")
    superuser = await asyncpg.connect(empty_url, user=SUPERUSER)
    try:
        for role, granted in zip(roles, ("insert", "insert, delete"), strict=True):
            quoted = '"' + role.replace('"', '""') + '"'
            await superuser.execute(f"create role {quoted}")
            await sql.execute(f"grant {granted} on credentials to {quoted}")
        monkeypatch.setattr(migrations, "_scripts", lambda: every)
        await migrate(empty_url)
        callable_by = {
            role: {
                row[0]
                for row in await sql.fetch(
                    "select proname from pg_proc where pronamespace = current_schema()::regnamespace"
                    " and has_function_privilege($1::name, oid, 'execute')",
                    role,
                )
            }
            for role in roles
        }
    finally:
        for role in roles:
            quoted = '"' + role.replace('"', '""') + '"'
            await superuser.execute(f"drop owned by {quoted}")
            await superuser.execute(f"drop role {quoted}")
        await superuser.close()

    assert callable_by == {
        roles[0]: {"strongroom_now", "strongroom_newer_events", "strongroom_newer_signed_events"},
        roles[1]: {
            "strongroom_now",
            "strongroom_newer_events",
            "strongroom_newer_signed_events",
            "strongroom_add_audit_partitions",
            "strongroom_drop_audit_partition",
            "strongroom_analyze_grown",
        },
    }
