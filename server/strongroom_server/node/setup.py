"""Creates the schema, the keys and the first API key of a deployment. What exists already stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_INVOKER,
    ROLE_OPERATOR,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
)
from strongroom_server.access import api_keys
from strongroom_server.access.caller import Caller
from strongroom_server.audit.record import Recorder
from strongroom_server.core import records
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.sign_again import sign_keys_again, sign_rows_again
from strongroom_server.organisations.organisations import create_with_key
from strongroom_server.sealing import digest_check, key_files, private_keys, registration, signatures, trusted_keys
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.store import audit_chain, keys
from strongroom_server.store import database as databases
from strongroom_server.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from strongroom_server.node.settings import Settings
    from strongroom_server.store.database import Transaction

_log = structlog.get_logger()

# The migration that adds proofs to events. Only the run that applies it creates proofs for older events.
_PROOFS = "0003_nothing_lost.sql"
_EVERY_ROLE = (ROLE_WRITER, ROLE_READER, ROLE_USER, ROLE_ADMIN, ROLE_OPERATOR, ROLE_INVOKER)


@dataclass(frozen=True, slots=True)
class SetupResult:
    """The migrations that were applied, and the API key if one was generated."""

    migrations: Sequence[str]
    api_key: str | None = field(repr=False)


async def set_up(settings: Settings, url: str, key_file: Path | None = None) -> SetupResult:
    """Migrate, create and register the keys, and create the first API key, unless they exist.

    The API key is written to `key_file`, which only its owner can read, before the transaction that stores the key commits.

    Raises MigrationError, KeyFileError, KeyringError.
    """
    # Loaded first, so that a mistake in the key files is found before the database is changed.
    if key_files.exist(settings.keys_dir):
        # A new node is given the deployment's keys, and makes the key that is its own.
        await key_files.make_own_key(settings.keys_dir, "signing", key_provider(settings))
        await key_files.load(settings.keys_dir, opens=True, provider=key_provider(settings))
    applied = await migrate(url)
    database = await databases.connect(url, size=1)
    try:
        async with database.transaction() as transaction:
            # If two nodes run this at the same time, the second waits for the first.
            now = await keys.lock(transaction)
            await _register_keys(settings, transaction, now)
            if _PROOFS in applied:
                await _create_proofs(settings, transaction)
            if await keys.api_keys_exist(transaction):
                api_key = None
                await _warn_of_ignored_key(settings, transaction)
            else:
                api_key = await _create_first_api_key(settings, transaction)
            if api_key and key_file:
                private_keys.write_private(key_file, api_key)
    finally:
        await database.close()
    return SetupResult(applied, api_key)


async def _register_keys(settings: Settings, transaction: Transaction, now: datetime) -> None:
    sealing_keys, signing_keys = await keys.sealing_keys(transaction), await keys.signing_keys(transaction)
    if sealing_keys and not key_files.exist(settings.keys_dir):
        raise trusted_keys.KeyringError(
            f"the database has keys and {settings.keys_dir} holds none: copy the key files of this deployment there, "
            "or set STRONGROOM_DATA_DIR to the directory that holds them"
        )
    provider = key_provider(settings)
    await key_files.make(settings.keys_dir, settings.root_key_path, provider)
    is_earlier = any(not key.purpose for key in signing_keys)
    if is_earlier:
        # Before an admin key is made: its file says that the rows have been signed again.
        await key_files.require_root_pair(settings.keys_dir, settings.root_key_path, provider)
    if not await key_files.make_own_key(settings.keys_dir, "admin", provider) and is_earlier:
        # Otherwise old rows of keys that are put back would make this sign whatever a taken signing key signed.
        raise trusted_keys.KeyringError(
            f"the key tables are from a version without admin keys, but {settings.keys_dir} holds an admin key: restore the tables "
            "sealing_keys and signing_keys from a newer backup, or, if an earlier run of `setup` was interrupted, remove "
            "admin-<id>.key and run it again"
        )
    files = await key_files.load(settings.keys_dir, opens=True, provider=provider)
    assert files.admin is not None
    trusted_keys.require_trusted(files, sealing_keys, signing_keys)
    if not digest_check.is_registered(files, await keys.digest_keys(transaction)):
        digest_check.require_proofs(files, await audit_chain.newest_proven(transaction))
        await keys.add_digest_key(transaction, digest_check.check_of(files.digest, now))
    # If the database has keys, an additional file must not become a second active key.
    for pair in () if sealing_keys else files.sealing:
        row = registration.register_sealing_key(await key_files.root_pair(settings.root_key_path, provider), pair, now)
        await keys.add_sealing_key(transaction, row)
    registered = {key.id for key in signing_keys}
    signers = None
    if is_earlier:
        root = await key_files.require_root_pair(settings.keys_dir, settings.root_key_path, provider)
        signers = await sign_keys_again(transaction, root, sealing_keys, signing_keys, now)
    for own, purpose in ((files.signing, signatures.WRITE), (files.admin, signatures.ADMIN)):
        if own.id not in registered:
            root = await key_files.require_root_pair(settings.keys_dir, settings.root_key_path, provider)
            await keys.add_signing_key(transaction, registration.register_signing_key(root, own, now, purpose))
    if signers is not None:
        await sign_rows_again(transaction, await _keyring(files, transaction), signers)


async def _create_first_api_key(settings: Settings, transaction: Transaction) -> str | None:
    """Create the first organisation with an API key of every role. Returns the key unless it is the configured one."""
    files = await key_files.load(settings.keys_dir, opens=False, provider=key_provider(settings))
    signer = await _keyring(files, transaction)
    whole_key = settings.bootstrap_api_key or api_keys.generate()
    now = datetime.now(UTC)
    organisation = records.Organisation(settings.bootstrap_organisation, "", now, now)
    system = Caller.system(settings.bootstrap_organisation)
    recorder = Recorder(signer, lambda: now)
    await create_with_key(transaction, signer, recorder, organisation, whole_key, _EVERY_ROLE, system)
    return None if settings.bootstrap_api_key else whole_key


async def _warn_of_ignored_key(settings: Settings, transaction: Transaction) -> None:
    """Warn if the configured first key is not used, so that an operator knows why it is rejected."""
    if settings.bootstrap_api_key is None:
        return
    key_id, secret_sha256 = api_keys.split(settings.bootstrap_api_key)
    present = await keys.api_key(transaction, key_id)
    if present is None or present.secret_sha256 != secret_sha256:
        _log.warning("STRONGROOM_BOOTSTRAP_API_KEY is ignored: API keys exist, and it is not one of them")


async def _create_proofs(settings: Settings, transaction: Transaction) -> None:
    """Create proofs for the events from before there were proofs. Only the operator who sets up a deployment may vouch for them."""
    unproven = await audit_chain.unproven(transaction)
    if unproven:
        files = await key_files.load(settings.keys_dir, opens=False, provider=key_provider(settings))
        signer = await _keyring(files, transaction)
        await audit_chain.prove(transaction, list(map(signer.event_with_mac, unproven)))


async def _keyring(files: key_files.KeyFiles, transaction: Transaction) -> Keyring:
    async def read_rows() -> trusted_keys.KeyRows:
        return trusted_keys.KeyRows(await keys.sealing_keys(transaction), await keys.signing_keys(transaction))

    return Keyring(files, await read_rows(), read_rows)
