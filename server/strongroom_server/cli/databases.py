"""Finds the database for the commands that need one with the schema of this version."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from strongroom_server.node.database import open_database
from strongroom_server.store.migrate import MigrationError, is_current

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from strongroom_server.node.settings import Settings


@asynccontextmanager
async def open_current_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of an existing database that has the schema of this version. Raises MigrationError, EmbeddedPostgresError."""
    async with open_database(settings) as url:
        if not await is_current(url):
            raise MigrationError(
                "the database is not set up, or its schema is of an earlier version: run `strongroom-server setup`"
            )
        yield url
