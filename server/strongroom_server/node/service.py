"""Owns the wiring of a node, top to bottom: what is made of what, and in which order it stops. Knows no request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import structlog
import uvicorn

from strongroom_server.access.api_keys import ApiKeys
from strongroom_server.audit.chain import chain_forever
from strongroom_server.audit.denials import Denials
from strongroom_server.audit.record import Recorder
from strongroom_server.audit.service import AuditServicer
from strongroom_server.core.tasks import cancel_all
from strongroom_server.credentials.service import CredentialServicer
from strongroom_server.credentials.vault import Vault
from strongroom_server.gateway.connections import BoundedHttp
from strongroom_server.jobs.planner import plan_forever
from strongroom_server.jobs.sweeper import sweep_forever
from strongroom_server.node import embedded_postgres
from strongroom_server.node.stopping import Stopping
from strongroom_server.organisations.service import OrganisationServicer
from strongroom_server.rpc import listening as sockets
from strongroom_server.rpc.local import LocalChannel
from strongroom_server.rpc.methods import methods
from strongroom_server.rpc.pipeline import Pipeline
from strongroom_server.rpc.server import Server
from strongroom_server.rpc.streams import Streams
from strongroom_server.sealing import digest_check, key_files
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.store import database as databases
from strongroom_server.store import keys
from strongroom_server.store.numbers import Numbers
from strongroom_server.store.primary import Primary
from strongroom_server.store.regions import Regions
from strongroom_server.store.watch import Watch
from strongroom_server.store.writability import Writability

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    import grpc.aio
    from starlette.types import ASGIApp

    from strongroom_server.node.settings import Settings
    from strongroom_server.rpc.methods import Method
    from strongroom_server.sealing.key_files import KeyFiles
    from strongroom_server.store.database import Database

_log = structlog.get_logger()

# How long requests that were cancelled have to say so to their clients.
_TELL_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Service:
    """What answers calls, whichever way they come."""

    pipeline: Pipeline
    streams: Streams
    methods: Mapping[str, Method]
    database: Database
    recorder: Recorder
    watch: Watch
    writability: Writability
    stopping: Stopping

    def channel(self) -> grpc.aio.Channel:
        """The way to the servicers for stubs in this process."""
        return cast("grpc.aio.Channel", LocalChannel(self.pipeline, self.methods))

    async def ready(self) -> bool:
        """Whether the node goes on and the database takes writes: the same answer for gRPC Health and for HTTP."""
        return self.writability.is_given and not self.stopping.has_begun


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """The URL of the database: the configured one, or of an embedded Postgres that runs as long as the context."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    postgres = await embedded_postgres.start(settings.data_dir)
    try:
        yield postgres.url
    finally:
        await postgres.stop()


@asynccontextmanager
async def database_of_others(settings: Settings) -> AsyncIterator[str]:
    """The URL of a database that exists: the configured one, or the embedded one of the data directory. If no node runs that, it
    runs as long as the context. Raises EmbeddedPostgresError where there is none.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded_postgres.running(settings.data_dir) as url:
        if url is not None:
            yield url
            return
    postgres = await embedded_postgres.start(settings.data_dir, create=False)
    try:
        yield postgres.url
    finally:
        await postgres.stop()


@asynccontextmanager
async def service(settings: Settings, url: str, *, opens: bool = True) -> AsyncIterator[Service]:
    """The service on a database that is set up. With `opens` false the node is a writer: it reads no private sealing key.

    Raises KeyFileError and KeyringError where the keys of the node and of the database do not fit together.
    """
    files = key_files.load(settings.keys_dir, opens=opens)
    async with AsyncExitStack() as stack:
        primary = Primary(url)
        pool = await databases.connect(primary)
        stack.push_async_callback(pool.close)
        keyring = await _keyring(files, pool)
        api_keys = ApiKeys(pool, keyring)
        watch = Watch(primary, api_keys.forget)
        await watch.start()
        stack.push_async_callback(watch.close)
        writability = Writability(primary, pool)
        await writability.start()
        stack.push_async_callback(writability.close)
        recorder = Recorder(keyring, watch.now)
        denials = Denials(pool, recorder)
        pipeline = Pipeline(pool, api_keys, watch, Regions(pool, settings.regions), recorder, denials)
        table = methods(
            CredentialServicer(Vault(pool, keyring, Numbers(pool), recorder, watch), denials),
            OrganisationServicer(pool, keyring, recorder, watch, api_keys.forget),
            AuditServicer(pool, keyring),
        )
        if opens:
            # A writer's database role removes and chains nothing.
            await stack.enter_async_context(_jobs(settings, primary, recorder))
        stopping = Stopping()
        stopping.at_end(pipeline.end_calls)
        # A statement that a frozen database never answers would hold its call.
        stopping.at_end(primary.leave)
        try:
            yield Service(pipeline, Streams(pipeline, denials), table, pool, recorder, watch, writability, stopping)
        finally:
            stopping.refuse()
            # Handlers that the server has given up on still hold connections.
            await pipeline.drain(stopping.seconds_left)


@asynccontextmanager
async def _jobs(settings: Settings, primary: Primary, recorder: Recorder) -> AsyncIterator[None]:
    """What a node does by itself, on connections of its own: no call waits for one."""
    pool = await databases.connect(primary, size=2)
    jobs = [
        asyncio.create_task(sweep_forever(pool, recorder, settings.audit_retention_days)),
        asyncio.create_task(chain_forever(pool, recorder)),
        asyncio.create_task(plan_forever(pool)),
    ]
    try:
        yield
    finally:
        await cancel_all(jobs, primary.leave)
        await pool.close()


@asynccontextmanager
async def audited(settings: Settings, url: str, *, opens: bool = False) -> AsyncIterator[tuple[Database, Keyring]]:
    """What it takes to check the audit trail: the database, and the keys.

    With `opens`, the private sealing keys are among them, if there are any.
    """
    files = key_files.load(settings.keys_dir, opens=False)
    if opens and key_files.open_boxes(settings.keys_dir):
        files = key_files.load(settings.keys_dir, opens=True)
    pool = await databases.connect(url, size=2)
    try:
        yield pool, await _keyring(files, pool)
    finally:
        await pool.close()


async def _keyring(files: KeyFiles, pool: Database) -> Keyring:
    """The keys of the node, once they are checked against those of the database. Raises KeyringError."""
    if not digest_check.is_registered(files, await keys.digest_keys(pool)):
        _log.warning("digest key not registered", remedy="run `strongroom-server setup`", key=files.digest.id)
    return Keyring(files, await keys.sealing_keys(pool), await keys.signing_keys(pool), lambda: keys.signing_keys(pool))


@asynccontextmanager
async def grpc_server(settings: Settings, served: Service, *, shared: bool = False) -> AsyncIterator[int]:
    """Serve gRPC as long as the context; its value is the port, which with `shared` other processes may serve too. Raises OSError
    where the port is taken.
    """
    server = Server(
        served.pipeline,
        served.streams,
        served.methods,
        settings.host,
        settings.grpc_port,
        served.ready,
        shared=shared,
    )
    await server.start()

    async def stop() -> None:
        await served.stopping.until_refusing()
        served.streams.end()
        await server.stop(served.stopping.seconds_left)

    stopped = asyncio.create_task(stop())
    try:
        yield server.port
    finally:
        served.stopping.refuse()
        await stopped


@asynccontextmanager
async def http_server(
    settings: Settings, application: ASGIApp, stopping: Stopping, *, shared: bool = False
) -> AsyncIterator[int]:
    """Serve HTTP as long as the context; its value is the port, which with `shared` other processes may serve too. Raises OSError
    where the port is taken.
    """
    with sockets.listen(settings.host, settings.http_port, "STRONGROOM_HTTP_PORT", shared=shared) as listening:
        # What is accepted inherits it. uvloop sets it anyhow; asyncio's own loop does not for such a socket, so that the end of
        # an answer may wait 40 ms for the client to acknowledge its beginning.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = _HttpServer(
            uvicorn.Config(
                application,
                http=BoundedHttp,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # What a request says of where it came through is its sender's word, unless that is a proxy of ours.
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=settings.trusted_proxies,
            )
        )

        async def stop() -> None:
            await stopping.until_refusing()
            # uvicorn takes seconds that are no integer, though it does not say so.
            server.config.timeout_graceful_shutdown = stopping.seconds_left  # type: ignore[assignment]
            server.should_exit = True

        # The socket listens already: what connects before the server has started waits in its backlog.
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopped = asyncio.create_task(stop())
        try:
            yield listening.getsockname()[1]
        finally:
            stopping.refuse()
            await asyncio.gather(stopped, serving)
            # uvicorn cancels the requests that are late, and does not wait until they have answered.
            if late := set(server.server_state.tasks):
                await asyncio.wait(late, timeout=_TELL_SECONDS)


class _HttpServer(uvicorn.Server):
    """Signals are the node's: it stops its servers itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
