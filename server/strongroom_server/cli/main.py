"""Owns the command line, `strongroom-server <command>`. Knows no more of a node than node.py tells."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import shlex
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import click
import grpc.aio
import msgspec
import structlog
import uvloop
from grpc_health.v1 import health_pb2

from strongroom_server.access.roles import ROLES
from strongroom_server.audit.verify import TrailError, verify
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.core.errors import FieldViolation, InternalError, ServiceError, invalid
from strongroom_server.core.reasons import render
from strongroom_server.core.records import AuditHead
from strongroom_server.gateway.app import application, operations_application
from strongroom_server.gateway.services import CHANNEL_OPTIONS, services
from strongroom_server.node import embedded_postgres, log, settings, workers
from strongroom_server.node import service as node
from strongroom_server.node.embedded_postgres import EmbeddedPostgresError
from strongroom_server.node.protection import protect_memory
from strongroom_server.node.setup import set_up
from strongroom_server.node.stopping import NOT_READY_SECONDS, Stopping
from strongroom_server.organisations import offline_api_keys
from strongroom_server.sealing.key_files import KeyFileError
from strongroom_server.sealing.keyring import KeyringError
from strongroom_server.store import audit_chain, database, grants, keys, primary, rows
from strongroom_server.store.migrate import MigrationError, is_current, migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from strongroom_server.node.settings import Settings
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database

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

# With the resolver's scheme in front, gRPC balances over all addresses of the name.
_SERVICE_ADDRESS = re.compile(r"(?:dns:///)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", re.ASCII)


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


def _service_address(_: click.Context, __: click.Parameter, value: str) -> str:
    found = _SERVICE_ADDRESS.fullmatch(value)
    if found is None or not 1 <= int(found[1]) <= 65535:
        _refuse("--service must be host:port, such as 127.0.0.1:50051, without http://")
    return value


@cli.command()
@click.option("--service", "target", required=True, callback=_service_address, help="The gRPC service, as host:port.")
@_workers
@_shared_ports
def gateway(target: str, workers: int, *, shared_ports: bool) -> None:
    """The vendors' HTTP endpoints, in front of a gRPC service elsewhere."""
    if workers > 1:
        _run(lambda configured: _supervise(configured, workers, ("gateway", "--service", target)))
    else:
        _run(lambda configured: _gateway(configured, target, shared=shared_ports))


@cli.command()
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the first API key to this file, readable by its owner alone, and print only where it is.",
)
def setup(key_file: Path | None) -> None:
    """Migrate, make the keys and the first API key, whatever of it is not there yet."""
    _run(lambda configured: _setup(configured, key_file))


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
@click.option("--rows", is_flag=True, help="Check every credential, box and API key, too.")
def audit_verify(heads: BinaryIO | None, *, rows: bool) -> None:
    """Name what was changed, removed, reordered or added in each organisation's trail first; the status is 1 if anything was."""
    _run(lambda configured: _audit_verify(configured, heads.read() if heads else b"", with_rows=rows))


@audit.command("heads")
def audit_heads() -> None:
    """Print the signed head of every chain, a line each, to be kept where nobody here can write."""
    _run(_audit_heads)


@cli.group("api-keys")
def api_keys() -> None:
    """Make API keys where no API key is left to make them."""


@api_keys.command("create")
@click.option("--organisation", required=True, help="The organisation of the key.")
@click.option("--role", "roles", type=click.Choice(list(ROLES)), multiple=True, required=True, help="Repeatable.")
@click.option("--display-name", default="", help="What lists show of the key.")
@click.option(
    "--team", "team_ids", type=click.IntRange(1, 2**63 - 1), multiple=True, help="A team it is limited to. Repeatable."
)
@click.option("--expires-in", default="", help="How long the key is valid, such as 90d, 12h or 30m.")
@click.option("--output", type=click.Path(path_type=Path), help="A new file for the key, with the mode 0600.")
def api_keys_create(
    organisation: str, roles: tuple[str, ...], expires_in: str, output: Path | None, **options: Any
) -> None:
    """Make an API key without calling the service, print it once, and record it in the organisation's audit trail.

    Needs the database and a node's key files, keys/root.key among them. A node may be running. An admin key may grant every role,
    operator only if it has it.
    """

    async def create(configured: Settings) -> None:
        offline_api_keys.require_root_key(configured.keys_dir, configured.root_key_file)
        options["lifetime"] = _lifetime_of(expires_in) if expires_in else None
        async with (
            _current_database(configured) as url,
            node.audited(configured, url) as (pool, keyring),
        ):
            whole_key = await offline_api_keys.create(
                pool, keyring, organisation, [ROLES[role] for role in roles], output, **options
            )
        if output is None:
            click.echo(whole_key)

    _run(lambda configured: _with_option_names(create(configured)))


# The options of `api-keys create` by the fields that errors name.
_OPTIONS = {
    "organisation_id": "--organisation",
    "api_key.roles": "--role",
    "api_key.display_name": "--display-name",
    "api_key.team_ids": "--team",
    "api_key.expire_time": "--expires-in",
}
_PERIOD = re.compile(r"([1-9][0-9]{0,8})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


async def _with_option_names(creation: Awaitable[None]) -> None:
    """Raises ServiceError with the names of options in place of the names of fields."""
    try:
        await creation
    except ServiceError as error:
        violations = tuple(
            FieldViolation(_OPTIONS.get(field.partition("[")[0], field), rule) for field, rule in error.violations
        )
        raise ServiceError(error.reason, violations, **error.metadata) from None


def _lifetime_of(period: str) -> timedelta:
    parts = _PERIOD.fullmatch(period)
    if parts is None:
        raise invalid("--expires-in", "must be a number from 1 with a unit of s, m, h or d, such as 90d")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})


async def _run_everything(configured: Settings) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(node.database(configured))
        if where := _database_elsewhere(configured):
            click.echo(where)
        done = await set_up(configured, url, configured.first_api_key_file)
        served = await stack.enter_async_context(node.service(configured, url))
        app = application(services(served.channel()), served.ready)
        grpc_port = await stack.enter_async_context(node.grpc_server(configured, served))
        http_port = await stack.enter_async_context(node.http_server(configured, app, served.stopping))
        _ready(_greeting(configured, grpc_port, http_port, done.api_key))
        await _told_to_stop(served.stopping)


async def _supervise(configured: Settings, count: int, arguments: Sequence[str]) -> None:
    ports = {"STRONGROOM_HTTP_PORT": configured.http_port}
    async with AsyncExitStack() as stack:
        if arguments[0] == "serve":
            ports["STRONGROOM_GRPC_PORT"] = configured.grpc_port
            if not await _reachable(configured):
                return
            # An embedded database is started here once; the workers find it running.
            await stack.enter_async_context(_current_database(configured))
        await workers.supervise(count, arguments, configured.host, ports, _stop.wait)


async def _serve(configured: Settings, *, opens: bool, shared: bool) -> None:
    if not await _reachable(configured):
        return
    async with (
        _current_database(configured) as url,
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


async def _setup(configured: Settings, key_file: Path | None) -> None:
    async with node.database_of_others(configured) as url:
        done = await set_up(configured, url, key_file)
    for name in done.migrations:
        click.echo(f"applied {name}")
    if done.api_key:
        shown = f"in the file {key_file}" if key_file else f"{done.api_key}: it is not shown again"
        click.echo(f"made the API key {shown}")
    click.echo("set up")


async def _migrate(configured: Settings) -> None:
    async with node.database_of_others(configured) as url:
        applied = await migrate(url)
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


async def _grant_writer(configured: Settings, role: str) -> None:
    async with _current_database(configured) as url:
        if not await grants.grant_writer(url, role):
            raise MigrationError("there is no such database role: create it first")
    click.echo(f"granted to {role}")


async def _keys(configured: Settings) -> None:
    async with _current_database(configured) as url:
        pool = await database.connect(url, size=1)
        try:
            for kind, found in (("sealing", await keys.sealing_keys(pool)), ("signing", await keys.signing_keys(pool))):
                for key in found:
                    click.echo(f"{kind} {key.id} {key.state} {key.create_time:%Y-%m-%dT%H:%M:%SZ}")
        finally:
            await pool.close()


async def _audit_verify(configured: Settings, exported: bytes, *, with_rows: bool) -> None:
    try:
        heads = [msgspec.json.decode(line, type=AuditHead) for line in exported.splitlines() if line.strip()]
    except (msgspec.DecodeError, ValueError):
        raise TrailError("the file of --heads must be what `strongroom-server audit heads` printed") from None
    async with (
        _current_database(configured) as url,
        node.audited(configured, url, opens=with_rows) as (pool, keyring),
    ):
        total = sum(head.position for head in await audit_chain.heads(pool))
        with click.progressbar(length=total, label="events", file=sys.stderr) as bar:
            findings = await verify(pool, keyring, heads, bar.update)
        for finding in findings:
            click.echo(f"{finding.organisation_id}: {finding.text}")
        if not findings:
            click.echo("the audit trail is whole")
        broken_rows = await _verify_rows(pool, keyring) if with_rows else 0
    broken = [f"the audit trail is broken in {len(findings)} organisations"] if findings else []
    if broken_rows:
        broken.append(f"{broken_rows} rows or boxes are broken")
    if broken:
        raise TrailError(", and ".join(broken))


async def _verify_rows(pool: Database, keyring: Keyring) -> int:
    """Print what is wrong with the rows and boxes, and answer how many findings there are."""
    count, checked = 0, Checked()
    with click.progressbar(length=await rows.estimate(pool), label="rows", file=sys.stderr) as bar:
        async for finding in verify_rows(pool, keyring, checked, bar.update):
            count += 1
            click.echo(f"{finding.organisation_id}: {finding.text}")
    click.echo(
        f"checked {checked.credentials} credentials, {checked.boxes} boxes, of which this node opened {checked.opened}, "
        f"and {checked.api_keys} API keys"
    )
    return count


async def _audit_heads(configured: Settings) -> None:
    async with _current_database(configured) as url, node.audited(configured, url) as (pool, _):
        for head in await audit_chain.heads(pool):
            click.echo(msgspec.json.encode(head).decode())


@asynccontextmanager
async def _current_database(configured: Settings) -> AsyncIterator[str]:
    """The URL of a database, configured or embedded, that has this version's schema. Creates nothing. Raises
    MigrationError, EmbeddedPostgresError.
    """
    async with node.database_of_others(configured) as url:
        if not await is_current(url):
            raise MigrationError(
                "the database is not set up, or its schema is of an earlier version: run `strongroom-server setup`"
            )
        yield url


def _ready(line: str) -> None:
    """Say that the node serves, and spare its calls the garbage collector: what stands by now is never garbage, and to look at all
    of it takes tens of milliseconds; what calls make goes by itself, save for a few cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    click.echo(line)


async def _reachable(configured: Settings) -> bool:
    """Wait a while for a configured database that is not there yet. Answers False if the node is told to stop before."""
    if configured.database_url is None:
        return True
    waiting = asyncio.create_task(primary.wait_until_reachable(configured.database_url))
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
    protect_memory()
    log.to_stderr()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_with_signals(command))
        except _REFUSALS as refusal:
            _refuse(_sentence_of(refusal))


async def _with_signals(command: Callable[[Settings], Awaitable[None]]) -> None:
    """A signal asks the command to stop; repeated ones, as make and process groups send them, change nothing."""
    loop = asyncio.get_running_loop()
    # nohup has a hangup ignored, and that stays so.
    numbers = [number for number in _SIGNALS if (number, signal.getsignal(number)) != (signal.SIGHUP, signal.SIG_IGN)]
    for number in numbers:
        loop.add_signal_handler(number, _stop.set)
    try:
        configured = settings.from_environment(os.environ)
        # The processes that this one starts inherit the environment, and have no use for the key.
        os.environ.pop("STRONGROOM_BOOTSTRAP_API_KEY", None)
        await command(configured)
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


def _sentence_of(refusal: Exception) -> str:
    """What the operator reads of it."""
    if isinstance(refusal, ServiceError):
        message: str = render(refusal).message
        return message
    if isinstance(refusal, InternalError):
        return f"the database refused a statement ({refusal})"
    if isinstance(refusal, OSError) and refusal.filename is not None:
        return f"{refusal.filename}: {refusal.strerror}"
    return str(refusal)


def _refuse(text: str) -> NoReturn:
    click.echo(f"strongroom-server: {text}", err=True)
    sys.exit(1)


def _database_elsewhere(configured: Settings) -> str:
    """The line that tells where an embedded database is stored, if that is not in the data directory; else empty."""
    if configured.database_url is not None:
        return ""
    home = embedded_postgres.existing_home(configured.data_dir)
    if home.is_relative_to(configured.data_dir.resolve()):
        return ""
    return (
        f"The database is stored in {home}: the user `nobody`, which runs Postgres for root, cannot reach "
        f"{configured.data_dir}. Back up both."
    )


def _greeting(configured: Settings, grpc_port: int, http_port: int, api_key: str | None) -> str:
    """What `run` says when it serves: where, the API key if it was made now, and lines to paste that hold no key."""
    host, kept = configured.host, configured.first_api_key_file
    lines = [f"Strongroom is ready: gRPC on {host}:{grpc_port}, HTTP on {host}:{http_port}."]
    if api_key:
        lines.append(f"API key of the organisation {configured.bootstrap_organisation}, also in {kept}: {api_key}")
    given = f"$(cat {shlex.quote(str(kept))})" if kept.exists() else "$(cat the-file-of-your-API-key)"
    lines += [
        "",
        f'export STRONGROOM_API_KEY="{given}"',
        f"""curl -s http://{host}:{http_port}/api/v1/user_credentials -H @<(echo "Authorization: Bearer $STRONGROOM_API_KEY")""",
        f"""grpcurl -plaintext -expand-headers -H 'authorization: Bearer ${{STRONGROOM_API_KEY}}' {host}:{grpc_port} \\
  strongroom.v1.CredentialService/ListCredentials""",
    ]
    return "\n".join(lines)
