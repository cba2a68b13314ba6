"""Owns how many rows go into one statement: as one array of a composite type, whose columns are those of the row.

So the statement is the same for any number of rows, and is prepared once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strongroom_server.core.records import Row


def insert(table: str, row: type[Row], argument: int) -> str:
    """SQL that inserts the rows in the argument of that number. The type `new_<table>` is made by a migration; one that changes it
    makes another, so that nodes of the version before go on.
    """
    names = ", ".join(row.__struct_fields__)
    return f"insert into {table} ({names}) select {names} from unnest(${argument}::new_{table}[])"


def rows(found: Iterable[Row]) -> list[tuple[object, ...]]:
    """The argument that `insert` names."""
    return list(map(structs.astuple, found))
