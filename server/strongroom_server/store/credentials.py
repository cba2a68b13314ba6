"""Reads single credentials, and holds the SQL that every other statement about credentials uses.

Every statement reads the rows of one organisation only. Lists are in store/credential_lists.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

from strongroom_server.core.records import Credential, StoredCredential, TestCredential
from strongroom_server.store.credential_order import Arguments
from strongroom_server.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import asyncpg

    from strongroom_server.store.database import Transaction

_NAMES = Credential.__struct_fields__
COLUMNS = ", ".join(f"c.{name}" for name in _NAMES)


class Limits(Protocol):
    """The fields of a scope that limit credentials. An empty one is no limit."""

    @property
    def credential_ids(self) -> Collection[UUID]: ...
    @property
    def folder_ids(self) -> Collection[int]: ...
    @property
    def surfaces(self) -> Collection[int]: ...


class Visible(NamedTuple):
    """What a caller sees of an organisation: `team_ids` None is all teams, `surface` 0 is every surface."""

    organisation_id: str
    team_ids: Sequence[int] | None
    surface: int = 0
    limits: Limits | None = None


UNEXPIRED = "(c.expire_time is null or c.expire_time > strongroom_now())"


def undeletable(undelete_window: str) -> str:
    """SQL that holds for the deleted credentials that are still inside the organisation's undelete window."""
    return f"(c.delete_time is not null and {UNEXPIRED} and c.delete_time > strongroom_now() - {undelete_window})"


def usable_by_teams(team_ids: str) -> str:
    """SQL that holds for the credentials that these teams may use. One without a team is shown only if its access is GLOBAL."""
    return f"""(c.team_id = any({team_ids}) or c.read_access = 2
        or (c.read_access = 3 and c.team_id is not null and c.shared_team_ids && {team_ids}))"""


def within(
    limits: Limits | None, add: Callable[[object, str], str], *, table: str = "c", folder_column: str = "folder_id"
) -> list[str]:
    """SQL conditions that hold for the credentials within the limits. `add` appends an argument and returns its placeholder.

    access/scopes.py decides the same for a row that was read.
    """
    if limits is None:
        return []
    columns = (
        ("id", "uuid[]", limits.credential_ids),
        (folder_column, "bigint[]", limits.folder_ids),
        ("surface", "integer[]", limits.surfaces),
    )
    return [f"{table}.{column} = any({add(values, kind)})" for column, kind, values in columns if values]


# $1 organisation, $2 team ids or null, $3 surface or 0. A test credential is shown only while its live credential exists.
VISIBLE = f"""
    c.organisation_id = $1 and c.delete_time is null and {UNEXPIRED}
    and ($2::bigint[] is null or {usable_by_teams("$2")})
    and ($3::integer = 0 or c.surface = $3)
    and (c.live_credential_id is null or exists (
        select 1 from credentials l where l.organisation_id = c.organisation_id and l.id = c.live_credential_id
        and l.delete_time is null and (l.expire_time is null or l.expire_time > strongroom_now())))
"""

# The slugs of the shared teams, and the columns of the test credential.
_RELATED = """
    case when c.read_access = 3 then array(
        select s.slug from unnest(c.shared_team_ids) with ordinality as u (team_id, position)
        join teams s on s.organisation_id = c.organisation_id and s.team_id = u.team_id order by u.position
    ) else '{}' end,
    t.id, t.number, t.test_enabled, t.create_time, t.update_time
"""

_JOIN_TEST_CREDENTIAL = """
    left join credentials t
    on t.organisation_id = c.organisation_id and t.live_credential_id = c.id and t.delete_time is null
    and (t.expire_time is null or t.expire_time > strongroom_now())
"""

_JOIN_BOX = """
    left join boxes b
    on b.organisation_id = c.organisation_id and b.credential_id = c.id and b.version = c.version
"""


def select(*, box: bool, joined: str = "", added: str = "") -> str:
    """SQL that reads credentials for `stored_of`, up to its `where`. `joined` is an additional join that comes first, `added` its
    columns, which come last.
    """
    columns, boxes = (", b.box", _JOIN_BOX) if box else ("", "")
    return f"select {COLUMNS}, {_RELATED}{columns}{added} from credentials c {joined}{_JOIN_TEST_CREDENTIAL}{boxes}"


# By the kind of id, and by whether the box is read.
_GET = {
    (kind, with_box): f"{select(box=with_box)} where {VISIBLE} and c.{column} = any($4)"
    for kind, column in ((UUID, "id"), (int, "number"))
    for with_box in (False, True)
}


async def get(
    database: Database | Transaction, visible: Visible, id_or_number: UUID | int, *, box: bool = False
) -> StoredCredential | None:
    """Read one visible credential, by id or number. Outside a transaction it is batched with concurrent reads."""
    kind = UUID if isinstance(id_or_number, UUID) else int
    if isinstance(database, Database):
        return await database.batch(_get, (visible, kind, box), id_or_number)
    return (await _get(database, (visible, kind, box), [id_or_number]))[0]


async def revision(database: Database, organisation_id: str, credential_id: UUID) -> int | None:
    """The present revision of a credential, deleted or not; None if there is no row."""
    found = await database.fetchrow(
        "select revision from credentials where organisation_id = $1 and id = $2", organisation_id, credential_id
    )
    return found[0] if found else None


async def _get(
    database: Database | Transaction, key: tuple[Visible, type[UUID | int], bool], ids: Sequence[UUID | int]
) -> Sequence[StoredCredential | None]:
    (organisation_id, team_ids, surface, limits), kind, box = key
    read = _GET[kind, box]
    if limits is None:
        found = await database.fetch(read, organisation_id, team_ids, surface, ids)
    else:
        arguments = Arguments((organisation_id, team_ids, surface, ids))
        read = " and ".join((read, *within(limits, arguments.add)))
        found = await database.fetch(read, *arguments)
    stored = map(stored_of, found)
    by_id = {each.row.id if kind is UUID else each.row.number: each for each in stored}
    return [by_id.get(each) for each in ids]


def stored_of(found: asyncpg.Record | tuple[Any, ...]) -> StoredCredential:
    """The credential in a row that `select` read."""
    end = len(_NAMES)
    test = TestCredential(*found[end + 1 : end + 6]) if found[end + 1] is not None else None
    box = found[end + 6] if len(found) > end + 6 else None
    return StoredCredential(Credential(*found[:end]), found[end], test, box)
