"""Defines the command `strongroom-server`. A subcommand is imported when it is used, so that `gateway` loads only the gateway."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click

from strongroom_server import __version__
from strongroom_server.node.settings import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

# The module of each subcommand. The command in it has the same name, with _ for -.
_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "run": "run",
        "serve": "serve",
        "gateway": "gateway",
        "setup": "setup",
        "migrate": "setup",
        "grant-writer": "setup",
        "keys": "keys",
        "sealing-keys": "sealing_keys",
        "signing-keys": "signing_keys",
        "root-key": "root_key",
        "api-keys": "api_keys",
        "audit": "audit",
        "lock": "lock",
        "unlock": "lock",
        "backup": "backup",
        "restore": "restore",
    }
)


class _Commands(click.Group):
    """The subcommands, imported one by one, with the environment variables at the end of the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"strongroom_server.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        rows = [
            (" or ".join(variable.names), f"{variable.meaning} [default: {variable.default or 'none'}]")
            for variable in VARIABLES
        ]
        with formatter.section(
            "Environment variables. A secret can be read from the file that its second variable names"
        ):
            formatter.write_dl(rows, col_max=32)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Strongroom keeps credentials and hands them out to the callers that may use them."""
