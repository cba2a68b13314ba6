"""Replaces the root key: the old one signs the new one, which signs every row of the key tables again. No node may be running."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from strongroom_server.core.errors import OperatorError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import Act
from strongroom_server.sealing import key_files, private_keys, registration, signatures, trusted_keys
from strongroom_server.store import audit, key_rows, keys

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import SealingKey, SigningKey
    from strongroom_server.keys.context import Context
    from strongroom_server.sealing.key_files import SigningPair
    from strongroom_server.sealing.key_provider import KeyProvider

SUCCESSOR: Final = "root-successor.pub"
_FORMAT: Final = "strongroom-root-successor-1"


async def replace(context: Context, caller: Caller) -> Path:
    """Make a new root key, and return the file that every other node needs: the new public key, signed by the old root key.

    The new private key is at the path of the old one, which is kept there with `.replaced` at the end of its name. Raises
    ROOT_KEY_ABSENT, KeyFileError, OperatorError if a row was not signed by the old root key.
    """
    old = await context.root("root-key replace")
    # A run that was interrupted goes on with the key that it made.
    pending = _pending(context.root_key_file)
    if not private_keys.is_present(pending):
        await private_keys.write_key(pending, secrets.token_bytes(32), context.provider, "root")
    new = await key_files.root_pair(pending, context.provider)
    successor = context.directory / SUCCESSOR
    signature = signatures.sign_bytes(old.secret_key, _signed_bytes(old.public_key, new.public_key))
    async with context.database.transaction() as transaction:
        await key_rows.lock_tables(transaction)
        for sealing_key in await keys.sealing_keys(transaction):
            _require_signed(old, sealing_key)
            await keys.replace_sealing_key(transaction, registration.root_signed(new, sealing_key))
        for signing_key in await keys.signing_keys(transaction):
            _require_signed(old, signing_key)
            await keys.replace_signing_key(transaction, registration.root_signed(new, signing_key))
        event = context.recorder.administrative_event(
            caller, "ReplaceRootKey", new.public_key.hex(), 1, organisation_id=OPERATORS_ORGANISATION
        )
        await audit.record(transaction, Act(event))
        with private_keys.translated(successor):
            private_keys.write_text(successor, f"{_FORMAT}\n{new.public_key.hex()}\n{signature.hex()}", 0o644)
    _install(context.directory, context.root_key_file, new.public_key)
    return successor


async def accept(directory: Path, root_key_file: Path, provider: KeyProvider | None, successor: Path) -> bool:
    """Replace this node's root.pub by the key in the file, which the present root key must have signed.

    It also goes on with a replacement on this node that was interrupted after its rows were stored. Returns False if the node has
    that key already. Raises KeyFileError.
    """
    present = key_files.root_public_key(directory)
    public_key, signature = _read(successor)
    if public_key == present:
        return False
    pending = _pending(root_key_file)
    try:
        signatures.verify_bytes(present, _signed_bytes(present, public_key), signature)
    except signatures.SignatureBroken:
        raise private_keys.KeyFileError(
            f"{successor}: the root key in {directory}/root.pub did not sign the new one: copy the file again from the node "
            "where the root key was replaced. If it was replaced more than once since, accept the file of each replacement in turn"
        ) from None
    if private_keys.is_present(pending) and (await key_files.root_pair(pending, provider)).public_key == public_key:
        _install(directory, root_key_file, public_key)
    else:
        key_files.write_root_public_key(directory, public_key)
    return True


def _read(successor: Path) -> tuple[bytes, bytes]:
    """The new public key and its signature."""
    with private_keys.translated(successor):
        lines = successor.read_text(encoding="ascii", errors="replace").split()
    try:
        header, public_key, signature = lines[0], bytes.fromhex(lines[1]), bytes.fromhex(lines[2])
    except (IndexError, ValueError):
        header, public_key, signature = "", b"", b""
    if header != _FORMAT or len(public_key) != 32:
        raise private_keys.KeyFileError(f"{successor}: the file must be the one that `root-key replace` wrote")
    return public_key, signature


def _install(directory: Path, root_key_file: Path, public_key: bytes) -> None:
    """Put the new root key in the place of the old one, and its public key in root.pub."""
    key_files.rename(root_key_file, root_key_file.with_name(f"{root_key_file.name}.replaced"))
    key_files.rename(_pending(root_key_file), root_key_file)
    key_files.write_root_public_key(directory, public_key)


def _pending(root_key_file: Path) -> Path:
    """The file of a new root key that does not sign yet."""
    return root_key_file.with_name(f"{root_key_file.name}.next")


def _signed_bytes(old: bytes, new: bytes) -> bytes:
    return b"strongroom root successor" + old + new


def _require_signed(root: SigningPair, key: SealingKey | SigningKey) -> None:
    if not trusted_keys.is_signed(root.public_key, key):
        raise OperatorError(
            f"the row of the key {key.id} was changed: the root key did not sign it. Restore the tables sealing_keys and "
            "signing_keys from a backup of the database first"
        )
