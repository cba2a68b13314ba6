"""Divides Tines' lists into pages, numbered from 1, with absolute links to the previous and next page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from strongroom_server.gateway import parameters
from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.rules.fields import MOST_SKIPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom_server.gateway.calls import Call

_DEFAULT_SIZE = 20
_LARGEST_SIZE = 500

PAGE = Parameter(
    "page",
    "query",
    *parameters.integer(1, 1_000_000_000),
    f"The page's number, by default 1. The page must start within the first {MOST_SKIPPED:,} rows of the list.",
)
PER_PAGE = Parameter(
    "per_page",
    "query",
    *parameters.capped(1, _LARGEST_SIZE),
    f"The number of rows per page, by default {_DEFAULT_SIZE}. Larger numbers count as {_LARGEST_SIZE}.",
)


class Meta(msgspec.Struct):
    """The position of a page in its list, and links to its neighbours."""

    current_page: str
    previous_page: str | None
    next_page: str | None
    next_page_number: int | None
    per_page: int
    pages: int
    count: int


class Place(msgspec.Struct, frozen=True):
    """The page that a request asks for."""

    page: int
    per_page: int

    @property
    def before(self) -> int:
        """The number of rows on the pages before this one."""
        return (self.page - 1) * self.per_page

    @property
    def skip(self) -> int:
        """The number of rows that the service must skip, limited to what it accepts."""
        return min(self.before, MOST_SKIPPED)


def place_of(call: Call) -> Place:
    """The page that the request asks for. Raises RefusedError."""
    return Place(call.value(PAGE) or 1, call.value(PER_PAGE) or _DEFAULT_SIZE)


def meta(call: Call, place: Place, count: int, filters: Mapping[str, object], *, path: str = "") -> Meta:
    """The `meta` of a page of a list with `count` rows. Links use the request's Host, and keep its filters.

    `path` is the path of the list, by default the operation's. Raises RefusedError if the page starts beyond the rows that the
    service can skip.
    """
    if place.before > place.skip and count > place.skip:
        raise invalid_field("page", f"must start within the first {MOST_SKIPPED:,} rows: narrow the list by a filter")
    pages = max(1, -(-count // place.per_page))
    host = call.request.headers.get("host", "localhost")
    base = f"{call.request.scope['scheme']}://{host}{path or call.path}"
    kept = {name: value for name, value in filters.items() if value is not None}

    def link(page: int) -> str:
        return f"{base}?{urlencode({'per_page': place.per_page, 'page': page, **kept})}"

    following = place.page + 1 if place.page < pages else None
    return Meta(
        current_page=link(place.page),
        previous_page=link(min(place.page - 1, pages)) if place.page > 1 else None,
        next_page=link(following) if following else None,
        next_page_number=following,
        per_page=place.per_page,
        pages=pages,
        count=count,
    )
