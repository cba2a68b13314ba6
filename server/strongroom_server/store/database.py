"""Owns the pool of connections and the translation of the driver's errors. Knows no table.

The driver's own texts hold argument values, so none of them passes this module.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import asyncpg

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import FieldViolation, InternalError, ServiceError
from strongroom_server.core.retries import Conflict, retry
from strongroom_server.store.primary import Primary
from strongroom_server.store.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from datetime import datetime

    from asyncpg.pool import PoolConnectionProxy

    Transaction = PoolConnectionProxy[asyncpg.Record]

STATEMENT_TIMEOUT_SECONDS = 10.0
# How often a statement or a transaction is tried that Postgres rolls back in favour of another one.
TRIES: Final = 4
WHOLE_LISTS: Final = 4

T = TypeVar("T")

_UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What the driver makes of a connection that dies while it looks up types.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    OSError,
    TimeoutError,
)
# Postgres has rolled everything back, and the same may succeed a moment later.
_CONFLICTS: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def _at(field: str, rule: str) -> tuple[FieldViolation, ...]:
    return (FieldViolation(field, rule),)


# What a broken constraint means to the caller.
_CONSTRAINTS: Final[dict[str, Callable[[], ServiceError]]] = {
    "credentials_team": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_TEAM_UNKNOWN, _at("credential.team_id", "must be a team of the organisation")
    ),
    "credentials_folder": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_FOLDER_UNKNOWN,
        _at("credential.folder_id", "must be a folder for credentials of the team"),
    ),
    "credentials_test_credential": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_TEST_CREDENTIAL_EXISTS,
        _at("credential.live_credential_id", "must be a live credential without a test credential"),
    ),
    "organisations_pkey": lambda: ServiceError(error_reason_pb2.ERROR_REASON_ORGANISATION_EXISTS),
    "teams_slug": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_TEAM_SLUG_TAKEN,
        _at("team.name", "must make another slug than those of the organisation's teams"),
    ),
    "folders_team": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_TEAM_UNKNOWN, _at("folder.team_id", "must be a team of the organisation")
    ),
    "folders_parent": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_FOLDER_UNKNOWN,
        _at("folder.parent_folder_id", "must be a folder of the team, of the same content type"),
    ),
}


class ReadOnlyError(Exception):
    """The server at the other end takes no writes any more."""


class RequestIdTaken(Exception):
    """The request id was used before."""


class UniqueViolation(Exception):
    """A row with this key is there already, and the store's caller decides what that means. `str` is the constraint's name."""


class Database:
    """A pool of connections. Every method raises ServiceError where the caller can act on it, else InternalError."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        # A statement found no room on the disk; whoever finds room again resets it.
        self.is_full = False
        # What may be asked for together with what others ask for.
        self.share: Final = Sharing(self).share
        # Statements that read a whole list leave connections for the others.
        self.whole_lists: Final = asyncio.Semaphore(WHOLE_LISTS)

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """All rows of one statement."""

        async def once() -> list[asyncpg.Record]:
            async with self._translated():
                return await self._pool.fetch(query, *arguments)

        return await _retried(once)

    async def fetchrow(self, query: str, *arguments: object) -> asyncpg.Record | None:
        """The first row of one statement."""

        async def once() -> asyncpg.Record | None:
            async with self._translated():
                return await self._pool.fetchrow(query, *arguments)

        return await _retried(once)

    async def in_transaction(self, body: Callable[[Transaction], Awaitable[T]]) -> T:
        """The result of `body`, whose statements are committed together, or not at all.

        It runs again from its beginning after a deadlock or a serialization failure, so it must change nothing but the database.
        """

        async def once() -> T:
            async with self._connection_in_transaction() as connection:
                return await body(connection)

        return await _retried(once)

    async def now(self) -> datetime:
        """The time by the database's clock."""
        row = await self.fetchrow("select strongroom_now()")
        assert row is not None
        now: datetime = row[0]
        return now

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """As `in_transaction`, for what cannot run twice: a deadlock is DATABASE_UNAVAILABLE."""
        try:
            async with self._connection_in_transaction() as connection:
                yield connection
        except Conflict:
            raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None

    @asynccontextmanager
    async def _connection_in_transaction(self) -> AsyncIterator[Transaction]:
        async with self._translated(), self._pool.acquire() as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        """Close the connections, by force those that do not close within a second."""
        try:
            async with asyncio.timeout(1):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            with translated():
                yield
        except ServiceError as error:
            if error.reason == error_reason_pb2.ERROR_REASON_DATABASE_FULL:
                self.is_full = True
            raise
        except ReadOnlyError:
            # The primary was demoted: new connections look for the new one.
            await self._pool.expire_connections()
            raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None


async def _retried(once: Callable[[], Awaitable[T]]) -> T:
    return await retry(once, TRIES, error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE)


class _Connection(asyncpg.Connection):
    """Nothing here sets anything on a session, so there is nothing to reset when a connection goes back."""

    def get_reset_query(self) -> str:
        return ""


async def connect(source: str | Primary, *, size: int = 10) -> Database:
    """Open a pool of connections to the server that takes writes, of a URL or as a node follows it. Raises DATABASE_UNAVAILABLE."""
    primary = Primary(source) if isinstance(source, str) else source

    async def to_primary(*_: object, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
        return await primary.connect(**options)

    with translated():
        pool = await asyncpg.create_pool(
            connect=to_primary,
            min_size=1,
            max_size=size,
            command_timeout=STATEMENT_TIMEOUT_SECONDS + 1,
            connection_class=_Connection,
            server_settings={
                "application_name": "strongroom",
                "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS:.0f}s",
                "lock_timeout": "5s",
                "idle_in_transaction_session_timeout": "15s",
                # Every statement finds its rows by an index, whatever its arguments: it is planned once. A plan that was made
                # while a table was small must do for when it has grown.
                "plan_cache_mode": "force_generic_plan",
                "enable_seqscan": "off",
                "enable_hashjoin": "off",
                "enable_mergejoin": "off",
                "enable_material": "off",
            },
        )
    return Database(pool)


@contextmanager
def translated_at_start() -> Iterator[None]:
    """As `translated`, for a node that starts: a server that takes no writes is no database for it."""
    try:
        with translated():
            yield
    except ReadOnlyError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into the service's, at this one seam, without their texts.

    Raises Conflict for what can be retried.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _broken_constraint(error) from None
    except _CONFLICTS:
        raise Conflict from None
    except asyncpg.ReadOnlySQLTransactionError:
        raise ReadOnlyError from None
    except asyncpg.DiskFullError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_FULL) from None
    except asyncpg.DataError as error:
        raise InternalError(f"SQLSTATE {error.sqlstate}") from None
    except asyncpg.QueryCanceledError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_DEADLINE_EXCEEDED) from None
    except _UNAVAILABLE as error:
        # The driver's refusal of an argument is an InterfaceError too, but a mistake of ours.
        if isinstance(error, ValueError):
            raise InternalError("an argument that the driver refuses") from None
        raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None
    except asyncpg.PostgresError as error:
        # The driver's text names the table, and nothing else.
        if isinstance(error, asyncpg.InsufficientPrivilegeError) and "audit_events" in str(error):
            raise ServiceError(error_reason_pb2.ERROR_REASON_AUDIT_UNAVAILABLE) from None
        raise InternalError(f"SQLSTATE {error.sqlstate}") from None


def _broken_constraint(error: asyncpg.IntegrityConstraintViolationError) -> Exception:
    """What it means to the caller that a row breaks a constraint."""
    name = error.constraint_name or ""
    if name in _CONSTRAINTS:
        return _CONSTRAINTS[name]()
    if name == "request_ids_pkey":
        return RequestIdTaken()
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(name)
    return InternalError(f"constraint {name}")
