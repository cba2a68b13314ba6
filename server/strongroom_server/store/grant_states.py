"""Reads the states of grants, without their tokens. The database role of a writer node may do this too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom_server.store import grant_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from strongroom_server.store.database import Database


class GrantState(NamedTuple):
    """What a row of `tokens` says of a grant. `state` is a RefreshState."""

    generation: int
    expire_time: datetime | None
    state: int
    state_time: datetime
    retry_time: datetime | None
    reason: str


_READ: Final = f"""
    select t.credential_id, {", ".join(f"t.{name}" for name in GrantState._fields)} from tokens t
    where t.organisation_id = $1 and t.credential_id = any($2) and {grant_rows.is_grant("t")}
"""


async def read(database: Database, organisation_id: str, credential_ids: Sequence[UUID]) -> dict[UUID, GrantState]:
    """The states of the grants of these credentials, as far as they have any."""
    return {row[0]: GrantState(*row[1:]) for row in await database.fetch(_READ, organisation_id, credential_ids)}
