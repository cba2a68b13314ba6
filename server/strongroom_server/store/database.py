"""Runs statements on a pool of connections, and translates the driver's errors. Must not know any table.

The driver's error texts contain argument values, so none of them leaves this module.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import asyncpg

from strongroom.v1 import error_reason_pb2
from strongroom_server.core import tracing
from strongroom_server.core.activity import Activity
from strongroom_server.core.errors import FieldViolation, InternalError, ServiceError
from strongroom_server.core.fair_queue import FairQueue
from strongroom_server.core.retries import Conflict, retry
from strongroom_server.store.primary import Primary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Sequence
    from datetime import datetime

    from asyncpg.pool import PoolConnectionProxy

    Transaction = PoolConnectionProxy[asyncpg.Record]

STATEMENT_TIMEOUT_SECONDS = 10.0
# Attempts of a statement or transaction that Postgres rolls back because of a conflict with another one.
TRIES: Final = 4
# Concurrent calls that read or write many rows, of one organisation while others are active, and in all: the other connections of
# the pool stay free.
HEAVY_CALLS_SHARED: Final = 1
HEAVY_CALLS: Final = 4
# With less, calls of others met statements of the flood most of the time.
_HEAVY_REST_FACTOR: Final = 2

T = TypeVar("T")
KeyT = TypeVar("KeyT", bound="Hashable")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # The driver raises it if a connection is lost while it looks up types.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    OSError,
    TimeoutError,
)
# Postgres has rolled back the transaction, and a retry may succeed.
_CONFLICTS: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
# Raised by the function strongroom_require_keys.
_KEY_RETIRED: Final = "SRK01"


def _at(field: str, rule: str) -> tuple[FieldViolation, ...]:
    return (FieldViolation(field, rule),)


# The error for the caller, by the constraint that a row violates.
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
        _at("team.name", "must have a slug that no other team of the organisation has"),
    ),
    "folders_team": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_TEAM_UNKNOWN, _at("folder.team_id", "must be a team of the organisation")
    ),
    "folders_parent": lambda: ServiceError(
        error_reason_pb2.ERROR_REASON_FOLDER_UNKNOWN,
        _at("folder.parent_folder_id", "must be a folder of the team, of the same content type"),
    ),
}


# The modules of functions that no span of a statement is named after.
_NAMELESS: Final = (__name__, "contextlib", "strongroom_server.core.retries")


class ReadOnlyError(Exception):
    """The database server has become read-only."""


class RequestIdTaken(Exception):
    """The request id was used before."""


class UniqueViolation(Exception):
    """A row with this key exists already. `str` is the name of the constraint."""


class Database:
    """A pool of connections. Every method raises ServiceError if the caller can act on the error, else InternalError."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        # Whether a statement found the disk full. store/writability.py resets it.
        self.is_full = False
        self.activity: Final = Activity()
        # Its calls take time of the database, which the event loop does not see.
        self.heavy: Final = FairQueue(
            "heavy",
            self.activity,
            HEAVY_CALLS,
            HEAVY_CALLS_SHARED,
            HEAVY_CALLS,
            grows=False,
            rest_factor=_HEAVY_REST_FACTOR,
        )

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
        """Run `body` in a transaction, and return its result.

        It runs again from its beginning after a deadlock or a serialization failure, so it must change nothing but the database.
        """

        async def once() -> T:
            async with self._connection_in_transaction() as connection:
                return await body(connection)

        return await _retried(once)

    async def batch(
        self,
        run: Callable[[Database, KeyT, Sequence[ItemT]], Awaitable[Sequence[ResultT | Exception]]],
        key: KeyT,
        item: ItemT,
    ) -> ResultT:
        """The result of `run` for the item. `run` takes any number of items of one key and returns a result for each of them.

        It raises an error that concerns all of its items, and returns one that concerns a single item as its result.
        Here each call runs alone; store/batching.py runs the items of concurrent calls together.
        """
        result = (await run(self, key, [item]))[0]
        if isinstance(result, Exception):
            raise result
        return result

    async def now(self) -> datetime:
        """The time by the database's clock."""
        row = await self.fetchrow("select strongroom_now()")
        assert row is not None
        now: datetime = row[0]
        return now

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction without retries, for a body that must not run twice: a deadlock raises DATABASE_UNAVAILABLE."""
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
        """Close the connections, and terminate those that do not close within one second."""
        try:
            async with asyncio.timeout(1):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        span = None if tracing.tracer is None else tracing.begin_statement(*_NAMELESS)
        try:
            with translated():
                yield
        except ServiceError as error:
            if error.reason == error_reason_pb2.ERROR_REASON_DATABASE_FULL:
                self.is_full = True
            raise
        except ReadOnlyError:
            # The primary was demoted. New connections look for the new primary.
            await self._pool.expire_connections()
            raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None
        finally:
            if span is not None:
                span.end({})


async def _retried(once: Callable[[], Awaitable[T]]) -> T:
    return await retry(once, TRIES, error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE)


class _Connection(asyncpg.Connection):
    """A connection without a reset query: no statement changes settings of its session."""

    def get_reset_query(self) -> str:
        return ""


async def connect(source: str | Primary, *, size: int = 10) -> Database:
    """Connect to the server that takes writes. Raises DATABASE_UNAVAILABLE."""
    return Database(await open_pool(source, size))


async def open_pool(source: str | Primary, size: int) -> asyncpg.Pool[asyncpg.Record]:
    """Open connections to the server that takes writes: of a URL, or of a primary that a node follows.

    Raises DATABASE_UNAVAILABLE.
    """
    primary = Primary(source) if isinstance(source, str) else source

    async def to_primary(*_: object, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
        return await primary.connect(**options)

    with translated():
        return await asyncpg.create_pool(
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
                # Every statement finds its rows by an index, so one generic plan serves all arguments. The plan must also fit
                # when a table has grown since. These flags hold for the whole pool: to set them for single statements takes
                # a transaction of its own, which costs a page a fifth more.
                "plan_cache_mode": "force_generic_plan",
                "enable_seqscan": "off",
                "enable_hashjoin": "off",
                "enable_mergejoin": "off",
                "enable_material": "off",
            },
        )


@contextmanager
def translated_at_start() -> Iterator[None]:
    """As `translated`, for a node that starts: a read-only server is DATABASE_UNAVAILABLE too."""
    try:
        with translated():
            yield
    except ReadOnlyError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None


@contextmanager
def translated() -> Iterator[None]:
    """Translate the driver's errors to the service's, without their texts. Raises Conflict for errors that can be retried."""
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
        # The driver also raises InterfaceError for an argument of a wrong type, which is a bug in this program.
        if isinstance(error, ValueError):
            raise InternalError("an argument of a wrong type") from None
        raise ServiceError(error_reason_pb2.ERROR_REASON_DATABASE_UNAVAILABLE) from None
    except asyncpg.PostgresError as error:
        if error.sqlstate == _KEY_RETIRED:
            raise ServiceError(error_reason_pb2.ERROR_REASON_KEY_RETIRED) from None
        # This text contains the table's name only, no values.
        if isinstance(error, asyncpg.InsufficientPrivilegeError) and "audit_events" in str(error):
            raise ServiceError(error_reason_pb2.ERROR_REASON_AUDIT_UNAVAILABLE) from None
        raise InternalError(f"SQLSTATE {error.sqlstate}") from None


def _broken_constraint(error: asyncpg.IntegrityConstraintViolationError) -> Exception:
    """The error for the caller when a row violates a constraint."""
    name = error.constraint_name or ""
    if name in _CONSTRAINTS:
        return _CONSTRAINTS[name]()
    if name == "request_ids_pkey":
        return RequestIdTaken()
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(name)
    return InternalError(f"constraint {name}")
