"""Defines `strongroom-server serve`."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from strongroom_server.cli.databases import open_current_database
from strongroom_server.cli.runner import run_command, stop_requested
from strongroom_server.cli.serving import (
    announce,
    grpc_addresses,
    proxy_address,
    shared_ports_option,
    until_stopping,
    workers_option,
)
from strongroom_server.gateway.app import operations_application
from strongroom_server.gateway.proxy.app import Proxy
from strongroom_server.gateway.services import services
from strongroom_server.node import workers as worker_processes
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http, serve_operations, serve_proxy
from strongroom_server.node.key_provider import AGE_IDENTITY_FILE, age_identity
from strongroom_server.node.lock import process_ends_when_locked, run_until_locked
from strongroom_server.node.service import service
from strongroom_server.node.tls import load_tls, open_tls
from strongroom_server.node.traces import traces
from strongroom_server.store.node_lock import require_unlocked
from strongroom_server.store.primary import wait_until_reachable

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings


@click.command()
@click.option("--role", type=click.Choice(("full", "writer")), default="full", show_default=True)
@workers_option
@shared_ports_option
def serve(role: str, workers: int, *, shared_ports: bool) -> None:
    """Serve gRPC, on a database that is set up. A writer has no private sealing key and cannot open sealed data."""

    async def serve_it(settings: Settings) -> None:
        # The process that ends the others when the nodes are locked holds no private key.
        if workers > 1 or (settings.key_provider != "files" and not shared_ports):
            await _supervise(settings, workers, role)
        else:
            await _serve(settings, opens=role == "full", shared=shared_ports)

    run_command(serve_it)


async def _supervise(settings: Settings, count: int, role: str) -> None:
    load_tls(settings)  # so that a mistake is reported once
    if not await _wait_for_database(settings):
        return
    ports = {"STRONGROOM_HTTP_PORT": settings.http_port, "STRONGROOM_GRPC_PORT": settings.grpc_port}
    optional = {"STRONGROOM_GRPC_MTLS_PORT": settings.grpc_mtls_port, "STRONGROOM_PROXY_PORT": settings.proxy_port}
    optional |= {"STRONGROOM_OPERATIONS_PORT": settings.operations_port}
    ports |= {variable: port for variable, port in optional.items() if port is not None}
    # An embedded database is started here once, and the workers connect to it.
    async with open_current_database(settings) as url:
        await require_unlocked(url)
        secret = (AGE_IDENTITY_FILE, age_identity(settings)) if settings.key_provider == "age" else None
        arguments = ("serve", "--role", role)
        work = worker_processes.supervise(count, arguments, settings, ports, stop_requested.wait, secret)
        await run_until_locked(url, work)


async def _serve(settings: Settings, *, opens: bool, shared: bool) -> None:
    async with AsyncExitStack() as stack:
        tls = await stack.enter_async_context(open_tls(settings))
        await stack.enter_async_context(traces(settings))
        if not await _wait_for_database(settings):
            return
        url = await stack.enter_async_context(open_current_database(settings))
        await require_unlocked(url)
        # A worker watches too: the process that would end it may be frozen.
        if not shared or settings.key_provider != "files":
            await stack.enter_async_context(process_ends_when_locked(url))
        served = await stack.enter_async_context(service(settings, url, opens=opens))
        operations_port = await stack.enter_async_context(serve_operations(settings, served.ready, tls, shared=shared))
        grpc_port = await stack.enter_async_context(serve_grpc(settings, served, tls, shared=shared))
        app = operations_application(served.ready if operations_port is None else None)
        proxy = Proxy(services(served.channel(), served.authenticate), settings.trusted_proxies)
        http_port = await stack.enter_async_context(
            serve_http(settings, app, served.stopping, tls, proxy=proxy, shared=shared)
        )
        proxy_port = await stack.enter_async_context(serve_proxy(settings, proxy, served.stopping, tls, shared=shared))
        announce(
            f"gRPC on {grpc_addresses(settings, grpc_port)}, health and metrics on {settings.host}:{operations_port or http_port}"
            f"{proxy_address(settings, proxy_port)}"
        )
        await until_stopping(settings, served.stopping, shared=shared)


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
