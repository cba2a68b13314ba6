"""The driver's errors are translated to the service's, without their texts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from waiting import until

from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.core.errors import InternalError, ServiceError
from strongroom_server.store import database as databases
from strongroom_server.store.numbers import BLOCK, Numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.store.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await databases.connect(database_url, size=3)
    yield opened
    await opened.close()


def reason(error: ServiceError) -> str:
    return ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")


async def in_one_transaction(database: Database, *statements: str) -> None:
    async with database.transaction() as transaction:
        for statement in statements:
            await transaction.execute(statement)


async def test_a_killed_backend_raises_database_unavailable_and_the_pool_recovers(database: Database) -> None:
    sleeping = asyncio.create_task(database.fetch("select pg_sleep(60)"))
    await until(
        lambda: database.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query = 'select pg_sleep(60)' and wait_event = 'PgSleep'"
        )
    )
    with pytest.raises(ServiceError) as caught:
        await sleeping

    assert reason(caught.value) == "DATABASE_UNAVAILABLE"
    assert await database.fetchrow("select 1") is not None


async def test_a_backend_killed_between_statements_raises_database_unavailable(database: Database) -> None:
    async def die_within_a_transaction() -> None:
        async with database.transaction() as transaction:
            pid = await transaction.fetchval("select pg_backend_pid()")
            await database.fetch("select pg_terminate_backend($1)", pid)
            await until(transaction.is_closed)
            await transaction.execute("select 1")

    with pytest.raises(ServiceError) as caught:
        await die_within_a_transaction()

    assert reason(caught.value) == "DATABASE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("setting", "statement", "expected"),
    [
        ("statement_timeout = '20ms'", "select pg_sleep(60)", "DEADLINE_EXCEEDED"),
        ("transaction_read_only = on", "delete from teams", "DATABASE_UNAVAILABLE"),
    ],
)
async def test_errors_that_a_caller_can_act_on_have_a_reason(
    database: Database, setting: str, statement: str, expected: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        await in_one_transaction(database, f"set local {setting}", statement)
    assert reason(caught.value) == expected


@pytest.mark.parametrize(
    ("statement", "argument"),
    [
        ("select $1::integer", "hunter2"),
        ("select $1::integer", 1 << 40),
        ("select $1::text", "hunter2\0"),
        ("select $1::text::jsonb", '{"hunter2'),
        ("select $1::text::uuid", "hunter2"),
        ("insert into teams (organisation_id) values ($1)", "hunter2"),
        ("select hunter2, $1::text", "x"),
    ],
)
async def test_a_bug_raises_an_internal_error_without_values(
    database: Database, statement: str, argument: object
) -> None:
    with pytest.raises(InternalError) as caught:
        await database.fetch(statement, argument)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_failed_transaction_stores_nothing(database: Database) -> None:
    with pytest.raises(InternalError):
        await in_one_transaction(
            database,
            "insert into request_ids (organisation_id, request_id, method, digest_key_id, body_digest, create_time)"
            " values ('a', 'r', 'm', 'k', '', now())",
            "select 1 / 0",
        )
    assert await database.fetch("select from request_ids") == []


async def test_an_unreachable_database_raises_database_unavailable() -> None:
    with pytest.raises(ServiceError) as caught:
        await databases.connect("postgresql://nobody:hunter2@127.0.0.1:1/none")
    assert reason(caught.value) == "DATABASE_UNAVAILABLE"


async def test_numbers_are_unique_across_nodes_and_concurrent_calls(database: Database, database_url: str) -> None:
    other = await databases.connect(database_url, size=2)
    try:
        nodes = [Numbers(database), Numbers(other)]
        taken = await asyncio.gather(*(nodes[index % 2].take() for index in range(5 * BLOCK)))
    finally:
        await other.close()

    assert len(set(taken)) == len(taken)
    assert min(taken) == 1
    assert max(taken) <= 7 * BLOCK
