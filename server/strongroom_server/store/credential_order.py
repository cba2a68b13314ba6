"""Builds the SQL of the order of a list of credentials, and of the rows after a place in that order."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

_FIRST_SURROGATE: Final = 0xD800
_LAST_SURROGATE: Final = 0xDFFF

# The columns that a list can be ordered by, and the casts that read their values from a page token.
ORDER_COLUMNS: Final = {
    "id": "uuid",
    "name": "text",
    "variant": "text",
    "state": "text::integer",
    "expire_time": "text::timestamptz",
}
# Lists of connections are in the order of numbers too.
_CASTS: Final = {**ORDER_COLUMNS, "number": "text::bigint"}
# The orders that an index serves. For any other order a page sorts the whole list.
INDEXED: Final = ("id", "name")
# The expire_time of credentials that do not expire.
NEVER: Final = "infinity"

# The columns of an order, each with whether it descends. The last one is `id`, which is unique.
Order = tuple[tuple[str, bool], ...]


class Arguments(list[object]):
    """The arguments of a statement, in the order of their numbers."""

    def add(self, value: object, kind: str) -> str:
        """Append a value, and return its placeholder."""
        self.append(value)
        return f"${len(self)}::{kind}"


def names_of(order: Order) -> str:
    """The columns of an order, separated by commas."""
    return ", ".join(column for column, _ in order)


def order_by(table: str, order: Order) -> str:
    """What follows `order by`."""
    return ", ".join(f"{_sort_key(table, column)}{' desc' if descends else ''}" for column, descends in order)


def _sort_key(table: str, column: str) -> str:
    """SQL of the value that a column is ordered by. All columns but `name` have the database's default collation."""
    match column:
        case "expire_time":
            return f"coalesce({table}.expire_time, '{NEVER}')"
        case "variant":
            return f'{table}.variant collate "C"'
    return f"{table}.{column}"


def after_place(order: Order, place: Sequence[str | UUID], arguments: Arguments) -> str:
    """SQL that holds for the rows after a place in this order. A place is the values of the order's columns."""
    columns = [_sort_key("c", column) for column, _ in order]
    values = [arguments.add(value, _CASTS[column]) for (column, _), value in zip(order, place, strict=True)]
    signs = ["<" if descends else ">" for _, descends in order]
    if len(set(signs)) == 1:
        return f"({', '.join(columns)}) {signs[0]} ({', '.join(values)})"
    # With columns in different directions an index finds the first column's value; each next column decides among equal rows.
    condition = f"{columns[-1]} {signs[-1]} {values[-1]}"
    for column, sign, value in reversed(list(zip(columns[:-1], signs, values, strict=False))):
        condition = f"{column} {sign}= {value} and ({column} {sign} {value} or {condition})"
    return condition


def name_range(prefix: str, arguments: Arguments) -> list[str]:
    """SQL that holds for names that start with the prefix, as bounds of an index range. Empty if there is no prefix."""
    if not prefix:
        return []
    within = f"c.name >= {arguments.add(prefix, 'text')}"
    after = _after_prefix(prefix)
    return [within, f"c.name < {arguments.add(after, 'text')}"] if after else [within]


def _after_prefix(prefix: str) -> str:
    """The first text by code points after all texts that start with the prefix; empty if there is none."""
    for end in range(len(prefix), 0, -1):
        following = ord(prefix[end - 1]) + 1
        if following == _FIRST_SURROGATE:
            following = _LAST_SURROGATE + 1
        if following <= sys.maxunicode:
            return prefix[: end - 1] + chr(following)
    return ""
