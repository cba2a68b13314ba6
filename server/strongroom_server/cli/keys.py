"""Defines `strongroom-server keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom_server.cli.runner import run_command
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.settings import SettingsError
from strongroom_server.sealing import key_conversion

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.key_provider import KeyProvider


@click.group()
def keys() -> None:
    """Change how the private keys of this node are kept. `sealing-keys` and `signing-keys` list and change the keys."""


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
