"""Defines `strongroom-server keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.settings import SettingsError
from strongroom_server.sealing import key_conversion
from strongroom_server.store import database
from strongroom_server.store import keys as key_rows

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.key_provider import KeyProvider


@click.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """List the sealing and signing keys of the database, with their states; or change how private keys are kept."""
    if context.invoked_subcommand is None:
        run_command(_list_keys)


@keys.command()
def wrap() -> None:
    """Wrap the plain key files of this node, the root key included, with the provider in STRONGROOM_KEY_PROVIDER.

    A plain file is removed once its wrapped file is on disk and unwraps to the same key. After a crash, run it again.
    """
    run_command(_wrap)


@keys.command()
def unwrap() -> None:
    """Turn the wrapped key files of this node back into plain files. Set STRONGROOM_KEY_PROVIDER to `files` afterwards."""
    run_command(_unwrap)


async def _wrap(settings: Settings) -> None:
    count = 0
    async for path in key_conversion.wrap_all(settings.keys_dir, settings.root_key_path, _provider(settings)):
        click.echo(f"wrapped {path}")
        count += 1
    click.echo(f"{count} keys wrapped" if count else "every key of this node is wrapped already")


async def _unwrap(settings: Settings) -> None:
    count = 0
    async for path in key_conversion.unwrap_all(settings.keys_dir, settings.root_key_path, _provider(settings)):
        click.echo(f"unwrapped {path}")
        count += 1
    click.echo(
        f"{count} keys unwrapped: set STRONGROOM_KEY_PROVIDER to files" if count else "no key of this node is wrapped"
    )


def _provider(settings: Settings) -> KeyProvider:
    provider = key_provider(settings)
    if provider is None:
        raise SettingsError("STRONGROOM_KEY_PROVIDER must name the provider of wrapped keys: age, transit or aws-kms")
    return provider


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
