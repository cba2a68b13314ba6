"""Reads and writes folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import Folder
from strongroom_server.store import audit, scans
from strongroom_server.store.credentials import UNEXPIRED

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

# The last field of a Folder is the number of its credentials, which is no column.
_NAMES = Folder.__struct_fields__[:-1]
_COLUMNS = ", ".join(f"f.{name}" for name in _NAMES)
_SIZE = f"""(
    select count(*) from credentials c where c.organisation_id = f.organisation_id and c.owning_folder_id = f.folder_id
    and c.live_credential_id is null and {UNEXPIRED}
)"""

_CREATE = f"""
    with changed as (
        insert into folders ({", ".join(_NAMES)}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning 1
    ) {audit.insert_act(10)} select 1 from changed
"""

_RENAME = f"""
    with changed as (
        update folders f set name = $3, revision = revision + 1, update_time = $4
        where organisation_id = $1 and folder_id = $2 and revision = $5
        returning {_COLUMNS}
    ) {audit.insert_act(6)} select {_COLUMNS}, {_SIZE} from changed f
"""

_DELETE = f"""
    with changed as (
        delete from folders where organisation_id = $1 and folder_id = $2 and revision = $3 returning 1
    ) {audit.insert_act(4)} select 1 from changed
"""


async def create(transaction: Transaction, folder: Folder, act: Act) -> None:
    """Store a folder. Raises TEAM_UNKNOWN, FOLDER_UNKNOWN, RequestIdTaken."""
    await transaction.fetchrow(_CREATE, *structs.astuple(folder)[:-1], *audit.arguments(act))


async def get(database: Database | Transaction, organisation_id: str, folder_id: int) -> Folder | None:
    """Read a folder by its number."""
    found = await database.fetchrow(
        f"select {_COLUMNS}, {_SIZE} from folders f where f.organisation_id = $1 and f.folder_id = $2",
        organisation_id,
        folder_id,
    )
    return Folder(*found) if found else None


async def page(
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
    """Read at most `size` folders by number, after the number `after` and `skip` more; and the total if asked for, else 0.

    A team or a content type that is not 0 narrows the list.
    """
    of_team = "f.team_id = $5" if team_id else "$5::bigint = 0"
    listed = f"""from folders f where f.organisation_id = $1 and {of_team}
        and ($6::integer = 0 or f.content_type = $6)"""
    read = f"select {_COLUMNS}, {_SIZE} {listed} and f.folder_id > $2 order by f.folder_id limit $3 offset $4"
    total = f"(select count(*) {listed})" if with_total else scans.NO_TOTAL
    found = await database.fetch(
        scans.with_total(read, total), organisation_id, after, size, skip, team_id, content_type
    )
    return [Folder(*row[:-1]) for row in found if row[0] is not None], found[0][-1]


async def rename(
    database: Database,
    organisation_id: str,
    folder_id: int,
    name: str,
    now: datetime,
    revision: int,
    act: Act,
) -> Folder | None:
    """Rename a folder, and return it; None if there is no folder of that number and revision."""
    found = await database.fetchrow(_RENAME, organisation_id, folder_id, name, now, revision, *audit.arguments(act))
    return Folder(*found) if found else None


async def delete(database: Database, organisation_id: str, folder_id: int, revision: int, act: Act) -> bool:
    """Delete an empty folder; False if there is no folder of that number and revision. Raises FOLDER_NOT_EMPTY."""
    try:
        deleted = await database.fetchrow(_DELETE, organisation_id, folder_id, revision, *audit.arguments(act))
    except ServiceError as error:
        # The foreign keys that refuse unknown folders also refuse to delete a folder that is in use.
        if error.reason == error_reason_pb2.ERROR_REASON_FOLDER_UNKNOWN:
            raise ServiceError(error_reason_pb2.ERROR_REASON_FOLDER_NOT_EMPTY) from None
        raise
    return deleted is not None
