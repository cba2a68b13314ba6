"""Compares the revisions of rows with those in their audit events, for verification.

Each write of a row raises its revision by one and records an event with the new revision. So events that share a revision, a
revision without an event, and a row with another revision than its last event all show a row that was put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from uuid import UUID

    from strongroom_server.store.database import Database

# The actions that write a credential's row. Events of other actions, such as reads, repeat the revision of the row.
_CREDENTIAL_WRITES: Final = (
    "CreateCredential",
    "UpdateCredential",
    "DeleteCredential",
    "UndeleteCredential",
    "RestoreCredentialVersion",
    "ResignCredential",
)
# Events of these actions have a revision only if they write the row, or repeat the last write because its month is dropped.
_IF_REVISION: Final = ("ResealCredentialVersion", "KeepVersion", "KeepDestroyedVersion", "KeepRevision")
# SQL that lists all of them.
WRITES: Final = ", ".join(f"'{action}'" for action in (*_CREDENTIAL_WRITES, *_IF_REVISION))

# How many credentials of an organisation one check names.
NAMED: Final = 20


class History(NamedTuple):
    """What the events of a credential say, and the revision of its row, which is None if there is no row."""

    credential_id: UUID
    # The highest revision of any event.
    recorded: int
    # The highest revision of a deletion.
    ended: int | None
    removed: bool
    # How many writes were recorded, of how many different revisions, and the lowest and the highest of these.
    writes: int
    revisions: int
    lowest: int | None
    highest: int | None
    present: int | None


async def contradictory(database: Database, organisation_id: str, *, months_dropped: bool) -> list[History]:
    """The credentials whose events contradict each other or the row: at most NAMED, by id.

    Earlier versions dropped months without repeating the revisions of the last writes, and their first version recorded no
    revisions. Then a read may be the only event of a revision.
    """
    found = await database.fetch(
        f"""
        select t.credential_id, recorded, ended, removed, writes, revisions, lowest, highest, c.revision from (
            select e.credential_id, max(e.revision) as recorded,
                max(e.revision) filter (where e.action in ('DeleteCredential', 'RemoveCredential')) as ended,
                bool_or(e.action = 'RemoveCredential') as removed,
                count(*) filter (where e.action in ({WRITES})) as writes,
                count(distinct e.revision) filter (where e.action in ({WRITES})) as revisions,
                min(e.revision) filter (where e.action in ({WRITES})) as lowest,
                max(e.revision) filter (where e.action in ({WRITES})) as highest
            from audit_events e
            where e.organisation_id = $1 and e.credential_id is not null and e.revision is not null
            group by e.credential_id
        ) t left join credentials c on c.organisation_id = $1 and c.id = t.credential_id
        where c.revision <> recorded or (c.id is null and ended is distinct from recorded) or (c.id is not null and removed)
            or writes <> revisions or highest - lowest + 1 <> revisions or (highest <> recorded and not $2)
        order by t.credential_id limit {NAMED}
        """,
        organisation_id,
        months_dropped,
    )
    return [History(*row) for row in found]


async def repeated_revision(database: Database, organisation_id: str, credential_id: UUID) -> int | None:
    """The first revision of a credential that two writes recorded."""
    found = await database.fetchrow(
        f"""
        select revision from audit_events where organisation_id = $1 and credential_id = $2 and action in ({WRITES})
        and revision is not null group by revision having count(*) > 1 order by revision limit 1
        """,
        organisation_id,
        credential_id,
    )
    return found[0] if found else None
