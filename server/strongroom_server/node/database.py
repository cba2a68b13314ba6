"""Finds the database of a node: the configured one, or an embedded Postgres of the data directory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from strongroom_server.node import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from strongroom_server.node.settings import Settings


@asynccontextmanager
async def open_or_create_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the configured database, or of an embedded one that is created if need be and runs until the context ends.

    Raises EmbeddedPostgresError.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    async with _start_embedded(settings.data_dir, create=True) as url:
        yield url


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the configured database, or of an existing embedded one. Creates no database.

    An embedded database that no other process runs is started, and runs until the context ends. Raises EmbeddedPostgresError.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    embedded_postgres.require_installed()
    with embedded_postgres.running(settings.data_dir) as url:
        if url is not None:
            yield url
            return
    async with _start_embedded(settings.data_dir, create=False) as url:
        yield url


@asynccontextmanager
async def _start_embedded(data_dir: Path, *, create: bool) -> AsyncIterator[str]:
    embedded_postgres.require_installed()
    postgres = await embedded_postgres.start(data_dir, create=create)
    try:
        yield postgres.url
    finally:
        await postgres.stop()
