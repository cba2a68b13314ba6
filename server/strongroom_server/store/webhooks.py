"""Reads and writes webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.records import StoredWebhook, Webhook, WebhookHealth
from strongroom_server.store import audit, subjects

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from strongroom_server.core.records import Act
    from strongroom_server.store.database import Database, Transaction

MOST_WEBHOOKS: Final = 20

_COLUMNS: Final = Webhook.__struct_fields__
_UNSIGNED: Final = ", ".join(f"r.{name}" for name in (*WebhookHealth.__struct_fields__, "box"))
_PLACEHOLDERS: Final = ", ".join(f"${index}" for index in range(1, len(_COLUMNS) + 1))
_BOX: Final = len(_COLUMNS) + 1
_SEALING_KEY: Final = f"${_COLUMNS.index('sealing_key_id') + 1}"
_PAGE_OF_KEYS: Final = 200

_CREATE: Final = f"""
    with changed as (
        insert into webhooks ({", ".join(_COLUMNS)}, box) select {_PLACEHOLDERS}, ${_BOX}
        where strongroom_require_keys(array[{_SEALING_KEY}]::text[], '{{}}') returning 1
    ) {audit.insert_act(_BOX + 1)} select 1 from changed
"""
# A change of the row also enables the webhook again. The secret stays.
_REPLACE: Final = f"""
    with changed as (
        update webhooks set ({", ".join(_COLUMNS)}) = row({_PLACEHOLDERS}),
            failing_since_time = null, disable_time = null, disable_reason = ''
        where organisation_id = $1 and id = $2 and revision = ${_BOX} returning 1
    ) {audit.insert_act(_BOX + 1)} select 1 from changed
"""
# $_BOX is the new box. A disabled webhook stays disabled.
_REPLACE_BOX: Final = f"""
    with changed as (
        update webhooks set ({", ".join(_COLUMNS)}, box) = row({_PLACEHOLDERS}, ${_BOX})
        where organisation_id = $1 and id = $2 and revision = ${_BOX + 1}
        and strongroom_require_keys(array[{_SEALING_KEY}]::text[], '{{}}') returning 1
    ) {audit.insert_act(_BOX + 2)} select 1 from changed
"""
_UNDER_KEYS: Final = f"""
    select {", ".join(f"r.{name}" for name in _COLUMNS)}, {_UNSIGNED} from webhooks r
    where ($1::text[] is null or r.sealing_key_id = any($1)) and ($2 = '' or r.organisation_id = $2) and r.id > $3
    order by r.id limit {_PAGE_OF_KEYS}
"""
_DELETE: Final = f"""
    with changed as (
        delete from webhooks where organisation_id = $1 and id = $2 and revision = $3 returning 1
    ) {audit.insert_act(4)} select 1 from changed
"""
_GET: Final = subjects.select_with_newer(Webhook, "r.organisation_id = $1 and r.id = $2", "$3", added=f", {_UNSIGNED}")
_PAGE: Final = f"""
    select {", ".join(f"r.{name}" for name in _COLUMNS)}, {_UNSIGNED} from webhooks r
    where r.organisation_id = $1 and r.id > $2 order by r.id limit $3
"""
_COUNT: Final = "select count(*) from webhooks where organisation_id = $1"
# Creations of one organisation wait for each other, so that the count holds.
_LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('strongroom webhooks ' || $1, 0))"


async def create(transaction: Transaction, webhook: Webhook, box: bytes, act: Act) -> None:
    """Store a webhook and its audit event. Raises WEBHOOKS_EXHAUSTED, RequestIdTaken, KEY_RETIRED."""
    await transaction.execute(_LOCK, webhook.organisation_id)
    found = await transaction.fetchrow(_COUNT, webhook.organisation_id)
    if found is not None and found[0] >= MOST_WEBHOOKS:
        raise ServiceError(error_reason_pb2.ERROR_REASON_WEBHOOKS_EXHAUSTED, limit=str(MOST_WEBHOOKS))
    await transaction.fetchrow(_CREATE, *structs.astuple(webhook), box, *audit.arguments(act))


async def get(database: Database, organisation_id: str, webhook_id: UUID) -> StoredWebhook | None:
    """Read a webhook of an organisation. Nothing is verified."""
    found = await database.fetchrow(_GET, organisation_id, webhook_id, subjects.actions_of(Webhook))
    if found is None:
        return None
    unsigned = len(WebhookHealth.__struct_fields__) + 1
    webhook, newer = subjects.with_newer(Webhook, tuple(found)[:-unsigned])
    return _stored(webhook, tuple(found)[-unsigned:], newer)


async def page(database: Database, organisation_id: str, *, after: UUID, size: int) -> list[StoredWebhook]:
    """Read at most `size` webhooks by id, after that id. Nothing is verified."""
    found = await database.fetch(_PAGE, organisation_id, after, size)
    end = len(_COLUMNS)
    return [_stored(Webhook(*row[:end]), tuple(row[end:]), []) for row in found]


async def replace(database: Database, webhook: Webhook, present_revision: int, act: Act) -> bool:
    """Replace a webhook of that revision, and enable it if it is disabled; False if there is none."""
    arguments = (*structs.astuple(webhook), present_revision, *audit.arguments(act))
    return await database.fetchrow(_REPLACE, *arguments) is not None


async def delete(database: Database, webhook: Webhook, act: Act) -> bool:
    """Delete a webhook of that revision, with its deliveries; False if there is none."""
    key = (webhook.organisation_id, webhook.id, webhook.revision)
    return await database.fetchrow(_DELETE, *key, *audit.arguments(act)) is not None


async def pages(
    database: Database, sealing_key_ids: Sequence[str] | None = None, organisation_id: str = ""
) -> AsyncIterator[list[StoredWebhook]]:
    """Every webhook, or those under these sealing keys and of this organisation. Nothing is verified."""
    after, end = UUID(int=0), len(_COLUMNS)
    while found := await database.fetch(_UNDER_KEYS, sealing_key_ids, organisation_id, after):
        page = [_stored(Webhook(*row[:end]), tuple(row[end:]), []) for row in found]
        yield page
        after = page[-1].webhook.id


async def replace_box(database: Database, webhook: Webhook, box: bytes, act: Act) -> bool:
    """Store the next revision of a webhook with its box; False if the row changed meanwhile. Raises KEY_RETIRED."""
    arguments = (*structs.astuple(webhook), box, webhook.revision - 1, *audit.arguments(act))
    return await database.fetchrow(_REPLACE_BOX, *arguments) is not None


def _stored(webhook: Webhook, unsigned: tuple[Any, ...], newer: Any) -> StoredWebhook:
    return StoredWebhook(webhook, WebhookHealth(*unsigned[:-1]), unsigned[-1], newer)
