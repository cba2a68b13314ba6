"""Reads the rows that a signer signed, in pages, and replaces their signatures. What is left is found again, as in resealing.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.records import (
    AdminRow,
    ApiKey,
    AuditEvent,
    AuditHead,
    Credential,
    Identity,
    IdentityIssuer,
    Organisation,
    Team,
    Webhook,
)
from strongroom_server.store import audit, many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database

_SCAN_SECONDS: Final = 600
_SIGNATURE: Final = "signature_format, signer_id, signature"

# The table of each type that an admin key signs, and the columns of its primary key. All but heads have a revision.
ADMIN_TABLES: Final[dict[type[AdminRow], tuple[str, tuple[str, ...]]]] = {
    ApiKey: ("api_keys", ("id",)),
    Organisation: ("organisations", ("organisation_id",)),
    Team: ("teams", ("organisation_id", "team_id")),
    IdentityIssuer: ("identity_issuers", ("id",)),
    Identity: ("identities", ("id",)),
    Webhook: ("webhooks", ("id",)),
    AuditHead: ("audit_heads", ("organisation_id", "kind")),
}

_CREDENTIALS: Final = f"""
    select {", ".join(Credential.__struct_fields__)} from credentials
    where (organisation_id, id) > ($1, $2) and signer_id = $3 order by organisation_id, id limit $4
"""

_REPLACE_CREDENTIALS: Final = f"""
    with changed as (
        update credentials c set (revision, {_SIGNATURE}) = row(i.revision, i.signature_format, i.signer_id, i.signature)
        from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
            i (organisation_id, id, revision, signature_format, signer_id, signature)
        where c.organisation_id = i.organisation_id and c.id = i.id and c.revision = i.revision - 1
        and (select strongroom_require_keys('{{}}', $7))
        returning c.organisation_id, c.id
    ), event as (
        insert into audit_events ({", ".join(AuditEvent.__struct_fields__)})
        select {", ".join(f"e.{name}" for name in AuditEvent.__struct_fields__)}
        from unnest($8::{audit.COMPOSITE}[]) e join changed c
        on c.organisation_id = e.organisation_id and c.id = e.credential_id
    )
    select count(*) from changed
"""


async def credentials(database: Database, signer_id: str, after: tuple[str, UUID], size: int) -> list[Credential]:
    """At most `size` credentials that a signer signed, after an organisation and an id."""
    async with database.transaction() as transaction:
        await transaction.execute(f"set local statement_timeout = '{_SCAN_SECONDS}s'")
        found = await transaction.fetch(_CREDENTIALS, *after, signer_id, size, timeout=_SCAN_SECONDS)
    return [Credential(*row) for row in found]


async def replace_credentials(database: Database, rows: Sequence[Credential], events: Sequence[AuditEvent]) -> int:
    """Store new signatures and their events, in one statement. Returns how many: the other rows changed since they were read."""
    found = await database.fetch(
        _REPLACE_CREDENTIALS,
        [row.organisation_id for row in rows],
        [row.id for row in rows],
        [row.revision for row in rows],
        [row.signature_format for row in rows],
        [row.signer_id for row in rows],
        [row.signature for row in rows],
        list({row.signer_id for row in rows}),
        many.rows(events),
    )
    return int(found[0][0])


async def admin_rows(database: Database, table: type[AdminRow], signer_id: str) -> list[AdminRow]:
    """Every row of a table that a signer signed."""
    name, _ = ADMIN_TABLES[table]
    columns = ", ".join(table.__struct_fields__)
    found = await database.fetch(f"select {columns} from {name} where signer_id = $1", signer_id)
    return [table(*row) for row in found]


async def replace_admin_row(database: Database, row: AdminRow, signer_before: str, act: Act | None) -> bool:
    """Store a row's new signature, its revision and its event; False if the row changed since it was read."""
    name, key = ADMIN_TABLES[type(row)]
    columns = [column for column in row.__struct_fields__ if column not in key]
    # The previous revision, or for heads, which have none, their position.
    before = row.position if isinstance(row, AuditHead) else row.revision - 1
    counted = "position" if isinstance(row, AuditHead) else "revision"
    where = " and ".join(f"{column} = ${index}" for index, column in enumerate(key, start=1))
    first = len(key) + 1
    values = ", ".join(f"${index}" for index in range(first, first + len(columns)))
    last = first + len(columns)
    arguments = [getattr(row, column) for column in (*key, *columns)]
    async with database.transaction() as transaction:
        stored = await transaction.fetchrow(
            f"update {name} set ({', '.join(columns)}) = row({values}) where {where} and signer_id = ${last}"
            f" and {counted} = ${last + 1} returning 1",
            *arguments,
            signer_before,
            before,
        )
        if stored is not None and act is not None:
            await audit.record(transaction, act)
    return stored is not None
