"""Reads and writes teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import Team
from strongroom_server.store import audit, scans, subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Act, AuditEvent
    from strongroom_server.store.database import Database, Transaction

_COLUMNS = ", ".join(Team.__struct_fields__)
_NEXT = len(Team.__struct_fields__) + 1
_ARGUMENTS = ", ".join(f"${index}" for index in range(1, _NEXT))

_GET = subjects.select_with_newer(Team, "r.organisation_id = $1 and r.team_id = $2", "$3")
_BY_SLUGS = subjects.select_with_newer(Team, "r.organisation_id = $1 and r.slug = any($2::text[])", "$3")
_BY_IDS = subjects.select_with_newer(Team, "r.organisation_id = $1 and r.team_id = any($2::bigint[])", "$3")

_CREATE = f"""
    with changed as (
        insert into teams ({_COLUMNS}) values ({_ARGUMENTS}) returning 1
    ) {audit.insert_act(_NEXT)} select 1 from changed
"""

_REPLACE = f"""
    with changed as (
        update teams set ({_COLUMNS}) = row({_ARGUMENTS})
        where organisation_id = $1 and team_id = $2 and revision = ${_NEXT} returning 1
    ) {audit.insert_act(_NEXT + 1)} select 1 from changed
"""

_DELETE = f"""
    with changed as (
        delete from teams where organisation_id = $1 and team_id = $2 and revision = $3 returning 1
    ) {audit.insert_act(4)} select 1 from changed
"""


async def create(transaction: Transaction, team: Team, act: Act) -> None:
    """Store a team. Raises RequestIdTaken."""
    await transaction.fetchrow(_CREATE, *structs.astuple(team), *audit.arguments(act))


async def get(
    database: Database | Transaction, organisation_id: str, team_id: int
) -> tuple[Team, list[AuditEvent]] | None:
    """Read a team by its number, with the newest event that is newer than it, if there is one."""
    found = await database.fetchrow(_GET, organisation_id, team_id, subjects.actions_of(Team))
    return subjects.with_newer(Team, found) if found else None


async def page(
    database: Database, organisation_id: str, *, after: int, skip: int, size: int, with_total: bool
) -> tuple[list[Team], int]:
    """Read at most `size` teams by number, after the number `after` and `skip` more teams; and the total if asked for, else 0."""
    read = (
        f"select {_COLUMNS} from teams where organisation_id = $1 and team_id > $2 order by team_id limit $3 offset $4"
    )
    total = "(select count(*) from teams where organisation_id = $1)" if with_total else scans.NO_TOTAL
    found = await database.fetch(scans.with_total(read, total), organisation_id, after, size, skip)
    return [Team(*row[:-1]) for row in found if row[0] is not None], found[0][-1]


async def slugs(transaction: Transaction, organisation_id: str, *, except_team_id: int) -> set[str]:
    """The slugs of all teams except one."""
    found = await transaction.fetch(
        "select slug from teams where organisation_id = $1 and team_id <> $2", organisation_id, except_team_id
    )
    return {row[0] for row in found}


async def by_slugs(
    database: Database, organisation_id: str, slugs: Sequence[str]
) -> list[tuple[Team, list[AuditEvent]]]:
    """The teams with these slugs, each with the newest event that is newer than it, if there is one."""
    found = await database.fetch(_BY_SLUGS, organisation_id, slugs, subjects.actions_of(Team))
    return [subjects.with_newer(Team, each) for each in found]


async def by_ids(
    database: Database | Transaction, organisation_id: str, team_ids: Sequence[int]
) -> list[tuple[Team, list[AuditEvent]]]:
    """The teams with these numbers, each with the newest event that is newer than it, if there is one."""
    found = await database.fetch(_BY_IDS, organisation_id, team_ids, subjects.actions_of(Team))
    return [subjects.with_newer(Team, each) for each in found]


async def replace(transaction: Transaction, team: Team, present_revision: int, act: Act) -> bool:
    """Replace a team of that revision; False if there is no such team."""
    arguments = structs.astuple(team)
    return await transaction.fetchrow(_REPLACE, *arguments, present_revision, *audit.arguments(act)) is not None


async def all_unsigned(transaction: Transaction) -> list[Team]:
    """Every team that no node has signed."""
    return [Team(*row) for row in await transaction.fetch(f"select {_COLUMNS} from teams where signer_id = ''")]


async def replace_signature(transaction: Transaction, team: Team) -> None:
    """Store the signature of a team whose other columns are unchanged."""
    await transaction.execute(
        "update teams set signature_format = $3, signer_id = $4, signature = $5 where organisation_id = $1 and team_id = $2",
        team.organisation_id,
        team.team_id,
        team.signature_format,
        team.signer_id,
        team.signature,
    )


async def delete(database: Database, organisation_id: str, team_id: int, revision: int, act: Act) -> bool:
    """Delete an empty team; False if there is no team of that number and revision. Raises TEAM_NOT_EMPTY."""
    try:
        deleted = await database.fetchrow(_DELETE, organisation_id, team_id, revision, *audit.arguments(act))
    except ServiceError as error:
        # The foreign keys that refuse unknown teams also refuse to delete a team that is in use.
        if error.reason == error_reason_pb2.ERROR_REASON_TEAM_UNKNOWN:
            raise ServiceError(error_reason_pb2.ERROR_REASON_TEAM_NOT_EMPTY) from None
        raise
    return deleted is not None
