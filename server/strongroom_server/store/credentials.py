"""Owns the SQL of credentials, their boxes and request ids. Every statement holds one organisation's rows."""

from __future__ import annotations

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
class Filter:
    """What a list is narrowed to; None, 0 and "" narrow nothing."""

    variant: str = ""
    team_id: int = 0
    name_prefix: str = ""


@dataclass(frozen=True, slots=True)
class RequestId:
    """A request id, and the keyed digest of the body it came with."""

    request_id: str
    method: str
    digest_key_id: str
    body_digest: bytes


class RequestIdTaken(Exception):
    """The request id was used before."""


# $1 organisation, $2 team ids or null, $3 surface or 0. A credential without a team is seen through GLOBAL alone; a test
# credential as long as its live one is there.
_SEEN = """
    c.organisation_id = $1 and c.delete_time is null and (c.expire_time is null or c.expire_time > strongroom_now())
    and ($2::bigint[] is null or c.team_id = any($2) or c.read_access = 2
         or (c.read_access = 3 and c.team_id is not null and c.shared_team_ids && $2))
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


def _select(columns: str, joins: str, where: str) -> str:
    return f"select {_COLUMNS}, {_BESIDE}{columns} from credentials c {_TEST}{joins} where {_SEEN} and {where}"


# By kind of id and whether the box is read.
_GET = {
    (kind, boxed): _select(", b.box" if boxed else "", _BOX if boxed else "", f"c.{column} = $4")
    for kind, column in ((UUID, "id"), (int, "number"))
    for boxed in (False, True)
}

_LIST = {
    boxed: _select(
        ", b.box" if boxed else "",
        _BOX if boxed else "",
        """
        c.live_credential_id is null and c.id > $4
        and ($5 = '' or c.variant = $5) and ($6::bigint = 0 or c.team_id = $6) and starts_with(c.name, $7)
        order by c.id limit $8
        """,
    )
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


async def replace(
    database: Database | Transaction,
    row: Credential,
    box: bytes | None,
    event: AuditEvent,
    present_revision: int,
    *,
    shared_teams_changed: bool,
) -> bool:
    """Replace the row of that revision, add the box of a new version, and the event, in one statement.

    Answers False, and changes nothing, when the row has another revision or a team it is newly shared with is gone.
    """
    statement = _REPLACE_WITH_SHARED_TEAMS if shared_teams_changed else _REPLACE
    stored = await database.fetchrow(statement, *_VALUES(row), box, present_revision, *audit.columns(event))
    return stored is not None


async def get(
    database: Database | Transaction, scope: Scope, id_or_number: UUID | int, *, box: bool = False
) -> StoredCredential | None:
    """Read one credential that the scope sees, by id or number."""
    statement = _GET[UUID if isinstance(id_or_number, UUID) else int, box]
    found = await database.fetchrow(statement, scope.organisation_id, scope.team_ids, scope.surface, id_or_number)
    return _stored(found) if found else None


async def page(
    database: Database, scope: Scope, narrowed: Filter, *, after: UUID | None, size: int, box: bool = False
) -> list[StoredCredential]:
    """Read at most `size` credentials that the scope sees, by id, after that id. Test credentials are left out."""
    # Without a key to start after, the start is a key too: a condition that may be absent would keep the index from use.
    found = await database.fetch(
        _LIST[box],
        scope.organisation_id,
        scope.team_ids,
        scope.surface,
        after or UUID(int=0),
        narrowed.variant,
        narrowed.team_id,
        narrowed.name_prefix,
        size,
    )
    return [_stored(row) for row in found]


async def lock_with_test_credential(
    transaction: Transaction, scope: Scope, id_or_number: UUID | int
) -> tuple[StoredCredential, StoredCredential | None] | None:
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
    await transaction.execute(
        "select 1 from credentials where organisation_id = $1 and live_credential_id = $2 for update",
        scope.organisation_id,
        locked[0],
    )
    live = await get(transaction, scope, id_or_number)
    if live is None:
        return None
    if live.test_credential is None:
        return live, None
    return live, await get(transaction, Scope(scope.organisation_id, None), live.test_credential.id)


async def read_request_id(database: Database, organisation_id: str, request_id: str) -> tuple[RequestId, UUID] | None:
    """What a request id stands for: the request, and the credential it made."""
    found = await database.fetchrow(
        "select request_id, method, digest_key_id, body_digest, credential_id from request_ids"
        " where organisation_id = $1 and request_id = $2",
        organisation_id,
        request_id,
    )
    return (RequestId(*found[:4]), found[4]) if found else None


def _stored(found: asyncpg.Record) -> StoredCredential:
    end = len(_NAMES)
    test = TestCredential(*found[end + 1 : end + 6]) if found[end + 1] is not None else None
    box = found[end + 6] if len(found) > end + 6 else None
    return StoredCredential(Credential(*found[:end]), found[end], test, box)
