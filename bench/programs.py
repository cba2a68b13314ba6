"""Starts the measured programs: a Postgres with durable commits, Strongroom's processes on it, and the floors."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Final, TypeVar

import asyncpg
import uvloop

from strongroom_server.node import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence

T = TypeVar("T")

STRONGROOM: Final = str(Path(sys.executable).parent / "strongroom-server")
KEY: Final = "sr_bench_only-ever-used-by-the-bench"

# Enough connections for all deployments, and nothing that would disturb single rounds: no checkpoints, and no segments of the WAL
# that are filled with zeros first. Postgres does that until it has enough to use again, and no commit ends meanwhile (60 ms here).
_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {"max_connections": "300", "max_wal_size": "4GB", "wal_init_zero": "off"}
)

# The caller's environment without its STRONGROOM_ variables, which are for another server.
_INHERITED: Final = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}


def run(benchmark: Coroutine[None, None, T]) -> T:
    """Run a benchmark, and return its result. SIGTERM interrupts it like SIGINT, so that it stops the programs it started."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(benchmark)


class ProgramError(Exception):
    """A program that did not start. The text is its output."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program: its process, and the first line of its output."""

    pid: int
    first_line: str

    @property
    def ports(self) -> list[int]:
        """The ports in its first line, in order."""
        return [int(number) for number in re.findall(r":([0-9]+)", self.first_line)]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment: a database with Strongroom's schema, and keys. Background work in it belongs to its own programs only."""

    keys_dir: Path
    url: str
    postgres_pid: int
    # Opened before the measurements, because connecting costs Postgres more than a millisecond.
    watching: asyncpg.Connection[asyncpg.Record]

    def environment(self) -> dict[str, str]:
        """The environment of its programs."""
        return {
            **_INHERITED,
            "STRONGROOM_DATABASE_URL": self.url,
            "STRONGROOM_DATA_DIR": str(self.keys_dir),
            "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
            "STRONGROOM_GRPC_PORT": "0",
            "STRONGROOM_HTTP_PORT": "0",
        }

    async def wait_until_chained(self) -> None:
        """Wait until every audit event is chained, because chaining is part of the cost of an audited operation."""
        unchained = "select exists (select from audit_events where chain_position is null)"
        while await self.watching.fetchval(unchained):
            await asyncio.sleep(0.1)

    async def run_to_end(self, *command: str) -> None:
        """Run a program, and wait until it ends. Raises ProgramError."""
        process = await self._start(command, stderr=asyncio.subprocess.PIPE)
        _, said = await process.communicate()
        if process.returncode:
            raise ProgramError(f"{' '.join(command)} ended with {process.returncode}:\n{said.decode()[-2000:]}")

    @asynccontextmanager
    async def program(self, *command: str, **settings: str) -> AsyncIterator[Program]:
        """Run a program with further settings until the context ends. It is ready when it prints its first line.

        Raises ProgramError.
        """
        with tempfile.TemporaryFile() as log:
            process = await self._start(command, stderr=log, **settings)
            assert process.stdout is not None
            try:
                line = (await process.stdout.readline()).decode()
                if not line:
                    log.seek(0)
                    raise ProgramError(f"{' '.join(command)} did not start:\n{log.read().decode()[-2000:]}")
                yield Program(process.pid, line)
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.wait()

    async def _start(
        self, command: Sequence[str], stderr: int | IO[bytes], **settings: str
    ) -> asyncio.subprocess.Process:
        environment = self.environment() | settings
        return await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=stderr
        )


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running Postgres, and its directory."""

    directory: Path
    url: str
    pid: int

    async def create_database(self, name: str) -> str:
        """Create a database, and return its URL."""
        connection = await asyncpg.connect(self.url, user=embedded_postgres.SUPERUSER)
        try:
            await connection.execute(f"create database {name} owner {embedded_postgres.ROLE}")
        finally:
            await connection.close()
        return self.url.replace(f"/{embedded_postgres.DATABASE}?", f"/{name}?")

    async def create_deployment(self, name: str) -> Deployment:
        """Create a database, and set it up. Raises ProgramError."""
        url = await self.create_database(name)
        made = Deployment(self.directory / f"{name}.keys", url, self.pid, await asyncpg.connect(url))
        await made.run_to_end(STRONGROOM, "setup")
        return made


@asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    """A new Postgres with the durable defaults of the embedded one, for several deployments."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        path.chmod(0o711)  # Postgres may run as another user
        running = await embedded_postgres.start(path / "postgres", _SETTINGS)
        try:
            yield Postgres(path, running.url, running.pid)
        finally:
            await running.stop()
