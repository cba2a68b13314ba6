"""Reads lists of credentials: one page of a filtered and ordered list, and its total."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec
from msgspec import structs

from strongroom_server.store import credentials, grant_rows, scans
from strongroom_server.store.credential_order import (
    INDEXED,
    Arguments,
    after_place,
    name_range,
    names_of,
    order_by,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom_server.core.records import StoredCredential
    from strongroom_server.store.credential_order import Order
    from strongroom_server.store.credentials import Limits, Visible
    from strongroom_server.store.database import Database


class Filter(msgspec.Struct, frozen=True):
    """What a list is filtered by; None, 0 and "" filter nothing."""

    variant: str = ""
    team_id: int = 0
    folder_id: int = 0
    refresh_states: tuple[int, ...] = ()
    name_prefix: str = ""
    restricted: bool | None = None
    # Lists the credentials that were deleted within the undelete window, in place of the others.
    deleted: bool = False
    undelete_window: timedelta = timedelta(0)
    # Of expire_time and certificate_expire_time, at least one is before it.
    expires_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list to read: `size` credentials after skipping `skip`, after a place or, if backward, before it.

    A place is the values of the order's columns.
    """

    order: Order
    size: int
    place: tuple[str | UUID, ...] | None = None
    backward: bool = False
    skip: int = 0


class Edge(NamedTuple):
    """Where a page stopped because it had read as many rows as it may: the place of the last row that was read, and how many
    matching rows are still to be skipped after it.
    """

    place: tuple[str | UUID, ...]
    skip: int


async def page(
    database: Database,
    visible: Visible,
    narrowed: Filter,
    window: Window,
    all_surfaces: Sequence[int],
    *,
    box: bool = False,
) -> tuple[list[StoredCredential], Edge | None]:
    """Read the credentials of a window, without test credentials; a backward window starts at its place.

    If no index serves the filters, at most scans.SCANNED rows are read. If no index serves the order, the whole list is read.

    Rows outside of the caller's limits do not count, so that the edge is never the place of one of them.
    """
    arguments = Arguments()
    listed = _listed(visible, narrowed, window, all_surfaces, arguments)
    sorts = listed.sorts or any(column not in INDEXED for column, _ in window.order)
    if sorts or not listed.filters:
        read = _page(listed, window, arguments, box=box)
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
    visible: Visible,
    narrowed: Filter,
    window: Window,
    all_surfaces: Sequence[int],
    *,
    box: bool = False,
) -> tuple[list[StoredCredential], int]:
    """A page as of `page`, and the total of the list, in one statement. Reads the whole list."""
    arguments = Arguments()
    listed = _listed(visible, narrowed, window, all_surfaces, arguments)
    counted = " and ".join((*listed.indexed, *listed.filters, *listed.chosen))
    total = f"(select count(*) from credentials c where {counted})"
    read = _page(listed, window, arguments, box=box)
    found = await database.fetch(scans.with_total(read, total), *arguments)
    return [credentials.stored_of(row[:-1]) for row in found if row[0] is not None], found[0][-1]


@dataclass(frozen=True, slots=True)
class _Listed:
    """The SQL conditions of a list.

    indexed: those that an index serves. filters: those that none serves. branches: the parts of the index that are merged,
    because columns before the order's in the index have several values. chosen: the condition that replaces the branches in a
    total. sorts: whether the conditions are more selective than any index with the order, so that a page sorts what they select.
    """

    indexed: Sequence[str]
    filters: Sequence[str]
    branches: Sequence[str]
    chosen: Sequence[str]
    sorts: bool = False


def _page(listed: _Listed, window: Window, arguments: Arguments, *, box: bool) -> str:
    """SQL of a page. It finds the ids with an index alone, and then reads only the rows of the page."""
    order = _directed(window)
    conditions = " and ".join((*listed.indexed, *_from_place(window, arguments), *listed.filters))
    size, skip = arguments.add(window.size, "bigint"), arguments.add(window.skip, "bigint")
    most = f"{size} + {skip}" if len(listed.branches) > 1 else ""
    if listed.sorts:
        # The offset keeps the planner from reading an index in the list's order until it finds enough rows.
        selected = f"select {names_of(order)} from credentials c where {conditions} offset 0"
        keys = f"select * from ({selected}) c order by {order_by('c', order)}"
    else:
        keys = _merged(names_of(order), conditions, listed.branches, order, most)
    return f"""{credentials.select(box=box, joined=f"join ({keys} limit {size} offset {skip}) k on k.id = c.id")}
        where c.organisation_id = $1 order by {order_by("c", order)}"""


def _bounded_page(listed: _Listed, window: Window, arguments: Arguments, *, box: bool) -> str:
    """SQL of a page and its edge. The index has all columns that the filters need, except the name."""
    order = _directed(window)
    conditions = " and ".join((*listed.indexed, *_from_place(window, arguments)))
    fits = " and ".join(listed.filters)
    keys, most = names_of(order), str(scans.SCANNED)
    scanned, edge = (
        f"{_merged(columns, conditions, listed.branches, order, most)} limit {most}"
        for columns in (f"{keys}, ({fits}) as fits", keys)
    )
    tables = scans.bounded(
        keys,
        scanned,
        edge,
        order_by("s", order),
        size=arguments.add(window.size, "bigint"),
        skip=arguments.add(window.skip, "bigint"),
    )
    found = f"""{credentials.select(box=box, joined="join page k on k.id = c.id")}
        where c.organisation_id = $1 order by {order_by("c", order)}"""
    return f"{tables} select found.*, edge.* from (values (1)) one left join edge on true left join ({found}) found on true"


def _merged(columns: str, conditions: str, branches: Sequence[str], order: Order, most: str) -> str:
    """SQL that selects columns of credentials in this order. Each branch adds at most `most` rows."""
    by = order_by("c", order)
    if len(branches) == 1:
        return f"select {columns} from credentials c where {conditions} and {branches[0]} order by {by}"
    each = (
        f"(select {columns} from credentials c where {conditions} and {branch} order by {by} limit {most})"
        for branch in branches
    )
    return f"select * from ({' union all '.join(each)}) c order by {by}"


def _listed(
    visible: Visible, narrowed: Filter, window: Window, all_surfaces: Sequence[int], arguments: Arguments
) -> _Listed:
    """The conditions of a list. The organisation is the first argument."""
    organisation = f"c.organisation_id = {arguments.add(visible.organisation_id, 'text')}"
    limits, sorts = visible.limits, narrowed.expires_before is not None
    if limits is not None:
        narrowed, all_surfaces = _narrowed_to(limits, narrowed, all_surfaces)
        sorts |= bool(limits.credential_ids or (limits.folder_ids and not narrowed.folder_id))
    owns_folder = "folder_id" if narrowed.deleted else "owning_folder_id"
    limited = credentials.within(limits, arguments.add, folder_column=owns_folder)
    # A constant in the statement, so that the planner knows how many credentials the surface has.
    surface = [f"c.surface = {visible.surface:d}"] if visible.surface else []
    restricted = [] if narrowed.restricted is None else ["c.restricted" if narrowed.restricted else "not c.restricted"]
    prefix = name_range(narrowed.name_prefix, arguments)
    filters = _filters(visible, narrowed, arguments)
    if narrowed.deleted:
        indexed = [organisation, "c.delete_time is not null", *limited]
        undeletable = credentials.undeletable(arguments.add(narrowed.undelete_window, "interval"))
        filters += ["c.live_credential_id is null", undeletable, *surface, *restricted, *prefix]
        return _Listed(indexed, filters, ["true"], [])
    owner = _owner(narrowed, arguments)
    indexed = [
        organisation,
        "c.live_credential_id is null",
        credentials.UNEXPIRED,
        *(owner or ["c.delete_time is null"]),
        *limited,
    ]
    if sorts:
        return _Listed([*indexed, *filters, *surface, *restricted, *prefix], [], ["true"], [], sorts=True)
    surfaces = surface or [f"c.surface = {each:d}" for each in all_surfaces]
    chosen = [*(surface or [f"c.surface in ({', '.join(f'{each:d}' for each in all_surfaces)})"]), *restricted]
    if window.order[0][0] == "id":
        parts = restricted or ["c.restricted", "not c.restricted"]
        branches = [f"{each} and {part}" for each in surfaces for part in parts]
        return _Listed(indexed, filters + prefix, branches, chosen)
    if owner:
        return _Listed(indexed, [*filters, *surface, *restricted, *prefix], ["true"], [])
    return _Listed(indexed + prefix, filters + restricted, surfaces, chosen)


def _narrowed_to(limits: Limits, narrowed: Filter, all_surfaces: Sequence[int]) -> tuple[Filter, Sequence[int]]:
    """The filter and the surfaces with which an index serves a list within these limits, if one does."""
    if len(limits.folder_ids) == 1 and not narrowed.folder_id and not narrowed.deleted:
        (folder_id,) = limits.folder_ids
        narrowed = structs.replace(narrowed, folder_id=folder_id)
    return narrowed, [each for each in all_surfaces if each in limits.surfaces] or all_surfaces


def _owner(narrowed: Filter, arguments: Arguments) -> list[str]:
    """SQL that holds for what the team or the folder owns, if one is given. The owning columns of deleted rows are null."""
    if not narrowed.folder_id:
        return [f"c.owning_team_id = {arguments.add(narrowed.team_id, 'bigint')}"] if narrowed.team_id else []
    folder_id = arguments.add(narrowed.folder_id, "bigint")
    owner = [f"c.owning_folder_id = {folder_id}"]
    if narrowed.team_id:
        # A folder belongs to one team, so the team is checked once and not for each row.
        team_id = arguments.add(narrowed.team_id, "bigint")
        owner.append(
            "exists (select from folders f where f.organisation_id = $1"
            f" and f.folder_id = {folder_id} and f.team_id = {team_id})"
        )
    return owner


def _filters(visible: Visible, narrowed: Filter, arguments: Arguments) -> list[str]:
    """Conditions on columns that are in no index's key."""
    filters = []
    if visible.team_ids is not None and (narrowed.deleted or narrowed.team_id not in visible.team_ids):
        filters.append(credentials.usable_by_teams(arguments.add(visible.team_ids, "bigint[]")))
    if narrowed.variant:
        filters.append(f"c.variant = {arguments.add(narrowed.variant, 'text')}")
    if narrowed.expires_before is not None:
        before = arguments.add(narrowed.expires_before, "timestamptz")
        filters.append(f"least(c.expire_time, c.certificate_expire_time) < {before}")
    if narrowed.refresh_states:
        filters.append(grant_rows.has_grant("c", arguments.add(narrowed.refresh_states, "integer[]")))
    if narrowed.deleted:
        filters += (
            f"c.{column} = {arguments.add(value, 'bigint')}"
            for column, value in (("team_id", narrowed.team_id), ("folder_id", narrowed.folder_id))
            if value
        )
    return filters


def _directed(window: Window) -> Order:
    return tuple((column, descends != window.backward) for column, descends in window.order)


def _from_place(window: Window, arguments: Arguments) -> list[str]:
    return [] if window.place is None else [after_place(_directed(window), window.place, arguments)]
