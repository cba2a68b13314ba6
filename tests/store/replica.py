"""Owns a far region for tests: a second real Postgres that replays the first one's log, as fast as it is told to."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from waiting import until

from strongroom_server import embedded_postgres
from strongroom_server.embedded_postgres import SUPERUSER, EmbeddedPostgres, process, programs
from strongroom_server.embedded_postgres.place import make_directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_QUICK = {"fsync": "off", "full_page_writes": "off", "wal_receiver_status_interval": "1s"}


@asynccontextmanager
async def primary_and_region(name: str) -> AsyncIterator[tuple[EmbeddedPostgres, EmbeddedPostgres]]:
    """Two running Postgres, the second a replica of the first under that application_name."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o711)  # noqa: ASYNC240 - nothing else runs yet
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
    """The URL of the same database for Postgres's own superuser."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{SUPERUSER}@"))


async def pause(region: EmbeddedPostgres) -> None:
    """Let the region receive and no longer replay."""
    await _execute(region, "select pg_wal_replay_pause()")


async def resume(region: EmbeddedPostgres) -> None:
    """Let the region replay what it has received."""
    await _execute(region, "select pg_wal_replay_resume()")


async def let_see_replicas(primary: EmbeddedPostgres) -> None:
    """Let the server's role see how far the replicas are, as an operator must."""
    await _execute(primary, f"grant pg_read_all_stats to {embedded_postgres.ROLE}")


async def _execute(postgres: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(as_superuser(postgres.url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _let_replicate(primary: EmbeddedPostgres) -> None:
    """The replica's user is not this process's, which alone is let in otherwise."""
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
