"""Owns the SQL of organisations, teams and folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import Folder, Organisation, Team
from strongroom_server.store import audit
from strongroom_server.store.credentials import UNEXPIRED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from strongroom_server.core.records import Act, Row
    from strongroom_server.store.database import Database, Transaction

_RowT = TypeVar("_RowT", Team, Folder)


def _columns(row: type[Row]) -> str:
    return ", ".join(row.__struct_fields__)


# The columns of a folder, and how many credentials it holds.
_FOLDER = ", ".join(f"f.{name}" for name in Folder.__struct_fields__[:-1])
_SIZE = f"""(
    select count(*) from credentials c where c.organisation_id = f.organisation_id and c.owning_folder_id = f.folder_id
    and c.live_credential_id is null and {UNEXPIRED}
)"""
_UNASKED = "0::bigint"

_CREATE_ORGANISATION = f"""
    with changed as (
        insert into organisations ({_columns(Organisation)}, last_team_id, last_folder_id)
        values ($1, $2, $3, $4, $5, $6, $7, cardinality($8::text[]), 0) returning 1
    ), first_teams as (
        insert into teams ({_columns(Team)})
        select $1, position, name, slug, 1, $3, $3
        from changed, unnest($8::text[], $9::text[]) with ordinality as t (name, slug, position)
    ) {audit.recorded(10)} select 1 from changed
"""

_UPDATE_ORGANISATION = f"""
    with changed as (
        update organisations set display_name = $2, update_time = $3, revision = revision + 1, kept_versions = $4,
            undelete_window = $5
        where organisation_id = $1 and revision = $6 returning {_columns(Organisation)}
    ) {audit.recorded(7)} select * from changed
"""

_CREATE_TEAM = f"""
    with changed as (
        insert into teams ({_columns(Team)}) values ($1, $2, $3, $4, $5, $6, $7) returning 1
    ) {audit.recorded(8)} select 1 from changed
"""

_CREATE_FOLDER = f"""
    with changed as (
        insert into folders ({_FOLDER.replace("f.", "")}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning 1
    ) {audit.recorded(10)} select 1 from changed
"""

_RENAME_TEAM = f"""
    with changed as (
        update teams set name = $3, slug = $4, revision = revision + 1, update_time = $5
        where organisation_id = $1 and team_id = $2 and ($6::bigint is null or revision = $6)
        returning {_columns(Team)}
    ) {audit.recorded(7)} select * from changed
"""

_RENAME_FOLDER = f"""
    with changed as (
        update folders f set name = $3, revision = revision + 1, update_time = $4
        where organisation_id = $1 and folder_id = $2 and ($5::bigint is null or revision = $5)
        returning {_FOLDER}
    ) {audit.recorded(6)} select {_FOLDER}, {_SIZE} from changed f
"""


def _delete(table: str, column: str) -> str:
    return f"""
        with changed as (
            delete from {table} where organisation_id = $1 and {column} = $2 and ($3::bigint is null or revision = $3)
            returning 1
        ) {audit.recorded(4)} select 1 from changed
    """


_DELETE_TEAM = _delete("teams", "team_id")
_DELETE_FOLDER = _delete("folders", "folder_id")


async def create_organisation(
    transaction: Transaction, organisation: Organisation, team_names: Mapping[str, str], act: Act
) -> None:
    """Store an organisation with its first teams, by name and slug, numbered from 1. Raises ORGANISATION_EXISTS."""
    await transaction.fetchrow(
        _CREATE_ORGANISATION,
        *structs.astuple(organisation),
        list(team_names),
        list(team_names.values()),
        *audit.arguments(act),
    )


async def update_organisation(
    database: Database, organisation: Organisation, present_revision: int, act: Act
) -> Organisation | None:
    """Change an organisation of that revision; None when it has another."""
    found = await database.fetchrow(
        _UPDATE_ORGANISATION,
        organisation.organisation_id,
        organisation.display_name,
        organisation.update_time,
        organisation.kept_versions,
        organisation.undelete_window,
        present_revision,
        *audit.arguments(act),
    )
    return Organisation(*found) if found else None


async def organisation(database: Database, organisation_id: str) -> Organisation | None:
    """An organisation by its id."""
    found = await database.fetchrow(
        f"select {_columns(Organisation)} from organisations where organisation_id = $1", organisation_id
    )
    return Organisation(*found) if found else None


async def organisation_page(database: Database, *, after: str, size: int) -> list[Organisation]:
    """At most `size` organisations, by id, after that id."""
    found = await database.fetch(
        f"select {_columns(Organisation)} from organisations where organisation_id > $1"
        " order by organisation_id limit $2",
        after,
        size,
    )
    return [Organisation(*row) for row in found]


async def next_number(transaction: Transaction, organisation_id: str, what: Literal["team", "folder"]) -> int:
    """Take the number of a new team or folder; no other is made before the commit."""
    row = await transaction.fetchrow(
        f"update organisations set last_{what}_id = last_{what}_id + 1 where organisation_id = $1 returning last_{what}_id",
        organisation_id,
    )
    assert row is not None
    number: int = row[0]
    return number


async def lock(transaction: Transaction, organisation_id: str) -> None:
    """Let no other transaction number or name a team or folder before the commit."""
    await transaction.execute("select from organisations where organisation_id = $1 for no key update", organisation_id)


async def team_slugs(transaction: Transaction, organisation_id: str, *, except_team_id: int) -> set[str]:
    """The slugs of the other teams."""
    found = await transaction.fetch(
        "select slug from teams where organisation_id = $1 and team_id <> $2", organisation_id, except_team_id
    )
    return {row[0] for row in found}


async def create_team(transaction: Transaction, team: Team, act: Act) -> None:
    """Store a team. Raises RequestIdTaken."""
    await transaction.fetchrow(_CREATE_TEAM, *structs.astuple(team), *audit.arguments(act))


async def team(database: Database, organisation_id: str, team_id: int) -> Team | None:
    """A team by its number."""
    found = await database.fetchrow(
        f"select {_columns(Team)} from teams where organisation_id = $1 and team_id = $2",
        organisation_id,
        team_id,
    )
    return Team(*found) if found else None


async def team_page(
    database: Database, organisation_id: str, *, after: int, skip: int, size: int, with_total: bool
) -> tuple[list[Team], int]:
    """At most `size` teams, by number, after that number and so many more; and how many there are, where asked for."""
    read = f"select {_columns(Team)} from teams where organisation_id = $1 and team_id > $2 order by team_id limit $3 offset $4"
    total = "(select count(*) from teams where organisation_id = $1)"
    return await _page(database, Team, read, total if with_total else _UNASKED, organisation_id, after, size, skip)


async def team_ids_of_slugs(database: Database, organisation_id: str, slugs: Sequence[str]) -> dict[str, int]:
    """The numbers of those of the slugs that teams of the organisation have."""
    found = await database.fetch(
        "select slug, team_id from teams where organisation_id = $1 and slug = any($2::text[])", organisation_id, slugs
    )
    return {row[0]: row[1] for row in found}


async def team_ids_that_exist(
    database: Database | Transaction, organisation_id: str, team_ids: Sequence[int]
) -> set[int]:
    """Those of the numbers that are teams of the organisation."""
    found = await database.fetch(
        "select team_id from teams where organisation_id = $1 and team_id = any($2::bigint[])",
        organisation_id,
        team_ids,
    )
    return {row[0] for row in found}


async def rename_team(
    transaction: Transaction,
    organisation_id: str,
    team_id: int,
    name: str,
    slug: str,
    now: datetime,
    revision: int | None,
    act: Act,
) -> Team | None:
    """Rename a team; None when there is none of that number and revision."""
    found = await transaction.fetchrow(
        _RENAME_TEAM, organisation_id, team_id, name, slug, now, revision, *audit.arguments(act)
    )
    return Team(*found) if found else None


async def delete_team(database: Database, organisation_id: str, team_id: int, revision: int | None, act: Act) -> bool:
    """Delete a team that owns nothing; False when there is none of that number and revision. Raises TEAM_NOT_EMPTY."""
    try:
        deleted = await database.fetchrow(_DELETE_TEAM, organisation_id, team_id, revision, *audit.arguments(act))
    except ServiceError as error:
        raise _refused(error, error_reason_pb2.ERROR_REASON_TEAM_NOT_EMPTY) from None
    return deleted is not None


async def create_folder(transaction: Transaction, folder: Folder, act: Act) -> None:
    """Store a folder. Raises TEAM_UNKNOWN, FOLDER_UNKNOWN, RequestIdTaken."""
    await transaction.fetchrow(_CREATE_FOLDER, *structs.astuple(folder)[:-1], *audit.arguments(act))


async def folder(database: Database, organisation_id: str, folder_id: int) -> Folder | None:
    """A folder by its number."""
    found = await database.fetchrow(
        f"select {_FOLDER}, {_SIZE} from folders f where f.organisation_id = $1 and f.folder_id = $2",
        organisation_id,
        folder_id,
    )
    return Folder(*found) if found else None


async def folder_page(
    database: Database,
    organisation_id: str,
    team_id: int,
    content_type: int,
    *,
    after: int,
    skip: int,
    size: int,
    with_total: bool,
) -> tuple[list[Folder], int]:
    """At most `size` folders by number, after that number and `skip` more, and how many there are where asked for.

    Of that team and that content type, each if it is not 0.
    """
    of_team = "f.team_id = $5" if team_id else "$5::bigint = 0"
    listed = f"""from folders f where f.organisation_id = $1 and {of_team}
        and ($6::integer = 0 or f.content_type = $6)"""
    read = f"select {_FOLDER}, {_SIZE} {listed} and f.folder_id > $2 order by f.folder_id limit $3 offset $4"
    total = f"(select count(*) {listed})"
    return await _page(
        database,
        Folder,
        read,
        total if with_total else _UNASKED,
        organisation_id,
        after,
        size,
        skip,
        team_id,
        content_type,
    )


async def rename_folder(
    database: Database,
    organisation_id: str,
    folder_id: int,
    name: str,
    now: datetime,
    revision: int | None,
    act: Act,
) -> Folder | None:
    """Rename a folder; None when there is none of that number and revision."""
    found = await database.fetchrow(
        _RENAME_FOLDER, organisation_id, folder_id, name, now, revision, *audit.arguments(act)
    )
    return Folder(*found) if found else None


async def delete_folder(
    database: Database, organisation_id: str, folder_id: int, revision: int | None, act: Act
) -> bool:
    """Delete a folder that holds nothing; False when there is none of that number and revision. Raises FOLDER_NOT_EMPTY."""
    try:
        deleted = await database.fetchrow(_DELETE_FOLDER, organisation_id, folder_id, revision, *audit.arguments(act))
    except ServiceError as error:
        raise _refused(error, error_reason_pb2.ERROR_REASON_FOLDER_NOT_EMPTY) from None
    return deleted is not None


async def _page(
    database: Database, kind: type[_RowT], read: str, total: str, *arguments: object
) -> tuple[list[_RowT], int]:
    """What `read` reads, and the total, which is there also where the page is empty."""
    found = await database.fetch(
        f"select page.*, {total} from (values (1)) one left join ({read}) page on true", *arguments
    )
    return [kind(*row[:-1]) for row in found if row[0] is not None], found[0][-1]


def _refused(error: ServiceError, not_empty: error_reason_pb2.ErrorReason.ValueType) -> ServiceError:
    """The constraints that keep unknown teams and folders out also keep those in use from going."""
    unknown = (error_reason_pb2.ERROR_REASON_TEAM_UNKNOWN, error_reason_pb2.ERROR_REASON_FOLDER_UNKNOWN)
    return ServiceError(not_empty) if error.reason in unknown else error
