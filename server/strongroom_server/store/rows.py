"""Reads every signed row and every box of all organisations, in pages of bounded size, for verification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from uuid import UUID

from strongroom_server.core.records import (
    ApiKey,
    AuditEvent,
    Credential,
    Identity,
    IdentityIssuer,
    Made,
    Version,
)
from strongroom_server.store import audit, credentials
from strongroom_server.store.subjects import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import asyncpg

    from strongroom_server.store.database import Database

_ROWS_AT_ONCE: Final = 500
# A box is at most 128 KiB.
_BOXES_AT_ONCE: Final = 100
_CREDENTIAL: Final = len(Credential.__struct_fields__)
_VERSIONS: Final = len(Version.__struct_fields__)
_VERSION: Final = ", ".join(f"b.{name}" for name in Version.__struct_fields__)


RowT = TypeVar("RowT", ApiKey, IdentityIssuer, Identity)


class CredentialRow(NamedTuple):
    """A credential's row, and whether the box of its present version exists."""

    row: Credential
    has_box: bool


class BoxRow(NamedTuple):
    """A box, the row of its credential if that exists, and the audit events that record the box's hash."""

    organisation_id: str
    credential_id: UUID
    row: Credential | None
    version: Version
    events: Sequence[AuditEvent]


async def estimate(database: Database) -> int:
    """The approximate number of rows and boxes, from the planner's statistics."""
    (row,) = await database.fetch(
        "select coalesce(sum(greatest(reltuples, 0)), 0)::bigint from pg_class"
        " where oid in ('credentials'::regclass, 'boxes'::regclass, 'api_keys'::regclass,"
        " 'identity_issuers'::regclass, 'identities'::regclass, 'request_ids'::regclass, 'tokens'::regclass,"
        " 'webhooks'::regclass, 'events'::regclass, 'connections'::regclass, 'connection_sessions'::regclass)"
    )
    return int(row[0])


async def credential_pages(database: Database) -> AsyncIterator[list[CredentialRow]]:
    """Every credential's row, including deleted ones."""
    after: tuple[str, UUID] = ("", UUID(int=0))
    while True:
        found = await database.fetch(
            f"""
            select {credentials.COLUMNS}, exists (
                select from boxes b where b.organisation_id = c.organisation_id and b.credential_id = c.id
                and b.version = c.version and b.box is not null
            ) from credentials c where (c.organisation_id, c.id) > ($1, $2) order by c.organisation_id, c.id limit $3
            """,
            *after,
            _ROWS_AT_ONCE,
        )
        if not found:
            return
        page = [CredentialRow(Credential(*row[:_CREDENTIAL]), row[_CREDENTIAL]) for row in found]
        yield page
        after = (page[-1].row.organisation_id, page[-1].row.id)


async def box_pages(database: Database) -> AsyncIterator[list[BoxRow]]:
    """Every version of every credential, with its box."""
    after: tuple[str, UUID, int] = ("", UUID(int=0), 0)
    while page := await _box_page(database, after):
        yield page
        last = page[-1]
        after = (last.organisation_id, last.credential_id, last.version.version)


async def _box_page(database: Database, after: tuple[str, UUID, int]) -> list[BoxRow]:
    async with database.transaction() as transaction:
        # Both statements must read the same snapshot: a version may be destroyed in between.
        await transaction.execute("set transaction isolation level repeatable read")
        found = await transaction.fetch(
            f"""
            select b.organisation_id, b.credential_id, {_VERSION}, {credentials.COLUMNS} from (
                select * from boxes where (organisation_id, credential_id, version) > ($1, $2, $3)
                order by organisation_id, credential_id, version limit $4
            ) b left join credentials c on c.organisation_id = b.organisation_id and c.id = b.credential_id
            order by b.organisation_id, b.credential_id, b.version
            """,
            *after,
            _BOXES_AT_ONCE,
        )
        page = [_box_of(row) for row in found]
        events = await transaction.fetch(
            f"""
            select {audit.COLUMNS} from unnest($1::text[], $2::uuid[], $3::bigint[]) k (organisation_id, id, version)
            join audit_events e on e.organisation_id = k.organisation_id and e.credential_id = k.id
            and e.version = k.version and (e.box_sha256 is not null or e.redact_fields <> '{{}}')
            """,
            [box.organisation_id for box in page],
            [box.credential_id for box in page],
            [box.version.version for box in page],
        )
    recorded: dict[tuple[str, UUID | None, int | None], list[AuditEvent]] = {}
    for event in (AuditEvent(*row) for row in events):
        recorded.setdefault((event.organisation_id, event.credential_id, event.version), []).append(event)
    return [
        box._replace(events=recorded.get((box.organisation_id, box.credential_id, box.version.version), ()))
        for box in page
    ]


def _box_of(row: asyncpg.Record) -> BoxRow:
    version, credential = row[2 : 2 + _VERSIONS], row[2 + _VERSIONS :]
    return BoxRow(row[0], row[1], None if credential[0] is None else Credential(*credential), Version(*version), ())


async def pages(database: Database, row: type[RowT]) -> AsyncIterator[list[RowT]]:
    """Every row of an API key, identity issuer or identity, including revoked and disabled ones."""
    columns, table, after = ", ".join(row.__struct_fields__), KINDS[row].table, ""
    while True:
        found = await database.fetch(
            f"select {columns} from {table} where id > $1 order by id limit $2", after, _ROWS_AT_ONCE
        )
        if not found:
            return
        page = [row(*each) for each in found]
        yield page
        after = page[-1].id


async def request_id_pages(database: Database) -> AsyncIterator[list[Made]]:
    """Every request id that an API key used. Those of earlier versions have no key and no MAC, and are refused."""
    columns, after = ", ".join(Made.__struct_fields__), ("", "", "")
    while True:
        found = await database.fetch(
            f"select {columns} from request_ids where (organisation_id, request_id, key_id) > ($1, $2, $3) and key_id <> ''"
            " order by organisation_id, request_id, key_id limit $4",
            *after,
            _ROWS_AT_ONCE,
        )
        if not found:
            return
        page = [Made(*row) for row in found]
        yield page
        after = (page[-1].organisation_id, page[-1].request_id, page[-1].key_id)


async def lost_request_ids(database: Database) -> list[tuple[str, str, UUID]]:
    """Events of the last 23 hours whose request id has no row, by organisation, action and event id: at most 20.

    Request ids are kept for 24 hours. Rows of earlier versions have no API key. A purge stores its id with its last call only, so
    deletions do not count.
    """
    found = await database.fetch(
        """
        select e.organisation_id, e.action, e.event_id from audit_events e
        where e.event_time > strongroom_now() - interval '23 hours' and e.request_id is not null and e.outcome = 'OK'
        and e.action not in ('DeleteCredential', 'PurgeCredentials') and not exists (
            select from request_ids r where r.organisation_id = e.organisation_id and r.request_id = e.request_id
            and r.key_id in (e.key_id, '')
        ) order by e.event_time limit 20
        """
    )
    return [tuple(row) for row in found]
