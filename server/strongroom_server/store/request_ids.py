"""Reads and writes request ids: what each request did when it was first sent, by the API key that sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.core.records import Made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import RequestId
    from strongroom_server.store.database import Database

_COLUMNS = ", ".join(Made.__struct_fields__)
# A row without a key is from an earlier version, and its id is taken for every key: the new row gets the same empty key, which
# violates the primary key.
_VALUES = ", ".join(
    """coalesce((
        select o.key_id from request_ids o
        where o.organisation_id = r.organisation_id and o.request_id = r.request_id and o.key_id = ''
    ), r.key_id)"""
    if name == "key_id"
    else f"r.{name}"
    for name in Made.__struct_fields__
)


def insert(argument: int, condition: str = "") -> str:
    """SQL that inserts the rows of the argument with that number, which `many.rows` returns, if the condition holds."""
    rows = f"unnest(${argument}::new_request_ids_of_callers[]) r"
    return f"insert into request_ids ({_COLUMNS}) select {_VALUES} from {rows} {condition}"


async def get(database: Database, request: RequestId) -> Made | None:
    """What the first request with this id and key did."""
    found = await get_many(database, request.organisation_id, request.key_id, [request.request_id])
    return found.get(request.request_id)


async def get_many(
    database: Database, organisation_id: str, key_id: str, request_ids: Sequence[str]
) -> dict[str, Made]:
    """What the first request with each of these ids did, for the ids that this key has used, or that an earlier version stored."""
    found = await database.fetch(
        f"select {_COLUMNS} from request_ids where organisation_id = $1 and request_id = any($2) and key_id in ('', $3)"
        # The key's own row comes last, so it replaces that of an earlier version.
        " order by key_id",
        organisation_id,
        request_ids,
        key_id,
    )
    return {made.request_id: made for made in (Made(*row) for row in found)}
