"""`strongroom connect`: a person consents in a browser on this machine."""

from __future__ import annotations

import asyncio
import webbrowser
from typing import TYPE_CHECKING

import click

from strongroom.v1.credential_pb2 import Credential
from strongroom_cli import calling, loopback

if TYPE_CHECKING:
    import strongroom
    from strongroom.v1.connection_service_pb2 import BeginConnectionResponse, Connection, ConnectionSession


@click.command()
@click.argument("app")
@click.option("--user", required=True, help="Who of your users consents.")
@click.option(
    "--scope", "scopes", multiple=True, help="A scope to request in place of the app's. Can be given several times."
)
@click.option("--name", default="", help="The name of the connection, in place of the app's.")
@click.option(
    "--allowed-host", "hosts", multiple=True, help="A host that its token may go to. Can be given several times."
)
@click.option("--reconnect", "connection_id", default="", help="The id of a connection that gets a new consent.")
@click.option("--browser/--no-browser", default=True, help="Whether to open a browser, besides printing the URL.")
def connect(
    app: str,
    user: str,
    scopes: tuple[str, ...],
    name: str,
    hosts: tuple[str, ...],
    connection_id: str,
    *,
    browser: bool,
) -> None:
    """Connect an account by the app with the id or number APP, and print the connection.

    Opens the provider's page in a browser, and waits on 127.0.0.1 until the person has decided, for at most ten minutes. Register
    http://127.0.0.1/callback at the provider as a redirect URI; RFC 8252 has providers accept any port of it.
    """
    if connection_id and (name or hosts):
        raise click.UsageError("--name and --allowed-host are for new connections, not for --reconnect")

    async def with_client(client: strongroom.Client) -> Connection:
        async with loopback.listening() as listener:
            uri = listener.redirect_uri
            if connection_id:
                begun = await client.reconnect(connection_id, user, scopes=scopes, loopback_redirect_uri=uri)
            else:
                credential = Credential(name=name, allowed_hosts=hosts) if name or hosts else None
                begun = await client.begin_connection(
                    app, user, scopes=scopes, loopback_redirect_uri=uri, credential=credential
                )
            query = await _callback(listener, begun, opens=browser) if begun.url else ""
        return await client.complete_connection(begun.session.id, user, callback_query=query)

    calling.show(calling.run(with_client))


async def _callback(listener: loopback.Listener, begun: BeginConnectionResponse, *, opens: bool) -> str:
    """The query with which the person's browser comes back."""
    listener.expect(begun.url)
    click.echo(f"Open this page to consent:\n{begun.url}", err=True)
    if opens:
        await asyncio.to_thread(webbrowser.open, begun.url)
    try:
        async with asyncio.timeout(_seconds_of(begun.session)):
            return await listener.query()
    except TimeoutError:
        raise click.ClickException("nobody has consented in time: run the command again") from None


def _seconds_of(session: ConnectionSession) -> float:
    """How long a session lasts, without the clock of this machine."""
    return (session.expire_time.ToNanoseconds() - session.create_time.ToNanoseconds()) / 1e9
