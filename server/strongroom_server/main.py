"""Owns the command line, `strongroom-server <command>`. Knows no more of a node than node.py tells."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import click
import grpc.aio
import msgspec
import structlog
import uvloop
from grpc_health.v1 import health_pb2

from strongroom_server import log, node, settings, workers
from strongroom_server.audit_verifier import TrailError, verify
from strongroom_server.embedded_postgres import EmbeddedPostgresError
from strongroom_server.errors import InternalError, ServiceError
from strongroom_server.gateway.app import application, operations_application
from strongroom_server.gateway.services import CHANNEL_OPTIONS, services
from strongroom_server.records import AuditHead
from strongroom_server.sealing.key_files import KeyFileError
from strongroom_server.sealing.keyring import KeyringError
from strongroom_server.setup import set_up
from strongroom_server.stopping import NOT_READY_SECONDS, Stopping
from strongroom_server.store import audit_chain, database, grants, keys, primary
from strongroom_server.store.migrate import MigrationError, is_current, migrate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from strongroom_server.settings import Settings

# What a node that cannot start says in one line.
_REFUSALS = (
    settings.SettingsError,
    KeyFileError,
    KeyringError,
    MigrationError,
    TrailError,
    EmbeddedPostgresError,
    ServiceError,
    InternalError,
    workers.WorkerError,
    OSError,
)

# All of them stop the server in the same way.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Strongroom keeps credentials and hands them out. Configuration: the STRONGROOM_ variables of the README."""


@cli.command()
def run() -> None:
    """Everything in one process: the database unless one is configured, setup, gRPC and HTTP."""
    _run(_run_everything)


_workers = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that share the ports."
)
_shared_ports = click.option(workers.SHARED_PORTS, is_flag=True, hidden=True)


@cli.command()
@click.option("--role", type=click.Choice(("full", "writer")), default="full", show_default=True)
@_workers
@_shared_ports
def serve(role: str, workers: int, *, shared_ports: bool) -> None:
    """The gRPC service, on a database that is set up. A writer holds no private sealing key and opens nothing."""
    if workers > 1:
        _run(lambda configured: _supervise(configured, workers, ("serve", "--role", role)))
    else:
        _run(lambda configured: _serve(configured, opens=role == "full", shared=shared_ports))


@cli.command()
@click.option("--service", "target", required=True, help="The gRPC service, as host:port.")
@_workers
@_shared_ports
def gateway(target: str, workers: int, *, shared_ports: bool) -> None:
    """The vendors' HTTP endpoints, in front of a gRPC service elsewhere."""
    if workers > 1:
        _run(lambda configured: _supervise(configured, workers, ("gateway", "--service", target)))
    else:
        _run(lambda configured: _gateway(configured, target, shared=shared_ports))


@cli.command()
def setup() -> None:
    """Migrate, make the keys and the first API key, whatever of it is not there yet."""
    _run(_setup)


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    _run(_migrate)


@cli.command("grant-writer")
@click.argument("role")
def grant_writer(role: str) -> None:
    """Let a database role do what `serve --role=writer` needs, and no more: it cannot select a sealed box.

    The role is made by the database's operator. Run this as the schema's owner, again after each migration.
    """
    _run(lambda configured: _grant_writer(configured, role))


@cli.command("keys")
def keys_command() -> None:
    """List the sealing and signing keys of the database, with their states."""
    _run(_keys)


@cli.group()
def audit() -> None:
    """Check the audit trail, or export what a later check can be held against."""


@audit.command("verify")
@click.option(
    "--heads", type=click.File("rb"), help="Heads that `audit heads` exported earlier, to be found in the chains."
)
def audit_verify(heads: BinaryIO | None) -> None:
    """Name what was changed, removed, reordered or added in each organisation's trail first; the status is 1 if anything was."""
    _run(lambda configured: _audit_verify(configured, heads.read() if heads else b""))


@audit.command("heads")
def audit_heads() -> None:
    """Print the signed head of every chain, a line each, to be kept where nobody here can write."""
    _run(_audit_heads)


async def _run_everything(configured: Settings) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(node.database(configured))
        done = await set_up(configured, url)
        served = await stack.enter_async_context(node.service(configured, url))
        app = application(services(served.channel()), served.ready)
        grpc_port = await stack.enter_async_context(node.grpc_server(configured, served))
        http_port = await stack.enter_async_context(node.http_server(configured, app, served.stopping))
        _ready(_greeting(configured.host, grpc_port, http_port, configured.bootstrap_organisation, done.api_key))
        await _told_to_stop(served.stopping)


async def _supervise(configured: Settings, count: int, arguments: Sequence[str]) -> None:
    ports = {"STRONGROOM_HTTP_PORT": configured.http_port}
    if arguments[0] == "serve":
        ports["STRONGROOM_GRPC_PORT"] = configured.grpc_port
    await workers.supervise(count, arguments, configured.host, ports, _stop.wait)


async def _serve(configured: Settings, *, opens: bool, shared: bool) -> None:
    if not await _reachable(_configured_url(configured)):
        return
    url = await _current_url(configured)
    async with (
        node.service(configured, url, opens=opens) as served,
        node.grpc_server(configured, served, shared=shared) as grpc_port,
        node.http_server(configured, operations_application(served.ready), served.stopping, shared=shared) as http_port,
    ):
        _ready(f"gRPC on {configured.host}:{grpc_port}, health and metrics on {configured.host}:{http_port}")
        await _told_to_stop(served.stopping, shared=shared)


async def _gateway(configured: Settings, target: str, *, shared: bool) -> None:
    stopping = Stopping()
    async with grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )

        async def ready() -> bool:
            if stopping.has_begun:
                return False
            try:
                answer = await check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.aio.AioRpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

        app = application(services(channel), ready)
        async with node.http_server(configured, app, stopping, shared=shared) as http_port:
            _ready(f"HTTP on {configured.host}:{http_port}, in front of {target}")
            await _told_to_stop(stopping, shared=shared)


async def _setup(configured: Settings) -> None:
    done = await set_up(configured, _configured_url(configured))
    for name in done.migrations:
        click.echo(f"applied {name}")
    if done.api_key:
        click.echo(f"made the API key {done.api_key}: it is not shown again")
    click.echo("set up")


async def _migrate(configured: Settings) -> None:
    applied = await migrate(_configured_url(configured))
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


async def _grant_writer(configured: Settings, role: str) -> None:
    if not await grants.grant_writer(await _current_url(configured), role):
        raise MigrationError("there is no such database role: create it first")
    click.echo(f"granted to {role}")


async def _keys(configured: Settings) -> None:
    pool = await database.connect(await _current_url(configured), size=1)
    try:
        for kind, found in (("sealing", await keys.sealing_keys(pool)), ("signing", await keys.signing_keys(pool))):
            for key in found:
                click.echo(f"{kind} {key.id} {key.state} {key.create_time:%Y-%m-%dT%H:%M:%SZ}")
    finally:
        await pool.close()


async def _audit_verify(configured: Settings, exported: bytes) -> None:
    try:
        heads = [msgspec.json.decode(line, type=AuditHead) for line in exported.splitlines() if line.strip()]
    except (msgspec.DecodeError, ValueError):
        raise TrailError("the file of --heads must be what `strongroom-server audit heads` printed") from None
    async with (
        node.database_of_others(configured) as url,
        node.audited(configured, await _current(url)) as (pool, keyring),
    ):
        total = sum(head.position for head in await audit_chain.heads(pool))
        with click.progressbar(length=total, label="events", file=sys.stderr) as bar:
            findings = await verify(pool, keyring, heads, bar.update)
    for finding in findings:
        click.echo(f"{finding.organisation_id}: {finding.text}")
    if findings:
        raise TrailError(f"the audit trail is broken in {len(findings)} organisations")
    click.echo("the audit trail is whole")


async def _audit_heads(configured: Settings) -> None:
    async with node.database_of_others(configured) as url, node.audited(configured, await _current(url)) as (pool, _):
        for head in await audit_chain.heads(pool):
            click.echo(msgspec.json.encode(head).decode())


def _configured_url(configured: Settings) -> str:
    if configured.database_url is None:
        raise settings.SettingsError("STRONGROOM_DATABASE_URL must be set for this command")
    return configured.database_url


async def _current_url(configured: Settings) -> str:
    return await _current(_configured_url(configured))


async def _current(url: str) -> str:
    if not await is_current(url):
        raise MigrationError("the database is not at this version's schema: run `strongroom-server setup`")
    return url


def _ready(line: str) -> None:
    """Say that the node serves, and spare its calls the garbage collector: what stands by now is never garbage, and to look at all
    of it takes tens of milliseconds; what calls make goes by itself, save for a few cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    click.echo(line)


async def _reachable(url: str) -> bool:
    """Wait a while for a database that is not there yet. Answers False if the node is told to stop before."""
    waiting = asyncio.create_task(primary.wait_until_reachable(url))
    stop = asyncio.create_task(_stop.wait())
    await asyncio.wait((waiting, stop), return_when=asyncio.FIRST_COMPLETED)
    for each in (waiting, stop):
        each.cancel()
    await asyncio.gather(waiting, stop, return_exceptions=True)
    return not _stop.is_set()


async def _told_to_stop(stopping: Stopping, *, shared: bool = False) -> None:
    """Return when the node is to take no more calls: it has said for a moment that it is not ready."""
    if shared:
        await workers.until_orphaned(_stop)
    else:
        await _stop.wait()
    structlog.get_logger().info("stopping")
    stopping.begin()
    await asyncio.sleep(NOT_READY_SECONDS)


_stop = asyncio.Event()


def _run(command: Callable[[Settings], Coroutine[None, None, None]]) -> None:
    """Run a command on an event loop of its own; a refusal ends it with one line and the status 1."""
    log.to_stderr()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_with_signals(command))
        except _REFUSALS as refusal:
            _refuse(str(refusal))


async def _with_signals(command: Callable[[Settings], Awaitable[None]]) -> None:
    """A signal asks the command to stop; repeated ones, as make and process groups send them, change nothing."""
    loop = asyncio.get_running_loop()
    # nohup has a hangup ignored, and that stays so.
    numbers = [number for number in _SIGNALS if (number, signal.getsignal(number)) != (signal.SIGHUP, signal.SIG_IGN)]
    for number in numbers:
        loop.add_signal_handler(number, _stop.set)
    try:
        await command(settings.from_environment(os.environ))
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


def _refuse(text: str) -> NoReturn:
    click.echo(f"strongroom-server: {text}", err=True)
    sys.exit(1)


def _greeting(host: str, grpc_port: int, http_port: int, organisation: str, api_key: str | None) -> str:
    shown = api_key or "$KEY"
    lines = [f"Strongroom is ready: gRPC on {host}:{grpc_port}, HTTP on {host}:{http_port}."]
    if api_key:
        lines.append(f"API key of the organisation {organisation}, shown this once: {api_key}")
    lines += [
        "",
        f"""curl -s http://{host}:{http_port}/api/v1/user_credentials -H "Authorization: Bearer {shown}" \\
  -d '{{"name": "text credential", "value": "bar", "mode": "TEXT", "team_id": 2}}'""",
        "",
        f"""grpcurl -plaintext -H "authorization: Bearer {shown}" {host}:{grpc_port} \\
  strongroom.v1.CredentialService/ListCredentials""",
    ]
    return "\n".join(lines)
