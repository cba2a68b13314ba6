"""Starts what is measured: a Postgres with its durable defaults, Strongroom's processes in front of it, and the floors."""

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

# As many connections as all deployments together open, and no checkpoint in the middle of a round that another does not have.
_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({"max_connections": "300", "max_wal_size": "4GB"})

# What programs need to run, and nothing of the caller's: his STRONGROOM_ variables are for his own server.
_INHERITED: Final = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}


def ran(benchmark: Coroutine[None, None, T]) -> T:
    """What a benchmark answers. However it is told to stop, what it started ends first."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(benchmark)


class ProgramError(Exception):
    """A program that did not start. The text is what it said."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program: its process, and what it printed first."""

    pid: int
    first_line: str

    @property
    def ports(self) -> list[int]:
        """The ports that its first line names, in turn."""
        return [int(number) for number in re.findall(r":([0-9]+)", self.first_line)]


@dataclass(frozen=True, slots=True)
class Place:
    """A database with Strongroom's schema and keys: a deployment of its own, for what runs in it is nobody else's work."""

    keys_dir: Path
    url: str
    postgres_pid: int
    # Stands ready: to connect costs Postgres a millisecond and more, which is no part of what is measured.
    watching: asyncpg.Connection[asyncpg.Record]

    def environment(self) -> dict[str, str]:
        """What its programs are started with."""
        return {
            **_INHERITED,
            "STRONGROOM_DATABASE_URL": self.url,
            "STRONGROOM_DATA_DIR": str(self.keys_dir),
            "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
            "STRONGROOM_GRPC_PORT": "0",
            "STRONGROOM_HTTP_PORT": "0",
        }

    async def chained(self) -> None:
        """Wait until every audit event has its place in the chain, which is part of what an audited operation costs."""
        unchained = "select exists (select from audit_events where chain_position is null)"
        while await self.watching.fetchval(unchained):
            await asyncio.sleep(0.1)

    async def done(self, *command: str) -> None:
        """Run a program to its end. Raises ProgramError."""
        process = await self._started(command, stderr=asyncio.subprocess.PIPE)
        _, said = await process.communicate()
        if process.returncode:
            raise ProgramError(f"{' '.join(command)} ended with {process.returncode}:\n{said.decode()[-2000:]}")

    @asynccontextmanager
    async def program(self, *command: str) -> AsyncIterator[Program]:
        """A program that says when it is ready, from then until the context ends. Raises ProgramError."""
        with tempfile.TemporaryFile() as log:
            process = await self._started(command, stderr=log)
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

    async def _started(self, command: Sequence[str], stderr: int | IO[bytes]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command, env=self.environment(), stdout=asyncio.subprocess.PIPE, stderr=stderr
        )


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running Postgres, and the directory that belongs to it."""

    directory: Path
    url: str
    pid: int

    async def database(self, name: str) -> str:
        """The URL of a new database."""
        connection = await asyncpg.connect(self.url, user=embedded_postgres.SUPERUSER)
        try:
            await connection.execute(f"create database {name} owner {embedded_postgres.ROLE}")
        finally:
            await connection.close()
        return self.url.replace(f"/{embedded_postgres.DATABASE}?", f"/{name}?")

    async def place(self, name: str) -> Place:
        """A new database, set up. Raises ProgramError."""
        url = await self.database(name)
        made = Place(self.directory / f"{name}.keys", url, self.pid, await asyncpg.connect(url))
        await made.done(STRONGROOM, "setup")
        return made


@asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    """A fresh Postgres with the durable defaults of the embedded one, and room for several deployments."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        path.chmod(0o711)  # Postgres may run as another user
        running = await embedded_postgres.start(path / "postgres", _SETTINGS)
        try:
            yield Postgres(path, running.url, running.pid)
        finally:
            await running.stop()
