"""Owns the SQL of lists of credentials: what they are narrowed to, their order, a page of them, and how many there are."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

import msgspec

from strongroom_server.store import credentials, scans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom_server.core.records import StoredCredential
    from strongroom_server.store.credentials import Scope
    from strongroom_server.store.database import Database

_FIRST_SURROGATE: Final = 0xD800
_LAST_SURROGATE: Final = 0xDFFF

# What a list can be ordered by, and how its values are read from a page token.
ORDER_COLUMNS: Final = {
    "id": "uuid",
    "name": "text",
    "variant": "text",
    "state": "text::integer",
    "expire_time": "text::timestamptz",
}
# The orders that an index serves. For another one a page sorts all that the list has.
_INDEXED: Final = ("id", "name")
# The expire_time of what does not expire.
NEVER: Final = "infinity"

# The columns of an order, each with whether it descends. The last is `id`, which no two credentials share.
Order = tuple[tuple[str, bool], ...]


class Filter(msgspec.Struct, frozen=True):
    """What a list is narrowed to; None, 0 and "" narrow nothing."""

    variant: str = ""
    team_id: int = 0
    folder_id: int = 0
    name_prefix: str = ""
    restricted: bool | None = None
    # The deleted ones that can be brought back, rather than those that are there.
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is read: `size` credentials from where `skip` are left out, after a place or, backward, before it.

    A place is the values of the order's columns.
    """

    order: Order
    size: int
    place: tuple[str | UUID, ...] | None = None
    backward: bool = False
    skip: int = 0


class Edge(NamedTuple):
    """Where the rows that a page may read ended before it was full: the place of the last one, and how many matches of the
    list are still to be skipped after it.
    """

    place: tuple[str | UUID, ...]
    skip: int


async def page(
    database: Database,
    scope: Scope,
    narrowed: Filter,
    window: Window,
    all_surfaces: Sequence[int],
    *,
    box: bool = False,
) -> tuple[list[StoredCredential], Edge | None]:
    """Read the credentials of a window that the scope sees, test credentials left out; backward from the place on.

    Where no index serves the filters, at most scans.SCANNED rows are read. Where none serves the order, the whole list is.
    """
    arguments = _Arguments()
    listed = _listed(scope, narrowed, window, all_surfaces, arguments)
    sorts = any(column not in _INDEXED for column, _ in window.order)
    if sorts or not listed.filters:
        read = _page(listed, window, arguments, box=box)
        async with database.whole_lists if sorts or window.skip > scans.SCANNED else contextlib.nullcontext():
            found = await database.fetch(read, *arguments)
        return [credentials.stored_of(row) for row in found], None
    found = await database.fetch(_bounded_page(listed, window, arguments, box=box), *arguments)
    of_edge = len(window.order) + 1
    edge = found[0][-of_edge:]
    return (
        [credentials.stored_of(row[:-of_edge]) for row in found if row[0] is not None],
        None if edge[0] is None else Edge(edge[:-1], edge[-1]),
    )


async def page_and_total(
    database: Database,
    scope: Scope,
    narrowed: Filter,
    window: Window,
    all_surfaces: Sequence[int],
    *,
    box: bool = False,
) -> tuple[list[StoredCredential], int]:
    """A page as above, and how many credentials the list has at the moment of the page. Reads as many rows as it takes."""
    arguments = _Arguments()
    listed = _listed(scope, narrowed, window, all_surfaces, arguments)
    counted = " and ".join((*listed.indexed, *listed.filters, *listed.chosen))
    total = f"(select count(*) from credentials c where {counted})"
    read = _page(listed, window, arguments, box=box)
    async with database.whole_lists:
        found = await database.fetch(
            f"select page.*, {total} from (values (1)) one left join ({read}) page on true", *arguments
        )
    return [credentials.stored_of(row[:-1]) for row in found if row[0] is not None], found[0][-1]


class _Arguments(list[object]):
    """The arguments of a statement, in the order in which it names them."""

    def add(self, value: object, kind: str) -> str:
        self.append(value)
        return f"${len(self)}::{kind}"


@dataclass(frozen=True, slots=True)
class _Listed:
    """SQL that holds for the credentials of a list: what an index serves, what it cannot, and the parts of the index that are
    merged, because the filters leave open what comes before the order in its key. `chosen` stands for the parts in a total.
    """

    indexed: Sequence[str]
    filters: Sequence[str]
    branches: Sequence[str]
    chosen: Sequence[str]


def _page(listed: _Listed, window: Window, arguments: _Arguments, *, box: bool) -> str:
    """What to read is found in an index alone, what is left out is not read at all."""
    order = _directed(window)
    conditions = " and ".join((*listed.indexed, *_from_place(window, arguments), *listed.filters))
    size, skip = arguments.add(window.size, "bigint"), arguments.add(window.skip, "bigint")
    most = f"{size} + {skip}" if len(listed.branches) > 1 else ""
    keys = _merged(_names(order), conditions, listed.branches, order, most)
    return f"""{credentials.select(box=box, joined=f"join ({keys} limit {size} offset {skip}) k on k.id = c.id")}
        where c.organisation_id = $1 order by {_ordered("c", order)}"""


def _bounded_page(listed: _Listed, window: Window, arguments: _Arguments, *, box: bool) -> str:
    """A page and its edge. All of a row that the filters need stands in the index, save for its name."""
    order = _directed(window)
    conditions = " and ".join((*listed.indexed, *_from_place(window, arguments)))
    fits = " and ".join(listed.filters)
    keys, most = _names(order), str(scans.SCANNED)
    scanned, edge = (
        f"{_merged(columns, conditions, listed.branches, order, most)} limit {most}"
        for columns in (f"{keys}, ({fits}) as fits", keys)
    )
    tables = scans.bounded(
        keys,
        scanned,
        edge,
        _ordered("s", order),
        size=arguments.add(window.size, "bigint"),
        skip=arguments.add(window.skip, "bigint"),
    )
    found = f"""{credentials.select(box=box, joined="join page k on k.id = c.id")}
        where c.organisation_id = $1 order by {_ordered("c", order)}"""
    return f"{tables} select found.*, edge.* from (values (1)) one left join edge on true left join ({found}) found on true"


def _merged(columns: str, conditions: str, branches: Sequence[str], order: Order, most: str) -> str:
    """SQL that selects columns of credentials in this order, from branches of which each gives at most `most` in that order."""
    by = _ordered("c", order)
    if len(branches) == 1:
        return f"select {columns} from credentials c where {conditions} and {branches[0]} order by {by}"
    each = (
        f"(select {columns} from credentials c where {conditions} and {branch} order by {by} limit {most})"
        for branch in branches
    )
    return f"select * from ({' union all '.join(each)}) c order by {by}"


def _listed(
    scope: Scope, narrowed: Filter, window: Window, all_surfaces: Sequence[int], arguments: _Arguments
) -> _Listed:
    """What to list. The organisation is the first argument."""
    organisation = f"c.organisation_id = {arguments.add(scope.organisation_id, 'text')}"
    # In the statement itself, so that its plan knows how many credentials a surface has.
    surface = [f"c.surface = {scope.surface:d}"] if scope.surface else []
    restricted = [] if narrowed.restricted is None else ["c.restricted" if narrowed.restricted else "not c.restricted"]
    prefix = _name_range(narrowed.name_prefix, arguments)
    filters = _filters(scope, narrowed, arguments)
    if narrowed.deleted:
        indexed = [organisation, "c.delete_time is not null"]
        filters += ["c.live_credential_id is null", credentials.IN_WINDOW, *surface, *restricted, *prefix]
        return _Listed(indexed, filters, ["true"], [])
    owner = _owner(narrowed, arguments)
    indexed = [
        organisation,
        "c.live_credential_id is null",
        credentials.UNEXPIRED,
        *(owner or ["c.delete_time is null"]),
    ]
    surfaces = surface or [f"c.surface = {each:d}" for each in all_surfaces]
    chosen = [*(surface or [f"c.surface in ({', '.join(f'{each:d}' for each in all_surfaces)})"]), *restricted]
    if window.order[0][0] == "id":
        parts = restricted or ["c.restricted", "not c.restricted"]
        branches = [f"{each} and {part}" for each in surfaces for part in parts]
        return _Listed(indexed, filters + prefix, branches, chosen)
    if owner:
        return _Listed(indexed, [*filters, *surface, *restricted, *prefix], ["true"], [])
    return _Listed(indexed + prefix, filters + restricted, surfaces, chosen)


def _owner(narrowed: Filter, arguments: _Arguments) -> list[str]:
    """SQL that holds for what the team or the folder owns, if one is given. These columns are null in a deleted row."""
    if not narrowed.folder_id:
        return [f"c.owning_team_id = {arguments.add(narrowed.team_id, 'bigint')}"] if narrowed.team_id else []
    folder_id = arguments.add(narrowed.folder_id, "bigint")
    owner = [f"c.owning_folder_id = {folder_id}"]
    if narrowed.team_id:
        # All that a folder holds is of its team, so this is asked once and not of each row.
        team_id = arguments.add(narrowed.team_id, "bigint")
        owner.append(
            "exists (select from folders f where f.organisation_id = $1"
            f" and f.folder_id = {folder_id} and f.team_id = {team_id})"
        )
    return owner


def _filters(scope: Scope, narrowed: Filter, arguments: _Arguments) -> list[str]:
    """SQL of what is in no index's key."""
    filters = []
    if scope.team_ids is not None and (narrowed.deleted or narrowed.team_id not in scope.team_ids):
        filters.append(credentials.of_teams(arguments.add(scope.team_ids, "bigint[]")))
    if narrowed.variant:
        filters.append(f"c.variant = {arguments.add(narrowed.variant, 'text')}")
    if narrowed.deleted:
        filters += (
            f"c.{column} = {arguments.add(value, 'bigint')}"
            for column, value in (("team_id", narrowed.team_id), ("folder_id", narrowed.folder_id))
            if value
        )
    return filters


def _name_range(prefix: str, arguments: _Arguments) -> list[str]:
    """SQL that holds for the names that start with the prefix, as a range of the index of names: both compare code points."""
    if not prefix:
        return []
    within = [f"c.name >= {arguments.add(prefix, 'text')}"]
    after = _after_prefix(prefix)
    return [*within, f"c.name < {arguments.add(after, 'text')}"] if after else within


def _after_prefix(prefix: str) -> str:
    """The first text by code points after all that start with the prefix; empty where there is none."""
    for end in range(len(prefix), 0, -1):
        following = ord(prefix[end - 1]) + 1
        if following == _FIRST_SURROGATE:
            following = _LAST_SURROGATE + 1
        if following <= sys.maxunicode:
            return prefix[: end - 1] + chr(following)
    return ""


def _directed(window: Window) -> Order:
    return tuple((column, descends != window.backward) for column, descends in window.order)


def _names(order: Order) -> str:
    return ", ".join(column for column, _ in order)


def _ordered(table: str, order: Order) -> str:
    return ", ".join(f"{_ordering(table, column)}{' desc' if descends else ''}" for column, descends in order)


def _ordering(table: str, column: str) -> str:
    """SQL of what a column is ordered by. All but `name` have the database's own collation."""
    match column:
        case "expire_time":
            return f"coalesce({table}.expire_time, '{NEVER}')"
        case "variant":
            return f'{table}.variant collate "C"'
    return f"{table}.{column}"


def _from_place(window: Window, arguments: _Arguments) -> list[str]:
    return [] if window.place is None else [_beyond(_directed(window), window.place, arguments)]


def _beyond(order: Order, place: Sequence[str | UUID], arguments: _Arguments) -> str:
    """SQL that holds for what comes after a place in this order."""
    columns = [_ordering("c", column) for column, _ in order]
    values = [arguments.add(value, ORDER_COLUMNS[column]) for (column, _), value in zip(order, place, strict=True)]
    signs = ["<" if descends else ">" for _, descends in order]
    if len(set(signs)) == 1:
        return f"({', '.join(columns)}) {signs[0]} ({', '.join(values)})"
    # Several columns in different directions: the first finds the place in an index, each next one decides among equals.
    condition = f"{columns[-1]} {signs[-1]} {values[-1]}"
    for column, sign, value in reversed(list(zip(columns[:-1], signs, values, strict=False))):
        condition = f"{column} {sign}= {value} and ({column} {sign} {value} or {condition})"
    return condition
