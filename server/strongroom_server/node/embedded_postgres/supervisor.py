"""Supervises a running Postgres: starts it again if it ends unexpectedly."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.node.embedded_postgres.launch import launch
from strongroom_server.node.embedded_postgres.postmaster import shut_down

if TYPE_CHECKING:
    import contextlib
    import subprocess
    from pathlib import Path

    from strongroom_server.node.embedded_postgres.cluster import Cluster

POLL_SECONDS: Final = 0.05
# The pause before the first try, doubled for each further try. A random part of up to half is subtracted.
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10.0
# After a Postgres has run for this long, the pauses start with the shortest again.
SETTLED_SECONDS: Final = 60.0

_log = structlog.get_logger()


class EmbeddedPostgres:
    """A running Postgres. Its URL, for asyncpg and libpq, stays the same when it is started again."""

    def __init__(
        self, url: str, cluster: Cluster, process: subprocess.Popen[bytes], held: contextlib.ExitStack
    ) -> None:
        self.url = url
        self._cluster = cluster
        self._process = process
        self._held = held
        self._tries = 0
        self._supervising = asyncio.create_task(self._supervise())

    @property
    def home(self) -> Path:
        """The directory of its data, log and socket."""
        return self._cluster.home

    @property
    def pid(self) -> int:
        """The process id of the postmaster, which changes when Postgres is started again."""
        return self._process.pid

    async def stop(self) -> None:
        """End every connection and stop, within seconds."""
        # The supervision ends first, because it would start Postgres again. A cancelled start leaves nothing running.
        self._supervising.cancel()
        await asyncio.gather(self._supervising, return_exceptions=True)
        await shut_down(self._process.pid, lambda: self._process.poll() is None)
        self._held.close()

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started_at = loop.time()
            while self._process.poll() is None:  # noqa: ASYNC110 - no event for the end of a process works on every platform
                await asyncio.sleep(POLL_SECONDS)
            _log.error("embedded postgres ended", status=self._process.returncode, log=str(self.home / "log"))
            if loop.time() - started_at > SETTLED_SECONDS:
                self._tries = 0
            await self._start_again()
            _log.info("embedded postgres started again", pid=self.pid)

    async def _start_again(self) -> None:
        while True:
            await asyncio.sleep(_pause_before(self._tries))
            self._tries += 1
            try:
                self._process = await launch(self._cluster, create=False)
            except Exception as error:  # a supervisor that ends would leave the node unready for good
                _log.error("embedded postgres not started", error=type(error).__name__, detail=str(error))
            else:
                return


def _pause_before(tries: int) -> float:
    """The pause in seconds after this many tries, with jitter so that nodes that failed together don't all start together."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(tries, 16))
    return random.uniform(longest / 2, longest)  # noqa: S311 - not a secret
