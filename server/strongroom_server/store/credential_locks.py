"""Reads credentials and locks their rows until the transaction commits."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from strongroom_server.core.records import Credential
from strongroom_server.store.credential_order import Arguments
from strongroom_server.store.credentials import COLUMNS, get, undeletable, usable_by_teams, within

if TYPE_CHECKING:
    from datetime import timedelta

    from strongroom_server.store.credentials import Limits, Visible
    from strongroom_server.store.database import Transaction


async def lock_with_test_credential(
    transaction: Transaction, visible: Visible, id_or_number: UUID | int
) -> list[Credential] | None:
    """Lock a visible credential and its test credential.

    The live credential is locked before its test credential is read, so a test credential that is created meanwhile is found.
    """
    column = "id" if isinstance(id_or_number, UUID) else "number"
    locked = await transaction.fetchrow(
        f"select id from credentials where organisation_id = $1 and {column} = $2 for update",
        visible.organisation_id,
        id_or_number,
    )
    if locked is None:
        return None
    live = await get(transaction, visible, locked[0])
    if live is None:
        return None
    test = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = $2"
        " and c.delete_time is null for update",
        visible.organisation_id,
        locked[0],
    )
    return [live.row, *(Credential(*row) for row in test)]


async def lock_surface(
    transaction: Transaction, organisation_id: str, surface: int, limits: Limits | None, *, limit: int
) -> tuple[list[Credential], bool]:
    """Lock at most `limit` live credentials of a surface and their test credentials; and whether there are more.

    Both must be within the limits; a test credential that is created meanwhile may be outside. Live credentials are locked before
    their test credentials are read, so a test credential that is created meanwhile is found.
    """
    arguments = Arguments((organisation_id, surface, limit + 1))
    live = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.surface = $2"
        f" and c.delete_time is null and c.live_credential_id is null {_both_within(limits, arguments)}"
        " order by c.restricted, c.id limit $3 for update",
        *arguments,
    )
    rows = [Credential(*row) for row in live[:limit]]
    tests = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = any($2::uuid[])"
        " and c.delete_time is null order by c.id for update",
        organisation_id,
        [row.id for row in rows],
    )
    return rows + [Credential(*row) for row in tests], len(live) > limit


def _both_within(limits: Limits | None, arguments: Arguments) -> str:
    """SQL that holds for a live credential within the limits whose test credential, if it has one, is within them too."""
    live = within(limits, arguments.add)
    if not live:
        return ""
    test = " and ".join(within(limits, arguments.add, table="t"))
    return (
        f"and {' and '.join(live)} and not exists (select from credentials t where t.organisation_id = c.organisation_id"
        f" and t.live_credential_id = c.id and t.delete_time is null and not coalesce({test}, false))"
    )


async def lock_deleted(
    transaction: Transaction, visible: Visible, id_or_number: UUID | int, undelete_window: timedelta
) -> list[Credential]:
    """Lock a credential that was deleted within the undelete window, and the test credential that was deleted with it."""
    column = "id" if isinstance(id_or_number, UUID) else "number"
    arguments = Arguments((visible.organisation_id, id_or_number, visible.surface, undelete_window))
    teams = [] if visible.team_ids is None else [usable_by_teams(arguments.add(visible.team_ids, "bigint[]"))]
    conditions = " and ".join((undeletable("$4::interval"), *teams, *within(visible.limits, arguments.add)))
    found = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.{column} = $2"
        f" and ($3::integer = 0 or c.surface = $3) and {conditions} for update",
        *arguments,
    )
    if not found:
        return []
    live = Credential(*found[0])
    tests = await transaction.fetch(
        f"select {COLUMNS} from credentials c where c.organisation_id = $1 and c.live_credential_id = $2"
        f" and c.delete_time = $3 and {undeletable('$4::interval')} for update",
        visible.organisation_id,
        live.id,
        live.delete_time,
        undelete_window,
    )
    return [live, *(Credential(*row) for row in tests[:1])]
