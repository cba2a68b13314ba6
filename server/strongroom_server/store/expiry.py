"""Deletes expired credentials, deleted ones after their undelete window, old versions and old request ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.records import Credential
from strongroom_server.store import audit, credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database, Transaction

# Request ids are kept at least this long.
REQUEST_IDS_FOR: Final = "24 hours"

_EXPIRED: Final = "(c.expire_time <= strongroom_now() or c.delete_time <= strongroom_now() - o.undelete_window)"

_ORGANISATIONS = f"""
    select distinct c.organisation_id from credentials c join organisations o on o.organisation_id = c.organisation_id
    where (c.expire_time is not null or c.delete_time is not null) and {_EXPIRED}
"""

# A live credential is deleted together with its test credential. A foreign key deletes the boxes.
_LOCK_EXPIRED = f"""
    with expired as (
        select c.id from credentials c join organisations o on o.organisation_id = c.organisation_id
        where c.organisation_id = $1 and {_EXPIRED} limit $2
    )
    select {credentials.COLUMNS} from credentials c
    where c.organisation_id = $1 and (c.id in (select id from expired) or c.live_credential_id in (select id from expired))
    for update skip locked
"""

_ORGANISATIONS_WITH_OLD_VERSIONS = """
    select distinct c.organisation_id from credentials c join organisations o on o.organisation_id = c.organisation_id
    where c.version > 1 and c.version > o.kept_versions and (c.update_time > $1 or o.update_time > $1)
"""

_DELETE_OLD_VERSIONS = """
    delete from boxes b using credentials c, organisations o
    where o.organisation_id = $1 and c.organisation_id = $1 and b.organisation_id = $1 and b.credential_id = c.id
    and c.version > 1 and (c.update_time > $2 or o.update_time > $2) and b.version <= c.version - o.kept_versions
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


async def lock_expired(transaction: Transaction, organisation_id: str, *, limit: int) -> list[Credential]:
    """Lock about `limit` credentials of an organisation that are to be deleted."""
    return [Credential(*row) for row in await transaction.fetch(_LOCK_EXPIRED, organisation_id, limit)]


async def delete_credentials(
    transaction: Transaction, rows: Sequence[Credential], events: Sequence[AuditEvent]
) -> None:
    """Delete locked rows of one organisation, and record it."""
    await transaction.execute(
        "delete from credentials where organisation_id = $1 and id = any($2::uuid[])",
        rows[0].organisation_id,
        [row.id for row in rows],
    )
    await audit.record_events(transaction, events)


async def organisations_with_old_versions(database: Database, since: datetime) -> list[str]:
    """The organisations in which changes since then may have left old versions."""
    return [row[0] for row in await database.fetch(_ORGANISATIONS_WITH_OLD_VERSIONS, since)]


async def delete_old_versions(database: Database, organisation_id: str, since: datetime) -> None:
    """Delete the old versions of an organisation's credentials that changed since then."""
    await database.fetch(_DELETE_OLD_VERSIONS, organisation_id, since)


async def delete_request_ids(database: Database, *, limit: int) -> int:
    """Delete at most `limit` old request ids, and return how many."""
    return len(await database.fetch(_DELETE_REQUEST_IDS, limit))
