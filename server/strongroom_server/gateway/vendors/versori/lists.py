"""Declares how Versori's lists are sorted and divided into pages."""

from __future__ import annotations

import re
from types import MappingProxyType

from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter

DEFAULT_PAGE = 20
_LARGEST_PAGE = 50

# For each of Versori's fields the field in our order_by, and whether our order is the reverse of Versori's. Variants sort like
# Versori's types. Our state INVALID is greater than ACTIVE.
_SORTED = MappingProxyType(
    {
        "id": ("id", False),
        "name": ("name", False),
        "type": ("variant", False),
        "expiresAt": ("expire_time", False),
        "isValid": ("state", True),
    }
)
# Accepted without effect: all credentials have the same organisation, and objects and arrays have no order.
_UNSORTED = ("organisationID", "data", "redactFields", "errors")
_FIELD = "|".join((*_SORTED, *_UNSORTED))
_SORT = re.compile(rf"({_FIELD}):(asc|desc)(,({_FIELD}):(asc|desc))*", re.ASCII)


def _order_by(sort: str) -> str:
    terms = [term.split(":") for term in sort.split(",")]
    if not _SORT.fullmatch(sort) or len({name for name, _ in terms}) != len(terms):
        fields = ", ".join((*_SORTED, *_UNSORTED))
        raise ValueError(f"must name fields of {fields}, each once with :asc or :desc, such as name:asc,id:desc")
    directions = [(name, direction == "desc") for name, direction in terms if name in _SORTED]
    # Equal rows are ordered by id, in the direction of the first field.
    directions += [("id", descends) for _, descends in directions[:1]] if "id" not in dict(directions) else []
    columns = [(*_SORTED[name], descends) for name, descends in directions]
    return ", ".join(f"{column} desc" if descends != reverse else column for column, reverse, descends in columns)


FIRST = Parameter(
    "first",
    "query",
    *parameters.capped(1, _LARGEST_PAGE),
    f"The number of credentials per page, by default {DEFAULT_PAGE}. Larger numbers count as {_LARGEST_PAGE}.",
)
AFTER = Parameter(
    "after", "query", {"type": "string"}, parameters.text, "The `next` of a page, to read the page after it."
)
BEFORE = Parameter(
    "before", "query", {"type": "string"}, parameters.text, "The `prev` of a page, to read the page before it."
)
SORT = Parameter(
    "sort",
    "query",
    {"type": "string", "pattern": f"^{_SORT.pattern}$"},
    _order_by,
    "Fields with :asc or :desc. Credentials that never expire come last in the order expiresAt:asc. organisationID, objects and "
    "arrays have no effect.",
)
