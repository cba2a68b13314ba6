"""Fixtures for all tests: one real Postgres for the session, and for each module a node with its own database."""

from __future__ import annotations

import gc
import itertools
import os
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from inspect import isasyncgenfunction, iscoroutinefunction
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import grpc.aio
import httpx
import hypothesis
import pytest
import structlog
import trustme
from directories import database_directory, place_in_memory
from pytest_asyncio import is_async_test
from waiting import until

from strongroom.v1.audit_service_pb2_grpc import AuditServiceStub
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.key_service_pb2_grpc import KeyServiceStub
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.core.event_loop import EventLoop
from strongroom_server.gateway.app import application
from strongroom_server.gateway.services import services
from strongroom_server.node import embedded_postgres
from strongroom_server.node import service as node
from strongroom_server.node.grpc_server import serve_grpc
from strongroom_server.node.http_server import serve_http
from strongroom_server.node.settings import Settings
from strongroom_server.node.setup import set_up
from strongroom_server.store.migrate import migrate

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp


# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile(
    "untimed",
    hypothesis.settings(),  # so that what Hypothesis itself sets in CI stays
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run the tests on uvloop, as the server does: its timers, among other things, differ from those of asyncio's own loop."""
    return {"uvloop": EventLoop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test without `async` that uses an asynchronous fixture.

    For such a test pytest-asyncio ends the session's loop and starts another, under the fixtures that still use the first.
    """
    for item in items:
        if isinstance(item, pytest.Function) and not is_async_test(item):
            definitions = [one for several in item._fixtureinfo.name2fixturedefs.values() for one in several]
            names = {
                one.argname for one in definitions if iscoroutinefunction(one.func) or isasyncgenfunction(one.func)
            }
            if names:
                raise pytest.UsageError(f"{item.nodeid} uses {', '.join(sorted(names))}: declare it with `async def`")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than cores: tests that kill, freeze and restart servers wait half of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest make its directories in memory too. A deployment writes its key files to them, and waits for each file's fsync.

    Logs are rendered plainly: aligned and coloured columns took a quarter of the CPU time of tests with thousands of calls.

    The system's root certificates are one that signed nothing: each deployment and each process loads them, 144 in 0.02 s of CPU
    time, and no test reaches a server that they certify.
    """
    roots = NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 - it is deleted with the configuration
    trustme.CA().cert_pem.write_to_path(roots.name)
    config.add_cleanup(roots.close)
    os.environ["SSL_CERT_FILE"] = roots.name
    plain = structlog.processors.KeyValueRenderer(key_order=["level", "event"])
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    if (place := place_in_memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Exempt what was imported and collected from garbage collection, which took a twentieth of the CPU time to look through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


API_KEY = "sr_bootstrap_only-ever-used-by-the-tests"
ORGANISATION = "default"
_NAMES = itertools.count()


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running node with gRPC and HTTP in this process, its database, which was empty, and an API key with every role."""

    settings: Settings
    service: node.Service
    database_url: str
    grpc_target: str
    http_url: str
    grpc: grpc.aio.Channel
    http: httpx.AsyncClient
    api_key: str = API_KEY

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of a call with the API key."""
        return (("authorization", f"Bearer {self.api_key}"),)

    @property
    def credentials(self) -> CredentialServiceStub:
        """CredentialService, over the network."""
        return CredentialServiceStub(self.grpc)

    @property
    def organisations(self) -> OrganisationServiceStub:
        """OrganisationService, over the network."""
        return OrganisationServiceStub(self.grpc)

    @property
    def audit(self) -> AuditServiceStub:
        """AuditService, over the network."""
        return AuditServiceStub(self.grpc)

    @property
    def keys(self) -> KeyServiceStub:
        """KeyService, over the network."""
        return KeyServiceStub(self.grpc)

    async def hear(self) -> None:
        """Wait until the node has read the clock and the API keys of the database again.

        This waits for the node's own next read, because its one connection can't run two at the same time.
        """
        watch, called_at = self.service.watch, time.monotonic()
        await until(lambda: watch._heard_at > called_at)

    @asynccontextmanager
    async def sql(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection as the owner of the database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            yield connection
        finally:
            await connection.close()


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[embedded_postgres.EmbeddedPostgres]:
    """A Postgres for the session. It is faster than in production because its data need not survive a crash."""
    with database_directory() as directory:
        settings = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}
        postgres = await embedded_postgres.start(directory / "postgres", settings)
        try:
            yield postgres
        finally:
            await postgres.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres: embedded_postgres.EmbeddedPostgres) -> str:
    """The URL of the session's Postgres."""
    return postgres.url


@pytest.fixture(scope="session")
async def template_database(postgres_url: str) -> str:
    """The name of a database with the schema, for tests to copy."""
    await _execute(postgres_url, "create database template_strongroom")
    await migrate(url_of(postgres_url, "template_strongroom"))
    return "template_strongroom"


@pytest.fixture
async def database_url(postgres_url: str, template_database: str) -> AsyncIterator[str]:
    """A database with the schema and nothing else."""
    async with copied_database(postgres_url, template_database) as url:
        yield url


@pytest.fixture(scope="module")
async def deployment(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    """A deployment that the tests of a module share."""
    async with (
        copied_database(postgres_url, template_database) as url,
        open_deployment(url, tmp_path_factory.mktemp("deployment")) as opened,
    ):
        yield opened


@pytest.fixture
async def own_deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment for one test, which may break it."""
    async with open_deployment(database_url, tmp_path / "deployment") as opened:
        yield opened


@asynccontextmanager
async def open_deployment(
    url: str, data_dir: Path, regions: tuple[str, ...] = (), **further: Any
) -> AsyncIterator[Deployment]:
    """Set up and run a node on this database, with its key files in this directory and further fields of Settings."""
    settings = Settings(
        grpc_port=0,
        http_port=0,
        host="127.0.0.1",
        data_dir=data_dir,
        database_url=url,
        bootstrap_api_key=API_KEY,
        bootstrap_organisation=ORGANISATION,
        regions=regions,
        **further,
    )
    await set_up(settings, url)
    async with (
        node.service(settings, url) as served,
        serve_grpc(settings, served) as grpc_port,
        serve_http(
            settings, application(services(served.channel(), served.authenticate), served.ready), served.stopping
        ) as http_port,
        grpc.aio.insecure_channel(
            f"127.0.0.1:{grpc_port}", options=(("grpc.max_receive_message_length", 32 * 1024 * 1024),)
        ) as channel,
        # Without `verify` it does not load the root certificates, which takes 0.03 s of CPU time.
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}", timeout=30, verify=False) as http,
    ):
        yield Deployment(
            settings, served, url, f"127.0.0.1:{grpc_port}", f"http://127.0.0.1:{http_port}", channel, http
        )


def gateway_of(served: node.Service) -> ASGIApp:
    """The HTTP application of a gateway in the service's process."""
    return application(services(served.channel(), served.authenticate), served.ready)


@asynccontextmanager
async def copied_database(postgres_url: str, template: str) -> AsyncIterator[str]:
    """The URL of a copy of a database, which is dropped at the end. Otherwise hundreds of them would fill the memory."""
    url = await new_database(postgres_url, template)
    yield url
    await until(lambda: _dropped(postgres_url, name_of(url)))


async def _dropped(postgres_url: str, name: str) -> bool:
    try:
        await _execute(postgres_url, f"drop database {name} with (force)")
    except asyncpg.InsufficientPrivilegeError:
        # Postgres itself works in the database, such as to vacuum it, and only a superuser may end that.
        return False
    return True


async def new_database(postgres_url: str, template: str) -> str:
    """Copy a database, and return the URL of the copy."""
    name = f"test_{next(_NAMES)}"
    await _execute(postgres_url, f"create database {name} template {template} strategy file_copy")
    return url_of(postgres_url, name)


def name_of(url: str) -> str:
    """The name of the database of a URL."""
    return urlsplit(url).path[1:]


def url_of(postgres_url: str, database: str) -> str:
    """The URL of another database of the same Postgres."""
    parts = urlsplit(postgres_url)
    return urlunsplit(parts._replace(path=f"/{database}"))


async def _execute(postgres_url: str, statement: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
