"""Owns that plans are made anew when the tables have grown beyond what they were made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom_server.store.database import Database


async def analyze_grown(database: Database) -> None:
    """Look anew at the tables that have grown tenfold since they were last looked at; what is planned for them is planned anew."""
    await database.fetch("select strongroom_analyze_grown()")
