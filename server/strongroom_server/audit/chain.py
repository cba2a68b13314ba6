"""The job that chains audit events: each organisation's, in blocks, about a second after they were committed.

No call waits for it. Until an event is chained, its proof shows a change of it, but nothing shows its removal.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import Counter, Gauge

from strongroom_server.core.errors import ServiceError, log_fields
from strongroom_server.core.records import AuditHead
from strongroom_server.sealing import chain
from strongroom_server.store import audit_chain

if TYPE_CHECKING:
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database, Transaction

EVERY_SECONDS: Final = 0.5
BLOCK: Final = 500
# A block takes milliseconds. After so many events, other tasks get a turn.
_EVENTS_PER_TURN: Final = 50

_CHAINED: Final = Gauge(
    "strongroom_audit_chained_timestamp_seconds",
    "When this node last had no audit event left to chain.",
    multiprocess_mode="max",
)
_REFUSED: Final = Counter(
    "strongroom_audit_refused",
    "Looks at an organisation's chain that no node signed (head), and at an event that none recorded (event).",
    ("kind",),
)
# Show kinds that have not happened yet as 0.
for _kind in ("head", "event"):
    _REFUSED.labels(_kind)

_log = structlog.get_logger()


async def chain_forever(database: Database, recorder: Recorder) -> None:
    """Chain new events every half second until cancelled. An error ends the turn, and the next turn tries again."""
    while True:
        try:
            await chain_all(database, recorder)
            _CHAINED.set_to_current_time()
        except Exception as error:  # the job must outlive any error
            _log.warning("chaining failed", **log_fields(error))
        await asyncio.sleep(EVERY_SECONDS)


async def chain_all(database: Database, recorder: Recorder) -> int:
    """Chain every event that is not chained yet, and return how many."""
    total = 0
    for organisation_id in await audit_chain.organisations_unchained(database):
        last: AuditEvent | None = None
        while True:
            count, last = await _chain_block(database, recorder, organisation_id, last)
            total += count
            if last is None:
                break
    return total


async def _chain_block(
    database: Database, recorder: Recorder, organisation_id: str, last: AuditEvent | None
) -> tuple[int, AuditEvent | None]:
    """Chain the events after `last`. Returns how many, and the event to continue after if there may be more."""

    async def chain_block(transaction: Transaction) -> tuple[int, AuditEvent | None]:
        if not await audit_chain.lock(transaction, organisation_id):
            return 0, None
        head = await audit_chain.head(transaction, organisation_id, "newest")
        try:
            if head is not None:
                await recorder.keyring.verify(head)
        except ServiceError:
            _REFUSED.labels("head").inc()
            _log.error("audit chain broken: no node signed its head", organisation=organisation_id)
            return 0, None
        after = (last.event_time, last.event_id) if last else None
        events = await audit_chain.unchained(transaction, organisation_id, after=after, limit=BLOCK)
        position = head.position if head else 0
        chain_hash = head.chain_hash if head else chain.first(organisation_id)
        block = []
        for index, event in enumerate(events):
            if index % _EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
            if not recorder.keyring.may_chain(event):
                _REFUSED.labels("event").inc()
                _log.error("audit event forged", organisation=organisation_id, event_id=str(event.event_id))
                continue
            position += 1
            chain_hash = chain.link(chain_hash, position, event)
            block.append((event, position, chain_hash))
        if block:
            await audit_chain.chain(transaction, organisation_id, block)
            head = AuditHead(organisation_id, "newest", position, chain_hash, recorder.now(), 0, "", b"")
            await audit_chain.set_head(transaction, recorder.keyring.sign(head))
        return len(block), events[-1] if len(events) == BLOCK else None

    return await database.in_transaction(chain_block)
