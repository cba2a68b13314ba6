"""Stand-in until the owner's module is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from strongroom_server.core.records import Connection, StoredCredential, StoredToken
from strongroom_server.store import credentials, tokens

if TYPE_CHECKING:
    from uuid import UUID

    from strongroom_server.store.credentials import Visible
    from strongroom_server.store.database import Database, Transaction

_COLUMNS = Connection.__struct_fields__
_P = ", ".join(f"${i}" for i in range(1, len(_COLUMNS) + 1))


class ConnectedCredential(NamedTuple):
    stored: StoredCredential
    connection: Connection
    token: StoredToken | None


async def insert_in(transaction: Transaction, connection: Connection) -> None:
    await transaction.execute(
        f"insert into connections ({', '.join(_COLUMNS)}) values ({_P})", *structs.astuple(connection)
    )


async def replace_in(transaction: Transaction, connection: Connection, revision: int) -> bool:
    found = await transaction.fetchrow(
        f"update connections set ({', '.join(_COLUMNS)}) = row({_P}) where organisation_id = $1 and credential_id = $2"
        f" and revision = ${len(_COLUMNS) + 1} returning 1",
        *structs.astuple(connection),
        revision,
    )
    return found is not None


async def get(database: Database, visible: Visible, id_or_number: UUID | int) -> ConnectedCredential | None:
    stored = await credentials.get(database, visible, id_or_number)
    connection = stored and await of_credential(database, visible.organisation_id, stored.row.id)
    if stored is None or connection is None:
        return None
    token = await tokens.read(database, tokens.Key(visible.organisation_id, stored.row.id, b""))
    return ConnectedCredential(stored, connection, token)


async def of_credential(database: Database, organisation_id: str, credential_id: UUID) -> Connection | None:
    found = await database.fetchrow(
        f"select {', '.join(_COLUMNS)} from connections where organisation_id = $1 and credential_id = $2",
        organisation_id,
        credential_id,
    )
    return Connection(*found) if found else None
