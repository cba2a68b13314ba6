"""Defines `strongroom-server backup`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom_server import __version__
from strongroom_server.backup import database as tables
from strongroom_server.backup import keys as key_files
from strongroom_server.cli.progress import transfer_bar, until_signal
from strongroom_server.cli.runner import run_command
from strongroom_server.node.database import open_database
from strongroom_server.sealing import age_files
from strongroom_server.store.backups import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyrage import x25519

    from strongroom_server.node.settings import Settings


def _target_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--recipients-file",
            type=click.Path(path_type=Path),
            help="A file with recipients, one per line.",
        ),
        click.option("--recipient", "recipients", multiple=True, help="Who can decrypt it: age1… Repeatable."),
        click.option("--to", "path", type=click.Path(path_type=Path), required=True, help="A new file."),
    ):
        command = option(command)
    return command


@click.group()
def backup() -> None:
    """Back up the database and the key files, each into a file that is encrypted with age.

    Together the two files open everything: keep them apart, and encrypt them to different recipients.
    """


@backup.command()
@_target_options
def database(path: Path, recipients: tuple[str, ...], recipients_file: Path | None) -> None:
    """Back up the database as it is at one moment. Nodes may be running.

    Needs no key files: secret data stays sealed.
    """

    async def back_up(settings: Settings) -> None:
        encrypt_to = _recipients(recipients, recipients_file)
        async with open_database(settings) as url, snapshot(url) as found:
            with age_files.create_encrypted(path, encrypt_to) as file, transfer_bar(found.estimate) as count:
                rows = await tables.write(file, __version__, found, count)
        click.echo(
            f"backed up {rows:,} rows of {len(found.contents.tables)} tables, as of {found.contents.time:%Y-%m-%dT%H:%M:%SZ}"
        )

    run_command(until_signal(back_up))


@backup.command()
@_target_options
@click.option(
    "--with-root-key", is_flag=True, help="Include the private root key, which decides which keys are trusted."
)
def keys(path: Path, recipients: tuple[str, ...], recipients_file: Path | None, *, with_root_key: bool) -> None:
    """Back up the key files of this node as they are: plain or wrapped. Without the option, root.key stays out."""

    async def back_up(settings: Settings) -> None:
        encrypt_to = _recipients(recipients, recipients_file)
        with age_files.create_encrypted(path, encrypt_to) as file:
            names = await asyncio.to_thread(
                key_files.write,
                file,
                __version__,
                settings.keys_dir,
                settings.root_key_path,
                with_root_key=with_root_key,
            )
        click.echo(f"backed up {key_files.description_of(names)}")

    run_command(until_signal(back_up))


def _recipients(named: tuple[str, ...], file: Path | None) -> list[x25519.Recipient]:
    recipients = [age_files.recipient_of(text) for text in named]
    if file is not None:
        recipients += age_files.read_recipients(file)
    if not recipients:
        raise age_files.AgeFileError("--recipient or --recipients-file is missing: backups are always encrypted")
    return recipients
