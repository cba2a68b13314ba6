"""Finds the events about API keys, identities, organisations, teams, folders and keys, to compare their revisions with the rows'.

Each change of such a row raises its revision by one and records an event with the new revision that an admin key signed.
Events about folders are not signed. Events of earlier versions have no revision, and may have a name as their subject: subjects
that have only such events are not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import (
    ApiKey,
    AuditEvent,
    Folder,
    Identity,
    IdentityIssuer,
    Organisation,
    Row,
    SealingKey,
    SigningKey,
    Team,
    Webhook,
)

if TYPE_CHECKING:
    from strongroom_server.store.database import Database, Transaction


class Kind(NamedTuple):
    """What the events about one table's rows are, and how they name a row."""

    name: str
    table: str
    # The column that an event's subject names.
    column: str
    actions: tuple[str, ...]
    # The action of the event that repeats the revision of the last event when its month is dropped.
    keep: str
    # The same for a deletion; empty for rows that are never deleted. Any action that contains `Delete` says that the row is gone.
    keep_deleted: str = ""


KINDS: Final[dict[type[Row], Kind]] = {
    ApiKey: Kind(
        "API key", "api_keys", "id", ("CreateApiKey", "UpdateApiKey", "RevokeApiKey", "ResignApiKey"), "KeepApiKey"
    ),
    # The event of an organisation's creation is in its operator's organisation.
    Organisation: Kind(
        "organisation",
        "organisations",
        "organisation_id",
        ("UpdateOrganisation", "ResignOrganisation"),
        "KeepOrganisation",
    ),
    Team: Kind(
        "team",
        "teams",
        "team_id",
        ("CreateTeam", "UpdateTeam", "DeleteTeam", "ResignTeam"),
        "KeepTeam",
        "KeepDeletedTeam",
    ),
    # An operator binds issuers, so their events are in the operators' organisation.
    IdentityIssuer: Kind(
        "identity issuer",
        "identity_issuers",
        "id",
        ("CreateIdentityIssuer", "UpdateIdentityIssuer", "DisableIdentityIssuer", "ResignIdentityIssuer"),
        "KeepIdentityIssuer",
    ),
    Identity: Kind(
        "identity",
        "identities",
        "id",
        ("CreateIdentity", "UpdateIdentity", "DisableIdentity", "ResignIdentity"),
        "KeepIdentity",
    ),
    Webhook: Kind(
        "webhook",
        "webhooks",
        "id",
        ("CreateWebhook", "UpdateWebhook", "DeleteWebhook", "ResealWebhook", "ResignWebhook"),
        "KeepWebhook",
        "KeepDeletedWebhook",
    ),
    Folder: Kind("folder", "folders", "folder_id", ("CreateFolder", "UpdateFolder", "DeleteFolder"), ""),
    SealingKey: Kind(
        "sealing key",
        "sealing_keys",
        "id",
        ("CreateSealingKey", "ActivateSealingKey", "RetireSealingKey", "RewrapSealingKey", "DestroySealingKey"),
        "KeepSealingKey",
    ),
    SigningKey: Kind(
        "signing key",
        "signing_keys",
        "id",
        ("CreateSigningKey", "ActivateSigningKey", "RetireSigningKey", "DestroySigningKey"),
        "KeepSigningKey",
    ),
}

# The tables whose events an admin key signs.
SIGNED: Final = tuple(row for row in KINDS if row is not Folder)
# The tables whose events are in the operators' organisation.
_OF_OPERATORS: Final = (SealingKey, SigningKey, IdentityIssuer)

# An administrative event has no use, and the function that reads it no such column.
EVENT: Final = ", ".join("''::bytea" if name == "use" else f"e.{name}" for name in AuditEvent.__struct_fields__)

RowT = TypeVar("RowT", bound=Row)
# The rows that are compared when they are loaded.
SubjectRow = ApiKey | Organisation | Team | IdentityIssuer | Identity | Webhook


def actions_of(row: type[Row]) -> tuple[str, ...]:
    """The actions of the events about rows of this type."""
    kind = KINDS[row]
    return (*kind.actions, kind.keep, *filter(None, [kind.keep_deleted]))


def keep_action(row: type[Row], action: str) -> str:
    """The action of the event that repeats an event of this action when its month is dropped."""
    return KINDS[row].keep_deleted if "Delete" in action else KINDS[row].keep


def subject_of(row: Row) -> str:
    """What the events about a row name as their subject."""
    return str(getattr(row, KINDS[type(row)].column))


def organisation_of_events(row: SubjectRow) -> str:
    """The organisation that has the events about a row."""
    return OPERATORS_ORGANISATION if type(row) in _OF_OPERATORS else row.organisation_id


async def newer_events(
    database: Database | Transaction, row: SubjectRow, *, limit: int, skip: int = 0
) -> list[AuditEvent]:
    """Events about a row that are newer than its revision, newest first. Whether they are authentic is not checked."""
    found = await database.fetch(
        f"select {EVENT} from strongroom_newer_signed_events($1, $2, $3, $4, $5, $6) e",
        organisation_of_events(row),
        # The subject of events about organisations is not the row.
        None if isinstance(row, Organisation) else subject_of(row),
        actions_of(type(row)),
        row.revision,
        limit,
        skip,
    )
    return [AuditEvent(*each) for each in found]


def select_with_newer(row: type[Row], condition: str, actions: str, added: str = "") -> str:
    """SQL that reads rows `r` with the newest event that is newer than each. `actions` is the placeholder for actions_of(row).
    `added` are further columns.

    One statement reads both, so a change that is committed meanwhile does not look like an old row.
    """
    kind = KINDS[row]
    subject = "null" if row is Organisation else f"r.{kind.column}::text"
    organisation = f"'{OPERATORS_ORGANISATION}'" if row in _OF_OPERATORS else "r.organisation_id"
    return f"""
        select {columns_with_newer(row)}{added} from {kind.table} r left join lateral (
            select * from strongroom_newer_signed_events({organisation}, {subject}, {actions}, r.revision, 1, 0)
        ) e on true where {condition}
    """


def columns_with_newer(row: type[Row]) -> str:
    """The columns of a row `r` and of an event `e`, which `with_newer` reads."""
    columns = [f"r.{name}" for name in row.__struct_fields__]
    return ", ".join([*columns, EVENT])


def with_newer(row: type[RowT], found: Any) -> tuple[RowT, list[AuditEvent]]:
    """The row, and at most one event, of a row that `select_with_newer` read."""
    end = len(row.__struct_fields__)
    return row(*found[:end]), [AuditEvent(*found[end:])] if found[end] is not None else []


class History(NamedTuple):
    """What the events about a row say, and the revision of the row, which is None if there is no row."""

    subject: str
    # Whether an event says that the row was deleted.
    deleted: bool
    # How many events have a revision, of how many different revisions, and the lowest and the highest of these.
    events: int
    revisions: int
    lowest: int | None
    highest: int | None
    present: int | None


async def contradictory(database: Database, row: type[Row], organisation_id: str) -> list[History]:
    """The rows of a type that contradict their events in an organisation, at most 20, by subject."""
    kind = KINDS[row]
    subject = "e.organisation_id" if row is Organisation else "e.subject"
    of_organisation = "" if row in _OF_OPERATORS else "r.organisation_id = $1 and"
    # During an upgrade, nodes of an earlier version change folders without recording the revision.
    numbered = "complete and" if row is Folder else ""
    found = await database.fetch(
        f"""
        select t.subject, t.deleted, t.events, t.revisions, t.lowest, t.highest, r.revision from (
            select {subject} as subject, bool_or(e.action like '%Delete%') as deleted, count(e.revision) as events,
                count(distinct e.revision) as revisions, min(e.revision) as lowest, max(e.revision) as highest,
                count(*) = count(e.revision) as complete
            from audit_events e
            where e.organisation_id = $1 and e.action = any($2) and e.outcome = 'OK' and e.subject is not null
            group by 1 having count(e.revision) > 0
        ) t left join {kind.table} r on {of_organisation} r.{kind.column}::text = t.subject
        where (r.{kind.column} is null) <> deleted or ({numbered} (
            events <> revisions or highest - lowest + 1 <> revisions or (r.revision <> highest and not deleted)
        )) order by 1 limit 20
        """,
        organisation_id,
        actions_of(row),
    )
    return [History(*each) for each in found]
