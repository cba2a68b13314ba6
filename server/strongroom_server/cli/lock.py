"""Defines `strongroom-server lock` and `unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.core.errors import OperatorError
from strongroom_server.node import lock as node_lock

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.command()
def lock() -> None:
    """End every node at once, so that no running process holds private keys, and let none start until `unlock`.

    Needs the database. With the keys of a node it is also recorded in the audit trail.
    """
    run_command(_lock)


@click.command()
def unlock() -> None:
    """Let the nodes start again. Needs the database and the keys of a node."""
    run_command(_unlock)


async def _lock(settings: Settings) -> None:
    async with open_current_database(settings) as url:
        if not await node_lock.lock(settings, url):
            click.echo("the nodes are locked already")
            return
        click.echo("locked: every node that reaches the database ends within a second")
        try:
            await node_lock.record_lock(settings, url)
        except OperatorError as error:
            raise OperatorError(f"the nodes are locked, but the audit trail does not show it: {error}") from None


async def _unlock(settings: Settings) -> None:
    async with open_current_database(settings) as url:
        done = await node_lock.unlock(settings, url)
    click.echo("unlocked: start the nodes" if done else "the nodes are not locked")
