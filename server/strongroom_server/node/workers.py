"""Runs several worker processes that listen on the same ports; the kernel distributes the connections among them.

A worker is this program, started again with `--shared-ports`. Its event loop writes a byte to the parent every second. A worker
that is silent for SILENT_SECONDS is killed and replaced, because the kernel would still give it connections.
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
from strongroom_server.node.stopping import grace_seconds
from strongroom_server.rpc.listening import reserve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from strongroom_server.node.settings import Settings

SHARED_PORTS: Final = "--shared-ports"
# The pause before a worker that ended is started again.
PAUSE_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 1.0
# Counted in beats, so that a pause of the whole machine counts as one beat.
SILENT_SECONDS: Final = 6.0
# How long a worker may take to stop after the time for calls in flight.
_REST_SECONDS: Final = 3.0

_log = structlog.get_logger()


class WorkerError(OperatorError):
    """A worker did not start. It has already written the reason to standard error, and its status becomes the command's."""

    def __init__(self, status: int) -> None:
        super().__init__("a worker did not start")
        self.exit_status = status if status > 0 else 1


async def supervise(
    count: int,
    arguments: Sequence[str],
    settings: Settings,
    ports: dict[str, int],
    stopped: Callable[[], Awaitable[object]],
    secret: tuple[str, str] | None = None,
) -> None:
    """Run `count` workers with these arguments until `stopped` returns. A worker that ends or hangs is replaced.

    `ports` are the ports to share, each with the variable that sets it; 0 takes a free one. Each worker finds the text of `secret`
    in a pipe, which the variable in it names. When all workers are ready, the line that the first one printed is printed.

    If it is cancelled, the workers are killed at once. Raises OSError if a port is in use, WorkerError if a worker does not start.
    """
    with ExitStack() as stack:
        environment = {**os.environ, METRICS_DIRECTORY: stack.enter_context(tempfile.TemporaryDirectory())}
        for variable, port in ports.items():
            environment[variable] = str(stack.enter_context(reserve(settings.host, port, variable)).getsockname()[1])
        # -P keeps the current directory out of the module path.
        command = (sys.executable, "-P", "-m", "strongroom_server", *arguments, SHARED_PORTS)
        workers = [_Worker(command, environment, secret) for _ in range(count)]
        keeping: list[asyncio.Task[None]] = []
        try:
            lines = [await worker.start() for worker in workers]
            click.echo(lines[0])  # all workers print the same
            keeping += [asyncio.create_task(worker.keep()) for worker in workers]
            await stopped()
        except asyncio.CancelledError:
            for worker in workers:
                worker.kill()
            raise
        finally:
            for each in keeping:
                each.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            seconds = grace_seconds(settings.drain_seconds) + _REST_SECONDS
            await asyncio.gather(*(worker.stop(seconds) for worker in workers))


async def until_orphaned(stop: asyncio.Event) -> None:
    """Return when a worker has to stop: at a signal, or when its parent is gone, which ends its standard input.

    From now until the process ends, its event loop writes beats to the parent.
    """
    _beating.append(asyncio.create_task(_beat(sys.stdout.fileno())))
    loop, standard_input = asyncio.get_running_loop(), sys.stdin.fileno()
    loop.add_reader(standard_input, stop.set)
    await stop.wait()
    loop.remove_reader(standard_input)


# The event loop has only weak references to tasks, so this list keeps the task alive.
_beating: list[asyncio.Task[None]] = []


async def _beat(out: int) -> None:
    # A parent that does not read must not block the worker.
    os.set_blocking(out, False)
    while True:
        with contextlib.suppress(OSError):
            os.write(out, b".")
        await asyncio.sleep(BEAT_SECONDS)


class _Worker:
    """One worker process, and the processes that replace it."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], secret: tuple[str, str] | None) -> None:
        self._command = command
        self._environment = environment
        self._secret = secret
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start the process, and return the line that it prints when it is ready. Raises WorkerError, OSError."""
        with _pipe_of(self._secret) as (variables, descriptors):
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command,
                env={**self._environment, **variables},
                pass_fds=descriptors,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        assert process.stdout is not None
        if line := await process.stdout.readline():
            return line.decode().rstrip()
        raise WorkerError(await process.wait())

    async def keep(self) -> None:
        """Replace the process each time it has ended or hangs."""
        while True:
            assert self._process is not None
            await self._until_silent(self._process)
            _log.error("worker ended", status=await self._process.wait())
            await asyncio.sleep(PAUSE_SECONDS)
            with contextlib.suppress(WorkerError, OSError):
                await self.start()

    async def _until_silent(self, process: asyncio.subprocess.Process) -> None:
        """Return when the process has ended. Kill it if it is silent for too long."""
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

    def kill(self) -> None:
        """Kill the process, whatever it is doing."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self, seconds: float) -> None:
        """Let the process finish its calls, and kill it if that takes too long."""
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(seconds):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


@contextlib.contextmanager
def _pipe_of(secret: tuple[str, str] | None) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """A pipe with the text of a secret: the variable that names it, and the descriptor for the child process.

    Arguments and variables of a process can be read in /proc; what is in a pipe cannot, and can be read only once.
    """
    if secret is None:
        yield {}, ()
        return
    variable, text = secret
    reading, writing = os.pipe()
    try:
        os.write(writing, text.encode())
        os.close(writing)
        yield {variable: f"/dev/fd/{reading}"}, (reading,)
    finally:
        os.close(reading)
