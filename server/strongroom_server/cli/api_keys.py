"""Defines `strongroom-server api-keys`."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from strongroom_server.access.roles import ROLES
from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command
from strongroom_server.core.errors import FieldViolation, ServiceError, invalid
from strongroom_server.node.key_provider import key_provider
from strongroom_server.node.keyring import audited
from strongroom_server.organisations import offline_api_keys
from strongroom_server.sealing import key_files

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings

# The options by the fields that errors name.
_OPTIONS: Final = {
    "organisation_id": "--organisation",
    "api_key.roles": "--role",
    "api_key.display_name": "--display-name",
    "api_key.team_ids": "--team",
    "api_key.expire_time": "--expires-in",
}
_PERIOD: Final = re.compile(r"([1-9][0-9]{0,8})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.group("api-keys")
def api_keys() -> None:
    """Create API keys when no API key is left that may create them."""


@api_keys.command()
@click.option("--organisation", required=True, help="The organisation of the key.")
@click.option("--role", "roles", type=click.Choice(list(ROLES)), multiple=True, required=True, help="Repeatable.")
@click.option("--display-name", default="", help="The name of the key in lists.")
@click.option(
    "--team", "team_ids", type=click.IntRange(1, 2**63 - 1), multiple=True, help="A team it is limited to. Repeatable."
)
@click.option("--expires-in", default="", help="How long the key is valid, such as 90d, 12h or 30m.")
@click.option("--output", type=click.Path(path_type=Path), help="A new file for the key, with the mode 0600.")
def create(organisation: str, roles: tuple[str, ...], expires_in: str, output: Path | None, **options: Any) -> None:
    """Create an API key without calling the service, print it once, and record it in the organisation's audit trail.

    Needs the database and the key files of a node, with keys/root.key. A node may be running. An admin key may grant every role;
    it may grant operator only if it has that role.
    """

    async def create_key(settings: Settings) -> None:
        # The owner of the root key decides who has access.
        await key_files.require_root_pair(settings.keys_dir, settings.root_key_path, key_provider(settings))
        lifetime = _lifetime_of(expires_in) if expires_in else None
        try:
            async with open_current_database(settings) as url, audited(settings, url) as (pool, keyring):
                whole_key = await offline_api_keys.create(
                    pool, keyring, organisation, [ROLES[role] for role in roles], output, lifetime=lifetime, **options
                )
        except ServiceError as error:
            raise _with_option_names(error) from None
        if output is None:
            click.echo(whole_key)

    run_command(create_key)


def _with_option_names(error: ServiceError) -> ServiceError:
    violations = tuple(
        FieldViolation(_OPTIONS.get(field.partition("[")[0], field), rule) for field, rule in error.violations
    )
    return ServiceError(error.reason, violations, **error.metadata)


def _lifetime_of(period: str) -> timedelta:
    parts = _PERIOD.fullmatch(period)
    if parts is None:
        raise invalid("--expires-in", "must be a number from 1 with a unit of s, m, h or d, such as 90d")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})
