"""Reads and writes the sessions in which people consent.

A link or a state names its organisation nowhere, so these two lookups are over all organisations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_PENDING,
)
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import ConnectionSession
from strongroom_server.store import audit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import asyncpg

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

MOST_SESSIONS: Final = 1_000
# So long after its end a session is kept, so that its caller can still learn how it ended.
KEPT_FOR: Final = "1 day"

_COLUMNS: Final = ConnectionSession.__struct_fields__
_LISTED: Final = ", ".join(_COLUMNS)
_PLACEHOLDERS: Final = ", ".join(f"${index}" for index in range(1, len(_COLUMNS) + 1))
_BOX: Final = len(_COLUMNS) + 1
# Raises if the sealing key may no longer seal. A trigger does the same for the signer.
_KEY_IS_VALID: Final = f"strongroom_require_keys(array[${_COLUMNS.index('sealing_key_id') + 1}]::text[], '{{}}')"

_SELECT: Final = f"select {_LISTED}, box from connection_sessions"
_GET: Final = f"{_SELECT} where organisation_id = $1 and id = any($2::uuid[])"
# The predicates are those of the indexes.
_BY_LINK: Final = f"{_SELECT} where link_sha256 = $1 and link_sha256 <> ''"
_BY_STATE: Final = f"{_SELECT} where state_sha256 = $1 and state_sha256 <> ''"
_REVISION: Final = "select revision from connection_sessions where organisation_id = $1 and id = $2"
_INSERT: Final = f"""
    with changed as (
        insert into connection_sessions ({_LISTED}, box) select {_PLACEHOLDERS}, ${_BOX} where {_KEY_IS_VALID} returning 1
    ) {audit.insert_act(_BOX + 1)} select 1 from changed
"""
_REPLACE: Final = f"""
    with changed as (
        update connection_sessions set ({_LISTED}, box) = row({_PLACEHOLDERS}, ${_BOX})
        where organisation_id = $1 and id = $2 and revision = ${_BOX + 1} and {_KEY_IS_VALID} returning 1
    ) {audit.insert_act(_BOX + 2)} select 1 from changed
"""
_COUNT: Final = f"""
    select count(*) from connection_sessions where organisation_id = $1 and expire_time > strongroom_now()
    and state in ({CONNECTION_SESSION_STATE_PENDING}, {CONNECTION_SESSION_STATE_CONSENTED})
"""
# Sessions of one organisation begin one after the other, so that the count holds.
_LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('strongroom connection sessions ' || $1, 0))"
_DELETE_OLD: Final = f"""
    with old as (
        select id from connection_sessions where expire_time < strongroom_now() - interval '{KEPT_FOR}'
        limit $1 for update skip locked
    ) delete from connection_sessions s using old where s.id = old.id returning 1
"""
_PAGE: Final = f"""
    {_SELECT} where (organisation_id, id) > ($1, $2) and expire_time > strongroom_now() order by organisation_id, id limit 500
"""


class StoredSession(NamedTuple):
    """A session with its box. Nothing is verified."""

    session: ConnectionSession
    box: bytes

    def __repr__(self) -> str:
        """Without the box."""
        return f"StoredSession({self.session.id})"


async def create(transaction: Transaction, stored: StoredSession, act: Act) -> None:
    """Store a new session and its audit event. Raises CONNECTION_SESSIONS_EXHAUSTED, KEY_RETIRED."""
    session, box = stored
    await transaction.execute(_LOCK, session.organisation_id)
    found = await transaction.fetchrow(_COUNT, session.organisation_id)
    if found is not None and found[0] >= MOST_SESSIONS:
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONNECTION_SESSIONS_EXHAUSTED, limit=str(MOST_SESSIONS))
    await transaction.fetchrow(_INSERT, *structs.astuple(session), box, *audit.arguments(act))


async def replace(database: Database | Transaction, stored: StoredSession, present_revision: int, act: Act) -> bool:
    """Replace a session of that revision, with its box; False if there is none. Raises KEY_RETIRED."""
    session, box = stored
    arguments = (*structs.astuple(session), box, present_revision, *audit.arguments(act))
    return await database.fetchrow(_REPLACE, *arguments) is not None


async def get(database: Database, organisation_id: str, session_id: UUID) -> StoredSession | None:
    """Read a session of an organisation, batched with concurrent reads."""
    return await database.batch(_get, organisation_id, session_id)


async def _get(database: Database, organisation_id: str, ids: Sequence[UUID]) -> Sequence[StoredSession | None]:
    found = [_stored(row) for row in await database.fetch(_GET, organisation_id, ids)]
    by_id = {each.session.id: each for each in found}
    return [by_id.get(each) for each in ids]


async def by_link(database: Database, link_sha256: bytes) -> StoredSession | None:
    """Read the session of a link, of any organisation."""
    found = await database.fetchrow(_BY_LINK, link_sha256)
    return _stored(found) if found else None


async def by_state(database: Database, state_sha256: bytes) -> StoredSession | None:
    """Read the session of a consent URL's state, of any organisation."""
    found = await database.fetchrow(_BY_STATE, state_sha256)
    return _stored(found) if found else None


async def revision(database: Database, organisation_id: str, session_id: UUID) -> int | None:
    """The present revision of a session."""
    found = await database.fetchrow(_REVISION, organisation_id, session_id)
    return found[0] if found else None


async def pages(database: Database) -> AsyncIterator[list[StoredSession]]:
    """Every session that has not expired, of all organisations."""
    after = ("", UUID(int=0))
    while found := await database.fetch(_PAGE, *after):
        page = [_stored(row) for row in found]
        yield page
        after = (page[-1].session.organisation_id, page[-1].session.id)


async def delete_old(database: Database, *, limit: int) -> int:
    """Delete at most `limit` sessions that are no longer kept, and return how many."""
    return len(await database.fetch(_DELETE_OLD, limit))


def _stored(row: asyncpg.Record) -> StoredSession:
    *session, box = row
    return StoredSession(ConnectionSession(*session), box)
