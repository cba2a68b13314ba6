"""Defines `strongroom-server audit`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from strongroom_server.audit import verify as trail
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.core.records import AuditHead
from strongroom_server.node.keyring import audited
from strongroom_server.store import audit_chain, rows, schema

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database


@click.group()
def audit() -> None:
    """Check the audit trail, or export its heads for a later check."""


@audit.command()
@click.option(
    "--heads", type=click.File("rb"), help="Heads that `audit heads` exported earlier, which the chains must contain."
)
@click.option("--rows", is_flag=True, help="Also check every credential, sealed box and API key.")
def verify(heads: BinaryIO | None, *, rows: bool) -> None:
    """Print the first change, gap or addition in each organisation's audit trail. The status is 1 if there is any."""
    run_command(lambda settings: _verify(settings, heads.read() if heads else b"", with_rows=rows))


@audit.command()
def heads() -> None:
    """Print the signed head of every chain, one per line. Keep them where nobody of this deployment can write."""
    run_command(_print_heads)


async def _verify(settings: Settings, exported: bytes, *, with_rows: bool) -> None:
    try:
        expected = [msgspec.json.decode(line, type=AuditHead) for line in exported.splitlines() if line.strip()]
    except (msgspec.DecodeError, ValueError):
        raise trail.TrailError("the file of --heads must be what `strongroom-server audit heads` printed") from None
    async with open_current_database(settings) as url, audited(settings, url, opens=with_rows) as (pool, keyring):
        total = sum(head.position for head in await audit_chain.heads(pool))
        with click.progressbar(length=total, label="events", file=sys.stderr) as bar:
            findings = await trail.verify(pool, keyring, expected, bar.update)
        for finding in findings:
            click.echo(f"{finding.organisation_id}: {finding.text}")
        if not findings:
            click.echo("the audit trail is whole")
        differences = await schema.differences(pool)
        for difference in differences:
            click.echo(f"schema: {difference}")
        broken_rows = await _verify_rows(pool, keyring) if with_rows else 0
    broken = [f"the audit trail is broken in {len(findings)} organisations"] if findings else []
    if differences:
        broken.append(f"the database's schema has {len(differences)} differences from this version's")
    if broken_rows:
        broken.append(f"{broken_rows} rows or boxes are broken")
    if broken:
        raise trail.TrailError(", and ".join(broken))


async def _verify_rows(pool: Database, keyring: Keyring) -> int:
    """Print what is wrong with the rows and boxes, and return the number of findings."""
    count, checked = 0, Checked()
    with click.progressbar(length=await rows.estimate(pool), label="rows", file=sys.stderr) as bar:
        async for finding in verify_rows(pool, keyring, checked, bar.update):
            count += 1
            click.echo(f"{finding.organisation_id}: {finding.text}")
    click.echo(
        f"checked {checked.credentials} credentials, {checked.boxes} boxes, of which this node opened {checked.opened}, "
        f"{checked.api_keys} API keys, {checked.identities} identities with their issuers, {checked.request_ids} request ids, "
        f"{checked.tokens} tokens, {checked.connections} connections, {checked.webhooks} webhooks with {checked.events} events, "
        f"and {checked.sessions} sessions of consent"
    )
    return count


async def _print_heads(settings: Settings) -> None:
    async with open_current_database(settings) as url, audited(settings, url) as (pool, _):
        for head in await audit_chain.heads(pool):
            click.echo(msgspec.json.encode(head).decode())
