"""Owns that the database knows how large its tables are, soon after they have grown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.errors import log_fields
from strongroom_server.store import planning

if TYPE_CHECKING:
    from strongroom_server.store.database import Database

EVERY_SECONDS: Final = 1.0

_log = structlog.get_logger()


async def plan_forever(database: Database) -> None:
    """Look at the tables' sizes again and again until cancelled; a database that is away is tried at the next turn."""
    while True:
        try:
            await planning.analyze_grown(database)
        except Exception as error:  # whatever it is, the next turn may do better
            _log.warning("planning failed", **log_fields(error))
        await asyncio.sleep(EVERY_SECONDS)
