"""Defines `strongroom-server gateway`. Must import neither asyncpg nor nacl: a gateway has no database and no keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click
import grpc.aio
from grpc_health.v1 import health_pb2

from strongroom_server.cli.runner import fail, run_command, stop_requested
from strongroom_server.cli.serving import announce, shared_ports_option, until_stopping, workers_option
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import CHANNEL_OPTIONS, services
from strongroom_server.node import workers as worker_processes
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.stopping import Stopping
from strongroom_server.node.tls import load_tls, open_tls

if TYPE_CHECKING:
    from strongroom_server.node.settings import Settings

# With dns:/// in front, gRPC balances over all addresses of the name.
_SERVICE_ADDRESS: Final = re.compile(r"(?:dns:///)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", re.ASCII)
_HEALTH_SECONDS: Final = 1.0


def _service_address(_: click.Context, __: click.Parameter, value: str) -> str:
    found = _SERVICE_ADDRESS.fullmatch(value)
    if found is None or not 1 <= int(found[1]) <= 65535:
        fail("--service must be host:port, such as 127.0.0.1:50051, without http://")
    return value


@click.command()
@click.option("--service", "target", required=True, callback=_service_address, help="The gRPC service, as host:port.")
@workers_option
@shared_ports_option
def gateway(target: str, workers: int, *, shared_ports: bool) -> None:
    """Serve the vendors' HTTP endpoints, in front of a gRPC service in another process."""
    if workers > 1:
        run_command(lambda settings: _supervise(settings, workers, target))
    else:
        run_command(lambda settings: _serve(settings, target, shared=shared_ports))


async def _supervise(settings: Settings, count: int, target: str) -> None:
    load_tls(settings)  # so that a mistake is reported once
    ports = {"STRONGROOM_HTTP_PORT": settings.http_port}
    await worker_processes.supervise(count, ("gateway", "--service", target), settings.host, ports, stop_requested.wait)


async def _serve(settings: Settings, target: str, *, shared: bool) -> None:
    stopping = Stopping()
    async with open_tls(settings) as tls, grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )

        async def ready() -> bool:
            if stopping.has_begun:
                return False
            try:
                response = await check(health_pb2.HealthCheckRequest(), timeout=_HEALTH_SECONDS)
            except grpc.aio.AioRpcError:
                return False
            return bool(response.status == health_pb2.HealthCheckResponse.SERVING)

        app = application(services(channel), ready)
        async with serve_http(settings, app, stopping, tls, shared=shared) as http_port:
            announce(f"HTTP on {settings.host}:{http_port}, in front of {target}")
            await until_stopping(stopping, shared=shared)
