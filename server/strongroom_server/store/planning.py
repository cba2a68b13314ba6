"""Updates the planner's statistics of tables that have grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom_server.store.database import Database


async def analyze_grown(database: Database) -> None:
    """Analyze the tables that have grown tenfold since their last analysis. Postgres then plans their statements again."""
    await database.fetch("select strongroom_analyze_grown()")
