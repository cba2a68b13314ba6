"""Opens what the commands that change keys need."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from strongroom_server.audit.record import Recorder
from strongroom_server.keys.context import Context
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.keyring import open_keyring
from strongroom_server.sealing import key_files
from strongroom_server.store import database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.key_files import KeyFiles


@asynccontextmanager
async def open_key_context(settings: Settings, url: str) -> AsyncIterator[Context]:
    """The database and the keys of a node. A private part may be missing, because the commands are the remedy.

    Raises KeyFileError, KeyringError.
    """
    provider = key_provider(settings)

    async def read_files() -> KeyFiles:
        opens = key_files.open_boxes(settings.keys_dir)
        return await key_files.load(settings.keys_dir, opens=opens, provider=provider)

    files = await read_files()
    pool = await database.connect(url, size=2)
    try:
        keyring = await open_keyring(files, pool, read_files, complete=False)
        ahead = await pool.now() - datetime.now(UTC)
        recorder = Recorder(keyring, lambda: datetime.now(UTC) + ahead)
        yield Context(pool, keyring, recorder, settings.keys_dir, settings.root_key_path, provider)
    finally:
        await pool.close()
