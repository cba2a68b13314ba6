"""Starts, kills, freezes and asks nodes that are processes of their own."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment
    from schemes.provider import Provider

_PROGRAMS = Path(__file__).parent


class NodeProcess:
    """A node that runs. A killed one answers nothing more."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ready = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())
        self._ending = asyncio.create_task(self._end())

    async def ready(self) -> None:
        await self._ready

    def arm(self, point: str) -> None:
        """Have the process end or stop at a point, such as `sent:KILL`."""
        self._write({"arm": point})

    async def mint(self, credential_id: str, remaining: int = 10) -> dict[str, Any]:
        """Mint a token. Raises ConnectionError if the process ends meanwhile."""
        if self.process.stdin is None or self.process.stdin.is_closing():
            raise ConnectionError("the node has ended")
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"id": number, "credential": credential_id, "remaining": remaining})
        return await self._waiting[number]

    async def stopped(self) -> None:
        """Wait until the process has stopped itself."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        await until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")

    async def ended(self) -> None:
        """Wait until the process has ended."""
        await asyncio.shield(self._ending)

    def send(self, name: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(name)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended()

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        # A process that was killed a moment ago takes no more.
        if not self.process.stdin.is_closing():
            self.process.stdin.write((json.dumps(message) + "\n").encode())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            # The other lines are its log.
            if not line.startswith(b"{"):
                continue
            message = json.loads(line)
            if "ready" in message:
                self._ready.set_result(None)
            elif (waiting := self._waiting.pop(message.get("id", -1), None)) is not None:
                waiting.set_result(message)

    async def _end(self) -> None:
        """Fail the calls that wait once the process has ended. Its output may stay open, because processes that were started at the
        same time have inherited it.
        """
        await self.process.wait()
        self._reading.cancel()
        if not self._ready.done():
            self._ready.set_exception(ConnectionError("the node did not start"))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the node has ended"))


async def start(
    node: Deployment, provider: Provider, *, aged: bool = True, program: str = "refreshing_node.py", **options: Any
) -> NodeProcess:
    """Start a node on the database and with the keys of a deployment."""
    made = {
        "data_dir": str(node.settings.data_dir),
        "database_url": node.database_url,
        "api_key": node.api_key,
        "provider_port": provider.port,
        "token_url": provider.token_url,
        "provider_ca": str(provider.ca_file),
        "aged": aged,
        **options,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_PROGRAMS / program), json.dumps(made), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(_PROGRAMS.parent)},
    )  # fmt: skip
    started = NodeProcess(process)
    await started.ready()
    return started


@asynccontextmanager
async def nodes(node: Deployment, provider: Provider, number: int, **options: Any) -> AsyncIterator[list[NodeProcess]]:
    """Nodes until the context ends."""
    started = await asyncio.gather(*(start(node, provider, **options) for _ in range(number)))
    try:
        yield started
    finally:
        for each in started:
            await each.kill()
