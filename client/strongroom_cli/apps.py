"""`strongroom apps`: creates and lists apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.v1.connection_service_pb2 import App
from strongroom_cli import calling

if TYPE_CHECKING:
    import strongroom


@click.group()
def apps() -> None:
    """Create and list apps, the registrations of OAuth clients."""


@apps.command()
@click.argument("name")
@click.option("--provider", default="", help="A well-known provider, such as `google`.")
@click.option("--issuer", default="", help="The issuer of an OpenID provider, an https URL.")
@click.option("--authorization-url", default="", help="Of another provider.")
@click.option("--token-url", default="", help="Of another provider.")
@click.option("--client-id", required=True)
@click.option(
    "--client-secret-file", help="The file with the client's secret, or - for standard input. A public client has none."
)
@click.option("--scope", "scopes", multiple=True, help="A scope to request. Can be given several times.")
def create(
    name: str,
    provider: str,
    issuer: str,
    authorization_url: str,
    token_url: str,
    client_id: str,
    client_secret_file: str | None,
    scopes: tuple[str, ...],
) -> None:
    """Create an app with the name NAME, which people see, and print it."""

    async def with_client(client: strongroom.Client) -> App:
        app = App(
            display_name=name,
            provider=provider,
            issuer=issuer,
            authorization_url=authorization_url,
            token_url=token_url,
            client_id=client_id,
            client_secret=calling.secret_of(client_secret_file) if client_secret_file else "",
            scopes=scopes,
        )
        return await client.create_app(app)

    calling.show(calling.run(with_client))


@apps.command("list")
def list_() -> None:
    """Print a line for each app: its id, name, client and redirect URI."""

    async def with_client(client: strongroom.Client) -> None:
        async for each in client.list_apps():
            calling.show_row(each.id, each.display_name, each.client_id, each.redirect_uri)

    calling.run(with_client)
