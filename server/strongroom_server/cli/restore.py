"""Defines `strongroom-server restore`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom_server.backup import database as tables
from strongroom_server.backup import keys as key_backup
from strongroom_server.backup.container import BackupError, FormatError
from strongroom_server.backup.verification import Verified, verify
from strongroom_server.cli.progress import transfer_bar, until_signal
from strongroom_server.cli.runner import run_command
from strongroom_server.core.errors import OperatorError
from strongroom_server.node.database import open_or_create_database
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.keyring import audited
from strongroom_server.sealing import age_files, key_files
from strongroom_server.sealing.trusted_keys import KeyringError, require_trusted
from strongroom_server.store import audit_chain, events, restores
from strongroom_server.store import keys as key_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strongroom_server.backup.container import DatabaseHeader
    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.age_files import DecryptedFile
    from strongroom_server.sealing.key_files import KeyFiles
    from strongroom_server.store.restores import Restored


def _source_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--identity",
            type=click.Path(path_type=Path),
            required=True,
            help="The file of the private age key, with the mode 0600.",
        ),
        click.option("--from", "path", type=click.Path(path_type=Path), required=True, help="The file of the backup."),
    ):
        command = option(command)
    return command


@click.group()
def restore() -> None:
    """Restore key files and a database that `backup` saved: first the keys, then the database."""


@restore.command()
@_source_options
def keys(path: Path, identity: Path) -> None:
    """Restore key files into keys/ of the data directory, which must be absent or empty."""

    async def restore_keys(settings: Settings) -> None:
        identities = age_files.read_identities(identity)
        with _naming(path), age_files.open_encrypted(path, identities) as file:
            names = await asyncio.to_thread(key_backup.read_into, settings.keys_dir, settings.root_key_path, file)
        click.echo(f"restored {key_backup.description_of(names)}")

    run_command(until_signal(restore_keys))


@restore.command()
@_source_options
def database(path: Path, identity: Path) -> None:
    """Restore a database into an empty one, and verify it with the key files of the data directory.

    Everything is stored in one transaction. Then it checks the audit trail, and opens a sample of the boxes.
    """

    async def restore_database(settings: Settings) -> None:
        identities = age_files.read_identities(identity)
        files = await key_files.load(settings.keys_dir, opens=True, provider=key_provider(settings))
        with _naming(path), age_files.open_encrypted(path, identities) as file:
            header = await tables.read_header(file)
            _require_own_keys(files, header)
            async with open_or_create_database(settings) as url:
                rows, restored = await _restore(url, file, header, files)
                time = f"{header.contents.time:%Y-%m-%dT%H:%M:%SZ}"
                click.echo(f"restored {rows:,} rows of {len(header.contents.tables)} tables, as of {time}")
                try:
                    verified = await _verify(settings, url, restored)
                except OperatorError as error:
                    raise BackupError(f"the database is restored, but it is not verified: {error}") from None
        _report(header, restored, verified)

    run_command(until_signal(restore_database))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file of the backup in errors of its format."""
    try:
        yield
    except FormatError as error:
        raise BackupError(f"{path}: {error}") from None


def _require_own_keys(files: KeyFiles, header: DatabaseHeader) -> None:
    """Find keys of another deployment before everything is stored: a private sealing key must be among those of the database."""
    if {pair.id for pair in files.sealing}.isdisjoint(header.contents.sealing_key_ids):
        raise KeyringError(
            f"the keys in {files.directory} belong to another deployment than the backup: "
            "restore the key files that were backed up with it"
        )


async def _restore(url: str, file: DecryptedFile, header: DatabaseHeader, files: KeyFiles) -> tuple[int, Restored]:
    async with restores.restore(url, header.contents) as restoring:
        with transfer_bar(file.size, by_bytes=True) as count:
            rows = await tables.read_into(restoring, file, header, count)
        restored = await restoring.finish(header.contents)
        require_trusted(
            files,
            await key_rows.sealing_keys(restoring.transaction),
            await key_rows.signing_keys(restoring.transaction),
        )
    return rows, restored


async def _verify(settings: Settings, url: str, restored: Restored) -> Verified:
    async with audited(settings, url, opens=True) as (pool, keyring):
        total = sum(head.position for head in await audit_chain.heads(pool))
        with click.progressbar(length=total, label="events", file=sys.stderr) as bar:
            return await verify(pool, keyring, url, restored.boxes, bar.update)


def _report(header: DatabaseHeader, restored: Restored, verified: Verified) -> None:
    for finding in verified.findings:
        click.echo(finding)
    click.echo(
        f"checked the audit trail of {verified.organisations} organisations, "
        f"and opened {verified.opened:,} of {sum(restored.boxes.values()):,} boxes"
    )
    if verified.findings:
        raise BackupError("the database is restored, but the findings above say that it is not whole")
    click.echo(
        f"valid API keys: {restored.valid_api_keys:,}. List them, and revoke again those that were revoked after "
        f"{header.contents.time:%Y-%m-%dT%H:%M:%SZ}"
    )
    if restored.identities:
        click.echo(
            f"identities: {restored.identities:,}. List them, and disable or deny again what was disabled or denied since then"
        )
    click.echo(
        f"new credentials, teams and folders leave out {restores.SKIPPED_CREDENTIAL_NUMBERS:,} and "
        f"{restores.SKIPPED_NUMBERS:,} numbers, which may have been assigned after the backup, and new events "
        f"{events.SKIPPED_SEQUENCES:,} sequence numbers"
    )
