"""Opens the keys of a node against its database. Commands use this without the rest of a node, which takes 0.15 s to import."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from strongroom_server.node.key_provider import key_provider
from strongroom_server.sealing import digest_check, key_files
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.sealing.trusted_keys import KeyRows
from strongroom_server.store import database, keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.key_files import KeyFiles
    from strongroom_server.store.database import Database

_log = structlog.get_logger()


@asynccontextmanager
async def audited(settings: Settings, url: str, *, opens: bool = False) -> AsyncIterator[tuple[Database, Keyring]]:
    """The database and the keys that the audit trail is checked with.

    With `opens`, the keyring has the private sealing keys if the node has any.
    """
    files = await key_files.load(
        settings.keys_dir,
        opens=opens and key_files.open_boxes(settings.keys_dir),
        provider=key_provider(settings),
    )
    pool = await database.connect(url, size=2)
    try:
        yield pool, await open_keyring(files, pool)
    finally:
        await pool.close()


async def open_keyring(
    files: KeyFiles,
    pool: Database,
    read_files: Callable[[], Awaitable[KeyFiles]] | None = None,
    *,
    complete: bool = True,
) -> Keyring:
    """The keys of the node, checked against those of the database. Raises KeyringError.

    With `complete` false, private parts of sealing keys may be missing.
    """
    if not digest_check.is_registered(files, await keys.digest_keys(pool)):
        _log.warning("digest key not registered", remedy="run `strongroom-server setup`", key=files.digest.id)

    async def read_rows() -> KeyRows:
        sealing, signing = await keys.sealing_keys(pool), await keys.signing_keys(pool)
        # It compares with the rows at this later moment, so a change in between does not look like an old row.
        return KeyRows(sealing, signing, await keys.newer_key_events(pool))

    return Keyring(files, await read_rows(), read_rows, read_files, complete=complete)
