"""Applies the migrations: forward-only .sql files, in the order of their numbers, under an advisory lock."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

from strongroom_server.core.errors import OperatorError
from strongroom_server.store.primary import Primary
from strongroom_server.store.tls_errors import tls_problem_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Iterable, Sequence

OLDEST_POSTGRES: Final = 15
# An arbitrary number that no other advisory lock in the database uses.
_LOCK: Final = 0x5354524F4E47

_LEDGER = """
    create table if not exists schema_migrations (
        version integer primary key,
        name text not null,
        sha256 bytea not null,
        apply_time timestamptz not null
    )
"""


class MigrationError(OperatorError):
    """The database cannot be migrated to this version's schema. The text says why."""


class AppliedMigration(msgspec.Struct, frozen=True):
    """A migration that is applied to a database. `sha256` is of its content, hexadecimal."""

    version: int
    name: str
    sha256: str


async def migrate(url: str) -> Sequence[str]:
    """Apply the missing migrations, each in its own transaction, and return their names. Raises MigrationError."""
    async with connected(url) as connection:
        await lock(connection)
        return await apply_missing(connection)


async def lock(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Let no other connection migrate this database while this one is open. Raises MigrationError."""
    if connection.get_server_version().major < OLDEST_POSTGRES:
        raise MigrationError(f"the database is older than PostgreSQL {OLDEST_POSTGRES}")
    await connection.execute("select pg_advisory_lock($1)", _LOCK)


async def apply_missing(
    connection: asyncpg.Connection[asyncpg.Record], only: Container[int] | None = None
) -> Sequence[str]:
    """Apply the missing migrations, or those of them with the numbers `only`, and return their names. Raises MigrationError."""
    await connection.execute(_LEDGER)
    applied = {row["version"]: row for row in await connection.fetch("select * from schema_migrations")}
    scripts = _scripts()
    if unknown := applied.keys() - scripts.keys():
        raise MigrationError(f"the database has migration {max(unknown):04}, which this version does not know")
    return [
        await _apply(connection, version, name, sql)
        for version, (name, sql) in sorted(scripts.items())
        if not _is_applied(applied.get(version), name, sql) and (only is None or version in only)
    ]


def require_known(migrations: Iterable[AppliedMigration]) -> None:
    """Raises MigrationError unless this version has each of these migrations."""
    scripts = _scripts()
    for each in migrations:
        if each.version not in scripts:
            raise MigrationError(
                f"the migration {each.name} is of a later version: use that version of strongroom-server"
            )
        _, sql = scripts[each.version]
        if hashlib.sha256(sql.encode()).hexdigest() != each.sha256:
            raise MigrationError(f"the migration {each.name} was applied with another content")


async def is_current(url: str) -> bool:
    """Whether every migration of this version is applied. Raises MigrationError."""
    async with connected(url) as connection:
        if await connection.fetchval("select to_regclass('schema_migrations')") is None:
            return False
        applied = await connection.fetch("select version from schema_migrations")
        return _scripts().keys() <= {row["version"] for row in applied}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection for a command. Raises MigrationError, without the driver's texts."""
    connection = await _connect(url)
    try:
        yield connection
        await connection.close(timeout=5)
    except asyncpg.InsufficientPrivilegeError:
        raise MigrationError(
            "the user in STRONGROOM_DATABASE_URL has not the rights for this: use the owner of the database"
        ) from None
    except asyncpg.PostgresError as error:
        raise MigrationError(f"the database refused a statement (SQLSTATE {error.sqlstate})") from None
    except (OSError, TimeoutError, asyncpg.InterfaceError) as error:
        raise MigrationError(f"the connection to the database was lost ({type(error).__name__})") from None
    finally:
        connection.terminate()


async def _connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    try:
        return await Primary(url).connect()
    except asyncpg.TargetServerAttributeNotMatched:
        raise MigrationError("no host of STRONGROOM_DATABASE_URL takes writes") from None
    except asyncpg.InvalidCatalogNameError:
        raise MigrationError(
            "the database that STRONGROOM_DATABASE_URL names does not exist: create it first"
        ) from None
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise MigrationError("the database refuses the user or the password in STRONGROOM_DATABASE_URL") from None
    except asyncpg.PostgresError as error:
        raise MigrationError(f"the database refuses the connection (SQLSTATE {error.sqlstate})") from None
    except (OSError, ValueError, asyncpg.InterfaceError) as error:
        raise MigrationError(tls_problem_of(url, error) or _problem_of(error)) from None


def _problem_of(error: Exception) -> str:
    if isinstance(error, OSError):
        return (
            f"the database cannot be reached ({type(error).__name__}): "
            "start it, or correct the host and the port in STRONGROOM_DATABASE_URL"
        )
    return "STRONGROOM_DATABASE_URL must be a postgresql:// URL"


def _scripts() -> dict[int, tuple[str, str]]:
    directory = files("strongroom_server.store") / "migrations"
    return {
        int(file.name[:4]): (file.name, file.read_text(encoding="utf-8"))
        for file in directory.iterdir()
        if file.name.endswith(".sql")
    }


def _is_applied(row: asyncpg.Record | None, name: str, sql: str) -> bool:
    if row is None:
        return False
    if row["sha256"] != hashlib.sha256(sql.encode()).digest():
        raise MigrationError(f"the migration {name} was applied with another content")
    return True


async def _apply(connection: asyncpg.Connection[asyncpg.Record], version: int, name: str, sql: str) -> str:
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute(
            "insert into schema_migrations values ($1, $2, $3, now())",
            version,
            name,
            hashlib.sha256(sql.encode()).digest(),
        )
    return name
