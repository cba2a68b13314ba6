"""Reads and writes connections. Who sees one is decided by its credential, by the same SQL as in store/credentials.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from msgspec import structs

from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_MISCONFIGURED,
    REFRESH_STATE_REAUTH_REQUIRED,
)
from strongroom_server.core.records import Connection, Credential, StoredCredential, StoredToken
from strongroom_server.store import credentials, grant_rows, scans, tokens
from strongroom_server.store.credential_order import Arguments, after_place, order_by

if TYPE_CHECKING:
    from strongroom_server.store.credential_lists import Window
    from strongroom_server.store.credentials import Visible
    from strongroom_server.store.database import Database, Transaction

_NAMES: Final = Connection.__struct_fields__
_PLACEHOLDERS: Final = ", ".join(f"${index}" for index in range(1, len(_NAMES) + 1))
_OF_CREDENTIAL: Final = "organisation_id = $1 and credential_id = $2"

_INSERT: Final = f"insert into connections ({', '.join(_NAMES)}) values ({_PLACEHOLDERS})"
_REPLACE: Final = f"""
    update connections set ({", ".join(_NAMES)}) = row({_PLACEHOLDERS})
    where {_OF_CREDENTIAL} and revision = ${len(_NAMES) + 1} returning 1
"""
_DELETE: Final = f"delete from connections where {_OF_CREDENTIAL}"
_OF: Final = f"select {', '.join(_NAMES)} from connections where {_OF_CREDENTIAL}"
_IS_CONNECTION: Final = f"select exists (select credential_id from connections where {_OF_CREDENTIAL})"
_WITH_GRANT: Final = f"""
    select exists (select from connections where {_OF_CREDENTIAL}), {tokens.COLUMNS}
    from (select) one left join tokens k on k.organisation_id = $1 and k.credential_id = $2 and k.parameters_sha256 = ''
"""
# A credential that was deleted is no connection of its app any more: undeleted without its app, it lives as long as its token.
_HAS_CONNECTIONS: Final = f"""
    select exists (
        select from connections n join credentials c on c.organisation_id = n.organisation_id and c.id = n.credential_id
        where n.organisation_id = $1 and n.app_id = $2 and c.delete_time is null and {credentials.UNEXPIRED}
    )
"""
_RETRY: Final = f"""
    update tokens t set retry_time = strongroom_now(), refresh_time = strongroom_now()
    where t.organisation_id = $1 and t.parameters_sha256 = '' and t.credential_id in (
        select $2::uuid union select n.credential_id from connections n where n.organisation_id = $1 and n.app_id = $2
    ) and (
        (t.state = {REFRESH_STATE_MISCONFIGURED} and t.retry_time > strongroom_now())
        or (t.state = {REFRESH_STATE_REAUTH_REQUIRED} and t.reason = '{grant_rows.TOKEN_URL_CHANGED}')
    )
"""

# The grant of a connection is the token without parameters. Its box is read only where it is opened.
_JOIN: Final = """
    join connections n on n.organisation_id = c.organisation_id and n.credential_id = c.id
    left join tokens k on k.organisation_id = c.organisation_id and k.credential_id = c.id and k.parameters_sha256 = ''
"""
_CONNECTION_COLUMNS: Final = ", ".join(f"n.{name}" for name in _NAMES)


def _select(*, box: bool) -> str:
    token = tokens.COLUMNS if box else tokens.COLUMNS_WITHOUT_BOX
    added = f", {_CONNECTION_COLUMNS}, {token}"
    return credentials.select(box=box, joined=_JOIN, added=added)


class ConnectedCredential(NamedTuple):
    """A credential, its connection, and its grant. Nothing is verified."""

    stored: StoredCredential
    connection: Connection
    token: StoredToken | None


class Filter(NamedTuple):
    """What a list is filtered by. Empty ones filter nothing."""

    app_id: UUID | None = None
    user_id: str = ""
    states: tuple[int, ...] = ()


async def insert_in(transaction: Transaction, connection: Connection) -> None:
    """Store a new connection. Raises KEY_RETIRED."""
    await transaction.execute(_INSERT, *structs.astuple(connection))


async def replace_in(transaction: Transaction, connection: Connection, revision: int) -> bool:
    """Replace the connection of a credential that has this revision; False if there is none. Raises KEY_RETIRED."""
    return await transaction.fetchrow(_REPLACE, *structs.astuple(connection), revision) is not None


async def delete_in(transaction: Transaction, organisation_id: str, credential_id: UUID) -> None:
    """Delete the connection of a credential."""
    await transaction.execute(_DELETE, organisation_id, credential_id)


async def of_credential(
    database: Database | Transaction, organisation_id: str, credential_id: UUID
) -> Connection | None:
    """The connection of a credential, deleted or not."""
    found = await database.fetchrow(_OF, organisation_id, credential_id)
    return Connection(*found) if found else None


async def is_connection(database: Database | Transaction, organisation_id: str, credential_id: UUID) -> bool:
    """Whether a credential is a connection. A node without private keys can ask this too."""
    found = await database.fetchrow(_IS_CONNECTION, organisation_id, credential_id)
    return found is not None and bool(found[0])


async def with_grant(database: Database, organisation_id: str, credential_id: UUID) -> tuple[bool, StoredToken | None]:
    """Whether a credential is a connection, and its grant. Nothing is verified."""
    is_connected, *token = await database.fetchrow(_WITH_GRANT, organisation_id, credential_id) or (False, None)
    return is_connected, tokens.token_of(tuple(token))


async def has_connections(database: Database | Transaction, organisation_id: str, app_id: UUID) -> bool:
    """Whether an app has connections whose credentials are not deleted."""
    found = await database.fetchrow(_HAS_CONNECTIONS, organisation_id, app_id)
    return found is not None and bool(found[0])


async def retry_misconfigured(database: Database, organisation_id: str, client_id: UUID) -> None:
    """Have those refreshes tried at once that failed because of a client: an app, or a managed credential with its own."""
    await database.fetch(_RETRY, organisation_id, client_id)


async def get(
    database: Database | Transaction, visible: Visible, id_or_number: UUID | int, *, box: bool = False
) -> ConnectedCredential | None:
    """Read a visible connection, by the id or the number of its credential."""
    arguments = Arguments((visible.organisation_id, visible.team_ids, visible.surface))
    column, kind = ("id", "uuid") if isinstance(id_or_number, UUID) else ("number", "bigint")
    conditions = [credentials.VISIBLE, f"c.{column} = {arguments.add(id_or_number, kind)}"]
    conditions += credentials.within(visible.limits, arguments.add)
    found = await database.fetchrow(f"{_select(box=box)} where {' and '.join(conditions)}", *arguments)
    return _connected_of(found, box=box) if found else None


async def list_(
    database: Database, visible: Visible, narrowed: Filter, window: Window, *, counts: bool = False
) -> tuple[list[ConnectedCredential], int]:
    """Read the visible connections of a window, and with `counts` how many there are in all. Test credentials are none.

    A backward window starts at its place.
    """
    arguments = Arguments((visible.organisation_id, visible.team_ids, visible.surface))
    conditions = [credentials.VISIBLE, *credentials.within(visible.limits, arguments.add)]
    if narrowed.app_id:
        conditions.append(f"n.app_id = {arguments.add(narrowed.app_id, 'uuid')}")
    if narrowed.user_id:
        conditions.append(f"n.user_id = {arguments.add(narrowed.user_id, 'text')}")
    if narrowed.states:
        # Nothing has failed yet of a connection without a token.
        state = f"coalesce(k.state, {REFRESH_STATE_ACTIVE})"
        conditions.append(f"{state} = any({arguments.add(narrowed.states, 'integer[]')})")
    counted = f"(select count(*) from credentials c {_JOIN} where {' and '.join(conditions)})"
    order = tuple((column, descends != window.backward) for column, descends in window.order)
    if window.place is not None:
        conditions.append(after_place(order, window.place, arguments))
    size = arguments.add(window.size, "bigint")
    read = f"{_select(box=False)} where {' and '.join(conditions)} order by {order_by('c', order)} limit {size}"
    found = await database.fetch(scans.with_total(read, counted) if counts else read, *arguments)
    if not counts:
        return [_connected_of(row, box=False) for row in found], 0
    return [_connected_of(row[:-1], box=False) for row in found if row[0] is not None], found[0][-1]


def _connected_of(found: Any, *, box: bool) -> ConnectedCredential:
    row = tuple(found)
    # The columns of a credential, of its shared teams and its test credential, and its box if it was read.
    start = len(Credential.__struct_fields__) + 6 + box
    end = start + len(_NAMES)
    return ConnectedCredential(
        credentials.stored_of(row[:start]), Connection(*row[start:end]), tokens.token_of(row[end:])
    )
