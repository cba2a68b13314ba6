"""Updates the planner's statistics soon after tables have grown."""

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
    """Analyze tables that have grown, every second until cancelled. An error is retried at the next turn."""
    while True:
        try:
            await planning.analyze_grown(database)
        except Exception as error:  # the next turn may succeed
            _log.warning("planning failed", **log_fields(error))
        await asyncio.sleep(EVERY_SECONDS)
