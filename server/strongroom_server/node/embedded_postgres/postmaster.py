"""Owns the postmaster: its settings, how a cluster is created, started and stopped, and what a killed one leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from strongroom_server.node.embedded_postgres.place import (
    DATABASE,
    ROLE,
    SOCKET_NAME,
    SUPERUSER,
    make_directory,
    sync_directory,
)
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, run, spawn

if TYPE_CHECKING:
    import pwd
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

LOG_LIMIT = 1 << 20
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.005

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "port": "5432",
        # Relative to the cluster, so that the length of the path does not matter.
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
        # No text of a statement, no parameter and no row in the log: errors go to the caller alone, and a crash is
        # logged without its DETAIL, which quotes the statement.
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
    """What a postmaster is started from. `home` is where the database is stored, `binaries` where the programs are."""

    home: Path
    binaries: Path
    account: pwd.struct_passwd | None
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        """The directory that Postgres calls the data directory."""
        return self.home / "data"


async def launch(cluster: Cluster, *, create: bool) -> subprocess.Popen[bytes]:
    """Start Postgres and return once it takes connections. With `create`, a missing cluster is created first.

    Raises EmbeddedPostgresError, OSError.
    """
    data = cluster.data
    with _open_log(cluster.home) as log:
        if not data.exists():
            if not create:
                raise EmbeddedPostgresError(f"{data} is gone: restore it")
            await _initialise(cluster, log)
        fixed = {
            "hba_file": str(cluster.home / "pg_hba.conf"),
            "ident_file": str(cluster.home / "pg_ident.conf"),
            # Every process of this cluster shows it in its title.
            "cluster_name": _name_of(data),
        }
        command = [str(cluster.binaries / "postgres"), "-D", str(data)]
        command += [f"--{name}={value}" for name, value in {**SETTINGS, **cluster.settings, **fixed}.items()]
        crashed = await _stop_leftover(data)
        # What a killed postmaster left may take a moment to let go of the data.
        for pause in (0.2, 1.0, 3.0, 0.0):
            begin = log.seek(0, os.SEEK_END)
            process = spawn(cluster.account, command, log)
            if await _is_ready(process, data):
                return process
            crashed = await _stop_leftover(data) or crashed
            if not crashed:
                break
            await asyncio.sleep(pause)
    raise EmbeddedPostgresError(f"{data}: Postgres does not start: {_last_words(cluster.home, begin)}")


async def _is_ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until Postgres takes connections, however long its recovery takes. False: it has ended."""
    try:
        while process.poll() is None:
            if read_pid_file(data) == (process.pid, "ready"):
                return True
            await asyncio.sleep(POLL_SECONDS)
    except BaseException:  # a cancelled start, too, leaves nothing running
        process.send_signal(signal.SIGQUIT)
        process.wait()
        raise
    return False


async def _initialise(cluster: Cluster, log: IO[bytes]) -> None:
    """Create the cluster under another name first, so that an unfinished one is never used."""
    home, binaries, account = cluster.home, cluster.binaries, cluster.account
    durable = cluster.settings.get("fsync") != "off"
    _remove_unfinished(home)
    # Never the same name twice: a killed server's initdb may still be writing to the last one.
    new = home / f"new-{secrets.token_hex(4)}"
    make_directory(new, account)
    # `reject` stands in the cluster's own pg_hba.conf, which is not the one in use.
    initdb = [str(binaries / "initdb"), "-D", str(new), "-U", SUPERUSER, "--auth=reject", "--data-checksums"]
    initdb += ["--no-instructions"]
    initdb += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    single = [str(binaries / "postgres"), "--single", "-D", str(new), "-c", "exit_on_error=on"]
    if not durable:
        initdb += ["--no-sync"]
        single += ["-F"]
    make_database = f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
    for command, text in ((initdb, ""), ([*single, SUPERUSER], make_database)):
        begin = log.seek(0, os.SEEK_END)
        if await run(account, command, log, text) != 0:
            raise EmbeddedPostgresError(f"{home}: {Path(command[0]).name} failed: {_last_words(home, begin)}")
    new.rename(home / "data")
    if durable:
        sync_directory(home)


def _remove_unfinished(home: Path) -> None:
    for unfinished in home.glob("new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)


async def _stop_leftover(data: Path) -> bool:
    """Stop what an earlier server or a killed postmaster left running on this cluster, and remove its lock files.

    Returns whether there was anything.
    """
    pid, _ = read_pid_file(data)
    if pid is not None and is_postmaster(pid, data):
        await shut_down(pid, lambda: is_postmaster(pid, data))
    await _kill_orphans(data)
    if pid is None:
        return False
    # By now their process id may be another program's. Postgres has a second guard against two on the same data: its shared memory.
    (data / "postmaster.pid").unlink(missing_ok=True)
    (data.parent / "socket" / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    return True


async def _kill_orphans(data: Path) -> None:
    """Kill the processes of a dead postmaster. A busy one does not notice its death, and keeps the shared memory in use."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while orphans := list(_processes_titled(f"postgres: {_name_of(data)}: ")):
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(POLL_SECONDS)


def _processes_titled(start: str) -> Iterator[int]:
    """The processes whose title starts with this text. Titles can be read where /proc shows no more of a process."""
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (directory / "cmdline").read_bytes().startswith(start.encode()):
                yield int(directory.name)


def _name_of(data: Path) -> str:
    """A name that no other cluster on this machine has, not even one of the same path in another container."""
    found = data.stat()
    return "strongroom-" + hashlib.sha256(f"{found.st_dev} {found.st_ino} {data}".encode()).hexdigest()[:32]


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether the process is a Postgres of that cluster. Its command line is readable where its directory is not."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return Path(os.fsdecode(arguments[0])).name == "postgres" and os.fsencode(data) in arguments


async def shut_down(pid: int, lives: Callable[[], bool]) -> None:
    """End a postmaster: in order, then without a checkpoint, and at last as a crash that the next start recovers."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not lives():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = loop.time() + PATIENCE_SECONDS
        while lives():
            if loop.time() > deadline:
                break
            await asyncio.sleep(POLL_SECONDS)


def read_pid_file(data: Path) -> tuple[int | None, str]:
    """The postmaster's process id and its state, as `pg_ctl` reads them: the first and the eighth line."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""
    except (FileNotFoundError, IndexError, ValueError):
        return None, ""


def _open_log(home: Path) -> IO[bytes]:
    path = home / "log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.unlink()
    path.touch(mode=0o600)
    return path.open("ab")


def _last_words(home: Path, begin: int) -> str:
    """What the log says from an offset on."""
    with (home / "log").open(errors="replace") as log:
        log.seek(begin)
        lines = log.read().split("\n")
    return " ".join(line.strip() for line in lines[-6:]).strip() or "it says nothing"
