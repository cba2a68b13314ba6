"""Owns the SQL of credentials, their boxes and request ids, one at a time. Every statement holds one organisation's rows.

Lists are store/credential_lists.py's.
"""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from msgspec import structs

from strongroom_server.core.errors import InternalError, ServiceError
from strongroom_server.core.records import AuditEvent, Credential, Row, StoredCredential, TestCredential
from strongroom_server.store import audit, many, request_ids
from strongroom_server.store.database import Database, RequestIdTaken, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Transaction

_NAMES = Credential.__struct_fields__
COLUMNS = ", ".join(f"c.{name}" for name in _NAMES)
_TEST_COLUMNS = "t.id, t.number, t.test_enabled, t.create_time, t.update_time"


@dataclass(frozen=True, slots=True)
class Scope:
    """What of an organisation a caller sees: `team_ids` None is all teams, `surface` 0 is every surface."""

    organisation_id: str
    team_ids: Sequence[int] | None
    surface: int = 0


class Created(NamedTuple):
    """A new row with its box and what is recorded of it."""

    row: Credential
    box: bytes
    act: Act


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is to be, in place of the one of that revision, with the box of a new version and what is recorded of it."""

    row: Credential
    present_revision: int
    act: Act
    box: bytes | None = dataclasses.field(default=None, repr=False)
    shared_teams_changed: bool = False


UNEXPIRED = "(c.expire_time is null or c.expire_time > strongroom_now())"


def of_teams(team_ids: str) -> str:
    """SQL that holds for what these teams may use. A credential without a team is seen through GLOBAL alone."""
    return f"""(c.team_id = any({team_ids}) or c.read_access = 2
        or (c.read_access = 3 and c.team_id is not null and c.shared_team_ids && {team_ids}))"""


# Deleted, and not so long ago that it is gone for good.
IN_WINDOW = f"""(c.delete_time is not null and {UNEXPIRED} and c.delete_time > strongroom_now() - (
    select o.undelete_window from organisations o where o.organisation_id = c.organisation_id))"""


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
    return f"select {COLUMNS}, {_BESIDE}{columns} from credentials c {joined}{_TEST}{boxes}"


# By kind of id and whether the box is read.
_GET = {
    (kind, boxed): f"{select(box=boxed)} where {_SEEN} and c.{column} = any($4)"
    for kind, column in ((UUID, "id"), (int, "number"))
    for boxed in (False, True)
}

# The arguments of a write: the row's columns, then these.
_BOX_ARGUMENT = len(_NAMES) + 1
_PRESENT_REVISION = _BOX_ARGUMENT + 1
_ACT = _PRESENT_REVISION + 1


def _argument(column: str) -> str:
    return f"${_NAMES.index(column) + 1}"


_ARGUMENTS = ", ".join(_argument(name) for name in _NAMES)

_INSERT_BOX = f"""
    insert into boxes (organisation_id, credential_id, version, variant, sealing_key_id, box, create_time, creator_key_id)
    select $1, $2, {_argument("version")}, {_argument("variant")}, {_argument("sealing_key_id")}, ${_BOX_ARGUMENT},
        {_argument("update_time")}, {audit.argument(_ACT, "key_id")}
    from changed where ${_BOX_ARGUMENT}::bytea is not null
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


_CREATE_ON_WHAT_WAS_READ = f"""
    with changed as (
        insert into credentials ({", ".join(_NAMES)}) select {_ARGUMENTS}
        where {_SHARED_TEAMS_STAND} and {_LIVE_STANDS} returning 1
    ), box as ({_INSERT_BOX}) {audit.recorded(_ACT)} select 1 from changed
"""


class _Box(Row, frozen=True):
    """A row of `boxes` as it is made."""

    organisation_id: str
    credential_id: UUID
    version: int
    variant: str
    sealing_key_id: str
    box: bytes
    create_time: datetime
    creator_key_id: str


_CREATE = f"""
    with credential as ({many.insert("credentials", Credential, 1)}),
        box as ({many.insert("boxes", _Box, 2)}),
        request as ({request_ids.insert(3)})
    {many.insert("audit_events", AuditEvent, 4)}
"""


def _replace(condition: str) -> str:
    return f"""
        with changed as (
            update credentials set ({", ".join(_NAMES)}) = row({_ARGUMENTS})
            where organisation_id = $1 and id = $2 and revision = ${_PRESENT_REVISION}::bigint and {condition} returning 1
        ), box as ({_INSERT_BOX}) {audit.recorded(_ACT)} select 1 from changed
    """


_REPLACE = _replace("delete_time is null")
_REPLACE_WITH_SHARED_TEAMS = _replace(f"delete_time is null and {_SHARED_TEAMS_STAND}")
_BRING_BACK = _replace("delete_time is not null")


async def create(database: Database, new: Created, live_revision: int | None) -> bool:
    """Store a credential with its box and what is recorded of it, in one statement, together with others where it depends on
    nothing that was read.

    Answers False, and stores nothing, when the shared teams or the live credential are not what they were any more. Raises
    RequestIdTaken, and ServiceError for a team, folder or live credential that does not take it.
    """
    row = new.row
    if not row.shared_team_ids and row.live_credential_id is None:
        await database.share(_create, row.organisation_id, new)
        return True
    arguments = (*structs.astuple(row), new.box, live_revision, *audit.arguments(new.act))
    return await database.fetchrow(_CREATE_ON_WHAT_WAS_READ, *arguments) is not None


async def create_many(
    database: Database, organisation_id: str, creates: Sequence[Created]
) -> Sequence[Exception | None]:
    """Store credentials of one organisation that depend on nothing that was read, in one statement; the answer has for each what
    keeps it out, if anything does. Raises as `create` what goes for all of them.
    """
    try:
        return await _create(database, organisation_id, creates) if creates else []
    except (ServiceError, RequestIdTaken, UniqueViolation, InternalError) as error:
        if len(creates) > 1:
            raise
        return [error]


async def _create(database: Database, organisation_id: str, creates: Sequence[Created]) -> Sequence[Exception | None]:
    """Store credentials, all of them or, where one breaks a rule of the database, all but that one."""
    try:
        await database.fetch(
            _CREATE,
            many.rows(each.row for each in creates),
            many.rows(map(_box_of, creates)),
            many.rows(each.act.made for each in creates if each.act.made),
            many.rows(each.act.event for each in creates),
        )
    except ServiceError as error:
        # What is not the fault of a field is not the fault of one credential either.
        if len(creates) == 1 or not error.violations:
            raise
    except (RequestIdTaken, UniqueViolation, InternalError):
        if len(creates) == 1:
            raise
    else:
        return [None] * len(creates)
    alone = await asyncio.gather(
        *(_create(database, organisation_id, [each]) for each in creates), return_exceptions=True
    )
    return [result if isinstance(result, Exception) else None for result in alone]


def _box_of(created: Created) -> _Box:
    row, box, act = created
    return _Box(
        row.organisation_id,
        row.id,
        row.version,
        row.variant,
        row.sealing_key_id,
        box,
        row.update_time,
        act.event.key_id,
    )


async def replace(database: Database, changes: Sequence[Change]) -> bool:
    """Make all of the changes or none; a single one in one statement.

    Answers False when a row has another revision, or a team it is newly shared with is gone. Raises RequestIdTaken.
    """
    if not changes:
        return True
    if len(changes) == 1:
        return await _replaced(database, changes[0])

    async def replace_all(transaction: Transaction) -> None:
        for change in changes:
            if not await _replaced(transaction, change):
                raise _Stale

    try:
        await database.in_transaction(replace_all)
    except _Stale:
        return False
    return True


async def replace_locked(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Make changes of metadata to rows that the transaction has locked."""
    await transaction.executemany(
        _REPLACE,
        [
            (*structs.astuple(change.row), None, change.present_revision, *audit.arguments(change.act))
            for change in changes
        ],
    )


class _Stale(Exception):
    """What a change is based on is not what it was."""


async def _replaced(database: Database | Transaction, change: Change) -> bool:
    statement = _REPLACE_WITH_SHARED_TEAMS if change.shared_teams_changed else _REPLACE
    stored = await database.fetchrow(
        statement, *structs.astuple(change.row), change.box, change.present_revision, *audit.arguments(change.act)
    )
    return stored is not None


async def get(
    database: Database | Transaction, scope: Scope, id_or_number: UUID | int, *, box: bool = False
) -> StoredCredential | None:
    """Read one credential that the scope sees, by id or number; outside a transaction together with others."""
    kind = UUID if isinstance(id_or_number, UUID) else int
    if isinstance(database, Database):
        return await database.share(_get, (scope, kind, box), id_or_number)
    return (await _get(database, (scope, kind, box), [id_or_number]))[0]


async def _get(
    database: Database | Transaction, key: tuple[Scope, type[UUID | int], bool], ids: Sequence[UUID | int]
) -> Sequence[StoredCredential | None]:
    scope, kind, box = key
    found = await database.fetch(_GET[kind, box], scope.organisation_id, scope.team_ids, scope.surface, ids)
    stored = map(stored_of, found)
    by_id = {each.row.id if kind is UUID else each.row.number: each for each in stored}
    return [by_id.get(each) for each in ids]


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
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = $2"
        " and c.delete_time is null for update",
        scope.organisation_id,
        locked[0],
    )
    return [live.row, *(Credential(*row) for row in test)]


async def lock_surface(
    transaction: Transaction, organisation_id: str, surface: int, *, limit: int
) -> tuple[list[Credential], bool]:
    """Read at most `limit` live credentials of a surface that are not deleted, then their test credentials, and let nobody
    change one before the commit; and whether there are more.

    Test credentials are looked for once their live ones are locked, so that one made meanwhile is not missed.
    """
    live = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.surface = $2"
        " and c.delete_time is null and c.live_credential_id is null order by c.restricted, c.id limit $3 for update",
        organisation_id,
        surface,
        limit + 1,
    )
    rows = [Credential(*row) for row in live[:limit]]
    tests = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = any($2::uuid[])"
        " and c.delete_time is null order by c.id for update",
        organisation_id,
        [row.id for row in rows],
    )
    return rows + [Credential(*row) for row in tests], len(live) > limit


async def lock_deleted(transaction: Transaction, scope: Scope, id_or_number: UUID | int) -> list[Credential]:
    """Read a deleted credential that can be brought back, and the test credential that went with it, and let nobody change
    either before the commit.
    """
    column = "id" if isinstance(id_or_number, UUID) else "number"
    teams = "" if scope.team_ids is None else f"and {of_teams('$4')}"
    found = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.{column} = $2"
        f" and ($3::integer = 0 or c.surface = $3) and {IN_WINDOW} {teams} for update",
        scope.organisation_id,
        id_or_number,
        scope.surface,
        *(() if scope.team_ids is None else (scope.team_ids,)),
    )
    if not found:
        return []
    live = Credential(*found[0])
    tests = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = $2"
        f" and c.delete_time = $3 and {IN_WINDOW} for update",
        scope.organisation_id,
        live.id,
        live.delete_time,
    )
    return [live, *(Credential(*row) for row in tests[:1])]


async def bring_back(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Make changes that undo a deletion, to rows that the transaction has locked."""
    for change in changes:
        await transaction.execute(
            _BRING_BACK, *structs.astuple(change.row), None, change.present_revision, *audit.arguments(change.act)
        )


async def remove_at_once(transaction: Transaction, organisation_id: str, credential_ids: Sequence[UUID]) -> None:
    """Remove deleted rows and all of their boxes for good, if the organisation's undelete window is 0."""
    await transaction.execute(
        "delete from credentials c using organisations o where c.organisation_id = $1 and o.organisation_id = $1"
        " and o.undelete_window <= interval '0' and c.id = any($2::uuid[]) and c.delete_time is not null",
        organisation_id,
        credential_ids,
    )


def stored_of(found: asyncpg.Record | tuple[Any, ...]) -> StoredCredential:
    """What `select` read."""
    end = len(_NAMES)
    test = TestCredential(*found[end + 1 : end + 6]) if found[end + 1] is not None else None
    box = found[end + 6] if len(found) > end + 6 else None
    return StoredCredential(Credential(*found[:end]), found[end], test, box)
