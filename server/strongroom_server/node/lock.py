"""Locks and unlocks all nodes, and ends the processes of this one that hold private keys once the nodes are locked.

Locking is for the case that an intruder is in a node or in its network. So nothing is finished first: calls in flight are cut off,
as by `kill -9`, which loses nothing that was acknowledged.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from strongroom_server.access.caller import Caller
from strongroom_server.audit.record import Recorder
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.node.keyring import audited
from strongroom_server.node.settings import SettingsError
from strongroom_server.store import audit, database, node_lock
from strongroom_server.store.node_lock import LockedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from strongroom_server.core.records import AuditEvent
    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database


async def lock(settings: Settings, url: str) -> bool:
    """Lock all nodes at once, without any key; False if they are locked already. Raises SettingsError."""
    if settings.key_provider == "files":
        raise SettingsError(
            "STRONGROOM_KEY_PROVIDER is files, so locking would gain nothing: the private keys would still be in the files. "
            "If the nodes have another provider, set the variable as they do. Otherwise stop the nodes and take the files away"
        )
    pool = await database.connect(url, size=1)
    try:
        return await node_lock.write(pool, locked=True)
    finally:
        await pool.close()


async def record_lock(settings: Settings, url: str) -> None:
    """Record that the nodes were locked, in the audit trail of operators. Raises KeyFileError, KeyringError."""
    async with audited(settings, url) as (pool, keyring), pool.transaction() as transaction:
        await audit.record_events(transaction, [await _event(pool, keyring, "LockNodes", "lock")])


async def unlock(settings: Settings, url: str) -> bool:
    """Unlock all nodes, with an audit event; False if they are not locked. Raises KeyFileError, KeyringError.

    It needs keys that a node could serve with: who has none should not let nodes run.
    """
    async with audited(settings, url) as (pool, keyring):
        event = await _event(pool, keyring, "UnlockNodes", "unlock")
        async with pool.transaction() as transaction:
            if not await node_lock.write(transaction, locked=False):
                return False
            await audit.record_events(transaction, [event])
            return True


async def run_until_locked(url: str, work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends. If the nodes are locked meanwhile, cancel it and end this process, which may hold an age identity."""
    locked, working = asyncio.create_task(node_lock.until_locked(url)), asyncio.create_task(work)
    await asyncio.wait((locked, working), return_when=asyncio.FIRST_COMPLETED)
    is_locked = locked.done()
    for task in (locked, working):
        task.cancel()
    await asyncio.gather(locked, working, return_exceptions=True)
    if is_locked:
        _end_process()
    working.result()


@asynccontextmanager
async def process_ends_when_locked(url: str) -> AsyncIterator[None]:
    """End this process at once if the nodes are locked before the context ends: it holds private keys itself."""
    watching = asyncio.create_task(_end_when_locked(url))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def command_ends_when_locked(url: str) -> AsyncIterator[None]:
    """As process_ends_when_locked, for a long command. An operator may start it while the nodes are locked, to rotate keys."""
    async with AsyncExitStack() as stack:
        try:
            await node_lock.require_unlocked(url)
        except node_lock.LockedError:
            pass
        else:
            await stack.enter_async_context(process_ends_when_locked(url))
        yield


async def _end_when_locked(url: str) -> NoReturn:
    await node_lock.until_locked(url)
    _end_process()


def _end_process() -> NoReturn:
    """End this process without waiting for calls in flight and for the interpreter, with the keys still in memory.

    An embedded Postgres goes on. The next command uses it, as after `kill -9`.
    """
    error = LockedError()
    click.echo(f"strongroom-server: {error}", err=True)
    os._exit(error.exit_status)


async def _event(pool: Database, keyring: Keyring, action: str, command: str) -> AuditEvent:
    now = await pool.now()
    caller = Caller.system(OPERATORS_ORGANISATION, f"strongroom-server {command}")
    return Recorder(keyring, lambda: now).event(caller, action)
