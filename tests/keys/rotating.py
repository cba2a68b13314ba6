"""Helpers of the tests of keys: the commands of an operator on a running deployment."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from strongroom_server.access.caller import Caller
from strongroom_server.audit import verify as trail
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.keys import reseal as resealing
from strongroom_server.keys import sealing
from strongroom_server.node.keyring import audited
from strongroom_server.node.keys import open_key_context
from strongroom_server.store import key_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

    from strongroom_server.core.records import SealingKey
    from strongroom_server.keys.context import Context

OPERATOR = Caller.system(OPERATORS_ORGANISATION, "tests")


@asynccontextmanager
async def keys_of(deployment: Deployment) -> AsyncIterator[Context]:
    """What the commands that change keys use."""
    async with open_key_context(deployment.settings, deployment.database_url) as context:
        yield context


async def new_active_key(deployment: Deployment, organisation_id: str = "") -> tuple[str, SealingKey]:
    """Create and activate a sealing key. Returns the id of the one that was active, and the new key."""
    async with keys_of(deployment) as context:
        before = context.keyring.keys.own.get(organisation_id) or context.keyring.keys.active
        key = await sealing.create(context, OPERATOR, organisation_id)
        await context.keyring.reload()
        return before.id, await sealing.activate(context, OPERATOR, key.id)


async def resealed(deployment: Deployment, *key_ids: str, organisation_id: str = "") -> resealing.Resealing:
    """Seal what is under these keys again."""
    async with keys_of(deployment) as context:
        return await resealing.reseal(context, OPERATOR, key_ids, organisation_id)


async def rows_under(deployment: Deployment, key_id: str) -> int:
    """The number of rows under a sealing key."""
    async with keys_of(deployment) as context, context.database.transaction() as transaction:
        return (await key_rows.rows_under_sealing_keys(transaction)).get(key_id, 0)


async def findings(deployment: Deployment) -> list[str]:
    """What `audit verify --rows` finds."""
    async with audited(deployment.settings, deployment.database_url, opens=True) as (database, keyring):
        found = [finding.text for finding in await trail.verify(database, keyring)]
        return found + [finding.text async for finding in verify_rows(database, keyring, Checked())]
