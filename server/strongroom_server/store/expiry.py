"""Owns the SQL that removes what is over: credentials expired or deleted for long, versions kept no longer, old request ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.core.records import Credential
from strongroom_server.store import audit, credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database, Transaction

# At least so long is a request id remembered.
REQUEST_IDS_FOR: Final = "24 hours"

_OVER: Final = "(c.expire_time <= strongroom_now() or c.delete_time <= strongroom_now() - o.undelete_window)"

_ORGANISATIONS = f"""
    select distinct c.organisation_id from credentials c join organisations o on o.organisation_id = c.organisation_id
    where (c.expire_time is not null or c.delete_time is not null) and {_OVER}
"""

# With a live credential goes its test credential; with a credential go its boxes.
_LOCK_OVER = f"""
    with over as (
        select c.id from credentials c join organisations o on o.organisation_id = c.organisation_id
        where c.organisation_id = $1 and {_OVER} limit $2
    )
    select {credentials.COLUMNS} from credentials c
    where c.organisation_id = $1 and (c.id in (select id from over) or c.live_credential_id in (select id from over))
    for update skip locked
"""

_ORGANISATIONS_WITH_OLD_VERSIONS = """
    select distinct c.organisation_id from credentials c join organisations o on o.organisation_id = c.organisation_id
    where c.version > 1 and c.version > o.kept_versions and (c.update_time > $1 or o.update_time > $1)
"""

_REMOVE_OLD_VERSIONS = """
    delete from boxes b using credentials c, organisations o
    where o.organisation_id = $1 and c.organisation_id = $1 and b.organisation_id = $1 and b.credential_id = c.id
    and c.version > 1 and (c.update_time > $2 or o.update_time > $2) and b.version <= c.version - o.kept_versions
"""

_REMOVE_REQUEST_IDS = f"""
    delete from request_ids where (organisation_id, request_id, key_id) in (
        select organisation_id, request_id, key_id from request_ids
        where create_time <= strongroom_now() - interval '{REQUEST_IDS_FOR}' limit $1 for update skip locked
    ) returning 1
"""


async def organisations_with_expired(database: Database) -> list[str]:
    """The organisations that have credentials to remove."""
    return [row[0] for row in await database.fetch(_ORGANISATIONS)]


async def lock_expired(transaction: Transaction, organisation_id: str, *, limit: int) -> list[Credential]:
    """At most about `limit` credentials of an organisation that are over, which nobody else changes before the commit."""
    return [Credential(*row) for row in await transaction.fetch(_LOCK_OVER, organisation_id, limit)]


async def remove(transaction: Transaction, rows: Sequence[Credential], events: Sequence[AuditEvent]) -> None:
    """Remove locked rows of one organisation for good, and record it."""
    await transaction.execute(
        "delete from credentials where organisation_id = $1 and id = any($2::uuid[])",
        rows[0].organisation_id,
        [row.id for row in rows],
    )
    await audit.record_events(transaction, events)


async def organisations_with_old_versions(database: Database, since: datetime) -> list[str]:
    """The organisations in which something changed since then that may have left versions to remove."""
    return [row[0] for row in await database.fetch(_ORGANISATIONS_WITH_OLD_VERSIONS, since)]


async def remove_old_versions(database: Database, organisation_id: str, since: datetime) -> None:
    """Remove the boxes of the versions that an organisation keeps no longer, of what changed since then."""
    await database.fetch(_REMOVE_OLD_VERSIONS, organisation_id, since)


async def remove_request_ids(database: Database, *, limit: int) -> int:
    """Remove at most `limit` request ids, and answer how many went."""
    return len(await database.fetch(_REMOVE_REQUEST_IDS, limit))
