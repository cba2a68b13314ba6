"""Owns several processes behind one address: each listens on the same ports, and the kernel deals the connections out.

Knows no request: a worker is this program, started once more with `--shared-ports`. Its event loop writes a byte to the parent
every second; a worker that is silent for SILENT_SECONDS is killed and replaced, for the kernel goes on dealing it connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import click
import structlog

from strongroom_server.core.errors import OperatorError
from strongroom_server.core.names import METRICS_DIRECTORY
from strongroom_server.node.stopping import GRACE_SECONDS
from strongroom_server.rpc.listening import reserve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

SHARED_PORTS: Final = "--shared-ports"
# A worker that ended is started again after so long.
PAUSE_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 1.0
# Counted in whole beats, so that a pause of the whole machine counts as one.
SILENT_SECONDS: Final = 6.0
# How long a worker may take to stop: its grace, and what it does after that.
STOP_SECONDS: Final = GRACE_SECONDS + 3.0

_log = structlog.get_logger()


class WorkerError(OperatorError):
    """A worker did not start; it has said why."""


async def supervise(
    count: int, arguments: Sequence[str], host: str, ports: dict[str, int], stopped: Callable[[], Awaitable[object]]
) -> None:
    """Run so many workers with these arguments until `stopped` returns; one that ends or no longer answers is replaced.

    `ports` are those to share by the variable that names them; 0 takes a free one. Says what the first worker says when all are
    ready. Raises OSError where a port is taken, WorkerError where a worker does not start.
    """
    with ExitStack() as held:
        environment = {**os.environ, METRICS_DIRECTORY: held.enter_context(tempfile.TemporaryDirectory())}
        for variable, port in ports.items():
            environment[variable] = str(held.enter_context(reserve(host, port, variable)).getsockname()[1])
        # -P keeps the current directory out of the module path.
        command = (sys.executable, "-P", "-m", "strongroom_server", *arguments, SHARED_PORTS)
        workers = [_Worker(command, environment) for _ in range(count)]
        try:
            lines = [await worker.start() for worker in workers]
            click.echo(lines[0])  # as a single process says it
            keeping = [asyncio.create_task(worker.keep()) for worker in workers]
            await stopped()
            for each in keeping:
                each.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
        finally:
            await asyncio.gather(*(worker.stop() for worker in workers))


async def until_orphaned(stop: asyncio.Event) -> None:
    """Return when a worker is told to stop, or nobody is left to tell it: its input ends with its parent.

    From now on, and until the process ends, the parent hears that its event loop runs.
    """
    _beating.append(asyncio.create_task(_beat(sys.stdout.fileno())))
    loop, given = asyncio.get_running_loop(), sys.stdin.fileno()
    loop.add_reader(given, stop.set)
    await stop.wait()
    loop.remove_reader(given)


# Kept here, for the event loop itself keeps no task alive.
_beating: list[asyncio.Task[None]] = []


async def _beat(out: int) -> None:
    # A parent that reads nothing must not block the worker.
    os.set_blocking(out, False)
    while True:
        with contextlib.suppress(OSError):
            os.write(out, b".")
        await asyncio.sleep(BEAT_SECONDS)


class _Worker:
    """One process, and those that come after it."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start it and answer what it says when it is ready. Raises WorkerError, OSError."""
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command, env=self._environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        if line := await process.stdout.readline():
            return line.decode().rstrip()
        await process.wait()
        raise WorkerError("a worker did not start")

    async def keep(self) -> None:
        """Start it again whenever it has ended, or was killed because it did not answer."""
        while True:
            assert self._process is not None
            await self._until_silent(self._process)
            _log.error("worker ended", status=await self._process.wait())
            await asyncio.sleep(PAUSE_SECONDS)
            with contextlib.suppress(WorkerError, OSError):
                await self.start()

    async def _until_silent(self, process: asyncio.subprocess.Process) -> None:
        """Return when it has ended; kill it when it does not answer."""
        assert process.stdout is not None
        silent = 0.0
        while silent < SILENT_SECONDS:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    if not await process.stdout.read(4096):
                        return
            except TimeoutError:
                silent += BEAT_SECONDS
            else:
                silent = 0.0
        _log.error("worker does not answer", pid=process.pid, seconds=SILENT_SECONDS)
        process.kill()

    async def stop(self) -> None:
        """Let it end what is in flight, and kill it if it takes longer than it may."""
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
