"""Defines `strongroom-server api-keys`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.node.service import audited
from strongroom_server.organisations import offline_api_keys

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.group("api-keys")
def api_keys() -> None:
    """Create API keys when no API key is left that may create them."""


@api_keys.command()
@click.option("--organisation", required=True, help="The organisation of the key.")
@click.option(
    "--role", "roles", type=click.Choice(list(offline_api_keys.ROLES)), multiple=True, required=True, help="Repeatable."
)
@click.option("--display-name", default="", help="The name of the key in lists.")
@click.option(
    "--team", "team_ids", type=click.IntRange(1, 2**63 - 1), multiple=True, help="A team it is limited to. Repeatable."
)
@click.option("--expires-in", default="", help="How long the key is valid, such as 90d, 12h or 30m.")
@click.option("--output", type=click.Path(path_type=Path), help="A new file for the key, with the mode 0600.")
def create(output: Path | None, organisation: str, **options: Any) -> None:
    """Create an API key without calling the service, print it once, and record it in the organisation's audit trail.

    Needs the database and the key files of a node, with keys/root.key. A node may be running. An admin key may grant every role;
    it may grant operator only if it has that role.
    """
    wanted = offline_api_keys.Wanted(organisation, **options)
    run_command(lambda settings: _create(settings, wanted, output))


async def _create(settings: Settings, wanted: offline_api_keys.Wanted, output: Path | None) -> None:
    offline_api_keys.require_root_key(settings.keys_dir, settings.root_key_path)
    async with open_current_database(settings) as url, audited(settings, url) as (pool, keyring):
        whole_key = await offline_api_keys.create(pool, keyring, wanted, output)
    if output is None:
        click.echo(whole_key)
