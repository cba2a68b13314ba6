"""Creates a cluster of Postgres, and knows its settings and its log."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Final

from strongroom_server.node.embedded_postgres.connection import DATABASE, ROLE, SUPERUSER
from strongroom_server.node.embedded_postgres.files import make_directory, sync_directory
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, run

if TYPE_CHECKING:
    import pwd
    from collections.abc import Mapping

_LOG_LIMIT: Final = 1 << 20

SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listen_addresses": "",
        "port": "5432",
        # Relative to the cluster, because a socket's path must be short.
        "unix_socket_directories": "../socket",
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": "64MB",
        "maintenance_work_mem": "32MB",
        "min_wal_size": "32MB",
        "max_wal_size": "512MB",
        "huge_pages": "off",
        "io_method": "sync",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "max_logical_replication_workers": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Keeps the texts of statements, parameters and rows out of the log. Callers still get errors, and a crash is logged
        # without its DETAIL, which quotes the statement.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_checkpoints": "off",
        "update_process_title": "off",
    }
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster and the programs to start it with. `home` is the directory of the database, `binaries` that of the programs."""

    home: Path
    binaries: Path
    account: pwd.struct_passwd | None
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        """The directory that Postgres calls its data directory."""
        return self.home / "data"


async def create_cluster(cluster: Cluster, log: IO[bytes]) -> None:
    """Create the cluster and its database. Raises EmbeddedPostgresError.

    It has another name until it is complete, so that an incomplete one is never used.
    """
    home, binaries, account = cluster.home, cluster.binaries, cluster.account
    durable = cluster.settings.get("fsync") != "off"
    _remove_unfinished(home)
    # A new name each time: the initdb of a killed server may still be writing to the last one.
    new = home / f"new-{secrets.token_hex(4)}"
    make_directory(new, account)
    # This writes the cluster's own pg_hba.conf, which is not used.
    initdb = [str(binaries / "initdb"), "-D", str(new), "-U", SUPERUSER, "--auth=reject", "--data-checksums"]
    initdb += ["--no-instructions"]
    initdb += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    single = [str(binaries / "postgres"), "--single", "-D", str(new), "-c", "exit_on_error=on"]
    if not durable:
        initdb += ["--no-sync"]
        single += ["-F"]
    create_database = f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
    for command, text in ((initdb, ""), ([*single, SUPERUSER], create_database)):
        begin = log.seek(0, os.SEEK_END)
        if await run(account, command, log, text) != 0:
            raise EmbeddedPostgresError(f"{home}: {Path(command[0]).name} failed: {last_log_lines(home, begin)}")
    new.rename(home / "data")
    if durable:
        sync_directory(home)


def _remove_unfinished(home: Path) -> None:
    for unfinished in home.glob("new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def open_log(home: Path) -> IO[bytes]:
    """Open the log of Postgres to append to it. A log of more than 1 MiB is deleted first."""
    path = home / "log"
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.unlink()
    path.touch(mode=0o600)
    return path.open("ab")


def last_log_lines(home: Path, begin: int) -> str:
    """The last lines of the log after an offset."""
    with (home / "log").open(errors="replace") as log:
        log.seek(begin)
        lines = log.read().split("\n")
    return " ".join(line.strip() for line in lines[-6:]).strip() or "its log is empty"
