"""Reads and writes organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import structs

from strongroom_server.core.records import Organisation
from strongroom_server.store import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

_COLUMNS = ", ".join(Organisation.__struct_fields__)

_CREATE = f"""
    with changed as (
        insert into organisations ({_COLUMNS}, last_team_id, last_folder_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, cardinality($11::text[]), 0) returning 1
    ), first_teams as (
        insert into teams (organisation_id, team_id, name, slug, revision, create_time, update_time)
        select $1, position, name, slug, 1, $3, $3
        from changed, unnest($11::text[], $12::text[]) with ordinality as t (name, slug, position)
    ) {audit.insert_act(13)} select 1 from changed
"""

_UPDATE = f"""
    with changed as (
        update organisations set display_name = $2, update_time = $3, revision = revision + 1, kept_versions = $4,
            undelete_window = $5
        where organisation_id = $1 and revision = $6 returning {_COLUMNS}
    ) {audit.insert_act(7)} select * from changed
"""


async def create(transaction: Transaction, organisation: Organisation, team_names: Mapping[str, str], act: Act) -> None:
    """Store an organisation with its first teams, by name and slug, numbered from 1. Raises ORGANISATION_EXISTS."""
    await transaction.fetchrow(
        _CREATE,
        *structs.astuple(organisation),
        list(team_names),
        list(team_names.values()),
        *audit.arguments(act),
    )


async def update(
    database: Database, organisation: Organisation, present_revision: int, act: Act
) -> Organisation | None:
    """Update an organisation of that revision, and return it; None if it has another revision."""
    found = await database.fetchrow(
        _UPDATE,
        organisation.organisation_id,
        organisation.display_name,
        organisation.update_time,
        organisation.kept_versions,
        organisation.undelete_window,
        present_revision,
        *audit.arguments(act),
    )
    return Organisation(*found) if found else None


async def get(database: Database, organisation_id: str) -> Organisation | None:
    """Read an organisation by its id."""
    found = await database.fetchrow(f"select {_COLUMNS} from organisations where organisation_id = $1", organisation_id)
    return Organisation(*found) if found else None


async def page(database: Database, *, after: str, size: int) -> list[Organisation]:
    """Read at most `size` organisations with ids after `after`, in the order of their ids."""
    found = await database.fetch(
        f"select {_COLUMNS} from organisations where organisation_id > $1 order by organisation_id limit $2",
        after,
        size,
    )
    return [Organisation(*row) for row in found]


async def take_number(transaction: Transaction, organisation_id: str, what: Literal["team", "folder"]) -> int:
    """Take the number of a new team or folder. It locks the organisation until the commit, as `lock` does."""
    row = await transaction.fetchrow(
        f"update organisations set last_{what}_id = last_{what}_id + 1 where organisation_id = $1 returning last_{what}_id",
        organisation_id,
    )
    assert row is not None
    number: int = row[0]
    return number


async def lock(transaction: Transaction, organisation_id: str) -> None:
    """Lock the organisation until the commit: no other transaction creates or renames its teams or folders."""
    await transaction.execute("select from organisations where organisation_id = $1 for no key update", organisation_id)
