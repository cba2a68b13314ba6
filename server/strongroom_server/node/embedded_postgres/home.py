"""Decides where the database of a data directory is stored, and locks it for one server."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom_server.node.embedded_postgres.files import write_file
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError, succeeds

if TYPE_CHECKING:
    import pwd
    from collections.abc import Iterator

# Where root keeps databases and programs that `nobody` must be able to use. Only root writes to it.
SHARED = Path("/var/lib/strongroom-postgres")
# In the data directory: the directory of the database, or a file with the name of its directory in SHARED.
_INSIDE = "postgres"
_ID_FILE = "postgres.id"

_REMEDY = (
    "set STRONGROOM_DATABASE_URL, or set STRONGROOM_DATA_DIR to the data directory of an embedded database, "
    "which `strongroom-server run` creates"
)


def create_home(data_dir: Path, account: pwd.struct_passwd | None) -> Path:
    """The directory of the database of a data directory, created at the first start. It never changes after that.

    Raises EmbeddedPostgresError.
    """
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        # Set explicitly: with some umasks `nobody` could not reach the database. Secret files have stricter modes of their own.
        data_dir.chmod(0o700 if account is None else 0o711)
    if not data_dir.is_dir():
        raise EmbeddedPostgresError(f"{data_dir} is not a directory: set STRONGROOM_DATA_DIR to one")
    inside, id_file = data_dir / _INSIDE, data_dir / _ID_FILE
    if id_file.exists() or not (account is None or inside.exists() or succeeds(account, "test", "-x", str(data_dir))):
        if not id_file.exists():
            _create_outside(id_file)
        return _home_outside(id_file)
    inside.mkdir(exist_ok=True)
    _require_owner(inside)
    inside.chmod(0o700 if account is None else 0o711)
    return inside


def existing_home(data_dir: Path) -> Path:
    """The directory of the database of a data directory. Creates nothing. Raises EmbeddedPostgresError if there is none."""
    data_dir = data_dir.resolve()
    if not data_dir.is_dir():
        problem = "is not a directory" if data_dir.exists() else "does not exist"
        raise EmbeddedPostgresError(f"{data_dir} {problem}: {_REMEDY}")
    inside, id_file = data_dir / _INSIDE, data_dir / _ID_FILE
    if id_file.exists():
        return _home_outside(id_file)
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
    write_file(unnamed, new + "\n", 0o600)
    # If two servers start at the same time, the second one uses the id of the first.
    with contextlib.suppress(FileExistsError):
        id_file.hardlink_to(unnamed)
    unnamed.unlink()
    if id_file.read_text() != new + "\n":
        (SHARED / new).rmdir()


def _home_outside(id_file: Path) -> Path:
    if os.geteuid() != 0:
        raise EmbeddedPostgresError(
            f"{id_file.parent} was created by root: start as root, or set STRONGROOM_DATA_DIR to another directory"
        )
    home_id = id_file.read_text().strip()
    if not re.fullmatch(r"[0-9a-f]{32}", home_id):
        raise EmbeddedPostgresError(f"{id_file} does not hold the id of a database")
    home = SHARED / home_id
    if not home.is_dir():
        raise EmbeddedPostgresError(
            f"{home}, the database of {id_file.parent}, does not exist: restore it, or remove {id_file}"
        )
    return home


def make_shared() -> None:
    """Create SHARED if it does not exist."""
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o711)


@contextlib.contextmanager
def lock(home: Path) -> Iterator[None]:
    """Keep other servers from using this database until the context ends. Postgres does not inherit the lock."""
    # Other users must not be able to open the file: who can open a file can lock it.
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
