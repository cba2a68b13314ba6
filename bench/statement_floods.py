"""Floods of one statement, without Strongroom's server: what they take of the core that Postgres shares with the load.

Each repeats the statement of a call of `bench.floods` on one connection, without a rest. `bench.floods` runs those that are chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import asyncpg

from strongroom_server.credentials.lists import order_of
from strongroom_server.rules.surfaces import SURFACES
from strongroom_server.store import credential_lists
from strongroom_server.store.credential_lists import Filter, Window
from strongroom_server.store.credentials import Visible

if TYPE_CHECKING:
    from strongroom_server.store.database import Database

FLOODS: Final = ("filter_statement", "total_statement")
_VISIBLE: Final = Visible("default", None)


class StatementFlood:
    """The statements of a flood. database: a connection."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        # Reads of lists need nothing but its `fetch`.
        self._database = cast("Database", connection)
        self.ended = self.refused = 0

    async def filter_statement(self) -> None:
        """The statement of `filter_without_match`."""
        window = Window(order_of(""), 51)
        await credential_lists.page(self._database, _VISIBLE, Filter(variant="jwt"), window, tuple(SURFACES))

    async def total_statement(self) -> None:
        """The statement of `exact_total`."""
        await credential_lists.page_and_total(
            self._database, _VISIBLE, Filter(), Window(order_of(""), 2), tuple(SURFACES)
        )

    async def run(self, send: Any, _count: int) -> None:
        """Repeat a statement until cancelled."""
        while True:
            await send()
            self.ended += 1


async def open_flood(url: str) -> StatementFlood:
    """Connect to the database."""
    return StatementFlood(await asyncpg.connect(url))
