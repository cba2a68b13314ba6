"""Seals what is under old keys again, under the active ones, while nodes serve.

Each row is verified, opened and sealed again; the new box replaces the old one only if neither changed meanwhile, together with an
event; then the stored row is read and verified. Nothing else is remembered: after a crash the next run goes on with what is left.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import structs
from uuid_utils.compat import uuid7

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.audit.box_events import RESEAL, box_hashes, is_destroyed
from strongroom_server.core.errors import OperatorError, ServiceError
from strongroom_server.core.records import AuditEvent
from strongroom_server.keys import webhooks
from strongroom_server.keys.tokens import reseal_page
from strongroom_server.sealing.keyring import seal_broken
from strongroom_server.store import key_rows, resealing, token_keys
from strongroom_server.store.resealing import FIRST, Resealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Webhook
    from strongroom_server.keys.context import Context
    from strongroom_server.store.resealing import Place
    from strongroom_server.store.rows import BoxRow
    from strongroom_server.store.token_keys import TokenRow

# Rows of one statement: enough that a row costs little, and so few that a request waits at most some milliseconds for one of them.
BATCH: Final = 200
# With a rate, the rows of this time are one statement: many small ones disturb requests less than a few large ones.
_BATCH_SECONDS: Final = 0.05


class ResealError(OperatorError):
    """A row was not stored as it was written, or rows are left that cannot be opened. The text names them."""


@dataclass(slots=True)
class Resealing:
    """What a run has done. `broken` names the boxes that it left as they are, because they are not what a node sealed."""

    resealed: int = 0
    broken: dict[Place, str] = field(default_factory=dict)
    broken_grants: list[tuple[TokenRow, str]] = field(default_factory=list)
    broken_webhooks: list[tuple[Webhook, str]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many boxes were left."""
        return len(self.broken) + len(self.broken_grants) + len(self.broken_webhooks)


async def count(context: Context, key_ids: Sequence[str], organisation_id: str = "") -> int:
    """How many boxes are under these keys."""
    async with context.database.transaction() as transaction:
        return await key_rows.boxes_under(transaction, key_ids, organisation_id)


async def reseal(
    context: Context,
    caller: Caller,
    key_ids: Sequence[str],
    organisation_id: str = "",
    *,
    rate: float = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> Resealing:
    """Seal every box under these keys again, in one organisation or, if that is empty, in all. Deleted credentials included.

    rate: at most so many boxes per second; 0 is no limit. `progress` is called with the number of boxes since its last call.
    Raises ResealError, ServiceError.
    """
    done, size = Resealing(), min(BATCH, max(1, int(rate * _BATCH_SECONDS))) if rate else BATCH
    loop = asyncio.get_running_loop()
    started = loop.time()
    # Nodes that hear late of the new key, and concurrent changes, leave boxes under the old one: passes end when none is left.
    while True:
        before, after = done.resealed, FIRST
        while page := await resealing.page(context.database, key_ids, organisation_id, after, size):
            after = resealing.place_of(page[-1])
            changed = await _reseal_page(context, caller, page, done)
            done.resealed += changed
            progress(changed)
            if rate:
                await asyncio.sleep(max(0.0, started + done.resealed / rate - loop.time()))
        changed = await _reseal_tokens(context, key_ids, organisation_id, done)
        count, is_overtaken, done.broken_webhooks = await webhooks.reseal(context, caller, key_ids, organisation_id)
        changed += count
        done.resealed += changed
        progress(changed)
        if done.resealed == before and not is_overtaken:
            return done


async def _reseal_page(context: Context, caller: Caller, page: Sequence[BoxRow], done: Resealing) -> int:
    """Seal a page of boxes again, and return how many were stored."""
    prepared = []
    for box in page:
        try:
            prepared.append(await prepare_reseal(context, caller, box))
        except ServiceError as error:
            done.broken[resealing.place_of(box)] = str(error)
        else:
            done.broken.pop(resealing.place_of(box), None)
    if not prepared:
        return 0
    stored = await resealing.replace(context.database, prepared)
    await _verify(context, [each for each in prepared if each.place in stored])
    return len(stored)


async def _reseal_tokens(context: Context, key_ids: Sequence[str], organisation_id: str, done: Resealing) -> int:
    """Seal the tokens under these keys again, and return how many. They are few: those of credentials that are in use."""
    changed, after = 0, token_keys.FIRST
    done.broken_grants.clear()
    while page := await token_keys.page(
        context.database, after, sealing_key_ids=key_ids, organisation_id=organisation_id
    ):
        after = page[-1].key
        count, broken = await reseal_page(context, page)
        changed += count
        done.broken_grants += broken
    return changed


async def prepare_reseal(context: Context, caller: Caller, box: BoxRow) -> Resealed:
    """Verify and open a box, and seal its data with the active key of its organisation. Raises SEAL_BROKEN and others."""
    keyring, row, version = context.keyring, box.row, box.version
    if row is None:
        raise ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND)
    await keyring.verify(row)
    is_present = version.version == row.version
    box_sha256 = row.box_sha256
    if not is_present:
        events = [event for event in box.events if keyring.is_authentic(event)]
        hashes = box_hashes(events)
        if len(hashes) != 1 or is_destroyed(events):
            raise seal_broken(row)
        (box_sha256,) = hashes
    data = keyring.unseal_version(row, version, box_sha256)
    sealed = keyring.seal(row.organisation_id, row.id, version.version, version.variant, data)
    new_row = None
    if is_present:
        new_row = keyring.sign(
            structs.replace(row, sealing_key_id=sealed.key_id, box_sha256=sealed.sha256, revision=row.revision + 1)
        )
    event = keyring.event_with_mac(
        AuditEvent(
            organisation_id=row.organisation_id,
            event_id=uuid7(),
            event_time=context.recorder.now(),
            action=RESEAL,
            outcome="OK",
            key_id=caller.key_id,
            peer=caller.peer,
            credential_id=row.id,
            version=version.version,
            revision=new_row.revision if new_row else None,
            box_sha256=sealed.sha256,
            subject=box_sha256.hex(),
        )
    )
    new_version = structs.replace(version, sealing_key_id=sealed.key_id, box=sealed.box)
    return Resealed(new_version, version.sealing_key_id, new_row, event)


async def _verify(context: Context, resealed: Sequence[Resealed]) -> None:
    """Read what was stored and compare it with what was sealed and signed. A later change is no error. Raises ResealError."""
    found = await resealing.written(context.database, [each.place for each in resealed])
    for each in resealed:
        stored = found.get(each.place)
        if stored is None or stored.box is None or stored.key_id != each.version.sealing_key_id:
            continue
        row = stored.row
        is_present = each.row is not None and row.revision == each.row.revision
        if stored.box != each.version.box or (is_present and row != each.row):
            raise ResealError(
                f"organisation {row.organisation_id}, credential {row.id}, version {each.version.version}: what is stored is not "
                "what was written: stop, and check the database's disk"
            )
