"""A node in a process of its own that publishes and delivers events, and kills or stops itself at an exact point.

Its argument is a JSON object: what makes its Settings, and `armed`: a point and a signal, such as `sent:KILL`, or empty.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from strongroom_server.egress.policy import networks_of
from strongroom_server.events import delivery, sending
from strongroom_server.node import service as node
from strongroom_server.node.settings import Settings
from strongroom_server.store import events

# numbered: before the commit of sequence numbers and deliveries. taken: before the request. sent: before the outcome is stored.
POINTS = ("numbered", "taken", "sent")


def instrument(armed: str) -> None:
    """Have the point reached."""
    at, _, killed_by = armed.partition(":")
    number, send = events.number, sending.send

    def reach(point: str) -> None:
        if at == point:
            os.kill(os.getpid(), signal.Signals[f"SIG{killed_by}"])

    async def at_number(*arguments: Any) -> None:
        await number(*arguments)
        reach("numbered")

    async def at_send(*arguments: Any) -> Any:
        reach("taken")
        outcome = await send(*arguments)
        reach("sent")
        return outcome

    for module, name, function in ((events, "number", at_number), (delivery, "send", at_send)):
        setattr(module, name, function)


async def main(options: dict[str, Any]) -> None:
    instrument(options["armed"])
    settings = Settings(
        grpc_port=0,
        http_port=0,
        bootstrap_api_key="",
        bootstrap_organisation="",
        host="127.0.0.1",
        data_dir=Path(options["data_dir"]),
        database_url=options["database_url"],
        egress_allow=networks_of("127.0.0.1"),
        egress_ports=frozenset({443, options["port"]}),
        egress_ca=Path(options["ca"]),
    )
    async with node.service(settings, options["database_url"]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
