"""Defines `strongroom-server signing-keys`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from strongroom_server.access.caller import Caller
from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.core.errors import OperatorError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.keys import signing
from strongroom_server.keys.resign import resign
from strongroom_server.node.keys import open_key_context
from strongroom_server.node.lock import command_ends_when_locked
from strongroom_server.store import key_rows, keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from strongroom_server.core.records import SigningKey
    from strongroom_server.keys.context import Context
    from strongroom_server.node.settings import Settings

_CALLER: Final = Caller.system(OPERATORS_ORGANISATION, "strongroom-server signing-keys")


@click.group("signing-keys")
def signing_keys() -> None:
    """List, create, activate, retire and destroy signing keys, and sign old rows with new keys.

    Each change needs the root key: keys/root.key, or the file in STRONGROOM_ROOT_KEY_FILE. Nodes may be running.
    """


@signing_keys.command("list")
def list_() -> None:
    """Print each key: id, state, purpose, creation, revision, rows under it, and whether this node signs with it."""
    run_command(_list)


@signing_keys.command()
@click.option("--purpose", type=click.Choice(signing.PURPOSES), default="write", show_default=True)
def create(purpose: str) -> None:
    """Create a key of this node that is pending, and print its id."""
    _change(lambda context: signing.create(context, _CALLER, purpose))


@signing_keys.command()
@click.argument("key_id")
def activate(key_id: str) -> None:
    """Make this node sign with a key that was created here. A running node does so within a second."""
    _change(lambda context: signing.activate(context, _CALLER, key_id))


@signing_keys.command()
@click.argument("key_id")
@click.option("--force", is_flag=True, help="Although rows are left under it: they are refused from then on.")
def retire(key_id: str, *, force: bool) -> None:
    """Revoke a key: every row under it is refused from then on. Run `reseal` first, which signs its rows again."""
    _change(lambda context: signing.retire(context, _CALLER, key_id, force=force))


@signing_keys.command()
@click.argument("key_id")
def destroy(key_id: str) -> None:
    """Remove the private part of a retired key from this node. Its public key stays, to verify the events it signed."""
    _change(lambda context: signing.destroy(context, _CALLER, key_id))


@signing_keys.command()
@click.argument("key_id")
@click.option("--rate", type=click.FloatRange(0), default=0, help="At most so many rows per second. 0 is no limit.")
def reseal(key_id: str, rate: float) -> None:
    """Verify every row that a key signed, and sign it again with this node's keys.

    Nodes may be running. If the command is interrupted, run it again: it goes on with what is left.
    """
    run_command(lambda settings: _resign(settings, key_id, rate))


def _change(change: Callable[[Context], Awaitable[SigningKey]]) -> None:
    async def run(settings: Settings) -> None:
        async with open_current_database(settings) as url, open_key_context(settings, url) as context:
            key = await change(context)
            click.echo(f"{key.id} {key.state}")

    run_command(run)


async def _list(settings: Settings) -> None:
    async with open_current_database(settings) as url, open_key_context(settings, url) as context:
        async with context.database.transaction() as transaction:
            rows = await key_rows.rows_under_signers(transaction)
        for key in await keys.signing_keys(context.database):
            own = ", of this node" if key.id in context.keyring.signer_ids else ""
            click.echo(
                f"{key.id} {key.state} {key.purpose} {key.create_time:%Y-%m-%dT%H:%M:%SZ} "
                f"revision {key.revision}, {rows.get(key.id, 0)} rows{own}"
            )


async def _resign(settings: Settings, key_id: str, rate: float) -> None:
    async with open_current_database(settings) as url, open_key_context(settings, url) as context:
        if key_id not in context.keyring.keys.signers:
            raise OperatorError(f"there is no signing key {key_id}: `strongroom-server signing-keys list` prints them")
        if key_id in context.keyring.signer_ids:
            raise OperatorError(f"this node signs with {key_id}: create and activate another key first")
        async with context.database.transaction() as transaction:
            total = (await key_rows.rows_under_signers(transaction, key_id)).get(key_id, 0)
        with click.progressbar(length=total, label="signing", file=sys.stderr, show_pos=True) as bar:
            async with command_ends_when_locked(url):
                done = await resign(context, _CALLER, key_id, rate=rate, progress=bar.update)
    for name in sorted(done.broken):
        click.echo(name)
    click.echo(f"signed {done.resigned} rows")
    if done.broken:
        raise OperatorError(f"{len(done.broken)} rows were left: they are not what a node signed")
