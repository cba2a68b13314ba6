"""Signs the rows of an earlier version again, in which any signing key signed every row.

`setup` does it once, with the root key: it verifies each row under the keys of before, and signs it under the key that may sign it
now. A row that does not verify stays as it is, so every node refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from msgspec import structs

from strongroom_server.access.grants import grantable_roles
from strongroom_server.sealing import registration, signatures, trusted_keys
from strongroom_server.store import audit_chain, keys, organisations, teams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from strongroom_server.core.records import ApiKey, AuditHead, SealingKey, SigningKey
    from strongroom_server.sealing.key_files import SigningPair
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Transaction

_log = structlog.get_logger()


async def sign_keys_again(
    transaction: Transaction,
    root: SigningPair,
    sealing_keys: Sequence[SealingKey],
    signing_keys: Sequence[SigningKey],
    now: datetime,
) -> dict[str, bytes]:
    """Give the registered signing keys their purpose, and sign the rows of all keys in the present format.

    Returns the public keys of the signers until now, by id.
    """
    signers = {}
    for sealing_key in sealing_keys:
        if trusted_keys.is_trusted(root.public_key, sealing_key):
            changed = structs.replace(sealing_key, update_time=now, revision=sealing_key.revision + 1)
            await keys.replace_sealing_key(transaction, registration.root_signed(root, changed))
    for signing_key in signing_keys:
        if trusted_keys.is_trusted(root.public_key, signing_key) and signing_key.state != "destroyed":
            signers[signing_key.id] = signing_key.public_key
            changed_key = structs.replace(
                signing_key,
                purpose=signing_key.purpose or signatures.WRITE,
                update_time=now,
                revision=signing_key.revision + 1,
            )
            await keys.replace_signing_key(transaction, registration.root_signed(root, changed_key))
    return signers


async def sign_rows_again(transaction: Transaction, signer: Keyring, signers: Mapping[str, bytes]) -> int:
    """Sign API keys, audit heads, organisations and teams with the admin key. Returns how many rows it did not sign.

    Organisations and teams were not signed before, so `setup` vouches for them.
    """
    refused = 0
    for key in await keys.all_api_keys(transaction):
        if _is_signed(signers, key):
            whole = structs.replace(key, grantable_roles=tuple(grantable_roles(key)))
            await keys.replace_api_key_signature(transaction, signer.sign(whole))
        else:
            refused += 1
            _log.error("api key not signed by a node: it stays refused", key=key.id, organisation=key.organisation_id)
    for head in await audit_chain.all_heads(transaction):
        if _is_signed(signers, head):
            await audit_chain.set_head(transaction, signer.sign(head))
        else:
            refused += 1
            _log.error("audit head not signed by a node: it stays refused", organisation=head.organisation_id)
    for organisation in await organisations.all_unsigned(transaction):
        await organisations.replace_signature(transaction, signer.sign(organisation))
    for team in await teams.all_unsigned(transaction):
        await teams.replace_signature(transaction, signer.sign(team))
    return refused


def _is_signed(signers: Mapping[str, bytes], row: ApiKey | AuditHead) -> bool:
    try:
        signatures.verify(signers[row.signer_id], row)
    except (KeyError, signatures.SignatureBroken):
        return False
    return True
