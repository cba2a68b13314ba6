"""Defines `strongroom-server sealing-keys`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from strongroom_server.access.caller import Caller
from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.core.errors import OperatorError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.keys import reseal as resealing
from strongroom_server.keys import sealing
from strongroom_server.keys.rewrap import rewrap
from strongroom_server.node.keys import open_key_context
from strongroom_server.node.lock import command_ends_when_locked
from strongroom_server.sealing.trusted_keys import UNRETIRED
from strongroom_server.store import key_rows, keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import SealingKey
    from strongroom_server.keys.context import Context
    from strongroom_server.node.settings import Settings

_CALLER: Final = Caller.system(OPERATORS_ORGANISATION, "strongroom-server sealing-keys")
_ORGANISATION_HELP: Final = "Of this organisation."


@click.group("sealing-keys")
def sealing_keys() -> None:
    """List, create, activate, retire and destroy sealing keys, and seal old data under new keys.

    Each change needs the root key: keys/root.key, or the file in STRONGROOM_ROOT_KEY_FILE. Nodes may be running.
    """


@sealing_keys.command("list")
def list_() -> None:
    """Print each key: id, state, organisation, creation, revision, rows under it, and whether this node can open them."""
    run_command(_list)


@sealing_keys.command()
@click.option("--organisation", default="", help="Create a key for this organisation alone.")
def create(organisation: str) -> None:
    """Create a key that is pending, and print its id.

    The private part of a key of the deployment is a file on this node: copy it to every node that opens boxes, then activate the
    key. That of an organisation's key is stored in the database, sealed to the deployment's active key.
    """

    async def run(settings: Settings) -> None:
        async with open_current_database(settings) as url, open_key_context(settings, url) as context:
            key = await sealing.create(context, _CALLER, organisation)
            click.echo(key.id)
            if not organisation:
                click.echo(
                    f"copy sealing-{key.id}.key from {context.directory} to every other node that opens boxes, then run "
                    f"`strongroom-server sealing-keys activate {key.id}`",
                    err=True,
                )

    run_command(run)


@sealing_keys.command()
@click.argument("key_id")
def activate(key_id: str) -> None:
    """Seal new data under a key. The key that was active becomes retiring: reseal what is under it."""

    async def run(settings: Settings) -> None:
        async with open_current_database(settings) as url, open_key_context(settings, url) as context:
            _echo(await sealing.activate(context, _CALLER, key_id))

    run_command(run)


@sealing_keys.command()
@click.argument("key_id")
def retire(key_id: str) -> None:
    """Retire a key that no row is under: credentials, every version, and the keys of organisations are counted."""

    async def run(settings: Settings) -> None:
        async with open_current_database(settings) as url, open_key_context(settings, url) as context:
            _echo(await sealing.retire(context, _CALLER, key_id))

    run_command(run)


@sealing_keys.command()
@click.argument("key_id")
@click.option(
    "--yes-destroy", default="", metavar="NAME", help="Make the data under it unreadable: its organisation, or its id."
)
def destroy(key_id: str, yes_destroy: str) -> None:
    """Destroy the private part of a key: the file on this node, or what the row of an organisation's key holds.

    A retired key needs no confirmation. With --yes-destroy the key may be in use: what is under it becomes unreadable for good.
    """

    async def run(settings: Settings) -> None:
        async with open_current_database(settings) as url, open_key_context(settings, url) as context:
            key = await sealing.destroy(context, _CALLER, key_id, yes_destroy)
            _echo(key)
            click.echo(_left_over(key), err=True)

    run_command(run)


@sealing_keys.command()
@click.argument("key_id", required=False, default="")
@click.option("--organisation", default="", help="Seal the data of this organisation under its own active key.")
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=200,
    show_default=True,
    help="At most so many boxes per second. 0 is no limit: requests wait longer meanwhile.",
)
def reseal(key_id: str, organisation: str, rate: float) -> None:
    """Seal what is under a retiring key again, under the active key of its organisation or of the deployment.

    Nodes may be running. If the command is interrupted, run it again: it goes on with what is left.
    """
    if bool(key_id) == bool(organisation):
        raise click.UsageError("give the id of a key, or --organisation")
    run_command(lambda settings: _reseal(settings, key_id, organisation, rate))


async def _list(settings: Settings) -> None:
    async with open_current_database(settings) as url, open_key_context(settings, url) as context:
        async with context.database.transaction() as transaction:
            rows = await key_rows.rows_under_sealing_keys(transaction)
        for key in await keys.sealing_keys(context.database):
            opens = "opened here" if context.keyring.holds(key.id) else "not opened here"
            click.echo(
                f"{key.id} {key.state} {key.organisation_id or '-'} {key.create_time:%Y-%m-%dT%H:%M:%SZ} "
                f"revision {key.revision}, {rows.get(key.id, 0)} rows, {opens}"
            )


async def _reseal(settings: Settings, key_id: str, organisation: str, rate: float) -> None:
    async with open_current_database(settings) as url, open_key_context(settings, url) as context:
        key_ids = _old_keys(context, key_id, organisation)
        total = await resealing.count(context, key_ids, organisation)
        with click.progressbar(length=total, label="resealing", file=sys.stderr, show_pos=True) as bar:
            async with command_ends_when_locked(url):
                done = await resealing.reseal(context, _CALLER, key_ids, organisation, rate=rate, progress=bar.update)
        wrapped = await rewrap(context, _CALLER, key_id) if key_id else 0
        for (name, credential_id, version), reason in done.broken.items():
            click.echo(f"{name}: credential {credential_id}: version {version}: {reason}")
        for grant, reason in done.broken_grants:
            click.echo(f"{grant.row.organisation_id}: credential {grant.row.id}: its grant: {reason}")
        for webhook, reason in done.broken_webhooks:
            click.echo(f"{webhook.organisation_id}: webhook {webhook.id}: {reason}")
    click.echo(f"resealed {done.resealed} boxes" + (f" and {wrapped} keys of organisations" if wrapped else ""))
    if done.left:
        raise resealing.ResealError(f"{done.left} boxes were left: they are not what a node sealed and signed")


def _old_keys(context: Context, key_id: str, organisation: str) -> Sequence[str]:
    """The keys whose boxes are sealed again. Raises OperatorError."""
    known = context.keyring.keys
    if key_id:
        key = known.sealing.get(key_id)
        if key is None:
            raise OperatorError(f"there is no sealing key {key_id}: `strongroom-server sealing-keys list` prints them")
        if key.state != "retiring":
            raise OperatorError(f"the sealing key {key_id} is {key.state}: activate another one first")
        _require_opened(context, key_id)
        _require_opened(context, known.active.id)
        return [key_id]
    active = known.own.get(organisation)
    if active is None:
        raise OperatorError(f"the organisation {organisation} has no active sealing key of its own")
    _require_opened(context, active.id)
    return [key.id for key in known.sealing.values() if key.id != active.id and key.state in UNRETIRED]


def _require_opened(context: Context, key_id: str) -> None:
    """Raises OperatorError unless this node opens boxes under a key: each box is opened before and after it is sealed again."""
    if not context.keyring.holds(key_id):
        raise OperatorError(
            f"this node does not hold the private part of the sealing key {key_id}: copy its file here, or run the command at a "
            "node for which `strongroom-server sealing-keys list` says `opened here`"
        )


def _echo(key: SealingKey) -> None:
    click.echo(f"{key.id} {key.state}")


def _left_over(key: SealingKey) -> str:
    if key.organisation_id:
        return (
            f"Backups of the database from before still hold the private part of this key of {key.organisation_id}: with one and "
            "the deployment's keys its data can be read. A key of the organisation's own in a KMS avoids that"
        )
    return (
        f"Remove sealing-{key.id}.key on every other node and in the backups of the key files. The file here was overwritten and "
        "removed, but a journal, a copy-on-write file system or an SSD may still hold it"
    )
