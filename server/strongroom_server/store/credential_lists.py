"""Owns the SQL of lists of credentials: what they are narrowed to, their order, a page of them, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_SLASHID, SURFACE_TINES, SURFACE_VERSORI
from strongroom_server.store import credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from strongroom_server.records import StoredCredential
    from strongroom_server.store.credentials import Scope
    from strongroom_server.store.database import Database

# Each stands in an index with the surface in front: a list of all surfaces merges those of each.
_SURFACES = (SURFACE_NATIVE, SURFACE_VERSORI, SURFACE_SLASHID, SURFACE_TINES)

# What a list can be ordered by, and the type of its values. The orders by id and by name have indexes; for the others a page sorts
# all that the list has.
ORDER_COLUMNS: Final = {
    "id": "uuid",
    "name": "text",
    "variant": "text",
    "state": "integer",
    "expire_time": "text::timestamptz",
}
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
    place: tuple[str | int | UUID, ...] | None = None
    backward: bool = False
    skip: int = 0


async def page(
    database: Database, scope: Scope, narrowed: Filter, window: Window, *, box: bool = False
) -> list[StoredCredential]:
    """Read the credentials of a window that the scope sees, test credentials left out; backward from the place on."""
    arguments = _Arguments()
    found = await database.fetch(_page(scope, narrowed, window, arguments, box=box), *arguments)
    return [credentials.stored_of(row) for row in found]


async def page_and_total(
    database: Database, scope: Scope, narrowed: Filter, window: Window, *, box: bool = False
) -> tuple[list[StoredCredential], int]:
    """A page as above, and how many credentials the list has at the moment of the page."""
    arguments = _Arguments()
    total = f"(select count(*) from credentials c where {_listed(scope, narrowed, arguments)})"
    read = _page(scope, narrowed, window, arguments, box=box)
    found = await database.fetch(
        f"select page.*, {total} from (values (1)) one left join ({read}) page on true", *arguments
    )
    return [credentials.stored_of(row) for row in found if row[0] is not None], found[0][-1]


class _Arguments(list[object]):
    """The arguments of a statement, in the order in which it names them."""

    def add(self, value: object, kind: str) -> str:
        self.append(value)
        return f"${len(self)}::{kind}"


def _page(scope: Scope, narrowed: Filter, window: Window, arguments: _Arguments, *, box: bool) -> str:
    """What to read is found in an index alone, what is left out is not read at all."""
    directed = [(column, descends != window.backward) for column, descends in window.order]
    order = ", ".join(f"{_ordering(column)}{' desc' if descends else ''}" for column, descends in directed)
    columns = ", ".join(f"c.{column}" for column, _ in directed)
    listed = _listed(scope, narrowed, arguments)
    if window.place is not None:
        listed += f" and {_beyond(directed, window.place, arguments)}"
    source = f"credentials c where {listed}"
    if not scope.surface and not narrowed.team_id and not narrowed.folder_id:
        most = arguments.add(window.skip + window.size, "bigint")
        each = (
            f"(select {columns} from {source} and c.surface = {s:d} order by {order} limit {most})" for s in _SURFACES
        )
        source = f"({' union all '.join(each)}) c"
    size, skip = arguments.add(window.size, "bigint"), arguments.add(window.skip, "bigint")
    keys = f"select c.id from {source} order by {order} limit {size} offset {skip}"
    return f"""{credentials.select(box=box, joined=f"join ({keys}) k on k.id = c.id")}
        where c.organisation_id = $1 order by {order}"""


def _listed(scope: Scope, narrowed: Filter, arguments: _Arguments) -> str:
    """SQL that holds for the credentials of the list. The organisation is the first argument."""
    if not arguments:
        arguments.add(scope.organisation_id, "text")
    conditions = ["c.organisation_id = $1", "c.live_credential_id is null", credentials.UNEXPIRED]
    if narrowed.deleted:
        conditions.append(credentials.IN_WINDOW)
        conditions += (
            f"c.{column} = {arguments.add(value, 'bigint')}"
            for column, value in (("team_id", narrowed.team_id), ("folder_id", narrowed.folder_id))
            if value
        )
    # These columns are null in a deleted row; what is asked of them decides the index.
    elif narrowed.folder_id:
        conditions.append(f"c.owning_folder_id = {arguments.add(narrowed.folder_id, 'bigint')}")
        if narrowed.team_id:
            conditions.append(f"c.team_id = {arguments.add(narrowed.team_id, 'bigint')}")
    elif narrowed.team_id:
        conditions.append(f"c.owning_team_id = {arguments.add(narrowed.team_id, 'bigint')}")
    else:
        conditions.append("c.delete_time is null")
    if scope.surface:
        # In the statement itself, so that its plan knows how many credentials a surface has.
        conditions.append(f"c.surface = {scope.surface:d}")
    if scope.team_ids is not None:
        conditions.append(credentials.of_teams(arguments.add(scope.team_ids, "bigint[]")))
    if narrowed.variant:
        conditions.append(f"c.variant = {arguments.add(narrowed.variant, 'text')}")
    if narrowed.name_prefix:
        conditions.append(f"starts_with(c.name, {arguments.add(narrowed.name_prefix, 'text')})")
    if narrowed.restricted is not None:
        conditions.append("c.restricted" if narrowed.restricted else "not c.restricted")
    return " and ".join(conditions)


def _ordering(column: str) -> str:
    """SQL of what a column is ordered by. All but `name` have the database's own collation."""
    match column:
        case "expire_time":
            return f"coalesce(c.expire_time, '{NEVER}')"
        case "variant":
            return 'c.variant collate "C"'
    return f"c.{column}"


def _beyond(order: Sequence[tuple[str, bool]], place: Sequence[str | int | UUID], arguments: _Arguments) -> str:
    """SQL that holds for what comes after a place in this order."""
    columns = [_ordering(column) for column, _ in order]
    values = [arguments.add(value, ORDER_COLUMNS[column]) for (column, _), value in zip(order, place, strict=True)]
    signs = ["<" if descends else ">" for _, descends in order]
    if len(set(signs)) == 1:
        return f"({', '.join(columns)}) {signs[0]} ({', '.join(values)})"
    # Several columns in different directions: the first finds the place in an index, each next one decides among equals.
    condition = f"{columns[-1]} {signs[-1]} {values[-1]}"
    for column, sign, value in reversed(list(zip(columns[:-1], signs, values, strict=False))):
        condition = f"{column} {sign}= {value} and ({column} {sign} {value} or {condition})"
    return condition
