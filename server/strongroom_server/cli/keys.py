"""Defines `strongroom-server keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.store import database
from strongroom_server.store import keys as key_rows

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.command()
def keys() -> None:
    """List the sealing and signing keys of the database, with their states."""
    run_command(_list_keys)


async def _list_keys(settings: Settings) -> None:
    async with open_current_database(settings) as url:
        pool = await database.connect(url, size=1)
        try:
            for key in await key_rows.sealing_keys(pool):
                click.echo(f"sealing {key.id} {key.state} {key.create_time:%Y-%m-%dT%H:%M:%SZ}")
            for signer in await key_rows.signing_keys(pool):
                click.echo(f"signing {signer.id} {signer.state} {signer.create_time:%Y-%m-%dT%H:%M:%SZ}")
        finally:
            await pool.close()
