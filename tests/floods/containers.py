"""Gives a process the memory of a container, by a control group of its own. That takes root."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where Linux has the controller of memory, and the file of the limit: control groups of version 2, and of version 1.
_CONTROLLERS: Final = (
    (Path("/sys/fs/cgroup"), "memory.max"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
)


@contextmanager
def limited_memory(pid: int, size: int) -> Iterator[bool]:
    """Limit the memory of a process until the context ends. The kernel ends it if it needs more. Yields whether root allowed it."""
    group = next(filter(None, (_limited(pid, size, *each) for each in _CONTROLLERS)), None)
    try:
        yield group is not None
    finally:
        if group is not None:
            # The process that is in it moves, because a group that has processes cannot be removed.
            for member in (group / "cgroup.procs").read_text(encoding="ascii").split():
                with suppress(OSError):
                    (group.parent / "cgroup.procs").write_text(member, encoding="ascii")
            with suppress(OSError):
                group.rmdir()


def _limited(pid: int, size: int, controller: Path, limit: str) -> Path | None:
    group = controller / f"strongroom-test-{os.getpid()}-{pid}"
    try:
        group.mkdir()
    except OSError:
        return None
    if not (group / limit).exists():
        # This directory is not of the controller: a kernel with version 1 has only a file system in memory above its controllers.
        group.rmdir()
        return None
    try:
        (group / limit).write_text(str(size), encoding="ascii")
        (group / "cgroup.procs").write_text(str(pid), encoding="ascii")
    except OSError:
        group.rmdir()
        return None
    return group
