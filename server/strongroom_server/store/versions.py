"""Reads and destroys versions of a credential's data. Each version is a row of `boxes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.records import Version
from strongroom_server.store import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database

_COLUMNS = "b.version, b.variant, b.sealing_key_id, b.create_time, b.creator_key_id, b.destroy_time"

# The newest versions by number. The sweeper deletes older ones later, but they are not shown any more.
_KEPT = """
    b.organisation_id = $1 and b.credential_id = $2 and b.version <= $3
    and b.version > $3 - $4::bigint
"""

_DESTROY = f"""
    with changed as (
        update boxes set box = null, destroy_time = $4
        where organisation_id = $1 and credential_id = $2 and version = $3 and destroy_time is null returning 1
    ) {audit.insert_act(5)} select 1 from changed
"""


async def get_all(
    database: Database, organisation_id: str, credential_id: UUID, newest: int, kept: int
) -> Sequence[Version]:
    """The `kept` newest versions of a credential, newest first, without their boxes. `newest` is its present version."""
    found = await database.fetch(
        f"select {_COLUMNS} from boxes b where {_KEPT} order by b.version desc",
        organisation_id,
        credential_id,
        newest,
        kept,
    )
    return [Version(*row) for row in found]


async def get(
    database: Database, organisation_id: str, credential_id: UUID, newest: int, kept: int, number: int, *, box: bool
) -> Version | None:
    """One of the kept versions, with its box if `box` is true."""
    found = await database.fetchrow(
        f"select {_COLUMNS}{', b.box' if box else ''} from boxes b where {_KEPT} and b.version = $5",
        organisation_id,
        credential_id,
        newest,
        kept,
        number,
    )
    return Version(*found) if found else None


async def destroy(database: Database, organisation_id: str, credential_id: UUID, number: int, act: Act) -> bool:
    """Delete a version's box and record it, in one statement; False if it was destroyed before. Raises RequestIdTaken."""
    arguments = (organisation_id, credential_id, number, act.event.event_time)
    return await database.fetchrow(_DESTROY, *arguments, *audit.arguments(act)) is not None
