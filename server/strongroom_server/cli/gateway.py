"""Defines `strongroom-server gateway`. Must import neither asyncpg nor nacl: a gateway has no database and no keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from strongroom_server.cli.runner import run_command, stop_requested
from strongroom_server.cli.serving import (
    announce,
    operations_address,
    proxy_address,
    shared_ports_option,
    until_stopping,
    workers_option,
)
from strongroom_server.gateway.app import application
from strongroom_server.gateway.proxy.app import Proxy
from strongroom_server.gateway.services import services
from strongroom_server.node import workers as worker_processes
from strongroom_server.node.http_server import serve_http, serve_operations, serve_proxy
from strongroom_server.node.remote_service import Health, RemoteService
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import load_tls, open_tls
from strongroom_server.node.traces import traces

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings

_FILE: Final = click.Path(path_type=Path)


@click.command()
@click.option("--service", "target", required=True, help="The gRPC service, as host:port.")
@click.option("--service-ca", "ca", type=_FILE, help="The CA of its certificate, in PEM. Connections then use TLS.")
@click.option("--service-cert", "certificate", type=_FILE, help="The client certificate for it, in PEM.")
@click.option("--service-key", "key", type=_FILE, help="The private key of the client certificate, in PEM.")
@workers_option
@shared_ports_option
def gateway(
    target: str, ca: Path | None, certificate: Path | None, key: Path | None, workers: int, *, shared_ports: bool
) -> None:
    """Serve the vendors' HTTP endpoints and the proxy, in front of a gRPC service in another process.

    The files of the options are read again when they change.
    """
    remote = RemoteService(target, ca, certificate, key)
    if workers > 1:
        run_command(lambda settings: _supervise(settings, workers, remote))
    else:
        run_command(lambda settings: _serve(settings, remote, shared=shared_ports))


async def _supervise(settings: Settings, count: int, remote: RemoteService) -> None:
    # Checked here too, so that a mistake is reported once.
    load_tls(settings)
    remote.require_valid(settings)
    ports = {"STRONGROOM_HTTP_PORT": settings.http_port}
    if settings.proxy_port is not None:
        ports["STRONGROOM_PROXY_PORT"] = settings.proxy_port
    if settings.operations_port is not None:
        ports["STRONGROOM_OPERATIONS_PORT"] = settings.operations_port
    await worker_processes.supervise(count, ("gateway", *remote.options), settings, ports, stop_requested.wait)


async def _serve(settings: Settings, remote: RemoteService, *, shared: bool) -> None:
    remote.require_valid(settings)
    stopping = Stopping()
    async with traces(settings), open_tls(settings) as tls, remote.open_channel() as channel:
        health = Health(channel, remote.remedies)

        async def ready() -> bool:
            return not stopping.has_begun and await health.is_ready()

        stubs = services(channel)
        app = application(stubs, ready if settings.operations_port is None else None, proxies=settings.trusted_proxies)
        proxy = Proxy(stubs, settings.trusted_proxies)
        async with (
            serve_operations(settings, ready, tls, shared=shared) as operations_port,
            serve_http(settings, app, stopping, tls, proxy=proxy, shared=shared) as http_port,
            serve_proxy(settings, proxy, stopping, tls, shared=shared) as proxy_port,
        ):
            on = f"{settings.host}:{http_port}{proxy_address(settings, proxy_port)}{operations_address(settings, operations_port)}"
            announce(f"HTTP on {on}, in front of {remote.target}")
            await until_stopping(settings, stopping, shared=shared)
