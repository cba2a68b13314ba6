"""Refreshes one grant without a caller. The request, its lease and what its outcome means are those of a call: use/tokens.py."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import CREDENTIAL_STATE_ACTIVE
from strongroom_server.access.caller import Caller
from strongroom_server.store import tokens
from strongroom_server.store.credentials import Visible
from strongroom_server.use.askers import is_grant
from strongroom_server.use.context import Selected
from strongroom_server.use.grants import Grant, settings_of
from strongroom_server.use.parameters import NONE
from strongroom_server.use.trail import Trail

if TYPE_CHECKING:
    from datetime import datetime

    from strongroom_server.store.tokens import Key
    from strongroom_server.use.context import Context
    from strongroom_server.use.tokens import SlotOf

ACTION: Final = "RefreshGrant"
# How far a node's estimate of the database's clock may be behind it.
_BEHIND_SECONDS: Final = 1.0


async def refresh(context: Context, key: Key, generation: int, slot_of: SlotOf) -> bool:
    """Refresh a grant that is due and whose pair has this generation, in a slot of the origin of its token endpoint.

    False if nothing is to be done: the pair is another by now, the present token is valid and cannot be replaced, or the credential
    is deleted, expired, INVALID or no longer managed.

    Raises ServiceError if no new pair was stored, REFRESH_PENDING if a request is under way, and what `slot_of` raises.
    """
    found = await tokens.get(
        context.vault.database, Visible(key.organisation_id, None), key.credential_id, key.parameters_sha256
    )
    if found is None or found.token is None or found.token.token.generation != generation:
        return False
    row = found.stored.row
    await context.vault.verify(row)
    selected = Selected(*found, actor="", environment="")
    if row.state != CREDENTIAL_STATE_ACTIVE or not is_grant(context, selected, NONE):
        return False
    if row.variant == "oauth2_refresh" and not settings_of(selected).managed:
        return False
    await _until(context, found.token.refresh.retry_time)
    async with Trail(context, Caller.system(row.organisation_id), ACTION, selected, selected.use("token")) as trail:
        if not await context.tokens.refresh(selected, key.parameters_sha256, Grant(context), trail, slot_of):
            return False
        await trail.succeeded()
    return True


async def _until(context: Context, retry_time: datetime | None) -> None:
    """Wait until a grant that is due by the database's clock is so by this node's estimate of it, which may be slightly behind.

    Otherwise it would be found due again only when another node may take it.
    """
    now = context.vault.watch.now
    if retry_time is not None:
        # More than once, because the node may correct its estimate meanwhile.
        while 0 < (behind := (retry_time - now()).total_seconds()) < _BEHIND_SECONDS:  # noqa: ASYNC110 - a clock has no event
            await asyncio.sleep(behind)
