"""Owns where the database of a data directory is stored, and who may reach it. Starts nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, succeeds

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where root keeps what `nobody` must reach. It survives a restart of the machine, and only root writes to it.
SHARED = Path("/var/lib/strongroom-postgres")
ROLE = DATABASE = "strongroom"
SUPERUSER = "postgres"

# An AF_UNIX address holds 108 bytes on Linux and 104 elsewhere, with its final NUL.
SOCKET_PATH_LIMIT = 103
SOCKET_NAME = ".s.PGSQL.5432"

# In the data directory: the database itself, or the name of its directory in SHARED.
INSIDE = "postgres"
ID_FILE = "postgres.id"

_REMEDY = (
    "set STRONGROOM_DATABASE_URL, or set STRONGROOM_DATA_DIR to the data directory of an embedded database, "
    "which `strongroom-server run` creates"
)


def create_home(data_dir: Path, account: pwd.struct_passwd | None) -> Path:
    """Where the database of a data directory is stored, which is decided at its first start and never changes.

    Raises EmbeddedPostgresError.
    """
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        # Fixed, for a umask must not decide where the database is stored. What is secret in it has its own mode.
        data_dir.chmod(0o700 if account is None else 0o711)
    if not data_dir.is_dir():
        raise EmbeddedPostgresError(f"{data_dir} is not a directory: set STRONGROOM_DATA_DIR to one")
    inside, id_file = data_dir / INSIDE, data_dir / ID_FILE
    if id_file.exists() or not (account is None or inside.exists() or succeeds(account, "test", "-x", str(data_dir))):
        if not id_file.exists():
            _create_outside(id_file)
        return _outside(id_file)
    inside.mkdir(exist_ok=True)
    _require_owner(inside)
    inside.chmod(0o700 if account is None else 0o711)
    return inside


def existing_home(data_dir: Path) -> Path:
    """Where the database of a data directory is stored. Creates nothing. Raises EmbeddedPostgresError where there is none."""
    data_dir = data_dir.resolve()
    if not data_dir.is_dir():
        problem = "is not a directory" if data_dir.exists() else "does not exist"
        raise EmbeddedPostgresError(f"{data_dir} {problem}: {_REMEDY}")
    inside, id_file = data_dir / INSIDE, data_dir / ID_FILE
    if id_file.exists():
        return _outside(id_file)
    if not inside.is_dir():
        raise EmbeddedPostgresError(f"{data_dir} holds no database: {_REMEDY}")
    _require_owner(inside)
    if not (inside / "data").is_dir():
        raise EmbeddedPostgresError(f"{data_dir} holds no database: {_REMEDY}")
    return inside


def _require_owner(inside: Path) -> None:
    if (owner := inside.stat().st_uid) != os.geteuid():
        raise EmbeddedPostgresError(f"{inside} belongs to the user {owner}: start as that user")


def _create_outside(id_file: Path) -> None:
    new = secrets.token_hex(16)
    make_shared()
    (SHARED / new).mkdir()
    (SHARED / new).chmod(0o711)
    unnamed = id_file.with_suffix(f".{new}")
    _write(unnamed, new + "\n", 0o600)
    # When two start at once, the second takes the id of the first.
    with contextlib.suppress(FileExistsError):
        id_file.hardlink_to(unnamed)
    unnamed.unlink()
    if id_file.read_text() != new + "\n":
        (SHARED / new).rmdir()


def _outside(id_file: Path) -> Path:
    if os.geteuid() != 0:
        raise EmbeddedPostgresError(f"{id_file.parent} was made by root: start as root, or give another data directory")
    home_id = id_file.read_text().strip()
    if not re.fullmatch(r"[0-9a-f]{32}", home_id):
        raise EmbeddedPostgresError(f"{id_file} does not hold the id of a database")
    home = SHARED / home_id
    if not home.is_dir():
        raise EmbeddedPostgresError(
            f"{home}, the database of {id_file.parent}, is gone: restore it, or remove {id_file}"
        )
    return home


def make_shared() -> None:
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o711)


@contextlib.contextmanager
def lock(home: Path) -> Iterator[None]:
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


def write_access_rules(home: Path) -> None:
    """Only through the socket, and only this process' user, as the server's role or as the superuser."""
    try:
        caller = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedPostgresError(f"the user {os.geteuid()} has no name, and Postgres wants one") from None
    _write(home / "pg_hba.conf", "local all,replication all peer map=server\n", 0o644)
    _write(home / "pg_ident.conf", "".join(f'server "{caller}" {role}\n' for role in (ROLE, SUPERUSER)), 0o644)


@contextlib.contextmanager
def short_path(directory: Path) -> Iterator[Path]:
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


def url_of(socket_dir: Path) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_dir), safe='')}&port=5432"


def make_directory(path: Path, account: pwd.struct_passwd | None) -> None:
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
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
