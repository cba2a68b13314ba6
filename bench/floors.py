"""The floors: the minimal cost of each part of the work. `floors.py <URL of a database>` serves them over gRPC and HTTP, and prints
the two ports.

Each floor does only its part, as fast as careful code can: generic handlers without messages, statements prepared once on their own
connections, libsodium's bindings.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import grpc.aio
import uvicorn
import uvloop
from nacl.bindings import (
    crypto_box_keypair,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_sign,
    crypto_sign_keypair,
    crypto_sign_open,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CONNECTIONS: Final = 8
# The sizes of a small credential's sealed data and signed row.
_PLAIN: Final = b"p" * 256
_ROW: Final = b"r" * 400

_PUBLIC, _PRIVATE = crypto_box_keypair()
_VERIFYING, _SIGNING = crypto_sign_keypair()
_BOX: Final = crypto_box_seal(_PLAIN, _PUBLIC)
_SIGNED: Final = crypto_sign(_ROW, _SIGNING)
_METADATA: Final = b"m" * 200

_TABLE = """
    create table floor_rows (
        organisation_id text not null, id uuid not null, name text not null, metadata bytea not null, box bytea not null,
        create_time timestamptz not null, primary key (organisation_id, id)
    )
"""


class Rows:
    """A table with one index, written and read with one row per statement."""

    def __init__(self) -> None:
        self._free: asyncio.LifoQueue[tuple[Any, Any]] = asyncio.LifoQueue()
        self._id = uuid.uuid4()

    async def connect(self, url: str) -> None:
        for index in range(CONNECTIONS):
            connection = await asyncpg.connect(url)
            if not index:
                await connection.execute(_TABLE)
            insert = await connection.prepare("insert into floor_rows values ($1, $2, $3, $4, $5, $6)")
            select = await connection.prepare("select * from floor_rows where organisation_id = $1 and id = $2")
            if not index:
                await insert.fetchrow("default", self._id, "name", _METADATA, _BOX, datetime.now(UTC))
            await connection.fetchval("select 1")
            self._free.put_nowait((insert, select))

    async def insert(self) -> None:
        statements = await self._free.get()
        try:
            await statements[0].fetchrow("default", uuid.uuid4(), "name", _METADATA, _BOX, datetime.now(UTC))
        finally:
            self._free.put_nowait(statements)

    async def select(self) -> None:
        statements = await self._free.get()
        try:
            await statements[1].fetchrow("default", self._id)
        finally:
            self._free.put_nowait(statements)


def floors(rows: Rows) -> dict[str, Callable[[bytes, Any], Awaitable[bytes]]]:
    """Each floor by the name of its method."""

    async def empty(_request: bytes, _context: object) -> bytes:
        return b""

    async def sealed(_request: bytes, _context: object) -> bytes:
        crypto_box_seal(_PLAIN, _PUBLIC)
        return b""

    async def insert(_request: bytes, _context: object) -> bytes:
        await rows.insert()
        return b""

    async def create(_request: bytes, _context: object) -> bytes:
        crypto_box_seal(_PLAIN, _PUBLIC)
        crypto_sign(_ROW, _SIGNING)
        await rows.insert()
        return b""

    async def access(_request: bytes, _context: object) -> bytes:
        await rows.select()
        crypto_sign_open(_SIGNED, _VERIFYING)
        crypto_box_seal_open(_BOX, _PUBLIC, _PRIVATE)
        return b""

    return {"Empty": empty, "Sealed": sealed, "Insert": insert, "Create": create, "Access": access}


async def _http_empty(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


async def serve(url: str) -> None:
    """Serve until stopped."""
    rows = Rows()
    await rows.connect(url)
    handlers: dict[str, Any] = {
        name: grpc.unary_unary_rpc_method_handler(floor) for name, floor in floors(rows).items()
    }
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("Floors", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(_http_empty, ws="none", lifespan="off", log_config=None, access_log=False)
        serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listening]))
        print(port, listening.getsockname()[1], flush=True)  # noqa: T201
        await serving
    await server.stop(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(sys.argv[1]))
