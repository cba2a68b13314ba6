"""Deadlocks and serialization failures are retried in the call, a bounded number of times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
from waiting import until

from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.core.errors import ServiceError
from strongroom_server.node.embedded_postgres import SUPERUSER
from strongroom_server.store import database as databases
from strongroom_server.store.database import TRIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.store.database import Database, Transaction

TWO_TEAMS = """
    insert into organisations (organisation_id, display_name, last_team_id, last_folder_id, create_time, update_time)
    values ('o', '', 0, 0, now(), now());
    insert into teams select 'o', t, 'before', 's' || t, 1, now(), now() from generate_series(1, 2) t;
"""
RENAME = "update teams set name = $2 where organisation_id = 'o' and team_id = $1"


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A separate connection, in a database with two teams. In a deadlock Postgres never cancels its statement."""
    connection = await asyncpg.connect(database_url, user=SUPERUSER)
    await connection.execute(TWO_TEAMS)
    await connection.execute("set deadlock_timeout = '10min'")
    yield connection
    await connection.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await databases.connect(database_url, size=2)
    yield opened
    await opened.close()


async def names(database: Database) -> list[str]:
    return [row[0] for row in await database.fetch("select name from teams order by team_id")]


async def waits_for_a_lock(database_url: str, count: int) -> None:
    """Return once so many statements of the database wait for a lock."""
    onlooker = await asyncpg.connect(database_url, user=SUPERUSER)
    try:

        async def waiting() -> bool:
            found = await onlooker.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            return bool(found == count)

        await until(waiting)
    finally:
        await onlooker.close()


async def test_a_transaction_that_ends_in_a_deadlock_runs_again(
    database: Database, database_url: str, other: asyncpg.Connection[asyncpg.Record]
) -> None:
    runs = 0
    theirs: asyncio.Task[None] | None = None

    async def rename_second_team() -> None:
        async with other.transaction():
            await other.execute(RENAME, 2, "theirs")
            holds_second.set()
            await other.execute(RENAME, 1, "theirs")

    async def rename_both(transaction: Transaction) -> str:
        nonlocal runs, theirs
        runs += 1
        await transaction.execute(RENAME, 1, "ours")
        if theirs is None:
            theirs = asyncio.create_task(rename_second_team())
            await holds_second.wait()
            await waits_for_a_lock(database_url, 1)
        await transaction.execute(RENAME, 2, "ours")
        return "renamed"

    holds_second = asyncio.Event()
    assert await database.in_transaction(rename_both) == "renamed"
    assert theirs is not None
    await theirs
    assert runs == 2
    assert await names(database) == ["ours", "ours"]


async def test_a_statement_that_ends_in_a_deadlock_runs_again(
    database: Database, database_url: str, other: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with other.transaction():
        await other.execute(RENAME, 2, "theirs")
        locking = asyncio.create_task(
            database.fetch("select name from teams where organisation_id = 'o' order by team_id for update")
        )
        await waits_for_a_lock(database_url, 1)
        await other.execute(RENAME, 1, "theirs")

    assert [row[0] for row in await locking] == ["theirs", "theirs"]


@pytest.mark.parametrize("whole_transaction", [False, True])
async def test_a_serialization_failure_is_retried_on_the_committed_row(
    database: Database, database_url: str, other: asyncpg.Connection[asyncpg.Record], whole_transaction: bool
) -> None:
    name = await other.fetchval("select quote_ident(current_database())")
    await other.execute(f"alter database {name} set default_transaction_isolation = 'repeatable read'")
    append = "update teams set name = name || ' ours' where team_id = 1 returning name"
    fresh = await databases.connect(database_url, size=1)
    try:
        async with other.transaction(isolation="read_committed"):
            await other.execute(RENAME, 1, "theirs")
            run = fresh.in_transaction(lambda t: t.fetchrow(append)) if whole_transaction else fresh.fetchrow(append)
            appending = asyncio.ensure_future(run)
            await waits_for_a_lock(database_url, 1)
        found = await appending
    finally:
        await fresh.close()
    assert found is not None
    assert found[0] == "theirs ours"


@pytest.mark.parametrize("whole_transaction", [False, True])
@pytest.mark.parametrize(
    ("sqlstate", "tries"),
    [
        ("40P01", TRIES),
        ("40001", TRIES),
        # A lock timeout, and a connection lost while the outcome of the transaction is unknown.
        ("55P03", 1),
        ("08007", 1),
    ],
)
async def test_tries_are_bounded_and_the_database_is_then_unavailable(
    database: Database,
    other: asyncpg.Connection[asyncpg.Record],
    sqlstate: str,
    tries: int,
    whole_transaction: bool,
) -> None:
    # A rollback does not undo nextval.
    await other.execute("create sequence tries; grant usage on tries to public")
    failing = f"do $$ begin perform nextval('tries'); raise exception using errcode = '{sqlstate}'; end $$"
    with pytest.raises(ServiceError) as caught:
        await (database.in_transaction(lambda t: t.execute(failing)) if whole_transaction else database.fetch(failing))

    assert ErrorReason.Name(caught.value.reason) == "ERROR_REASON_DATABASE_UNAVAILABLE"
    assert await other.fetchval("select last_value from tries") == tries
