"""Defines the commands that prepare a database: `setup`, `migrate` and `grant-writer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.node.database import open_database
from strongroom_server.node.setup import set_up
from strongroom_server.node.setup_writer import set_up_writer
from strongroom_server.store import grants
from strongroom_server.store.migrate import MigrationError
from strongroom_server.store.migrate import migrate as migrate_database

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.command()
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the first API key to this file, which only its owner can read, and print the path instead of the key.",
)
@click.option("--role", type=click.Choice(("full", "writer")), default="full", show_default=True)
def setup(key_file: Path | None, role: str) -> None:
    """Migrate the database, and create the keys and the first API key if they do not exist.

    With --role=writer, only create and register the signing key of a writer node, on a database that is set up. Its data directory
    needs root.pub and the digest key in keys/.
    """
    if role == "writer":
        if key_file:
            raise click.UsageError("--key-file is only for --role=full: a writer node creates no API key")
        run_command(_set_up_writer)
    else:
        run_command(lambda settings: _set_up(settings, key_file))


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    run_command(_migrate)


@click.command("grant-writer")
@click.argument("role")
def grant_writer(role: str) -> None:
    """Grant a database role what `serve --role=writer` needs. It cannot select a sealed box.

    Create the role first. Run this as the owner of the schema, and again after each migration.
    """
    run_command(lambda settings: _grant_writer(settings, role))


async def _set_up(settings: Settings, key_file: Path | None) -> None:
    async with open_database(settings) as url:
        done = await set_up(settings, url, key_file)
    for name in done.migrations:
        click.echo(f"applied {name}")
    if done.api_key:
        place = f"in the file {key_file}" if key_file else f"{done.api_key}: it is not shown again"
        click.echo(f"made the API key {place}")
    click.echo("set up")


async def _set_up_writer(settings: Settings) -> None:
    async with open_current_database(settings) as url:
        key_id = await set_up_writer(settings, url)
    click.echo(f"set up as a writer with the signing key {key_id}")


async def _migrate(settings: Settings) -> None:
    async with open_database(settings) as url:
        applied = await migrate_database(url)
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


async def _grant_writer(settings: Settings, role: str) -> None:
    async with open_current_database(settings) as url:
        if not await grants.grant_writer(url, role):
            raise MigrationError("there is no such database role: create it first")
    click.echo(f"granted to {role}")
