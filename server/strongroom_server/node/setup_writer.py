"""Prepares the key files of a writer node, which holds neither an admin key nor a private sealing key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom_server.node.key_provider import key_provider
from strongroom_server.sealing import digest_check, key_files
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.sealing.registration import register_signing_key
from strongroom_server.sealing.trusted_keys import KeyringError, KeyRows, require_trusted
from strongroom_server.store import database as databases
from strongroom_server.store import keys

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


async def set_up_writer(settings: Settings, url: str) -> str:
    """Create the node's signing key and register it with the root key, unless that is done. Returns the id of the key.

    Raises KeyFileError, KeyringError.
    """
    directory, provider = settings.keys_dir, key_provider(settings)
    if not key_files.exist(directory):
        raise KeyFileError(
            f"{directory}: root.pub is missing: copy root.pub and digest-<id>.key there from a node of this deployment"
        )
    key_files.require_writer(directory)
    await key_files.make_own_key(directory, "signing", provider)
    files = await key_files.load(directory, opens=False, provider=provider)
    database = await databases.connect(url, size=1)
    try:
        async with database.transaction() as transaction:
            now = await keys.lock(transaction)
            rows = KeyRows(await keys.sealing_keys(transaction), await keys.signing_keys(transaction))
            require_trusted(files, rows.sealing, rows.signing)
            if not digest_check.is_registered(files, await keys.digest_keys(transaction)):
                raise KeyringError(
                    "no digest key is registered in the database: run `strongroom-server setup` with the root key on a node of "
                    "the full role first"
                )
            if files.signing.id not in {key.id for key in rows.signing}:
                root = await key_files.require_root_pair(directory, settings.root_key_path, provider)
                added = register_signing_key(root, files.signing, now)
                await keys.add_signing_key(transaction, added)
                rows = KeyRows(rows.sealing, [*rows.signing, added])

            async def read_rows() -> KeyRows:
                return rows

            # Checks what the node will check at its start.
            Keyring(files, rows, read_rows)
    finally:
        await database.close()
    return files.signing.id
