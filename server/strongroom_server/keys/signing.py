"""Creates, activates, retires and destroys signing keys. A node has one for each purpose, whose private part no other node has."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.audit.chain import chain_all
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.keys.context import require_state, signing_key
from strongroom_server.sealing import key_files, registration, signatures
from strongroom_server.store import key_rows

if TYPE_CHECKING:
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import SigningKey
    from strongroom_server.keys.context import Context

COMMAND: Final = "signing-keys"
PURPOSES: Final = (signatures.WRITE, signatures.ADMIN)


async def create(context: Context, caller: Caller, purpose: str) -> SigningKey:
    """Create a key of this node that is pending, with its private part as a file. Raises ROOT_KEY_ABSENT, FIELD_INVALID."""
    if purpose not in PURPOSES:
        raise invalid("purpose", f"must be {' or '.join(PURPOSES)}")
    root = await context.root(f"{COMMAND} create --purpose {purpose}")
    pair = key_files.signing_pair(secrets.token_hex(4), seed := secrets.token_bytes(32))
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = registration.register_signing_key(root, pair, context.recorder.now(), purpose, state="pending")
        await key_rows.add(transaction, key, context.act(caller, "CreateSigningKey", key))
        await key_files.write_pending_signer(context.directory, purpose, key.id, seed, context.provider)
    return key


async def activate(context: Context, caller: Caller, key_id: str) -> SigningKey:
    """Make this node sign with a key that was created here. The key that it signed with becomes retiring, and stays valid.

    Raises ROOT_KEY_ABSENT, KEY_NOT_FOUND, KEY_STATE.
    """
    root = await context.root(f"{COMMAND} activate {key_id}")
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = await signing_key(transaction, root, key_id)
        require_state(key, ("pending",), "only a pending key can be activated")
        if not key_files.has_signer(context.directory, key.purpose, key_id):
            raise ServiceError(
                reasons.ERROR_REASON_KEY_STATE,
                state=key.state,
                rule="its private part is not on this node: activate it where it was created",
            )
        now = context.recorder.now()
        for own_id in context.keyring.signer_ids:
            before = await signing_key(transaction, root, own_id)
            if before.purpose == key.purpose and before.state == "active" and before.id != key_id:
                before = registration.changed(root, before, now, "retiring")
                # The request id is stored with the event of the key that the request names.
                act = context.act(structs.replace(caller, request=None), "ActivateSigningKey", before)
                await key_rows.replace(transaction, before, act)
        key = registration.changed(root, key, now, "active")
        await key_rows.replace(transaction, key, context.act(caller, "ActivateSigningKey", key))
        # Before the commit: this node reads its files when it hears of the change.
        key_files.install_pending_signer(context.directory, key.purpose, key_id)
    key_files.remove_replaced_signers(context.directory, key.purpose)
    return key


async def retire(context: Context, caller: Caller, key_id: str, *, force: bool = False) -> SigningKey:
    """Refuse every row under a key from now on. With `force` although rows are left, which nobody can read then.

    Raises ROOT_KEY_ABSENT, KEY_NOT_FOUND, KEY_STATE, KEY_IN_USE.
    """
    root = await context.root(f"{COMMAND} retire {key_id}")
    # An event of a retired key is never chained, so what the key signed until now is chained first.
    await chain_all(context.database, context.recorder)
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = await signing_key(transaction, root, key_id)
        require_state(key, ("pending", "active", "retiring"), "it is retired already")
        if key_id in context.keyring.signer_ids:
            raise ServiceError(
                reasons.ERROR_REASON_KEY_STATE,
                state=key.state,
                rule="this node signs with it: create and activate another one first",
            )
        await key_rows.lock_against_writes(transaction, key_id)
        under = await key_rows.rows_under_signers(transaction, key_id)
        if key_id in under and not force:
            raise ServiceError(
                reasons.ERROR_REASON_KEY_IN_USE,
                count=str(under[key_id]),
                command=f"strongroom-server {COMMAND} reseal {key_id}",
            )
        key = registration.changed(root, key, context.recorder.now(), "retired")
        await key_rows.replace(transaction, key, context.act(caller, "RetireSigningKey", key))
    return key


async def destroy(context: Context, caller: Caller, key_id: str) -> SigningKey:
    """Destroy the private part of a retired key on this node. Its public key stays: it verifies the events that it signed.

    Raises ROOT_KEY_ABSENT, KEY_NOT_FOUND, KEY_STATE.
    """
    root = await context.root(f"{COMMAND} destroy {key_id}")
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        key = await signing_key(transaction, root, key_id)
        require_state(key, ("retired",), "retire it first")
        key = registration.changed(root, key, context.recorder.now(), "destroyed")
        await key_rows.replace(transaction, key, context.act(caller, "DestroySigningKey", key))
    key_files.remove_signer(context.directory, key.purpose, key_id)
    return key
