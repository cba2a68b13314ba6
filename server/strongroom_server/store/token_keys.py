"""Reads the tokens that are under a key, in pages, and replaces their boxes and signatures. What is left is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from strongroom_server.core.records import Credential, Token
from strongroom_server.store import credentials, grant_rows
from strongroom_server.store.tokens import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.store.database import Database

FIRST: Final = Key("", UUID(int=0), b"")
_SIZE: Final = 200
_SCAN_SECONDS: Final = 600
_TOKEN: Final = Token.__struct_fields__

_PAGE: Final = f"""
    select {", ".join(f"k.{name}" for name in _TOKEN)}, k.box, {grant_rows.is_grant("k")}, {credentials.COLUMNS} from (
        select * from tokens where (organisation_id, credential_id, parameters_sha256) > ($1, $2, $3) and box is not null
        and ($4::text[] is null or sealing_key_id = any($4)) and ($5 = '' or organisation_id = $5) and ($6 = '' or signer_id = $6)
        order by organisation_id, credential_id, parameters_sha256 limit {_SIZE}
    ) k join credentials c on c.organisation_id = k.organisation_id and c.id = k.credential_id
    order by k.organisation_id, k.credential_id, k.parameters_sha256
"""
# Only in place of the box and the signature that were read: a new token needs neither.
_UNCHANGED: Final = (
    "organisation_id = $1 and credential_id = $2 and parameters_sha256 = $3 and signature = $4 and box = $5"
)
_REPLACE: Final = f"""
    update tokens set sealing_key_id = $6, box_sha256 = $7, signature_format = $8, signer_id = $9, signature = $10, box = $11
    where {_UNCHANGED} and strongroom_require_keys(array[$6]::text[], array[$9]::text[]) returning 1
"""
_FORGET: Final = f"update tokens set box = null where {_UNCHANGED} returning 1"


class TokenRow(NamedTuple):
    """A token with its box, and the row of its credential. Nothing is verified."""

    token: Token
    box: bytes
    row: Credential
    # Whether it may have the only valid refresh token of a grant.
    is_grant: bool

    @property
    def key(self) -> Key:
        """The key of the row of the token."""
        return Key(self.token.organisation_id, self.token.credential_id, self.token.parameters_sha256)


async def page(
    database: Database,
    after: Key,
    *,
    sealing_key_ids: Sequence[str] | None = None,
    organisation_id: str = "",
    signer_id: str = "",
) -> list[TokenRow]:
    """The next tokens after a key, of these sealing keys, organisation and signer if they are given."""
    async with database.transaction() as transaction:
        await transaction.execute(f"set local statement_timeout = '{_SCAN_SECONDS}s'")
        found = await transaction.fetch(
            _PAGE, *after, sealing_key_ids, organisation_id, signer_id, timeout=_SCAN_SECONDS
        )
    end = len(_TOKEN)
    return [TokenRow(Token(*row[:end]), row[end], Credential(*row[end + 2 :]), row[end + 1]) for row in found]


async def replace(database: Database, before: TokenRow, token: Token, box: bytes) -> bool:
    """Store a token under other keys; False if it changed since it was read. Raises KEY_RETIRED."""
    values = (token.sealing_key_id, token.box_sha256, token.signature_format, token.signer_id, token.signature, box)
    return await database.fetchrow(_REPLACE, *_unchanged(before), *values) is not None


async def forget(database: Database, before: TokenRow) -> bool:
    """Delete the box of a token that can be requested again; False if it changed since it was read."""
    return await database.fetchrow(_FORGET, *_unchanged(before)) is not None


def _unchanged(before: TokenRow) -> tuple[object, ...]:
    return (*before.key, before.token.signature, before.box)
