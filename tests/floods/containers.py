"""Starts a process with the memory of a container, in a control group of its own. That takes root."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where Linux has the controller of memory, and its files for the limit and the peak: control groups of version 2, and of version 1.
_CONTROLLERS: Final = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.peak"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
)


class Group(NamedTuple):
    """A control group whose processes the kernel kills if they need more memory than its limit."""

    directory: Path
    peak_file: Path

    @property
    def through(self) -> tuple[str, ...]:
        """Put in front of a command, it starts that command in the group, so that its memory counts from the first byte."""
        return ("/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', str(self.directory / "cgroup.procs"))

    def peak(self) -> int:
        """The most memory that the group has had, in bytes, with what the kernel holds for it: files and the buffers of sockets."""
        return int(self.peak_file.read_text(encoding="ascii"))


def required(group: Group | None) -> Group:
    """The group, or skip the test because there is none."""
    if group is None:
        pytest.skip("only root can make a control group, and only where the kernel has its controller of memory")
    return group


@contextmanager
def limited_memory(size: int) -> Iterator[Group | None]:
    """A group with this much memory, or None if root did not allow one. Its processes must have ended before the context ends."""
    group = next(filter(None, (_limited(size, *each) for each in _CONTROLLERS)), None)
    try:
        yield group
    finally:
        if group is not None:
            group.directory.rmdir()


def _limited(size: int, controller: Path, limit: str, peak: str) -> Group | None:
    try:
        directory = Path(tempfile.mkdtemp(prefix="strongroom-test-", dir=controller))
    except OSError:
        return None
    # The directory has no such file if it is not of the controller: with version 1 only a file system in memory is above them.
    if not (directory / limit).exists():
        directory.rmdir()
        return None
    try:
        (directory / limit).write_text(str(size), encoding="ascii")
    except OSError:
        directory.rmdir()
        return None
    return Group(directory, directory / peak)
