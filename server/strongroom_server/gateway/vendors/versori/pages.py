"""Sorts lists that the service returns whole, and divides them into Versori's pages.

A cursor is the place of an item in the order of its page, so it stays valid when the item is deleted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

from strongroom_server.gateway.parameters import Parameter
from strongroom_server.gateway.problems import invalid_field
from strongroom_server.gateway.vendors.versori.lists import AFTER, BEFORE, DEFAULT_PAGE, FIRST

if TYPE_CHECKING:
    from strongroom_server.gateway.calls import Call

T = TypeVar("T")

# Fields with whether each descends. `id` is among them, so that no two items are equal.
Order: TypeAlias = tuple[tuple[str, bool], ...]
Place: TypeAlias = Sequence[str]


class Page(NamedTuple, Generic[T]):
    """Some items of a list, and the cursors of the pages around them; None if there is no such page."""

    items: Sequence[T]
    next: str | None
    prev: str | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that can be sorted by these fields: each gives an item's text. `id` is among them, and is the order by default."""

    fields: Mapping[str, Callable[[T], str]]
    sort: Parameter[Order]

    @property
    def parameters(self) -> tuple[Parameter[int], Parameter[str], Parameter[str], Parameter[Order]]:
        """The parameters of a request for a page."""
        return (FIRST, AFTER, BEFORE, self.sort)

    def page(self, call: Call, items: Sequence[T]) -> Page[T]:
        """The page of these items that a request asks for. Raises RefusedError."""
        order, size = call.value(self.sort) or (("id", False),), call.value(FIRST) or DEFAULT_PAGE
        after, before = self._place(call, AFTER, order), self._place(call, BEFORE, order)
        if after and before:
            raise invalid_field("before", "must not be sent together with after")

        def place_of(item: T) -> Place:
            return [self.fields[field](item) for field, _ in order]

        def compare(one: Place, other: Place) -> int:
            for (_, descends), left, right in zip(order, one, other, strict=True):
                if left != right:
                    return -1 if (left < right) is not descends else 1
            return 0

        ordered = sorted(items, key=lambda item: cmp_to_key(compare)(place_of(item)))
        places = [place_of(item) for item in ordered]
        begin = sum(compare(place, after) <= 0 for place in places) if after else 0
        end = begin + size
        if before:
            end = sum(compare(place, before) < 0 for place in places)
            begin = max(end - size, 0)
        shown = range(begin, min(end, len(places)))
        return Page(
            [ordered[index] for index in shown],
            _cursor(order, places[shown[-1]]) if shown and end < len(places) else None,
            _cursor(order, places[shown[0]]) if shown and begin > 0 else None,
        )

    def _place(self, call: Call, parameter: Parameter[str], order: Order) -> Place | None:
        cursor = call.value(parameter)
        if cursor is None:
            return None
        try:
            made_for, place = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[str, list[str]])
        except (binascii.Error, ValueError, msgspec.DecodeError):
            made_for, place = "", []
        if made_for != repr(order) or len(place) != len(order):
            raise invalid_field(parameter.name, "must be a cursor of a page with the same sort")
        return place


def listing(fields: Mapping[str, Callable[[T], str]]) -> Listing[T]:
    """A list that can be sorted by these fields."""
    names = "|".join(fields)
    pattern = rf"({names}):(asc|desc)(,({names}):(asc|desc))*"

    def order_of(sort: str) -> Order:
        terms = [term.split(":") for term in sort.split(",")]
        if not re.fullmatch(pattern, sort, re.ASCII) or len({name for name, _ in terms}) != len(terms):
            raise ValueError(
                f"must name fields of {', '.join(fields)}, each once with :asc or :desc, such as name:asc,id:desc"
            )
        order = tuple((name, direction == "desc") for name, direction in terms)
        return order if "id" in dict(order) else (*order, ("id", order[0][1]))

    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return Listing(fields, Parameter("sort", "query", schema, order_of, "Fields with :asc or :desc."))


def _cursor(order: Order, place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((repr(order), place))).decode()
