"""Deletes expired credentials, deleted ones after their undelete window, old versions and old request ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.records import Credential
from strongroom_server.store import audit, credentials, events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from strongroom_server.core.records import AuditEvent, OutboxEvent
    from strongroom_server.store.database import Database, Transaction

# Request ids are kept at least this long.
REQUEST_IDS_FOR: Final = "24 hours"


def _expired(undelete_window: str) -> str:
    return f"(c.expire_time <= strongroom_now() or c.delete_time <= strongroom_now() - {undelete_window})"


# Says only where to look: what is deleted depends on settings that were verified.
_ORGANISATIONS = f"""
    select distinct c.organisation_id from credentials c join organisations o on o.organisation_id = c.organisation_id
    where (c.expire_time is not null or c.delete_time is not null) and {_expired("o.undelete_window")}
"""

# A live credential is deleted together with its test credential. A foreign key deletes the boxes.
_LOCK_EXPIRED = f"""
    with expired as (
        select c.id from credentials c where c.organisation_id = $1 and {_expired("$2::interval")} limit $3
    )
    select c.delete_time is null and c.expire_time <= strongroom_now(), {credentials.COLUMNS} from credentials c
    where c.organisation_id = $1 and (c.id in (select id from expired) or c.live_credential_id in (select id from expired))
    for update skip locked
"""

# Says only where to look, as _ORGANISATIONS.
_ORGANISATIONS_WITH_OLD_VERSIONS = """
    select distinct c.organisation_id from credentials c join organisations o on o.organisation_id = c.organisation_id
    where c.version > 1 and c.version > o.kept_versions and (c.update_time > $1 or o.update_time > $1)
"""

_DELETE_OLD_VERSIONS = """
    delete from boxes b using credentials c, organisations o
    where o.organisation_id = $1 and c.organisation_id = $1 and b.organisation_id = $1 and b.credential_id = c.id
    and c.version > 1 and (c.update_time > $2 or o.update_time > $2) and b.version <= c.version - $3::bigint
"""

_DELETE_REQUEST_IDS = f"""
    delete from request_ids where (organisation_id, request_id, key_id) in (
        select organisation_id, request_id, key_id from request_ids
        where create_time <= strongroom_now() - interval '{REQUEST_IDS_FOR}' limit $1 for update skip locked
    ) returning 1
"""


async def organisations_with_expired(database: Database) -> list[str]:
    """The organisations that have credentials to delete."""
    return [row[0] for row in await database.fetch(_ORGANISATIONS)]


async def lock_expired(
    transaction: Transaction, organisation_id: str, undelete_window: timedelta, *, limit: int
) -> list[tuple[Credential, bool]]:
    """Lock about `limit` credentials of an organisation that have expired or were deleted before the undelete window.

    Of each also says whether its own expire_time has passed while nobody had deleted it.
    """
    found = await transaction.fetch(_LOCK_EXPIRED, organisation_id, undelete_window, limit)
    return [(Credential(*row[1:]), row[0]) for row in found]


async def delete_credentials(
    transaction: Transaction,
    rows: Sequence[Credential],
    audit_events: Sequence[AuditEvent],
    outbox_events: Sequence[OutboxEvent],
) -> None:
    """Delete locked rows of one organisation, record it, and tell the organisation."""
    await transaction.execute(
        "delete from credentials where organisation_id = $1 and id = any($2::uuid[])",
        rows[0].organisation_id,
        [row.id for row in rows],
    )
    await audit.record_events(transaction, audit_events)
    await events.add_many(transaction, outbox_events)


async def organisations_with_old_versions(database: Database, since: datetime) -> list[str]:
    """The organisations in which changes since then may have left old versions."""
    return [row[0] for row in await database.fetch(_ORGANISATIONS_WITH_OLD_VERSIONS, since)]


async def delete_old_versions(database: Database, organisation_id: str, kept: int, since: datetime) -> None:
    """Delete all but the `kept` newest versions of an organisation's credentials that changed since then."""
    await database.fetch(_DELETE_OLD_VERSIONS, organisation_id, since, kept)


async def delete_request_ids(database: Database, *, limit: int) -> int:
    """Delete at most `limit` old request ids, and return how many."""
    return len(await database.fetch(_DELETE_REQUEST_IDS, limit))
