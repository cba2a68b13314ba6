"""Reads and writes the tokens that UseService got from providers, and the leases by which one node at a time asks for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from strongroom_server.core.records import Credential, Refresh, StoredCredential, StoredToken, Token
from strongroom_server.store import credentials
from strongroom_server.store.credential_order import Arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.store.credentials import Visible
    from strongroom_server.store.database import Database

_TOKEN = Token.__struct_fields__
_REFRESH = Refresh.__struct_fields__
COLUMNS = ", ".join(f"k.{name}" for name in (*_TOKEN, *_REFRESH, "box"))
# The columns of a credential with its box come before.
_START = len(Credential.__struct_fields__) + 7

# By the kind of id. $5 is the hash of the parameters.
_JOIN = "left join tokens k on k.organisation_id = c.organisation_id and k.credential_id = c.id and k.parameters_sha256 = $5"
_GET = {
    kind: f"{credentials.select(box=True, joined=_JOIN, added=f', {COLUMNS}')} where {credentials.VISIBLE} and c.{column} = any($4)"
    for kind, column in ((UUID, "id"), (int, "number"))
}


class CredentialWithToken(NamedTuple):
    """A credential with its box, and its token for one set of parameters. Nothing is verified."""

    stored: StoredCredential
    token: StoredToken | None


async def get(
    database: Database, visible: Visible, id_or_number: UUID | int, parameters_sha256: bytes
) -> CredentialWithToken | None:
    """Read a visible credential with its box and its token, batched with concurrent reads."""
    kind = UUID if isinstance(id_or_number, UUID) else int
    return await database.batch(_get, (visible, kind, parameters_sha256), id_or_number)


async def _get(
    database: Database, key: tuple[Visible, type[UUID | int], bytes], ids: Sequence[UUID | int]
) -> Sequence[CredentialWithToken | None]:
    visible, kind, parameters_sha256 = key
    arguments = Arguments((visible.organisation_id, visible.team_ids, visible.surface, ids, parameters_sha256))
    read = " and ".join((_GET[kind], *credentials.within(visible.limits, arguments.add)))
    by_id = {}
    for row in await database.fetch(read, *arguments):
        found = CredentialWithToken(credentials.stored_of(row[:_START]), _token_of(row[_START:]))
        by_id[found.stored.row.id if kind is UUID else found.stored.row.number] = found
    return [by_id.get(each) for each in ids]


def _token_of(found: tuple[Any, ...]) -> StoredToken | None:
    """The token in the columns of COLUMNS, which are null if there is none."""
    if found[0] is None:
        return None
    end = len(_TOKEN)
    return StoredToken(Token(*found[:end]), Refresh(*found[end:-1]), found[-1])
