"""Shared by the commands that serve: their options, the line that says that they are ready, and waiting for the stop."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Final

import click
import structlog

from strongroom_server.cli.runner import stop_requested
from strongroom_server.node import workers

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings
    from strongroom_server.node.stopping import Stopping

workers_option: Final = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that share the ports."
)
# Given to the worker processes only.
shared_ports_option: Final = click.option(workers.SHARED_PORTS, is_flag=True, hidden=True)


def announce(line: str) -> None:
    """Print the line that says that the node is ready, and exclude what exists by now from garbage collection.

    These objects live until the process ends, and a collection that walks them takes tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    # gRPC makes a cycle of six objects for each call, and to free them takes about 2 us each, so collections must be short. Full
    # ones walk the objects of all calls that wait, and find next to nothing that the others leave.
    gc.set_threshold(2_000, 5, 100)
    click.echo(line)


def grpc_addresses(settings: Settings, port: int) -> str:
    """Where the node serves gRPC, for the line that says that it is ready."""
    if settings.grpc_mtls_port is None:
        return f"{settings.host}:{port}"
    return f"{settings.host}:{port} and, for client certificates, {settings.host}:{settings.grpc_mtls_port}"


def proxy_address(settings: Settings, port: int | None) -> str:
    """Where the node serves the proxy, to append to where it serves HTTP. Empty without STRONGROOM_PROXY_PORT."""
    return "" if port is None else f", the proxy on {settings.host}:{port}"


def operations_address(settings: Settings, port: int | None) -> str:
    """Where the node serves probes and metrics, to append. Empty without STRONGROOM_OPERATIONS_PORT."""
    return "" if port is None else f", operations on {settings.host}:{port}"


async def until_stopping(settings: Settings, stopping: Stopping, *, shared: bool = False) -> None:
    """Wait for the stop, then report the node as not ready while it drains, and return when it is to refuse new requests."""
    if shared:
        await workers.until_orphaned(stop_requested)
    else:
        await stop_requested.wait()
    structlog.get_logger().info("stopping")
    stopping.begin(settings.drain_seconds)
    await asyncio.sleep(settings.drain_seconds)
