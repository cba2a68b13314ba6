"""The control group of the test with 512 MB really limits memory: without this, that test could pass without any limit."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest
from floods.containers import limited_memory

SIZE = 50 << 20
# It waits until it is in the group, and then needs twice the limit.
PROGRAM = "input(); x = b'x' * (100 << 20)"


async def test_a_process_that_needs_more_memory_than_its_group_has_is_killed() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    with limited_memory(process.pid, SIZE) as is_limited:
        await process.communicate(b"\n")
    if not is_limited:
        pytest.skip("only root can make a control group, and only where the kernel has its controller of memory")
    assert process.returncode == -signal.SIGKILL
