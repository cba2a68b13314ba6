"""Builds the SQL of list pages for any table: how many rows a page reads when no index serves its filters, and totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.store.database import Database

# A page that reads this many rows ends, which takes about 10 ms. Its page token continues after the last row that was read.
SCANNED: Final = 10_000

NO_TOTAL: Final = "0::bigint"


def bounded(keys: str, scanned: str, edge: str, order: str, *, size: str, skip: str = "0") -> str:
    """SQL of two tables, `page` and `edge`.

    `page` has the keys of the rows that fit. If the page is not full, `edge` has the keys of the last row that was read, and how
    many rows are still to be skipped; it is empty if the list ends before.

    `scanned` selects the keys and `fits` of the next SCANNED rows in this order; reading stops when the page is full. `edge`
    selects the keys only. After a full page the limit of `edge` is 0, so it reads nothing; a condition would be checked only after
    reading.
    """
    return f"""
        with page as materialized (
            select {keys} from ({scanned}) s where s.fits order by {order} limit {size} offset {skip}
        ), edge as (
            select {keys}, case when {skip} = 0 then 0
                else greatest({skip} - (select count(*) from ({scanned}) s where s.fits), 0) end as still_skipped
            from (
                select {keys} from ({edge}) s order by {order}
                limit case when (select count(*) from page) < {size} then 1 else 0 end offset {SCANNED - 1}
            ) s
        )
    """


def with_total(page: str, total: str) -> str:
    """SQL of a page with the total as its last column. An empty page is one row of nulls with the total."""
    return f"select page.*, {total} from (values (1)) one left join ({page}) page on true"


async def page_within_teams(
    database: Database,
    table: str,
    columns: str,
    organisation_id: str,
    team_ids: Sequence[int] | None,
    *,
    after: str,
    size: int,
) -> tuple[list[tuple[Any, ...]], str | None]:
    """Read at most `size` rows of an organisation by `id`, after that id. With team ids only rows that are limited to some of them.

    If it stopped after SCANNED rows before the page was full, also returns the id of the last row read.
    """
    listed = f"from {table} where organisation_id = $1 and id > $2 order by id"
    if team_ids is None:
        rows = await database.fetch(f"select {columns} {listed} limit $3", organisation_id, after, size)
        return [tuple(row) for row in rows], None
    tables = bounded(
        "id",
        f"select id, team_ids <> '{{}}' and team_ids <@ $4::bigint[] as fits {listed} limit {SCANNED}",
        f"select id {listed} limit {SCANNED}",
        "id",
        size="$3",
    )
    found = await database.fetch(
        f"""{tables} select found.*, edge.id from (values (1)) one left join edge on true left join (
            select {columns} from {table} where id in (select id from page) order by id
        ) found on true""",
        organisation_id,
        after,
        size,
        team_ids,
    )
    return [tuple(row[:-1]) for row in found if row[0] is not None], found[0][-1]
