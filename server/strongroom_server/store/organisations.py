"""Reads and writes organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import structs

from strongroom_server.core.records import Organisation, Team
from strongroom_server.store import audit, subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Act, AuditEvent
    from strongroom_server.store.database import Database, Transaction

# The notification channel for the ids of changed organisations.
ORGANISATIONS_CHANNEL: Final = "strongroom_organisations"

_COLUMNS = ", ".join(Organisation.__struct_fields__)

_ARGUMENTS = ", ".join(f"${index}" for index in range(1, len(Organisation.__struct_fields__) + 1))
_NEXT = len(Organisation.__struct_fields__) + 1

_GET = subjects.select_with_newer(Organisation, "r.organisation_id = $1", "$2")

_CREATE = f"""
    with changed as (
        insert into organisations ({_COLUMNS}, last_team_id, last_folder_id) values ({_ARGUMENTS}, ${_NEXT}, 0) returning 1
    ) {audit.insert_act(_NEXT + 1)} select 1 from changed
"""

_CREATE_TEAM = f"""
    insert into teams ({", ".join(Team.__struct_fields__)})
    values ({", ".join(f"${index}" for index in range(1, len(Team.__struct_fields__) + 1))})
"""

_UPDATE = f"""
    with changed as (
        update organisations set ({_COLUMNS}) = row({_ARGUMENTS}) where organisation_id = $1 and revision = ${_NEXT}
        returning pg_notify('{ORGANISATIONS_CHANNEL}', organisation_id)
    ) {audit.insert_act(_NEXT + 1)} select 1 from changed
"""


async def create(transaction: Transaction, organisation: Organisation, first_teams: Sequence[Team], act: Act) -> None:
    """Store an organisation with its first teams, which are numbered from 1. Raises ORGANISATION_EXISTS."""
    await transaction.fetchrow(_CREATE, *structs.astuple(organisation), len(first_teams), *audit.arguments(act))
    await transaction.executemany(_CREATE_TEAM, list(map(structs.astuple, first_teams)))


async def update(database: Database, organisation: Organisation, present_revision: int, act: Act) -> bool:
    """Replace an organisation of that revision; False if it has another revision."""
    arguments = structs.astuple(organisation)
    return await database.fetchrow(_UPDATE, *arguments, present_revision, *audit.arguments(act)) is not None


async def all_unsigned(transaction: Transaction) -> list[Organisation]:
    """Every organisation that no node has signed."""
    found = await transaction.fetch(f"select {_COLUMNS} from organisations where signer_id = ''")
    return [Organisation(*row) for row in found]


async def replace_signature(transaction: Transaction, organisation: Organisation) -> None:
    """Store the signature of an organisation whose other columns are unchanged."""
    await transaction.execute(
        "update organisations set signature_format = $2, signer_id = $3, signature = $4 where organisation_id = $1",
        organisation.organisation_id,
        organisation.signature_format,
        organisation.signer_id,
        organisation.signature,
    )


async def get(database: Database | Transaction, organisation_id: str) -> Organisation | None:
    """Read an organisation by its id."""
    found = await database.fetchrow(f"select {_COLUMNS} from organisations where organisation_id = $1", organisation_id)
    return Organisation(*found) if found else None


async def get_with_newer(database: Database, organisation_id: str) -> tuple[Organisation, list[AuditEvent]] | None:
    """Read an organisation by its id, with the newest event that is newer than it, if there is one."""
    found = await database.fetchrow(_GET, organisation_id, subjects.actions_of(Organisation))
    return subjects.with_newer(Organisation, found) if found else None


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
