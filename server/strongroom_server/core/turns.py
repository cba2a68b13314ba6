"""Gives turns of the event loop to others during work that takes many steps."""

from __future__ import annotations

import asyncio
from typing import Final

# A call needs about so many: gRPC's server takes four to hand it over, and it waits several times for gRPC and for the database.
REST_TURNS: Final = 16


async def rest() -> None:
    """Let others run for some turns. They take microseconds if nobody else has something to do."""
    for _ in range(REST_TURNS):
        await asyncio.sleep(0)
