"""Defines `strongroom-server root-key`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from strongroom_server.access.caller import Caller
from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.keys import root
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.keys import open_key_context

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings

_CALLER: Final = Caller.system(OPERATORS_ORGANISATION, "strongroom-server root-key")


@click.group("root-key")
def root_key() -> None:
    """Replace the root key, which signs the rows of all other keys."""


@root_key.command()
def replace() -> None:
    """Make a new root key, sign every key's row with it, and write the file that each other node accepts.

    Stop all nodes first: a node with the old root.pub refuses to start. Run it where the old root key is.
    """

    async def run(settings: Settings) -> None:
        async with open_current_database(settings) as url, open_key_context(settings, url) as context:
            successor = await root.replace(context, _CALLER)
        click.echo(
            f"the root key is replaced. Copy {successor} to every other node and run `strongroom-server root-key accept` with it "
            f"there. Then destroy {settings.root_key_path}.replaced"
        )

    run_command(run)


@root_key.command()
@click.argument("successor", type=click.Path(dir_okay=False, path_type=Path))
def accept(successor: Path) -> None:
    """Replace root.pub of this node by the new root key, if the root key until now signed it."""

    async def run(settings: Settings) -> None:
        provider = key_provider(settings)
        accepted = await root.accept(settings.keys_dir, settings.root_key_path, provider, successor)
        click.echo("accepted" if accepted else "this node has the new root key already")

    run_command(run)
