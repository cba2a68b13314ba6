"""Starts what is measured: a Postgres with its durable defaults, Strongroom's processes in front of it, and the floors."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Final

from strongroom_server import embedded_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

STRONGROOM: Final = str(Path(sys.executable).parent / "strongroom-server")
KEY: Final = "sr_bench_only-ever-used-by-the-bench"

# What programs need to run, and nothing of the caller's: his STRONGROOM_ variables are for his own server.
_INHERITED: Final = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}


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
    """A Postgres with Strongroom's schema and keys, and a directory for all that belongs to it."""

    directory: Path
    url: str
    postgres_pid: int

    def environment(self) -> dict[str, str]:
        return {
            **_INHERITED,
            "STRONGROOM_DATABASE_URL": self.url,
            "STRONGROOM_DATA_DIR": str(self.directory / "keys"),
            "STRONGROOM_BOOTSTRAP_API_KEY": KEY,
            "STRONGROOM_GRPC_PORT": "0",
            "STRONGROOM_HTTP_PORT": "0",
        }

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


@asynccontextmanager
async def place(settings: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[Place]:
    """A fresh Postgres, set up. Raises ProgramError, EmbeddedPostgresError."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o711)  # Postgres may run as another user
        postgres = await embedded_postgres.start(directory / "postgres", settings)
        stack.push_async_callback(postgres.stop)
        made = Place(directory, postgres.url, postgres.pid)
        await made.done(STRONGROOM, "setup")
        yield made
