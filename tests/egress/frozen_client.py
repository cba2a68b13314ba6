"""A process that sends requests and is stopped until their time is over: prints how many responses each way of waiting kept.

Arguments: the event loop, the ports of a server with and without TLS, a file with the CA, and how many requests to send.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from strongroom_server.egress.client import Client, Limits, Request
from strongroom_server.egress.endpoints import Endpoint
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.refusals import EgressRefused
from strongroom_server.egress.tls import tls_context

SECONDS = 2.0


async def kept_by_the_client(client: Client, endpoint: Endpoint) -> bool:
    try:
        response = await client.send(endpoint, Request("GET", "/"), Limits(SECONDS))
    except EgressRefused:
        return False
    return response.status == 200


async def kept_by_a_timer(port: int) -> bool:
    """What a client does that reads under a timer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(SECONDS):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return bool(await reader.read())
    except TimeoutError:
        return False
    finally:
        writer.transport.abort()


async def main(with_tls: int, plain: int, ca: Path, number: int) -> None:
    client = Client(Policy(), tls_context(ca))
    tls, http = Endpoint("https", "127.0.0.1", with_tls), Endpoint("http", "127.0.0.1", plain)
    kept = await asyncio.gather(
        *(kept_by_the_client(client, tls) for _ in range(number)),
        *(kept_by_the_client(client, http) for _ in range(number)),
        *(kept_by_a_timer(plain) for _ in range(number)),
    )
    print(json.dumps([sum(kept[start : start + number]) for start in range(0, 3 * number, number)]))  # noqa: T201 - a program


if __name__ == "__main__":
    _, loop, *arguments = sys.argv
    runner = uvloop.run if loop == "uvloop" else asyncio.run
    runner(main(int(arguments[0]), int(arguments[1]), Path(arguments[2]), int(arguments[3])))
