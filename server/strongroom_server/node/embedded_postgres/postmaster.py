"""Finds the processes of a cluster, and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from strongroom_server.node.embedded_postgres.connection import SOCKET_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How long a process may take to end before it gets a stronger signal.
_PATIENCE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.005


async def stop_leftover(data: Path) -> bool:
    """Stop what an earlier server or a killed postmaster left running on this cluster, and remove its lock files.

    Returns whether there was a lock file.
    """
    pid, _ = read_pid_file(data)
    if pid is not None and is_postmaster(pid, data):
        await shut_down(pid, lambda: is_postmaster(pid, data))
    await _kill_orphans(data)
    if pid is None:
        return False
    # The process id in them may belong to another program by now. Postgres itself checks by its shared memory that no other
    # postmaster uses the data.
    (data / "postmaster.pid").unlink(missing_ok=True)
    (data.parent / "socket" / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    return True


async def _kill_orphans(data: Path) -> None:
    """Kill the processes of a dead postmaster. A busy process does not notice its death and keeps the shared memory in use."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while orphans := list(_processes_titled(f"postgres: {name_of(data)}: ")):
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(POLL_SECONDS)


def _processes_titled(start: str) -> Iterator[int]:
    """The processes whose title starts with this text. Every user can read the titles of all processes."""
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (directory / "cmdline").read_bytes().startswith(start.encode()):
                yield int(directory.name)


def name_of(data: Path) -> str:
    """A name that no other cluster on this machine has, not even one of the same path in another container."""
    found = data.stat()
    return "strongroom-" + hashlib.sha256(f"{found.st_dev} {found.st_ino} {data}".encode()).hexdigest()[:32]


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether the process is the postmaster of that cluster. Every user can read the command lines of all processes."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return Path(os.fsdecode(arguments[0])).name == "postgres" and os.fsencode(data) in arguments


async def shut_down(pid: int, is_alive: Callable[[], bool]) -> None:
    """End a postmaster: first with a checkpoint, then without one, then by SIGKILL, from which the next start recovers."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not is_alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = loop.time() + _PATIENCE_SECONDS
        while is_alive():
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
