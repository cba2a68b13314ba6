"""Verifies every row that a signer signed, and signs it again with this node's keys, while nodes serve.

As in reseal.py nothing else is remembered: after a crash the next run goes on with what is left.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

from msgspec import structs
from uuid_utils.compat import uuid7

from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.records import Act, AdminRow, AuditEvent, AuditHead
from strongroom_server.keys.tokens import resign_page
from strongroom_server.store import connection_keys, resigning, subjects, token_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.access.caller import Caller
    from strongroom_server.core.records import Credential
    from strongroom_server.keys.context import Context

BATCH: Final = 200
RESIGN: Final = "ResignCredential"


@dataclass(slots=True)
class Resigning:
    """What a run has done. `broken` names the rows that it left, because they are not what the signer signed."""

    resigned: int = 0
    broken: set[str] = field(default_factory=set)


async def resign(
    context: Context,
    caller: Caller,
    signer_id: str,
    *,
    rate: float = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> Resigning:
    """Sign everything that is under a signer again. `rate`: at most so many credentials per second; 0 is no limit."""
    done = Resigning()
    for table in resigning.ADMIN_TABLES:
        for row in await resigning.admin_rows(context.database, table, signer_id):
            if await _resign_admin_row(context, caller, row, done):
                done.resigned += 1
                progress(1)
    loop = asyncio.get_running_loop()
    started = loop.time()
    while True:
        before, after = done.resigned, ("", UUID(int=0))
        while page := await resigning.credentials(context.database, signer_id, after, BATCH):
            after = (page[-1].organisation_id, page[-1].id)
            changed = await _resign_page(context, caller, page, done)
            done.resigned += changed
            progress(changed)
            if rate:
                await asyncio.sleep(max(0.0, started + done.resigned / rate - loop.time()))
        changed = await _resign_tokens(context, signer_id, done) + await _resign_connections(context, signer_id, done)
        done.resigned += changed
        progress(changed)
        if done.resigned == before:
            return done


async def _resign_tokens(context: Context, signer_id: str, done: Resigning) -> int:
    changed, key = 0, token_keys.FIRST
    while page := await token_keys.page(context.database, key, signer_id=signer_id):
        key = page[-1].key
        count, broken = await resign_page(context, page)
        changed += count
        done.broken.update(f"{each.row.organisation_id}: grant of credential {each.row.id}" for each in broken)
    return changed


async def _resign_connections(context: Context, signer_id: str, done: Resigning) -> int:
    changed = 0
    async for page in connection_keys.pages(context.database, signer_id):
        for row in page:
            try:
                await context.keyring.verify(row)
            except ServiceError:
                done.broken.add(f"{row.organisation_id}: connection {row.credential_id}")
            else:
                signed = context.keyring.sign(row)
                changed += await connection_keys.replace_signature(context.database, row, signed)
    return changed


async def _resign_page(context: Context, caller: Caller, page: list[Credential], done: Resigning) -> int:
    rows, events = [], []
    for row in page:
        try:
            await context.keyring.verify(row)
        except ServiceError:
            done.broken.add(f"{row.organisation_id}: credential {row.id}")
            continue
        signed = context.keyring.sign(structs.replace(row, revision=row.revision + 1))
        event = AuditEvent(
            organisation_id=row.organisation_id,
            event_id=uuid7(),
            event_time=context.recorder.now(),
            action=RESIGN,
            outcome="OK",
            key_id=caller.key_id,
            peer=caller.peer,
            credential_id=row.id,
            version=row.version,
            revision=signed.revision,
        )
        rows.append(signed)
        events.append(context.keyring.event_with_mac(event))
    return await resigning.replace_credentials(context.database, rows, events) if rows else 0


async def _resign_admin_row(context: Context, caller: Caller, row: AdminRow, done: Resigning) -> bool:
    try:
        await context.keyring.verify(row)
    except ServiceError:
        named = row.kind if isinstance(row, AuditHead) else subjects.subject_of(row)
        done.broken.add(f"{row.organisation_id or OPERATORS_ORGANISATION}: {type(row).__name__} {named}")
        return False
    if isinstance(row, AuditHead):
        return await resigning.replace_admin_row(context.database, context.keyring.sign(row), row.signer_id, None)
    signed = context.keyring.sign(structs.replace(row, revision=row.revision + 1))
    event = context.recorder.administrative_event(
        caller,
        f"Resign{type(row).__name__}",
        subjects.subject_of(row),
        signed.revision,
        organisation_id=subjects.organisation_of_events(row),
    )
    return await resigning.replace_admin_row(context.database, signed, row.signer_id, Act(event))
