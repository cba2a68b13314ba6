"""A node in a process of its own that mints tokens, and kills or stops itself at an exact point of a request.

Its argument is a JSON object: what makes its Settings, and `aged`: whether its session counts as old from the start, so that it
takes the leases of dead nodes at once. Each line of its input is a request: `id`, `credential` and `remaining`, or `arm`: a point
and a signal, such as `sent:KILL`. Each line of its output is a response. The first says that it is ready. With `journal` it writes
to that file what it sent, what it stored, and what failed. With `refresher` it refreshes without callers too.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import grpc.aio
import uvloop

from strongroom.v1.use_service_pb2 import MintTokenRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.core.errors import ServiceError
from strongroom_server.egress import opened
from strongroom_server.egress.policy import networks_of
from strongroom_server.node import service as node
from strongroom_server.node.settings import Settings
from strongroom_server.store import tokens as store
from strongroom_server.store.node_session import NodeSession
from strongroom_server.use.flight import Flight

# connected: before the lease. leased: before the request. sent: before the response. answered: before the token is stored. stored:
# after that. failed: before a failure is stored.
POINTS = ("connected", "leased", "sent", "answered", "stored", "failed")


class Points:
    """Stops the process at the point that is armed."""

    def __init__(self, journal: str) -> None:
        self.armed = ""
        self._journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if journal else None

    def reach(self, point: str) -> None:
        armed, _, name = self.armed.partition(":")
        if armed == point:
            self.armed = ""
            os.kill(os.getpid(), signal.Signals[f"SIG{name}"])

    def write(self, *words: object) -> None:
        """One write: whole in the file, whatever happens to the process next."""
        if self._journal is not None:
            os.write(self._journal, (" ".join(map(str, words)) + "\n").encode())


def instrument(points: Points, *, aged: bool) -> None:
    """Have the points reached."""
    before_send, stored, failed = Flight._before_send, Flight._store, Flight._fail
    replace, keep, read_by = store.replace, NodeSession.keep, opened._read_by

    async def at_send(self: Flight) -> None:
        points.reach("connected")
        await before_send(self)
        points.reach("leased")
        points.write("sent", self.key.credential_id, self._generation, os.getpid())

    async def at_read(*arguments: Any) -> Any:
        # The event loop writes the request.
        await asyncio.sleep(0.02)
        points.reach("sent")
        return await read_by(*arguments)

    async def at_store(self: Flight, issued: Any) -> None:
        points.reach("answered")
        await stored(self, issued)

    async def at_fail(self: Flight, error: Any) -> Any:
        if self._lease is not None:
            points.write(error.outcome, self.key.credential_id, self._generation, os.getpid())
        points.reach("failed")
        return await failed(self, error)

    async def at_replace(database: Any, generation: int, token: Any, *stored: Any) -> bool:
        done = await replace(database, generation, token, *stored)
        if done:
            points.write("stored", token.credential_id, generation, os.getpid())
        points.reach("stored")
        return done

    async def at_keep(self: NodeSession, connection: Any) -> None:
        await keep(self, connection)
        if aged and self._held is not None:
            self._held = self._held._replace(since=float("-inf"))

    replaced: Any = (Flight, Flight, Flight, NodeSession, store, opened)
    names = ("_before_send", "_store", "_fail", "keep", "replace", "_read_by")
    for owner, name, function in zip(
        replaced, names, (at_send, at_store, at_fail, at_keep, at_replace, at_read), strict=True
    ):
        setattr(owner, name, function)


async def answer(stub: UseServiceStub, request: dict[str, Any], metadata: tuple[tuple[str, str], ...]) -> None:
    """Mint a token, and print the response."""
    answered: dict[str, Any] = {"id": request["id"]}
    try:
        minting = MintTokenRequest(id=request["credential"], min_remaining_seconds=request["remaining"])
        response = await stub.MintToken(minting, metadata=metadata, timeout=60)
        answered |= {"token": response.token, "generation": response.generation, "state": response.refresh_state}
    except (grpc.aio.AioRpcError, ServiceError) as error:
        answered["error"] = error.details() if isinstance(error, grpc.aio.AioRpcError) else str(error)
    say(answered)


def say(message: dict[str, Any]) -> None:
    os.write(1, (json.dumps(message) + "\n").encode())


async def main(options: dict[str, Any]) -> None:
    points = Points(options.get("journal", ""))
    instrument(points, aged=options["aged"])
    if not options.get("refresher"):
        vars(node)["refresh_forever"] = lambda *_: asyncio.sleep(0)
    settings = Settings(
        grpc_port=0,
        http_port=0,
        bootstrap_api_key="",
        bootstrap_organisation="",
        host="127.0.0.1",
        data_dir=Path(options["data_dir"]),
        database_url=options["database_url"],
        egress_allow=networks_of("127.0.0.1"),
        egress_ports=frozenset({443, options["provider_port"]}),
        egress_ca=Path(options["provider_ca"]),
    )
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with node.service(settings, options["database_url"]) as served:
        stub = UseServiceStub(served.channel())
        say({"ready": os.getpid()})
        calls = set()
        async for line in reader:
            request = json.loads(line)
            points.armed = request.get("arm", points.armed)
            if "credential" in request:
                call = asyncio.create_task(answer(stub, request, (("authorization", f"Bearer {options['api_key']}"),)))
                calls.add(call)
                call.add_done_callback(calls.discard)


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
