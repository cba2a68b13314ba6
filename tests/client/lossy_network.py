"""A TCP proxy in front of a server, which can cut connections and lose responses."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEADERS_FRAME = 1


@dataclass(slots=True)
class LossyNetwork:
    """Forwards data. `lose_next_answer` cuts a connection instead of its next response; `cut` cuts all connections."""

    host: str
    port: int
    target: str = ""
    lose_next_answer: bool = False
    connections: set[asyncio.Task[None] | None] = field(default_factory=set)
    _cut: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Cut every open connection."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def carry(self, client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.current_task())
        server_reader, server_writer = await asyncio.open_connection(self.host, self.port)

        async def ask() -> None:
            while data := await client_reader.read(65536):
                server_writer.write(data)

        async def answer() -> None:
            # HTTP/2 frames: three bytes of length, one of type, five more (RFC 9113, section 4.1).
            while True:
                head = await server_reader.readexactly(9)
                payload = await server_reader.readexactly(int.from_bytes(head[:3]))
                if self.lose_next_answer and head[3] == HEADERS_FRAME:
                    self.lose_next_answer = False
                    return
                client_writer.write(head + payload)

        directions = [asyncio.create_task(each) for each in (ask(), answer(), self._is_cut())]
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        for writer in (client_writer, server_writer):
            writer.close()

    async def _is_cut(self) -> None:
        await self._cut.wait()


@asynccontextmanager
async def lossy_network(target: str) -> AsyncIterator[LossyNetwork]:
    """Start a proxy in front of the server at the target. Close clients before it ends."""
    host, _, port = target.rpartition(":")
    network = LossyNetwork(host, int(port))
    async with await asyncio.start_server(network.carry, "127.0.0.1", 0) as server:
        network.target = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield network
    async with asyncio.timeout(10):
        await asyncio.gather(*filter(None, network.connections))
