"""Decides how clients connect: only through the socket, only as the user of the server, without a password."""

from __future__ import annotations

import contextlib
import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from strongroom_server.node.embedded_postgres.files import write_file
from strongroom_server.node.embedded_postgres.process import EmbeddedPostgresError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE: Final = "strongroom"
DATABASE: Final = "strongroom"
SUPERUSER: Final = "postgres"
SOCKET_NAME: Final = ".s.PGSQL.5432"
# An AF_UNIX address has 108 bytes on Linux and 104 elsewhere, with its final NUL.
_SOCKET_PATH_LIMIT: Final = 103


def write_access_rules(home: Path) -> None:
    """Let only the user of this process connect, as ROLE or as SUPERUSER."""
    try:
        caller = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedPostgresError(f"the user {os.geteuid()} has no name, and Postgres needs one") from None
    write_file(home / "pg_hba.conf", "local all,replication all peer map=server\n", 0o644)
    write_file(home / "pg_ident.conf", "".join(f'server "{caller}" {role}\n' for role in (ROLE, SUPERUSER)), 0o644)


@contextlib.contextmanager
def short_path(directory: Path) -> Iterator[Path]:
    """A path to the directory of a socket that clients can use: its own or, if that is too long, one through this process."""
    # Clients split a host at commas, so such a path cannot be used either.
    if len(os.fsencode(directory / SOCKET_NAME)) <= _SOCKET_PATH_LIMIT and "," not in str(directory):
        yield directory
    else:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
        finally:
            os.close(descriptor)


def url_of(socket_dir: Path) -> str:
    """The URL for asyncpg and libpq."""
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_dir), safe='')}&port=5432"
