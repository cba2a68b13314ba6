"""Reads the boxes that are under a sealing key, in pages, and replaces them.

No progress is stored: a box names its key, so the next run finds what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from strongroom_server.core.records import AuditEvent, Credential, Version
from strongroom_server.store import audit, credentials, many
from strongroom_server.store.rows import BoxRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import asyncpg

    from strongroom_server.store.database import Database, Transaction

Place = tuple[str, UUID, int]
FIRST: Final[Place] = ("", UUID(int=0), 0)

# A page is found by reading the table in its order, past the boxes under other keys.
_SCAN_SECONDS: Final = 600
_VERSIONS: Final = len(Version.__struct_fields__)
_VERSION: Final = ", ".join(f"b.{name}" for name in Version.__struct_fields__)

_PAGE: Final = f"""
    select b.organisation_id, b.credential_id, {_VERSION}, {credentials.COLUMNS} from (
        select * from boxes where (organisation_id, credential_id, version) > ($1, $2, $3) and box is not null
        and sealing_key_id = any($4::text[]) and ($5 = '' or organisation_id = $5)
        order by organisation_id, credential_id, version limit $6
    ) b left join credentials c on c.organisation_id = b.organisation_id and c.id = b.credential_id
    order by b.organisation_id, b.credential_id, b.version
"""

_EVENTS: Final = f"""
    select {audit.COLUMNS} from unnest($1::text[], $2::uuid[], $3::bigint[]) k (organisation_id, id, version)
    join audit_events e on e.organisation_id = k.organisation_id and e.credential_id = k.id and e.version = k.version
    and e.box_sha256 is not null
"""

# A box is replaced only if it is the one that was read, and that of a credential's present version only together with the row. The
# key alone does not tell: a key that is activated again may have sealed the box again meanwhile.
_REPLACE: Final = f"""
    with item as materialized (
        select * from unnest(
            $1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[],
            $7::bigint[], $8::bytea[], $9::bigint[], $10::text[], $11::bytea[], $12::text[]
        ) i (organisation_id, credential_id, version, old_key_id, key_id, box,
            present_revision, box_sha256, signature_format, signer_id, signature, old_box_sha256)
        where (select strongroom_require_keys($13, $14))
    ), row as (
        update credentials c set (sealing_key_id, box_sha256, revision, signature_format, signer_id, signature)
            = row(i.key_id, i.box_sha256, i.present_revision + 1, i.signature_format, i.signer_id, i.signature)
        from item i where i.present_revision is not null
        and c.organisation_id = i.organisation_id and c.id = i.credential_id and c.revision = i.present_revision
        returning c.organisation_id, c.id
    ), changed as (
        update boxes b set sealing_key_id = i.key_id, box = i.box from item i
        where b.organisation_id = i.organisation_id and b.credential_id = i.credential_id and b.version = i.version
        and b.sealing_key_id = i.old_key_id and b.box is not null
        and case when i.present_revision is null then encode(sha256(b.box), 'hex') = i.old_box_sha256 else exists (
            select from row r where r.organisation_id = i.organisation_id and r.id = i.credential_id
        ) end
        returning b.organisation_id, b.credential_id, b.version
    ), event as (
        insert into audit_events ({", ".join(AuditEvent.__struct_fields__)})
        select {", ".join(f"e.{name}" for name in AuditEvent.__struct_fields__)}
        from unnest($15::{audit.COMPOSITE}[]) e join changed c
        on c.organisation_id = e.organisation_id and c.credential_id = e.credential_id and c.version = e.version
    )
    select organisation_id, credential_id, version from changed
"""

_WRITTEN: Final = f"""
    select k.version, b.box, b.sealing_key_id, {credentials.COLUMNS}
    from unnest($1::text[], $2::uuid[], $3::bigint[]) k (organisation_id, id, version)
    join boxes b on b.organisation_id = k.organisation_id and b.credential_id = k.id and b.version = k.version
    join credentials c on c.organisation_id = k.organisation_id and c.id = k.id
"""


class Resealed(NamedTuple):
    """A box under another key: its version, the key before, and the event. `row` is set for a present version: the new row."""

    version: Version
    old_key_id: str
    row: Credential | None
    event: AuditEvent

    @property
    def place(self) -> Place:
        """The key of the box in its table."""
        assert self.event.credential_id is not None
        return self.event.organisation_id, self.event.credential_id, self.version.version


class Written(NamedTuple):
    """What is stored: a box, its key, and the row of its credential."""

    box: bytes | None
    key_id: str
    row: Credential


async def page(
    database: Database, key_ids: Sequence[str], organisation_id: str, after: Place, size: int
) -> list[BoxRow]:
    """At most `size` boxes under these keys, after a place, with the events that record the hashes of older versions."""
    async with database.transaction() as transaction:
        # Both statements must read the same snapshot: a version may be destroyed or sealed again in between.
        await transaction.execute(
            f"set transaction isolation level repeatable read; set local statement_timeout = '{_SCAN_SECONDS}s'"
        )
        found = await transaction.fetch(_PAGE, *after, key_ids, organisation_id, size, timeout=_SCAN_SECONDS)
        boxes = [_box_of(row) for row in found]
        older = [box for box in boxes if box.row is not None and box.version.version != box.row.version]
        events = await transaction.fetch(_EVENTS, *_places(map(place_of, older))) if older else []
    recorded: dict[tuple[str, UUID | None, int | None], list[AuditEvent]] = {}
    for event in (AuditEvent(*row) for row in events):
        recorded.setdefault((event.organisation_id, event.credential_id, event.version), []).append(event)
    return [box._replace(events=recorded.get(place_of(box), ())) for box in boxes]


async def replace(database: Database, resealed: Sequence[Resealed]) -> set[Place]:
    """Store boxes under their new keys with their rows and events, in one statement.

    Returns the places of those that were stored: the others have changed since they were read. Raises KEY_RETIRED.
    """
    rows = [each.row for each in resealed]
    found = await database.fetch(
        _REPLACE,
        *_places(each.place for each in resealed),
        [each.old_key_id for each in resealed],
        [each.version.sealing_key_id for each in resealed],
        [each.version.box for each in resealed],
        [row.revision - 1 if row else None for row in rows],
        [row.box_sha256 if row else None for row in rows],
        [row.signature_format if row else None for row in rows],
        [row.signer_id if row else None for row in rows],
        [row.signature if row else None for row in rows],
        [each.event.subject for each in resealed],
        list({each.version.sealing_key_id for each in resealed}),
        list({row.signer_id for row in rows if row}),
        many.rows(each.event for each in resealed),
    )
    return {(row[0], row[1], row[2]) for row in found}


async def written(database: Database, places: Sequence[Place]) -> dict[Place, Written]:
    """What is stored at these places."""
    found = await database.fetch(_WRITTEN, *_places(places))
    result: dict[Place, Written] = {}
    for row in found:
        stored = Written(row[1], row[2], Credential(*row[3:]))
        result[stored.row.organisation_id, stored.row.id, row[0]] = stored
    return result


async def wrapped_keys(transaction: Transaction, key_id: str) -> list[str]:
    """The ids of the organisations' keys whose private parts are wrapped by a key of the deployment."""
    found = await transaction.fetch(
        "select id from sealing_keys where wrapping = 'sealing:' || $1 and state <> 'destroyed'", key_id
    )
    return [row[0] for row in found]


def _places(places: Iterable[Place]) -> tuple[list[str], list[UUID], list[int]]:
    listed = list(places)
    return [place[0] for place in listed], [place[1] for place in listed], [place[2] for place in listed]


def place_of(box: BoxRow) -> Place:
    """The key of a box in its table."""
    return box.organisation_id, box.credential_id, box.version.version


def _box_of(row: asyncpg.Record) -> BoxRow:
    version, credential = row[2 : 2 + _VERSIONS], row[2 + _VERSIONS :]
    return BoxRow(row[0], row[1], None if credential[0] is None else Credential(*credential), Version(*version), ())
