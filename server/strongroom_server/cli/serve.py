"""Defines `strongroom-server serve`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command, stop_requested
from strongroom_server.cli.serving import announce, shared_ports_option, until_stopping, workers_option
from strongroom_server.gateway.app import operations_application
from strongroom_server.node import workers as worker_processes
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.service import service
from strongroom_server.store.primary import wait_until_reachable

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.command()
@click.option("--role", type=click.Choice(("full", "writer")), default="full", show_default=True)
@workers_option
@shared_ports_option
def serve(role: str, workers: int, *, shared_ports: bool) -> None:
    """Serve gRPC, on a database that is set up. A writer has no private sealing key and cannot open sealed data."""
    if workers > 1:
        run_command(lambda settings: _supervise(settings, workers, role))
    else:
        run_command(lambda settings: _serve(settings, opens=role == "full", shared=shared_ports))


async def _supervise(settings: Settings, count: int, role: str) -> None:
    if not await _wait_for_database(settings):
        return
    ports = {"STRONGROOM_HTTP_PORT": settings.http_port, "STRONGROOM_GRPC_PORT": settings.grpc_port}
    # An embedded database is started here once, and the workers connect to it.
    async with open_current_database(settings):
        await worker_processes.supervise(count, ("serve", "--role", role), settings.host, ports, stop_requested.wait)


async def _serve(settings: Settings, *, opens: bool, shared: bool) -> None:
    if not await _wait_for_database(settings):
        return
    async with (
        open_current_database(settings) as url,
        service(settings, url, opens=opens) as served,
        serve_grpc(settings, served, shared=shared) as grpc_port,
        serve_http(settings, operations_application(served.ready), served.stopping, shared=shared) as http_port,
    ):
        announce(f"gRPC on {settings.host}:{grpc_port}, health and metrics on {settings.host}:{http_port}")
        await until_stopping(served.stopping, shared=shared)


async def _wait_for_database(settings: Settings) -> bool:
    """Wait for a configured database that cannot be reached yet. False if the node has to stop before that."""
    if settings.database_url is None:
        return True
    waiting = asyncio.create_task(wait_until_reachable(settings.database_url))
    stop = asyncio.create_task(stop_requested.wait())
    await asyncio.wait((waiting, stop), return_when=asyncio.FIRST_COMPLETED)
    for task in (waiting, stop):
        task.cancel()
    await asyncio.gather(waiting, stop, return_exceptions=True)
    return not stop_requested.is_set()
