"""Where the files of tests are: in memory if there is room, because a copy of a database costs mainly its 400 files."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = "/dev/shm"
_ROOM_BYTES = 4 << 30


@contextmanager
def database_directory() -> Iterator[Path]:
    """A directory that every user can reach: as root, Postgres runs as `nobody`, who cannot reach pytest's own directories."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True, dir=place_in_memory()) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def place_in_memory() -> str | None:
    """The place, if it has room and permits programs: Postgres may be copied to its data and started there."""
    try:
        status = os.statvfs(_MEMORY)
    except OSError:
        return None
    has_room = status.f_bavail * status.f_frsize >= _ROOM_BYTES
    return _MEMORY if has_room and not status.f_flag & os.ST_NOEXEC else None
