"""Where databases of tests are stored: in memory if there is room, because a copied database costs mainly its 400 files."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 << 30


@contextmanager
def database_directory() -> Iterator[Path]:
    """A directory that every user can reach: as root, Postgres runs as `nobody`, who cannot reach pytest's own directories."""
    place = str(_MEMORY) if _is_usable() else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True, dir=place) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def _is_usable() -> bool:
    """Whether the place in memory exists, has room, and permits programs: Postgres may be copied to its data and started there."""
    try:
        status = os.statvfs(_MEMORY)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize >= _ROOM_BYTES and not status.f_flag & os.ST_NOEXEC
