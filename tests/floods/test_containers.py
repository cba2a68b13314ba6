"""The control group of the test with 512 MB really limits memory: without this, that test could pass without any limit."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest
from floods.containers import limited_memory, required

SIZE = 50 << 20
PROGRAM = "x = b'x' * ({} << 20)"


@pytest.mark.parametrize(("needed", "status"), [(1, 0), (100, -signal.SIGKILL)], ids=["less", "more"])
async def test_a_process_is_killed_if_it_needs_more_memory_than_its_group_has(needed: int, status: int) -> None:
    with limited_memory(SIZE) as found:
        group = required(found)
        process = await asyncio.create_subprocess_exec(*group.through, sys.executable, "-c", PROGRAM.format(needed))
        assert await process.wait() == status
        assert min(needed << 20, SIZE // 2) < group.peak() <= SIZE
