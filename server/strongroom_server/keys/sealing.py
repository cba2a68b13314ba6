"""Creates, activates, retires and destroys sealing keys. Each change is a row that the root key signs, and an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.keys.context import require_state, sealing_key
from strongroom_server.sealing import key_files, private_keys, registration, trusted_keys
from strongroom_server.store import key_rows, keys, resealing

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import SealingKey
    from strongroom_server.keys.context import Context
    from strongroom_server.store.database import Transaction

COMMAND: Final = "sealing-keys"


async def create(context: Context, caller: Caller, organisation_id: str = "") -> SealingKey:
    """Create a key that is pending: of the deployment, as a file on this node, or of an organisation, wrapped in its row.

    Raises ROOT_KEY_ABSENT, FIELD_INVALID.
    """
    root = await context.root(f"{COMMAND} create" + (f" --organisation {organisation_id}" if organisation_id else ""))
    pair = registration.new_sealing_pair()
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        wrapped_by = None
        if organisation_id:
            if not await key_rows.organisation_exists(transaction, organisation_id):
                raise invalid("organisation_id", "must be the id of an organisation")
            wrapped_by = await _active(transaction, root.public_key, "")
        key = registration.register_sealing_key(
            root,
            pair,
            context.recorder.now(),
            state="pending",
            organisation_id=organisation_id,
            wrapped_by=wrapped_by,
        )
        await key_rows.add(transaction, key, context.act(caller, "CreateSealingKey", key))
        if not organisation_id:
            # Before the commit: nodes look for the file as soon as they hear of the key.
            await key_files.write_sealing_pair(context.directory, pair, context.provider)
    return key


async def activate(context: Context, caller: Caller, key_id: str) -> SealingKey:
    """Make new data be sealed under a key. The key that was active until now becomes retiring.

    Raises ROOT_KEY_ABSENT, KEY_NOT_FOUND, KEY_STATE.
    """
    root = await context.root(f"{COMMAND} activate {key_id}")
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = await sealing_key(transaction, root, key_id)
        require_state(key, ("pending", "retiring"), "only a pending or a retiring key can be activated")
        if context.keyring.opens and not context.keyring.holds(key_id):
            raise ServiceError(
                reasons.ERROR_REASON_KEY_STATE,
                state=key.state,
                rule=f"its private part is not on this node: copy sealing-{key_id}.key to every node that opens boxes first",
            )
        now = context.recorder.now()
        before = await _active(transaction, root.public_key, key.organisation_id)
        if before is not None:
            before = registration.changed(root, before, now, "retiring")
            # The request id is stored with the event of the key that the request names.
            event = context.act(structs.replace(caller, request=None), "ActivateSealingKey", before)
            await key_rows.replace(transaction, before, event)
        key = registration.changed(root, key, now, "active")
        await key_rows.replace(transaction, key, context.act(caller, "ActivateSealingKey", key))
    return key


async def retire(context: Context, caller: Caller, key_id: str) -> SealingKey:
    """Retire a key that nothing is left under. Raises ROOT_KEY_ABSENT, KEY_NOT_FOUND, KEY_STATE, KEY_IN_USE."""
    root = await context.root(f"{COMMAND} retire {key_id}")
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = await sealing_key(transaction, root, key_id)
        require_state(key, ("pending", "retiring"), "activate another key first, which makes the active one retiring")
        await _require_unused(transaction, key_id)
        key = registration.changed(root, key, context.recorder.now(), "retired")
        await key_rows.replace(transaction, key, context.act(caller, "RetireSealingKey", key))
    return key


async def destroy(context: Context, caller: Caller, key_id: str, confirmation: str = "") -> SealingKey:
    """Destroy the private part of a key: its file on this node, or what its row holds.

    Only a retired key that nothing is under is destroyed without confirmation. Otherwise what is under it becomes unreadable, and
    `confirmation` must be the id of the key's organisation or, for a key of the deployment, of the key.

    Raises ROOT_KEY_ABSENT, KEY_NOT_FOUND, KEY_STATE, KEY_IN_USE, FIELD_INVALID.
    """
    root = await context.root(f"{COMMAND} destroy {key_id}")
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = await sealing_key(transaction, root, key_id)
        name = key.organisation_id or key.id
        if confirmation and confirmation != name:
            raise invalid("confirmation", f"must be {name}, or unset for a retired key")
        if not confirmation:
            require_state(
                key, ("retired",), f"retire it first, or confirm with {name} that its data becomes unreadable"
            )
            await _require_unused(transaction, key_id)
            await _require_other(transaction, root.public_key, key)
        elif key.state == "pending" and key.organisation_id:
            raise ServiceError(reasons.ERROR_REASON_KEY_STATE, state=key.state, rule="nothing is under it: retire it")
        elif key.state == "active" and not key.organisation_id:
            raise ServiceError(
                reasons.ERROR_REASON_KEY_STATE, state=key.state, rule="activate another key of the deployment first"
            )
        else:
            require_state(key, ("pending", "active", "retiring", "retired"), "it is destroyed already")
            await key_rows.lock_against_writes(transaction, key_id)
            await _require_nothing_wrapped(transaction, key)
            if key.state == "active":
                await _require_own(transaction, root.public_key, key)
        key = structs.replace(key, wrapped_private_key=b"")
        key = registration.changed(root, key, context.recorder.now(), "destroyed")
        await key_rows.replace(transaction, key, context.act(caller, "DestroySealingKey", key))
    # After the commit: a file without its key is harmless, a key without its file stops nodes.
    private_keys.remove(key_files.sealing_path(context.directory, key_id))
    return key


async def _active(transaction: Transaction, root_public_key: bytes, organisation_id: str) -> SealingKey | None:
    found = [
        key
        for key in await keys.sealing_keys(transaction)
        if (key.state, key.organisation_id) == ("active", organisation_id)
        and trusted_keys.is_trusted(root_public_key, key)
    ]
    return found[0] if found else None


async def _require_unused(transaction: Transaction, key_id: str) -> None:
    """Raises KEY_IN_USE if rows are under the key. Later writes under it wait until the commit, and then fail."""
    await key_rows.lock_against_writes(transaction, key_id)
    under = await key_rows.rows_under_sealing_keys(transaction, key_id)
    if key_id in under:
        raise ServiceError(
            reasons.ERROR_REASON_KEY_IN_USE,
            count=str(under[key_id]),
            command=f"strongroom-server {COMMAND} reseal {key_id}",
        )


async def _require_other(transaction: Transaction, root_public_key: bytes, key: SealingKey) -> None:
    """Raises KEY_STATE if the key is an organisation's only one, which was never active. An organisation whose key is destroyed
    cannot write until it has another: that is for a key whose data went with it.
    """
    if key.organisation_id and await _active(transaction, root_public_key, key.organisation_id) is None:
        raise ServiceError(
            reasons.ERROR_REASON_KEY_STATE,
            state=key.state,
            rule=f"{key.organisation_id} has no active key of its own, and nothing was sealed under this one: it stays retired",
        )


async def _require_nothing_wrapped(transaction: Transaction, key: SealingKey) -> None:
    """Raises KEY_STATE if a key wraps organisations' keys. Nodes would go on sealing under these, and nobody could open that."""
    wrapped = await resealing.wrapped_keys(transaction, key.id)
    if wrapped:
        raise ServiceError(
            reasons.ERROR_REASON_KEY_STATE,
            state=key.state,
            rule=f"it wraps keys of organisations: run `strongroom-server {COMMAND} reseal {key.id}`, or, if its private part is "
            f"lost, destroy {', '.join(wrapped)} first",
        )


async def _require_own(transaction: Transaction, root_public_key: bytes, key: SealingKey) -> None:
    """Raises KEY_IN_USE if data of the organisation of an active key is under other keys, where it would stay readable."""
    others = [
        other.id
        for other in await keys.sealing_keys(transaction)
        if other.id != key.id and trusted_keys.is_trusted(root_public_key, other) and other.state != "destroyed"
    ]
    left = await key_rows.boxes_under(transaction, others, key.organisation_id)
    if left:
        raise ServiceError(
            reasons.ERROR_REASON_KEY_IN_USE,
            count=str(left),
            command=f"strongroom-server {COMMAND} reseal --organisation {key.organisation_id}",
        )
