"""Assigns the numbers of new credentials.

The database reserves them in blocks, so that a row can be signed before it is stored.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom_server.store.database import Database

# The increment of the sequence credential_numbers.
BLOCK = 64


class Numbers:
    """Numbers that no other node assigns. When the node stops, the rest of its block stays unused."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._block = iter(range(0))
        self._refill = asyncio.Lock()

    async def take(self) -> int:
        """Take the next number. Raises DATABASE_UNAVAILABLE if it needs a new block and the database is unavailable."""
        while (number := next(self._block, None)) is None:
            async with self._refill:
                if (number := next(self._block, None)) is not None:
                    return number
                row = await self._database.fetchrow("select nextval('credential_numbers')")
                assert row is not None
                self._block = iter(range(row[0], row[0] + BLOCK))
        return number
