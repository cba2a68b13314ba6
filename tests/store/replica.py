"""Starts a second Postgres as a replica of the first, for tests of regions and failover. Tests can pause its replay."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import asyncpg
from directories import database_directory
from waiting import until

from strongroom_server.node import embedded_postgres
from strongroom_server.node.embedded_postgres import SUPERUSER, EmbeddedPostgres, process, programs
from strongroom_server.node.embedded_postgres.files import make_directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_QUICK = {"fsync": "off", "full_page_writes": "off", "wal_receiver_status_interval": "1s"}


@asynccontextmanager
async def primary_and_region(name: str) -> AsyncIterator[tuple[EmbeddedPostgres, EmbeddedPostgres]]:
    """Start two Postgres servers, the second a replica of the first with that application_name."""
    with database_directory() as place:
        primary = await embedded_postgres.start(place / "home", _QUICK)
        try:
            _let_replicate(primary)
            region = await _replica(primary, place / "region", name)
            try:
                yield primary, region
            finally:
                await region.stop()
        finally:
            await primary.stop()


def as_superuser(url: str) -> str:
    """The URL of the same database for Postgres's superuser."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{SUPERUSER}@"))


async def pause(region: EmbeddedPostgres) -> None:
    """Pause the replay: the region only receives."""
    await _execute(region, "select pg_wal_replay_pause()")


async def resume(region: EmbeddedPostgres) -> None:
    """Resume the replay."""
    await _execute(region, "select pg_wal_replay_resume()")


async def disconnect(region: EmbeddedPostgres) -> None:
    """End the replication: what the primary commits from now on never arrives."""
    await _execute(region, "alter system set primary_conninfo = ''")
    await _execute(region, "select pg_reload_conf()")
    await until(lambda: _value(region, "select not exists (select from pg_stat_wal_receiver)"))


async def let_see_replicas(primary: EmbeddedPostgres) -> None:
    """Grant the server's role the positions of the replicas, as an operator must."""
    await _execute(primary, f"grant pg_read_all_stats to {embedded_postgres.ROLE}")


async def _execute(postgres: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(as_superuser(postgres.url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _let_replicate(primary: EmbeddedPostgres) -> None:
    """Let the replica's user connect; by default only the user of this process may."""
    rules = primary.home / "pg_hba.conf"
    rules.write_text(f"local replication {SUPERUSER} trust\n{rules.read_text()}")
    os.kill(primary.pid, signal.SIGHUP)


async def _replica(primary: EmbeddedPostgres, data_dir: Path, name: str) -> EmbeddedPostgres:
    account = process.unprivileged()
    home = data_dir / "postgres"
    home.mkdir(parents=True)
    for path in (data_dir, home):
        path.chmod(0o700 if account is None else 0o711)
    make_directory(home / "data", account)
    source = f"host={primary.home / 'socket'} user={SUPERUSER} application_name={name}"
    command = [
        str(programs.binaries(account) / "pg_basebackup"),
        "-D",
        str(home / "data"),
        "-R",
        "-X",
        "stream",
    ]
    with (home / "log").open("wb") as log:
        status = await process.run(account, [*command, "-c", "fast", "-d", source], log, "")
    assert status == 0, (home / "log").read_text()
    return await embedded_postgres.start(data_dir, _QUICK)


async def streaming(primary: EmbeddedPostgres, name: str) -> None:
    """Wait until the region is connected."""
    connection = await asyncpg.connect(as_superuser(primary.url))
    try:
        await until(
            lambda: connection.fetchval(
                "select exists (select from pg_stat_replication where application_name = $1 and replay_lsn is not null)",
                name,
            )
        )
    finally:
        await connection.close()


def url_of_both(first: EmbeddedPostgres, second: EmbeddedPostgres) -> str:
    """A URL with both servers as its hosts, in this order."""
    hosts = [parse_qs(urlsplit(each.url).query)["host"][0] for each in (first, second)]
    parts = urlsplit(first.url)
    return urlunsplit(parts._replace(query=urlencode({"host": ",".join(hosts), "port": "5432,5432"})))


async def caught_up(primary: EmbeddedPostgres, region: EmbeddedPostgres) -> None:
    """Wait until the region has replayed everything that the primary has written so far."""
    position = await _value(primary, "select pg_current_wal_lsn()::text")
    replayed = f"select pg_last_wal_replay_lsn() >= '{position}'"
    await until(lambda: _value(region, replayed))


async def promote(region: EmbeddedPostgres) -> None:
    """Promote the region to a primary."""
    assert await _value(region, "select pg_promote()")


async def make_read_only(postgres: EmbeddedPostgres) -> None:
    """Make a running server read-only, also for its open connections."""
    await _execute(postgres, "alter system set default_transaction_read_only = on")
    await _execute(postgres, "select pg_reload_conf()")


@contextmanager
def frozen(postgres: EmbeddedPostgres) -> Iterator[None]:
    """Stop every process of a server: the kernel still accepts connections, but nothing responds."""
    processes = [postgres.pid]
    try:
        os.kill(postgres.pid, signal.SIGSTOP)
        children = Path(f"/proc/{postgres.pid}/task/{postgres.pid}/children").read_text()
        processes += map(int, children.split())
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in reversed(processes):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def _value(postgres: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(as_superuser(postgres.url))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
