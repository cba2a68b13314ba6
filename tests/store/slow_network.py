"""A TCP proxy between a node and its Postgres that delays the traffic, or drops it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(slots=True)
class SlowNetwork:
    """Forwards bytes in both directions, each `delay_seconds` late, while `carries` is set."""

    socket: str
    url: str = ""
    delay_seconds: float = 0.0
    carries: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def accept(self, client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.current_task())
        directions, writers = [], [client_writer]
        try:
            await self.carries.wait()
            server_reader, server_writer = await asyncio.open_unix_connection(self.socket)
            writers.append(server_writer)
            directions = [
                asyncio.create_task(self._carry(client_reader, server_writer)),
                asyncio.create_task(self._carry(server_reader, client_writer)),
            ]
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
            for writer in writers:
                writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def write() -> None:
            while True:
                due, data = await late.get()
                await asyncio.sleep(max(due - loop.time(), 0))
                await self.carries.wait()
                writer.write(data)

        writing = asyncio.create_task(write())
        try:
            while data := await reader.read(65536):
                late.put_nowait((loop.time() + self.delay_seconds, data))
        finally:
            writing.cancel()


@asynccontextmanager
async def slow_network(url: str) -> AsyncIterator[SlowNetwork]:
    """A proxy in front of the embedded Postgres of a URL."""
    parts = urlsplit(url)
    directory = parse_qs(parts.query)["host"][0]
    network = SlowNetwork(f"{directory}/.s.PGSQL.5432")
    network.carries.set()
    async with await asyncio.start_server(network.accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        network.url = urlunsplit(parts._replace(netloc=f"{parts.netloc}127.0.0.1:{port}", query=""))
        try:
            yield network
        finally:
            network.carries.set()
            network.delay_seconds = 0.0
            for task in filter(None, network.tasks):
                task.cancel()
            await asyncio.gather(*filter(None, network.tasks), return_exceptions=True)
