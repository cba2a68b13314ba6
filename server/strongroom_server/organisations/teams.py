"""Creates, reads, lists, renames and deletes teams."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from msgspec import structs

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.organisation_service_pb2 import ListTeamsResponse
from strongroom_server.access.caller import require_team
from strongroom_server.access.newest import verify_newest
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.organisations import checks
from strongroom_server.organisations.messages import team_message
from strongroom_server.organisations.verified_rows import verified_rows
from strongroom_server.rules import fields
from strongroom_server.rules.etags import require_etag
from strongroom_server.rules.pages import page_of
from strongroom_server.store import organisations
from strongroom_server.store import teams as team_rows

if TYPE_CHECKING:
    from collections.abc import Container

    from strongroom.v1.organisation_service_pb2 import (
        CreateTeamRequest,
        DeleteTeamRequest,
        GetTeamRequest,
        ListTeamsRequest,
        Team,
        UpdateTeamRequest,
    )
    from strongroom_server.access.caller import Caller
    from strongroom_server.organisations.context import Context
    from strongroom_server.store.database import Database, Transaction


async def create(context: Context, request: CreateTeamRequest, caller: Caller) -> Team:
    """Create a team. Raises ServiceError."""
    checks.check_create_team(request)
    require_team(caller, None)
    # Before the number is taken, which the database role of a writer node may not.
    context.keyring.require_admin_key()
    name, now = request.team.name, context.watch.now()

    async def create_numbered(transaction: Transaction) -> records.Team:
        # Taking the number locks the organisation, so no other team takes the same slug.
        number = await organisations.take_number(transaction, caller.organisation_id, "team")
        taken = await team_rows.slugs(transaction, caller.organisation_id, except_team_id=number)
        slug = _free_slug(fields.slug_of(name), taken)
        team = context.keyring.sign(records.Team(caller.organisation_id, number, name, slug, 1, now, now))
        act = context.administrative_act(caller, "CreateTeam", str(number), team.revision)
        await team_rows.create(transaction, team, act)
        return team

    return team_message(await context.database.in_transaction(create_numbered))


async def get(context: Context, request: GetTeamRequest, caller: Caller) -> Team:
    """Read a team. Raises ServiceError."""
    checks.check_team_id(request)
    return team_message(await _read(context, context.database, request.id, caller))


async def list_teams(context: Context, request: ListTeamsRequest, caller: Caller) -> ListTeamsResponse:
    """Read a page of teams, by number. Raises ServiceError."""
    checks.check_list_teams(request)
    page = page_of(context.keyring, request, "teams", caller.organisation_id)
    rows, total = await team_rows.page(
        context.database,
        caller.organisation_id,
        after=int(page.after or 0),
        skip=request.skip,
        size=page.limit,
        with_total=request.with_total_size,
    )
    shown, next_page_token = page.cut(rows, lambda team: str(team.team_id))
    verified = await verified_rows(context.keyring, shown)
    return ListTeamsResponse(teams=map(team_message, verified), next_page_token=next_page_token, total_size=total)


async def update(context: Context, request: UpdateTeamRequest, caller: Caller) -> Team:
    """Rename a team, which also changes its slug. Raises ServiceError."""
    checks.check_update_team(request)
    require_team(caller, request.id)
    organisation_id, name, etag = caller.organisation_id, request.team.name, request.team.etag
    async with context.database.transaction() as transaction:
        await organisations.lock(transaction, organisation_id)
        present = await _read(context, transaction, request.id, caller)
        require_etag(etag, present.revision)
        taken = await team_rows.slugs(transaction, organisation_id, except_team_id=request.id)
        team = context.keyring.sign(
            structs.replace(
                present,
                name=name,
                slug=_free_slug(fields.slug_of(name), taken),
                revision=present.revision + 1,
                update_time=context.watch.now(),
            )
        )
        act = context.administrative_act(caller, "UpdateTeam", str(request.id), team.revision)
        if not await team_rows.replace(transaction, team, present.revision, act):
            raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
    return team_message(team)


async def delete(context: Context, request: DeleteTeamRequest, caller: Caller) -> None:
    """Delete a team that owns nothing. Raises ServiceError."""
    checks.check_team_id(request)
    require_team(caller, request.id)
    while True:
        present = await _read(context, context.database, request.id, caller)
        require_etag(request.etag, present.revision)
        act = context.administrative_act(caller, "DeleteTeam", str(request.id), present.revision + 1)
        if await team_rows.delete(context.database, caller.organisation_id, request.id, present.revision, act):
            return
        if request.etag:
            raise ServiceError(reasons.ERROR_REASON_CONCURRENT_CHANGE)
        # Without an etag a change since it was read does not matter.


async def _read(context: Context, database: Database | Transaction, team_id: int, caller: Caller) -> records.Team:
    """Read and verify a team. Raises TEAM_NOT_FOUND, SEAL_BROKEN."""
    found = await team_rows.get(database, caller.organisation_id, team_id)
    if found is None:
        raise ServiceError(reasons.ERROR_REASON_TEAM_NOT_FOUND)
    team, newer = found
    await verify_newest(database, context.keyring, team, newer)
    return team


def _free_slug(slug: str, taken: Container[str]) -> str:
    """The slug if it is free, else the first free one of `slug_2`, `slug_3` and so on."""
    if slug not in taken:
        return slug
    numbered = (f"{slug[: fields.LONGEST_NAME - len(f'_{n}')]}_{n}" for n in itertools.count(2))
    return next(candidate for candidate in numbered if candidate not in taken)
