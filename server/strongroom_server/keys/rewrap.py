"""Seals the private parts of organisations' keys again, which a key of the deployment wraps in their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError
from strongroom_server.keys.context import sealing_key
from strongroom_server.sealing import registration, trusted_keys
from strongroom_server.store import key_rows, resealing

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.keys.context import Context


async def rewrap(context: Context, caller: Caller, old_key_id: str) -> int:
    """Wrap every private part that an old key wraps with the deployment's active key, and return how many there were.

    Raises OPENING_KEY_ABSENT, and ROOT_KEY_ABSENT if there are any, because their rows change.
    """
    async with context.database.transaction() as transaction:
        key_ids = await resealing.wrapped_keys(transaction, old_key_id)
        if not key_ids:
            return 0
        root = await context.root(f"sealing-keys reseal {old_key_id}")
        await key_rows.lock_tables(transaction)
        # What was read before the lock may be hours old: another key may be active since, and the one before destroyed.
        await context.keyring.reload()
        active = context.keyring.keys.active
        if not context.keyring.holds(active.id):
            raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)
        for key_id in key_ids:
            key = await sealing_key(transaction, root, key_id)
            pair = context.keyring.keys.pairs.get(key_id)
            if pair is None:
                raise ServiceError(reasons.ERROR_REASON_OPENING_KEY_ABSENT)
            key = registration.wrapped(key, pair, active)
            key = registration.changed(root, key, context.recorder.now(), key.state)
            await key_rows.replace(transaction, key, context.act(caller, "RewrapSealingKey", key))
    await context.keyring.reload()
    for key_id in key_ids:
        # The wrapped part that is stored now must open, before the old key is destroyed.
        keys = context.keyring.keys
        if not trusted_keys.unwrapped(keys.sealing[key_id], keys.pairs[active.id]):
            raise ServiceError(reasons.ERROR_REASON_SEAL_BROKEN)
    return len(key_ids)
