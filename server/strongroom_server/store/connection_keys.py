"""Reads connections of all organisations in pages, and replaces their signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from strongroom_server.core.records import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.store.database import Database

_PAGE: Final = f"""
    select {", ".join(Connection.__struct_fields__)} from connections
    where (organisation_id, credential_id) > ($1, $2) and ($3 = '' or signer_id = $3)
    order by organisation_id, credential_id limit 500
"""
# Only in place of the signature that was read: a row that was stored since then needs none.
_REPLACE: Final = """
    update connections set signature_format = $4, signer_id = $5, signature = $6
    where organisation_id = $1 and credential_id = $2 and signature = $3 returning 1
"""


async def pages(database: Database, signer_id: str = "") -> AsyncIterator[list[Connection]]:
    """Every connection, or those that a signer signed."""
    after = ("", UUID(int=0))
    while found := await database.fetch(_PAGE, *after, signer_id):
        page = [Connection(*row) for row in found]
        yield page
        after = (page[-1].organisation_id, page[-1].credential_id)


async def replace_signature(database: Database, before: Connection, signed: Connection) -> bool:
    """Store another signature of the same row; False if the row changed since it was read. Raises KEY_RETIRED."""
    key = (before.organisation_id, before.credential_id, before.signature)
    found = await database.fetchrow(_REPLACE, *key, signed.signature_format, signed.signer_id, signed.signature)
    return found is not None
