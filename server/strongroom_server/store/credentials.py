"""Owns the SQL of credentials, their boxes and request ids, one at a time. Every statement holds one organisation's rows.

Lists are store/credential_lists.py's.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING
from uuid import UUID

from strongroom_server.records import Credential, StoredCredential, TestCredential
from strongroom_server.store import audit
from strongroom_server.store.database import UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from strongroom_server.records import AuditEvent
    from strongroom_server.store.database import Database, Transaction

_NAMES = tuple(field.name for field in dataclasses.fields(Credential))
_COLUMNS = ", ".join(f"c.{name}" for name in _NAMES)
_VALUES = attrgetter(*_NAMES)
_TEST_COLUMNS = "t.id, t.number, t.test_enabled, t.create_time, t.update_time"


@dataclass(frozen=True, slots=True)
class Scope:
    """What of an organisation a caller sees: `team_ids` None is all teams, `surface` 0 is every surface."""

    organisation_id: str
    team_ids: Sequence[int] | None
    surface: int = 0


@dataclass(frozen=True, slots=True)
class RequestId:
    """A request id, and the keyed digest of the body it came with."""

    request_id: str
    method: str
    digest_key_id: str
    body_digest: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is to be, in place of the one of that revision, with the box of a new version and its audit event."""

    row: Credential
    present_revision: int
    event: AuditEvent
    box: bytes | None = dataclasses.field(default=None, repr=False)
    shared_teams_changed: bool = False


class RequestIdTaken(Exception):
    """The request id was used before."""


UNEXPIRED = "(c.expire_time is null or c.expire_time > strongroom_now())"


def of_teams(team_ids: str) -> str:
    """SQL that holds for what these teams may use. A credential without a team is seen through GLOBAL alone."""
    return f"""(c.team_id = any({team_ids}) or c.read_access = 2
        or (c.read_access = 3 and c.team_id is not null and c.shared_team_ids && {team_ids}))"""


# $1 organisation, $2 team ids or null, $3 surface or 0. A test credential is seen as long as its live one is there.
_SEEN = f"""
    c.organisation_id = $1 and c.delete_time is null and {UNEXPIRED}
    and ($2::bigint[] is null or {of_teams("$2")})
    and ($3::integer = 0 or c.surface = $3)
    and (c.live_credential_id is null or exists (
        select 1 from credentials l where l.organisation_id = c.organisation_id and l.id = c.live_credential_id
        and l.delete_time is null and (l.expire_time is null or l.expire_time > strongroom_now())))
"""

_BESIDE = f"""
    case when c.read_access = 3 then array(
        select s.slug from unnest(c.shared_team_ids) with ordinality as u (team_id, position)
        join teams s on s.organisation_id = c.organisation_id and s.team_id = u.team_id order by u.position
    ) else '{{}}' end,
    {_TEST_COLUMNS}
"""

_TEST = """
    left join credentials t
    on t.organisation_id = c.organisation_id and t.live_credential_id = c.id and t.delete_time is null
    and (t.expire_time is null or t.expire_time > strongroom_now())
"""

_BOX = """
    left join boxes b
    on b.organisation_id = c.organisation_id and b.credential_id = c.id and b.version = c.version
"""


def select(*, box: bool, joined: str = "") -> str:
    """SQL that reads credentials as `stored_of` takes them, up to its `where`. `joined` is what they are joined with first."""
    columns, boxes = (", b.box", _BOX) if box else ("", "")
    return f"select {_COLUMNS}, {_BESIDE}{columns} from credentials c {joined}{_TEST}{boxes}"


# By kind of id and whether the box is read.
_GET = {
    (kind, boxed): f"{select(box=boxed)} where {_SEEN} and c.{column} = $4"
    for kind, column in ((UUID, "id"), (int, "number"))
    for boxed in (False, True)
}

# The arguments of a write: the row's columns, then these.
_BOX_ARGUMENT = len(_NAMES) + 1
_PRESENT_REVISION = _BOX_ARGUMENT + 1
_REQUEST = _PRESENT_REVISION + 1
_AUDIT = _REQUEST + 4


def _argument(column: str) -> str:
    return f"${_NAMES.index(column) + 1}"


_ARGUMENTS = ", ".join(_argument(name) for name in _NAMES)

_INSERT_BOX = f"""
    insert into boxes (organisation_id, credential_id, version, sealing_key_id, box, create_time)
    select $1, $2, {_argument("version")}, {_argument("sealing_key_id")}, ${_BOX_ARGUMENT}, {_argument("update_time")}
    from changed where ${_BOX_ARGUMENT}::bytea is not null
"""

_INSERT_REQUEST = f"""
    insert into request_ids (
        organisation_id, credential_id, create_time, request_id, method, digest_key_id, body_digest
    )
    select $1, $2, {_argument("create_time")}, {", ".join(f"${_REQUEST + index}" for index in range(4))}
    from changed where ${_REQUEST}::text is not null
"""

# Holds while the shared teams are there, as when their slugs were read; the lock makes their deletion wait.
_SHARED_TEAMS_STAND = f"""
    (select count(*) from (
        select 1 from teams where organisation_id = $1 and team_id = any({_argument("shared_team_ids")}) for key share
    ) s) = cardinality({_argument("shared_team_ids")}::bigint[])
"""

# Holds while the live credential is as it was read; the lock makes its deletion wait.
_LIVE_STANDS = f"""
    ({_argument("live_credential_id")}::uuid is null or exists (
        select 1 from credentials where organisation_id = $1 and id = {_argument("live_credential_id")}
        and revision = ${_PRESENT_REVISION}::bigint and delete_time is null for share
    ))
"""


def _insert(condition: str) -> str:
    return f"""
        with changed as (
            insert into credentials ({", ".join(_NAMES)}) select {_ARGUMENTS} where {condition} returning 1
        ), box as ({_INSERT_BOX}), request as ({_INSERT_REQUEST})
        {audit.insert(_AUDIT, source="changed")} returning 1
    """


_CREATE = _insert(f"${_PRESENT_REVISION}::bigint is null")
_CREATE_ON_WHAT_WAS_READ = _insert(f"{_SHARED_TEAMS_STAND} and {_LIVE_STANDS}")


def _replace(condition: str) -> str:
    return f"""
        with changed as (
            update credentials set ({", ".join(_NAMES)}) = row({_ARGUMENTS})
            where organisation_id = $1 and id = $2 and revision = ${_PRESENT_REVISION}::bigint and delete_time is null
            and {condition} returning 1
        ), box as ({_INSERT_BOX})
        {audit.insert(_PRESENT_REVISION + 1, source="changed")} returning 1
    """


_REPLACE = _replace("true")
_REPLACE_WITH_SHARED_TEAMS = _replace(_SHARED_TEAMS_STAND)


async def create(
    database: Database,
    row: Credential,
    box: bytes,
    event: AuditEvent,
    request: RequestId | None,
    live_revision: int | None,
) -> bool:
    """Store a credential with its box, its audit event and its request id, in one statement.

    Answers False, and stores nothing, when the shared teams or the live credential are not what they were any more. Raises
    RequestIdTaken, and ServiceError for a team, folder or live credential that does not take it.
    """
    statement = _CREATE_ON_WHAT_WAS_READ if row.shared_team_ids or row.live_credential_id else _CREATE
    request_columns = dataclasses.astuple(request) if request else (None, None, None, None)
    try:
        stored = await database.fetchrow(
            statement, *_VALUES(row), box, live_revision, *request_columns, *audit.columns(event)
        )
    except UniqueViolation as error:
        if str(error) == "request_ids_pkey":
            raise RequestIdTaken from None
        raise
    return stored is not None


async def replace(database: Database, changes: Sequence[Change]) -> bool:
    """Make all of the changes or none; a single one in one statement.

    Answers False when a row has another revision, or a team it is newly shared with is gone.
    """
    if len(changes) == 1:
        return await _replaced(database, changes[0])
    with contextlib.suppress(_Stale):
        async with database.transaction() as transaction:
            for change in changes:
                if not await _replaced(transaction, change):
                    raise _Stale
            return True
    return False


async def replace_locked(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Make changes of metadata to rows that the transaction has locked."""
    await transaction.executemany(
        _REPLACE,
        [(*_VALUES(change.row), None, change.present_revision, *audit.columns(change.event)) for change in changes],
    )


class _Stale(Exception):
    """What a change is based on is not what it was."""


async def _replaced(database: Database | Transaction, change: Change) -> bool:
    statement = _REPLACE_WITH_SHARED_TEAMS if change.shared_teams_changed else _REPLACE
    stored = await database.fetchrow(
        statement, *_VALUES(change.row), change.box, change.present_revision, *audit.columns(change.event)
    )
    return stored is not None


async def get(
    database: Database | Transaction, scope: Scope, id_or_number: UUID | int, *, box: bool = False
) -> StoredCredential | None:
    """Read one credential that the scope sees, by id or number."""
    statement = _GET[UUID if isinstance(id_or_number, UUID) else int, box]
    found = await database.fetchrow(statement, scope.organisation_id, scope.team_ids, scope.surface, id_or_number)
    return stored_of(found) if found else None


async def lock_with_test_credential(
    transaction: Transaction, scope: Scope, id_or_number: UUID | int
) -> list[Credential] | None:
    """Read a credential that the scope sees and its test credential, and let nobody change either before the commit.

    The live one is locked first and its test credential looked for then, so that one made meanwhile is not missed.
    """
    column = "id" if isinstance(id_or_number, UUID) else "number"
    locked = await transaction.fetchrow(
        f"select id from credentials where organisation_id = $1 and {column} = $2 for update",
        scope.organisation_id,
        id_or_number,
    )
    if locked is None:
        return None
    live = await get(transaction, scope, locked[0])
    if live is None:
        return None
    test = await transaction.fetch(
        f"select {_COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = $2"
        " and c.delete_time is null for update",
        scope.organisation_id,
        locked[0],
    )
    return [live.row, *(Credential(*row) for row in test)]


async def lock_surface(transaction: Transaction, organisation_id: str, surface: int) -> list[Credential]:
    """Read every credential of a surface that is not deleted, live ones first, and let nobody change one before the commit.

    Test credentials are looked for once their live ones are locked, so that one made meanwhile is not missed.
    """
    live = await transaction.fetch(
        f"select {_COLUMNS} from credentials c where c.organisation_id = $1 and c.surface = $2"
        " and c.delete_time is null and c.live_credential_id is null order by c.id for update",
        organisation_id,
        surface,
    )
    rows = [Credential(*row) for row in live]
    tests = await transaction.fetch(
        f"select {_COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = any($2::uuid[])"
        " and c.delete_time is null order by c.id for update",
        organisation_id,
        [row.id for row in rows],
    )
    return rows + [Credential(*row) for row in tests]


async def read_request_id(database: Database, organisation_id: str, request_id: str) -> tuple[RequestId, UUID] | None:
    """What a request id stands for: the request, and the credential it made."""
    found = await database.fetchrow(
        "select request_id, method, digest_key_id, body_digest, credential_id from request_ids"
        " where organisation_id = $1 and request_id = $2",
        organisation_id,
        request_id,
    )
    return (RequestId(*found[:4]), found[4]) if found else None


def stored_of(found: asyncpg.Record) -> StoredCredential:
    """What `select` read."""
    end = len(_NAMES)
    test = TestCredential(*found[end + 1 : end + 6]) if found[end + 1] is not None else None
    box = found[end + 6] if len(found) > end + 6 else None
    return StoredCredential(Credential(*found[:end]), found[end], test, box)
