"""Reads and writes identity issuers and identities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import DNS, OIDC, AuditEvent, Identity, IdentityIssuer
from strongroom_server.store import audit, scans, subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

# The notification channel for changes: the id of an issuer, followed by ` ` and the id of an identity if only that changed.
IDENTITIES_CHANNEL: Final = "strongroom_identities"

_ISSUER: Final = ", ".join(IdentityIssuer.__struct_fields__)
_IDENTITY: Final = ", ".join(Identity.__struct_fields__)
_NOTIFY: Final = {
    IdentityIssuer: f"pg_notify('{IDENTITIES_CHANNEL}', id)",
    Identity: f"pg_notify('{IDENTITIES_CHANNEL}', issuer_id || ' ' || id)",
}


def _placeholders(row: type[IdentityIssuer | Identity]) -> str:
    return ", ".join(f"${index}" for index in range(1, len(row.__struct_fields__) + 1))


def _create(row: type[IdentityIssuer | Identity]) -> str:
    columns = ", ".join(row.__struct_fields__)
    return f"""
        with changed as (
            insert into {subjects.KINDS[row].table} ({columns}) values ({_placeholders(row)}) returning {_NOTIFY[row]}
        ) {audit.insert_act(len(row.__struct_fields__) + 1)} select * from changed
    """


def _replace(row: type[IdentityIssuer | Identity]) -> str:
    columns, revision = ", ".join(row.__struct_fields__), len(row.__struct_fields__) + 1
    return f"""
        with changed as (
            update {subjects.KINDS[row].table} set ({columns}) = row({_placeholders(row)})
            where id = $1 and organisation_id = $2 and disable_time is null and revision = ${revision}
            returning {_NOTIFY[row]}
        ) {audit.insert_act(revision + 1)} select * from changed
    """


_STATEMENTS: Final = {row: (_create(row), _replace(row)) for row in (IdentityIssuer, Identity)}

# Whether an issuer has a name, or claims of a token, in common with the new one: $2 to $5 are its name, audience, claim and
# claim_prefix. Two claims of one token may have any values.
_OVERLAPPING: Final = f"""
    select id from identity_issuers where disable_time is null and kind = $1 and case
        when kind = {DNS} then name = $2 or right(name, length($2) + 1) = '.' || $2 or right($2, length(name) + 1) = '.' || name
        when kind = {OIDC} then name = $2 and audience = $3 and (
            claim <> $4 or starts_with(claim_prefix, $5) or starts_with($5, claim_prefix)
        )
        else name = $2
    end order by id limit 1
"""
_ISSUER_WITH_NEWER: Final = subjects.select_with_newer(IdentityIssuer, "r.id = $1", "$2")
_ISSUERS_WITH_NEWER: Final = subjects.select_with_newer(IdentityIssuer, "r.disable_time is null", "$1")
_IDENTITY_WITH_NEWER: Final = subjects.select_with_newer(Identity, "r.id = $1", "$2")
_IDENTITIES_WITH_NEWER: Final = subjects.select_with_newer(
    Identity, "r.issuer_id = $1 and r.disable_time is null", "$2"
)


async def create_issuer(transaction: Transaction, issuer: IdentityIssuer, act: Act) -> None:
    """Store an issuer and its audit event. Raises IDENTITY_ISSUER_EXISTS if it overlaps with another one, RequestIdTaken."""
    # Until the commit no other transaction creates an issuer that this one does not see.
    await transaction.execute("select pg_advisory_xact_lock(hashtextextended('strongroom identity issuers', 0))")
    overlapping = await transaction.fetchrow(
        _OVERLAPPING, issuer.kind, issuer.name, issuer.audience, issuer.claim, issuer.claim_prefix
    )
    if overlapping is not None:
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_IDENTITY_ISSUER_EXISTS, identity_issuer_id=str(overlapping["id"])
        )
    await transaction.fetchrow(_STATEMENTS[IdentityIssuer][0], *structs.astuple(issuer), *audit.arguments(act))


async def create_identity(database: Database, identity: Identity, act: Act) -> None:
    """Store an identity and its audit event, and notify every node, in one statement. Raises RequestIdTaken."""
    await database.fetchrow(_STATEMENTS[Identity][0], *structs.astuple(identity), *audit.arguments(act))


async def replace(database: Database, row: IdentityIssuer | Identity, present_revision: int, act: Act) -> bool:
    """Replace a row of that revision that is not disabled, and notify every node, in one statement; False if there is none."""
    arguments = (*structs.astuple(row), present_revision, *audit.arguments(act))
    return await database.fetchrow(_STATEMENTS[type(row)][1], *arguments) is not None


async def issuer_with_newer(database: Database, issuer_id: str) -> tuple[IdentityIssuer, list[AuditEvent]] | None:
    """Read an issuer by its id, and the newest event that is newer than it, if there is one."""
    found = await database.fetchrow(_ISSUER_WITH_NEWER, issuer_id, subjects.actions_of(IdentityIssuer))
    return subjects.with_newer(IdentityIssuer, found) if found else None


async def issuers_with_newer(database: Database) -> list[tuple[IdentityIssuer, list[AuditEvent]]]:
    """Every issuer that is not disabled, each with the newest event that is newer than it, if there is one."""
    found = await database.fetch(_ISSUERS_WITH_NEWER, subjects.actions_of(IdentityIssuer))
    return [subjects.with_newer(IdentityIssuer, each) for each in found]


async def identity_with_newer(database: Database, identity_id: str) -> tuple[Identity, list[AuditEvent]] | None:
    """Read an identity by its id, and the newest event that is newer than it, if there is one."""
    found = await database.fetchrow(_IDENTITY_WITH_NEWER, identity_id, subjects.actions_of(Identity))
    return subjects.with_newer(Identity, found) if found else None


async def identities_with_newer(database: Database, issuer_id: str) -> list[tuple[Identity, list[AuditEvent]]]:
    """Every identity of an issuer that is not disabled, each with the newest event that is newer than it, if there is one."""
    found = await database.fetch(_IDENTITIES_WITH_NEWER, issuer_id, subjects.actions_of(Identity))
    return [subjects.with_newer(Identity, each) for each in found]


async def count(database: Database, issuer_id: str) -> int:
    """How many identities of an issuer are not disabled."""
    found = await database.fetchrow(
        "select count(*) from identities where issuer_id = $1 and disable_time is null", issuer_id
    )
    return int(found[0]) if found else 0


async def issuer_page(
    database: Database, organisation_id: str | None, *, after: str, size: int
) -> list[IdentityIssuer]:
    """Read at most `size` issuers by id, after that id: of one organisation, or of all if it is None."""
    of_organisation = "" if organisation_id is None else "and organisation_id = $3"
    found = await database.fetch(
        f"select {_ISSUER} from identity_issuers where id > $1 {of_organisation} order by id limit $2",
        after,
        size,
        *(() if organisation_id is None else (organisation_id,)),
    )
    return [IdentityIssuer(*row) for row in found]


async def identity_page(
    database: Database, organisation_id: str, team_ids: Sequence[int] | None, *, after: str, size: int
) -> tuple[list[Identity], str | None]:
    """Read at most `size` identities by id, after that id. With team ids only those that are limited to some of these teams.

    If it stopped after scans.SCANNED identities before the page was full, also returns the id of the last one read.
    """
    found, edge = await scans.page_within_teams(
        database, "identities", _IDENTITY, organisation_id, team_ids, after=after, size=size
    )
    return [Identity(*row) for row in found], edge
