"""Other processes of the same user cannot read the memory of a running node, nor a key in an environment."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from node.test_process import KEY, data_dir, running
from node.test_workers import children, set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["data_dir"]

# With these privileges root could read every process.
_PRIVILEGES = "-sys_ptrace,-perfmon,-sys_admin"
UNPRIVILEGED = ["setpriv", "--bounding-set", _PRIVILEGES, "--inh-caps", _PRIVILEGES] if os.geteuid() == 0 else []


async def can_be_read(pid: int) -> bool:
    """Whether another process of the same user can read this one's environment. That needs the same permission as its memory."""
    reader = await asyncio.create_subprocess_exec(
        *UNPRIVILEGED, "cat", f"/proc/{pid}/environ",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await reader.communicate()
    assert out or b"Permission denied" in err
    return bool(out)


@pytest.fixture
async def unprotected() -> AsyncIterator[int]:
    """A process of the same user without protection."""
    process = await asyncio.create_subprocess_exec(*UNPRIVILEGED, "sleep", "600")
    yield process.pid
    process.kill()
    await process.wait()


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def core_limits(pid: int) -> tuple[str, ...]:
    limits = re.search(r"^Max core file size +(\S+) +(\S+)", Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE)
    assert limits is not None
    return limits.groups()


async def test_a_node_and_its_workers_dump_no_core_and_cannot_be_read_by_others(
    database_url: str, data_dir: Path, unprotected: int
) -> None:
    environment = await set_up(database_url, data_dir)
    assert await can_be_read(unprotected)
    async with running("serve", "--workers", "2", through=UNPRIVILEGED, **environment) as run:
        workers = children(run)
        assert len(workers) == 2
        for pid in (run.process.pid, *workers):
            assert core_limits(pid) == ("0", "0")
            assert not await can_be_read(pid)


if os.geteuid() == 0:

    async def test_the_bootstrap_key_is_not_in_the_environment_of_workers_and_postgres(
        database_url: str, data_dir: Path
    ) -> None:
        environment = await set_up(database_url, data_dir)
        async with running("serve", "--workers", "2", **environment) as run:
            for pid in children(run):
                assert b"STRONGROOM_DATABASE_URL=" in environment_of(pid)
                assert KEY.encode() not in environment_of(pid)
        embedded = {"STRONGROOM_DATA_DIR": str(data_dir.with_name("embedded")), "STRONGROOM_BOOTSTRAP_API_KEY": KEY}
        async with running("run", **embedded) as run:
            (postmaster,) = children(run)
            assert KEY.encode() not in environment_of(postmaster)
            assert core_limits(postmaster) == ("0", "0")
