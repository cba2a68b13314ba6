"""Owns the wiring of a node, top to bottom: what is made of what, and in which order it stops. Knows no request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import uvicorn

from strongroom_server import embedded_postgres
from strongroom_server import listening as sockets
from strongroom_server.access.api_keys import ApiKeys
from strongroom_server.gateway.connections import BoundedHttp
from strongroom_server.jobs.chainer import chain_forever
from strongroom_server.jobs.planner import plan_forever
from strongroom_server.jobs.sweeper import sweep_forever
from strongroom_server.rpc.audit_servicer import AuditServicer
from strongroom_server.rpc.credential_servicer import CredentialServicer
from strongroom_server.rpc.local import LocalChannel
from strongroom_server.rpc.methods import methods
from strongroom_server.rpc.organisation_servicer import OrganisationServicer
from strongroom_server.rpc.pipeline import Pipeline
from strongroom_server.rpc.recorder import Recorder
from strongroom_server.rpc.refusals import Refusals
from strongroom_server.rpc.server import Server
from strongroom_server.rpc.vault import Vault
from strongroom_server.sealing import key_files
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.store import database as databases
from strongroom_server.store import keys
from strongroom_server.store.numbers import Numbers
from strongroom_server.store.regions import Regions
from strongroom_server.store.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    import grpc.aio
    from starlette.types import ASGIApp

    from strongroom_server.rpc.pipeline import Method
    from strongroom_server.settings import Settings
    from strongroom_server.store.database import Database

# Calls in flight when a node is told to stop have so long to end.
GRACE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """What answers calls, whichever way they come."""

    pipeline: Pipeline
    methods: Mapping[str, Method]
    database: Database
    recorder: Recorder
    watch: Watch

    def channel(self) -> grpc.aio.Channel:
        """The way to the servicers for stubs in this process."""
        return cast("grpc.aio.Channel", LocalChannel(self.pipeline, self.methods))

    async def ready(self) -> bool:
        """Whether the database answers."""
        return self.watch.hearing


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
    """The URL of the database for a command beside the server: that of a running embedded Postgres, too."""
    with embedded_postgres.running(settings.data_dir) as url:
        if settings.database_url is None and url is not None:
            yield url
            return
    async with database(settings) as own:
        yield own


@asynccontextmanager
async def service(settings: Settings, url: str, *, opens: bool = True) -> AsyncIterator[Service]:
    """The service on a database that is set up. With `opens` false the node is a writer: it reads no private sealing key.

    Raises KeyFileError and KeyringError where the keys of the node and of the database do not fit together.
    """
    files = key_files.load(settings.keys_dir, opens=opens)
    async with AsyncExitStack() as stack:
        pool = await databases.connect(url)
        stack.push_async_callback(pool.close)
        keyring = Keyring(
            files, await keys.sealing_keys(pool), await keys.signing_keys(pool), lambda: keys.signing_keys(pool)
        )
        api_keys = ApiKeys(pool, keyring)
        watch = Watch(url, api_keys.forget)
        await watch.start()
        stack.push_async_callback(watch.close)
        recorder = Recorder(keyring, watch.now)
        refusals = Refusals(pool, recorder)
        pipeline = Pipeline(pool, api_keys, watch, Regions(pool, settings.regions), recorder, refusals)
        table = methods(
            CredentialServicer(Vault(pool, keyring, Numbers(pool), recorder, watch), refusals),
            OrganisationServicer(pool, keyring, recorder, watch),
            AuditServicer(pool, keyring),
        )
        if opens:
            # A writer's database role removes and chains nothing.
            await stack.enter_async_context(_jobs(settings, url, recorder))
        # Handlers that the server has given up on still hold connections.
        stack.push_async_callback(pipeline.drain, GRACE_SECONDS)
        yield Service(pipeline, table, pool, recorder, watch)


@asynccontextmanager
async def _jobs(settings: Settings, url: str, recorder: Recorder) -> AsyncIterator[None]:
    """What a node does by itself, on connections of its own: no call waits for one."""
    pool = await databases.connect(url, size=2)
    jobs = [
        asyncio.create_task(sweep_forever(pool, recorder, settings.audit_retention_days)),
        asyncio.create_task(chain_forever(pool, recorder)),
        asyncio.create_task(plan_forever(pool)),
    ]
    try:
        yield
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await pool.close()


@asynccontextmanager
async def audited(settings: Settings, url: str) -> AsyncIterator[tuple[Database, Keyring]]:
    """What it takes to check the audit trail: the database, and the keys without the private sealing keys."""
    files = key_files.load(settings.keys_dir, opens=False)
    pool = await databases.connect(url, size=2)
    try:
        yield (
            pool,
            Keyring(
                files, await keys.sealing_keys(pool), await keys.signing_keys(pool), lambda: keys.signing_keys(pool)
            ),
        )
    finally:
        await pool.close()


@asynccontextmanager
async def grpc_server(settings: Settings, served: Service, *, shared: bool = False) -> AsyncIterator[int]:
    """Serve gRPC as long as the context; its value is the port, which with `shared` other processes may serve too. Raises OSError
    where the port is taken.
    """
    server = Server(served.pipeline, served.methods, settings.host, settings.grpc_port, shared=shared)
    await server.start()
    try:
        yield server.port
    finally:
        served.pipeline.end_streams()
        await server.stop(GRACE_SECONDS)


@asynccontextmanager
async def http_server(settings: Settings, application: ASGIApp, *, shared: bool = False) -> AsyncIterator[int]:
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
                timeout_graceful_shutdown=round(GRACE_SECONDS),
            )
        )
        # The socket listens already: what connects before the server has started waits in its backlog.
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


class _HttpServer(uvicorn.Server):
    """Signals are the node's: it stops its servers itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
