"""Owns how many rows a list reads for one page when no index serves its filters. Knows no table."""

from __future__ import annotations

from typing import Final

# The page ends after so many rows, which takes about 10 ms; its token goes on from there.
SCANNED: Final = 10_000


def bounded(keys: str, scanned: str, edge: str, order: str, *, size: str, skip: str = "0") -> str:
    """SQL of two tables: `page` has the keys of the rows that fit, and `edge`, where the page is not full, the keys of the last
    row that was read and how many rows are still to be skipped. `edge` is empty where the list ends before.

    A full page sets the limit of `edge` to 0, which reads nothing; a condition would be tested after reading.
    `scanned` selects the keys and `fits` of the next SCANNED rows in this order, and stops when the page is full; `edge` selects
    the keys alone.
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
