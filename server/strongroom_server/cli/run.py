"""Defines `strongroom-server run`."""

from __future__ import annotations

import shlex
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from strongroom_server.cli.runner import run_command
from strongroom_server.cli.serving import announce, grpc_addresses, operations_address, proxy_address, until_stopping
from strongroom_server.gateway.app import application
from strongroom_server.gateway.proxy.app import Proxy
from strongroom_server.gateway.services import services
from strongroom_server.node import embedded_postgres
from strongroom_server.node.database import open_or_create_database
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http, serve_operations, serve_proxy
from strongroom_server.node.lock import process_ends_when_locked
from strongroom_server.node.service import service
from strongroom_server.node.setup import set_up
from strongroom_server.node.tls import open_tls
from strongroom_server.node.tls.local_ca import CA_FILE
from strongroom_server.node.traces import traces
from strongroom_server.store.node_lock import require_unlocked

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.command()
def run() -> None:
    """Run everything in one process: setup, gRPC, HTTP and, if no database is configured, an embedded one."""
    run_command(_run)


async def _run(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(open_or_create_database(settings))
        tls = await stack.enter_async_context(open_tls(settings))
        await stack.enter_async_context(traces(settings))
        if place := _database_outside(settings):
            click.echo(place)
        await require_unlocked(url)
        await stack.enter_async_context(process_ends_when_locked(url))
        done = await set_up(settings, url, settings.first_api_key_file)
        served = await stack.enter_async_context(service(settings, url))
        stubs = services(served.channel(), served.authenticate)
        operations_port = await stack.enter_async_context(serve_operations(settings, served.ready, tls))
        ready = served.ready if operations_port is None else None
        app = application(stubs, ready, proxies=settings.trusted_proxies)
        proxy = Proxy(stubs, settings.trusted_proxies)
        grpc_port = await stack.enter_async_context(serve_grpc(settings, served, tls))
        http_port = await stack.enter_async_context(serve_http(settings, app, served.stopping, tls, proxy=proxy))
        proxy_port = await stack.enter_async_context(serve_proxy(settings, proxy, served.stopping, tls))
        further = proxy_address(settings, proxy_port) + operations_address(settings, operations_port)
        announce(_greeting(settings, grpc_port, http_port, further, done.api_key))
        await until_stopping(settings, served.stopping)


def _database_outside(settings: Settings) -> str:
    """The line that says where an embedded database is stored if that is not in the data directory, else an empty text."""
    if settings.database_url is not None:
        return ""
    home = embedded_postgres.existing_home(settings.data_dir)
    if home.is_relative_to(settings.data_dir.resolve()):
        return ""
    return (
        f"The database is stored in {home}: the user `nobody`, which runs Postgres for root, cannot reach "
        f"{settings.data_dir}. Back up both."
    )


def _greeting(settings: Settings, grpc_port: int, http_port: int, further: str, api_key: str | None) -> str:
    """The addresses, the API key if it is new, and commands to paste, which do not contain the key."""
    host, key_file = settings.host, settings.first_api_key_file
    curl, scheme, grpcurl = _clients(settings)
    user_credentials = f"{scheme}://{host}:{http_port}/api/v1/user_credentials"
    listening = f"gRPC on {grpc_addresses(settings, grpc_port)}, HTTP on {host}:{http_port}"
    lines = [f"Strongroom is ready: {listening}{further}."]
    if api_key:
        lines.append(f"API key of the organisation {settings.bootstrap_organisation}, also in {key_file}: {api_key}")
    source = f"$(cat {shlex.quote(str(key_file))})" if key_file.exists() else "$(cat the-file-of-your-API-key)"
    lines += [
        "",
        f'export STRONGROOM_API_KEY="{source}"',
        f"""{curl} -s {user_credentials} -H @<(echo "Authorization: Bearer $STRONGROOM_API_KEY")""",
        f"""{grpcurl} -expand-headers -H 'authorization: Bearer ${{STRONGROOM_API_KEY}}' {host}:{grpc_port} \\
  strongroom.v1.CredentialService/ListCredentials""",
    ]
    return "\n".join(lines)


def _clients(settings: Settings) -> tuple[str, str, str]:
    """curl, the scheme of its URLs, and grpcurl, with the options that they need for this node's TLS."""
    if settings.tls == "off":
        return "curl", "http", "grpcurl -plaintext"
    curl = grpcurl = ""
    if settings.tls == "auto":
        ca = shlex.quote(str(settings.tls_dir / CA_FILE))
        curl, grpcurl = f" --cacert {ca}", f" -cacert {ca}"
    if settings.tls_client_ca is not None and settings.grpc_mtls_port is None:
        grpcurl += " -cert the-client-certificate.pem -key its-key.pem"
    return f"curl{curl}", "https", f"grpcurl{grpcurl}"
