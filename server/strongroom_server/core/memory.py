"""Bounds the memory that requests and responses take at once in this process.

What a response takes at most is taken from a budget before the response is made. What exceeds the budget waits, in order, and is
refused after a few seconds. The budgets are separate, so that nobody who holds a part of one waits for more of it.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MIB: Final = 1024 * 1024
_WAIT_SECONDS: Final = 3.0
_RETRY_SECONDS: Final = "1"
# The default is a quarter of the memory that the process may have, within these bounds.
_PART: Final = 4
_DEFAULTS_MB: Final = (64, 1024)
# Where Linux shows the limit of a container: control groups of version 2, and of version 1.
_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


class Budget:
    """Bytes of which parts are taken for a while."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._taken = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def taken(self) -> int:
        """How many bytes are taken."""
        return self._taken

    @property
    def is_short(self) -> bool:
        """Whether more is taken than there is, or somebody waits."""
        return bool(self._waiting) or self._taken > self.total

    def take(self, size: int) -> None:
        """Take what is in use already, also beyond the total."""
        self._taken += size

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        self._taken -= size
        self._wake()

    @asynccontextmanager
    async def part(self, size: int) -> AsyncIterator[None]:
        """Take this many bytes until the context ends, at most all. Raises OVERLOADED if they are not free in time."""
        size = min(size, self.total)
        if self._waiting or self._taken + size > self.total:
            await self._wait(size)
        else:
            self._taken += size
        try:
            yield
        finally:
            self.give_back(size)

    async def _wait(self, size: int) -> None:
        """Wait for the bytes, which `_wake` takes."""
        free: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, free))
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await free
        except BaseException as error:
            if free.done() and not free.cancelled():
                self._taken -= size
            else:
                self._waiting = deque(each for each in self._waiting if each[1] is not free)
            self._wake()
            if isinstance(error, TimeoutError):
                reason = error_reason_pb2.ERROR_REASON_OVERLOADED
                raise ServiceError(reason, retry_seconds=_RETRY_SECONDS) from None
            raise

    def _wake(self) -> None:
        while self._waiting and self._taken + self._waiting[0][0] <= self.total:
            size, free = self._waiting.popleft()
            if not free.done():
                self._taken += size
                free.set_result(None)


def default_mb() -> int:
    """A quarter of the memory of the container or machine, in MB, within bounds."""
    least, most = _DEFAULTS_MB
    return max(least, min(most, _available() // MIB // _PART))


def _available() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _LIMITS:
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            return min(machine, int(text))
    return machine


# Responses while the service makes them and, over gRPC, until their clients have read them (rpc/unread.py); large requests; and
# lists that are sent in slices. Memory belongs to the process, and so do these: `set_bound` sets their sizes when a node starts.
RESPONSES: Final = Budget(0)
REQUESTS: Final = Budget(0)
SLICES: Final = Budget(0)


def set_bound(megabytes: int) -> None:
    """Divide this much memory: a half for responses, a quarter each for requests and slices."""
    RESPONSES.total = megabytes * MIB // 2
    REQUESTS.total = SLICES.total = megabytes * MIB // 4


set_bound(default_mb())
