"""`strongroom connections`: shows and disconnects connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.v1.connection_service_pb2 import RevocationOutcome
from strongroom.v1.credential_pb2 import RefreshState
from strongroom_cli import calling

if TYPE_CHECKING:
    import strongroom

_STATE = "REFRESH_STATE_"
_OUTCOME = "REVOCATION_OUTCOME_"
_STATES = [name.removeprefix(_STATE) for name in RefreshState.keys() if not name.endswith("_UNSPECIFIED")]  # noqa: SIM118 - no dict


@click.group()
def connections() -> None:
    """Show and disconnect connections."""


@connections.command("list")
@click.option("--app", default="", help="Only connections of the app with this id.")
@click.option("--user", default="", help="Only connections of this user.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    help="Only in this state. Can be given several times.",
)
def list_(app: str, user: str, states: tuple[str, ...]) -> None:
    """Print a line for each connection: its id, refresh state, app, user and account."""

    async def with_client(client: strongroom.Client) -> None:
        wanted = [RefreshState.Value(_STATE + state) for state in states]
        async for each in client.list_connections(app_id=app, user=user, refresh_states=wanted):
            state = RefreshState.Name(each.refresh_state).removeprefix(_STATE)
            calling.show_row(each.id, state, each.app_id, each.user, each.account.label)

    calling.run(with_client)


@connections.command()
@click.argument("connection_id", metavar="ID")
def get(connection_id: str) -> None:
    """Print a connection, by its id or number."""
    calling.show(calling.run(lambda client: client.get_connection(connection_id)))


@connections.command()
@click.argument("connection_id", metavar="ID")
def disconnect(connection_id: str) -> None:
    """Revoke the tokens of a connection at the provider, and delete it. Prints what the provider said."""
    response = calling.run(lambda client: client.disconnect(connection_id))
    click.echo(RevocationOutcome.Name(response.revocation).removeprefix(_OUTCOME))
