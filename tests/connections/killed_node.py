"""A node in a process of its own that completes one session, and kills itself at an exact point.

Its argument is a JSON object: what makes its Settings, the session, and the point. marked: before the code is sent. answered:
before the tokens are stored. stored: before the caller gets the connection.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from strongroom.v1.connection_service_pb2 import CompleteConnectionRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom_server.connections import results
from strongroom_server.connections.exchange import Exchange
from strongroom_server.egress.policy import networks_of
from strongroom_server.node import service as node
from strongroom_server.node.settings import Settings

POINTS = ("marked", "answered", "stored")


def instrument(point: str) -> None:
    """Have the process killed at the point."""
    before_sending, store = Exchange._before_sending, results.store

    def reach(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    async def at_sending(self: Exchange) -> None:
        await before_sending(self)
        reach("marked")

    async def at_store(*arguments: Any) -> Any:
        reach("answered")
        stored = await store(*arguments)
        reach("stored")
        return stored

    replaced: Any = Exchange
    replaced._before_sending = at_sending
    replaced = results
    replaced.store = at_store


async def main(options: dict[str, Any]) -> None:
    instrument(options["point"])
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
    async with node.service(settings, options["database_url"]) as served:
        request = CompleteConnectionRequest(session_id=options["session_id"], user=options["user"])
        metadata = (("authorization", f"Bearer {options['api_key']}"),)
        await ConnectionServiceStub(served.channel()).CompleteConnection(request, metadata=metadata)


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
