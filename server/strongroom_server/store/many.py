"""Inserts many rows in one statement: as an array of a composite type that has the columns of the row.

The statement is the same for any number of rows, so Postgres prepares it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strongroom_server.core.records import Row


def insert(table: str, row: type[Row], argument: int, composite: str = "") -> str:
    """SQL that inserts the rows of the argument with that number.

    A migration creates the composite type, `new_<table>` if its name is not given. A migration that needs other columns creates
    another type, so that nodes of the previous version keep working.
    """
    names = ", ".join(row.__struct_fields__)
    return f"insert into {table} ({names}) select {names} from unnest(${argument}::{composite or f'new_{table}'}[])"


def rows(found: Iterable[Row]) -> list[tuple[object, ...]]:
    """The argument for `insert`."""
    return list(map(structs.astuple, found))
