"""Owns the SQL that removes what is over: expired credentials, deleted ones past their time, old request ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from strongroom_server.store.database import Database

# How long deleted credentials and request ids are kept.
DELETED_FOR: Final = "30 days"
REQUEST_IDS_FOR: Final = "24 hours"

_OVER: Final = f"(c.expire_time <= strongroom_now() or c.delete_time <= strongroom_now() - interval '{DELETED_FOR}')"

_ORGANISATIONS = f"""
    select distinct c.organisation_id from credentials c where c.expire_time <= strongroom_now()
    union select distinct c.organisation_id from credentials c
    where c.delete_time <= strongroom_now() - interval '{DELETED_FOR}'
"""

# With a live credential goes its test credential; with a credential go its boxes. Each leaves an event.
_REMOVE = f"""
    with over as (
        select c.id from credentials c where c.organisation_id = $1 and {_OVER} limit $2 for update skip locked
    ), removed as (
        delete from credentials c using over
        where c.organisation_id = $1 and (c.id = over.id or c.live_credential_id = over.id)
        returning c.id, c.version, c.box_sha256
    )
    insert into audit_events (
        organisation_id, event_id, event_time, action, key_id, credential_id, credential_ids, version, box_sha256
    )
    select distinct on (id) $1, gen_random_uuid(), strongroom_now(), 'RemoveCredential', '', id, '{{}}'::uuid[], version,
           box_sha256
    from removed returning 1
"""

_REMOVE_REQUEST_IDS = f"""
    delete from request_ids where (organisation_id, request_id) in (
        select organisation_id, request_id from request_ids
        where create_time <= strongroom_now() - interval '{REQUEST_IDS_FOR}' limit $1 for update skip locked
    ) returning 1
"""


async def organisations_with_expired(database: Database) -> list[str]:
    """The organisations that have something to remove."""
    return [row[0] for row in await database.fetch(_ORGANISATIONS)]


async def remove_expired(database: Database, organisation_id: str, *, limit: int) -> int:
    """Remove at most about `limit` credentials of an organisation, and answer how many went."""
    return len(await database.fetch(_REMOVE, organisation_id, limit))


async def remove_request_ids(database: Database, *, limit: int) -> int:
    """Remove at most `limit` request ids, and answer how many went."""
    return len(await database.fetch(_REMOVE_REQUEST_IDS, limit))
