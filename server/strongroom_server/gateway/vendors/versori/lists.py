"""Declares how Versori's lists are sorted and divided into pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter

DEFAULT_PAGE = 20
_LARGEST_PAGE = 50

# For each of Versori's fields the field in our order_by, and whether our order is the reverse of Versori's.
Sorted: TypeAlias = Mapping[str, tuple[str, bool]]


def sort_parameter(fields: Sorted, ignored: Sequence[str], description: str) -> Parameter[str]:
    """The parameter `sort` of a list, read as our order_by. `ignored` fields are accepted without effect."""
    field = "|".join((*fields, *ignored))
    pattern = re.compile(rf"({field}):(asc|desc)(,({field}):(asc|desc))*", re.ASCII)

    def order_by(sort: str) -> str:
        terms = [term.split(":") for term in sort.split(",")]
        if not pattern.fullmatch(sort) or len({name for name, _ in terms}) != len(terms):
            names = ", ".join((*fields, *ignored))
            raise ValueError(f"must name fields of {names}, each once with :asc or :desc, such as name:asc,id:desc")
        directions = [(name, direction == "desc") for name, direction in terms if name in fields]
        # Equal rows are ordered by id, in the direction of the first field.
        directions += [("id", descends) for _, descends in directions[:1]] if "id" not in dict(directions) else []
        columns = [(*fields[name], descends) for name, descends in directions]
        return ", ".join(f"{column} desc" if descends != reverse else column for column, reverse, descends in columns)

    return Parameter("sort", "query", {"type": "string", "pattern": f"^{pattern.pattern}$"}, order_by, description)


FIRST = Parameter(
    "first",
    "query",
    *parameters.capped(1, _LARGEST_PAGE),
    f"The number of items per page, by default {DEFAULT_PAGE}. Larger numbers count as {_LARGEST_PAGE}.",
)
AFTER = Parameter(
    "after", "query", {"type": "string"}, parameters.text, "The `next` of a page, to read the page after it."
)
BEFORE = Parameter(
    "before", "query", {"type": "string"}, parameters.text, "The `prev` of a page, to read the page before it."
)
# Variants sort like Versori's types. Our state INVALID is greater than ACTIVE.
SORT = sort_parameter(
    {
        "id": ("id", False),
        "name": ("name", False),
        "type": ("variant", False),
        "expiresAt": ("expire_time", False),
        "isValid": ("state", True),
    },
    # All credentials have the same organisation, and objects and arrays have no order.
    ("organisationID", "data", "redactFields", "errors"),
    "Fields with :asc or :desc. Credentials that never expire come last in the order expiresAt:asc. organisationID, objects and "
    "arrays have no effect.",
)
