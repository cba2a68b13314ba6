"""The schema of the migrations has no difference, and each change that could make a table lie is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from strongroom_server.node.embedded_postgres import SUPERUSER
from strongroom_server.store import database as databases
from strongroom_server.store import schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHANGES = {
    "alter table credentials rename to c; create view credentials as select * from c": "credentials is not a table",
    "create schema other; create table other.api_keys ()": "another schema has a relation named api_keys: drop it",
    "alter table api_keys enable row level security": "api_keys has row security, which can hide rows",
    "drop table audit_heads": "the table audit_heads is gone",
    (
        "create function f() returns trigger language plpgsql as 'begin return null; end';"
        " create trigger t before insert on audit_events for each row execute function f()"
    ): "the trigger audit_events.t is not of a migration",
    "alter table request_ids disable trigger all": "the trigger request_ids.request_ids_without_key is gone or disabled",
    (
        "create function f() returns event_trigger language plpgsql as 'begin end';"
        " create event trigger e on ddl_command_end execute function f()"
    ): "the trigger event trigger e is not of a migration",
    "create rule r as on delete to teams do instead nothing": "the rule or policy teams.r is not of a migration",
    "create policy p on teams": "the rule or policy teams.p is not of a migration",
    (
        "create or replace function strongroom_now() returns timestamptz language sql stable as"
        " $$ select statement_timestamp() - interval '1 hour' $$"
    ): "the function strongroom_now is not of a migration, or was changed",
    "create function lower(text) returns text language sql as 'select $1'": (
        "the function lower is not of a migration, or was changed"
    ),
    "alter table credentials drop constraint credentials_number": "the unique index credentials_number is gone",
}


@pytest.fixture
async def superuser(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database_url, user=SUPERUSER)
    try:
        yield connection
    finally:
        await connection.close()


async def differences(url: str) -> list[str]:
    pool = await databases.connect(url, size=1)
    try:
        return await schema.differences(pool)
    finally:
        await pool.close()


async def test_the_schema_of_the_migrations_has_no_difference(database_url: str) -> None:
    assert await differences(database_url) == []


async def test_every_table_is_compared(database_url: str, superuser: asyncpg.Connection[asyncpg.Record]) -> None:
    tables = await superuser.fetch(
        "select relname::text from pg_class where relkind in ('r', 'p') and not relispartition"
        " and relnamespace = 'public'::regnamespace"
    )
    assert {row[0] for row in tables} == schema.TABLES | {"schema_migrations"}


@pytest.mark.parametrize(("change", "told"), CHANGES.items(), ids=CHANGES.values())
async def test_a_change_of_the_schema_is_named(
    database_url: str, superuser: asyncpg.Connection[asyncpg.Record], change: str, told: str
) -> None:
    await superuser.execute(change)
    assert told in await differences(database_url)


async def test_a_function_with_other_white_space_is_the_same(
    database_url: str, superuser: asyncpg.Connection[asyncpg.Record]
) -> None:
    await superuser.execute(
        "create or replace function strongroom_now() returns timestamptz language sql stable as"
        " $$ select\n statement_timestamp() $$"
    )
    assert await differences(database_url) == []
