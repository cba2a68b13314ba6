"""A process that was frozen while the response came and its time ended keeps the response."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING

from egress import frozen_client
from egress.servers import CA, server, serving
from waiting import until

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = 10
CHUNK = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 8 * CHUNK + b"0\r\n\r\n"


async def test_a_response_that_came_while_the_process_was_frozen_is_kept(tmp_path: Path) -> None:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    results = await asyncio.gather(*(responses_kept(loop, tmp_path / "ca.pem") for loop in ("uvloop", "asyncio")))
    for with_tls, without, under_a_timer in results:
        assert (with_tls, without) == (REQUESTS, REQUESTS)
        # Otherwise the process was not frozen at the right time.
        assert under_a_timer == 0


async def responses_kept(loop: str, ca: Path) -> list[int]:
    """What a frozen process kept: of the client with and without TLS, and of one that reads under a timer."""
    frozen = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await frozen.wait()
        writer.write(ANSWER)
        await writer.drain()

    async with server(answer, serving("127.0.0.1")) as (tls, over_tls), server(answer) as (plain, over_plain):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            frozen_client.__file__,
            loop,
            *map(str, (tls, plain, ca, REQUESTS)),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            await until(lambda: len(over_tls) == REQUESTS and len(over_plain) == 2 * REQUESTS)
            child.send_signal(signal.SIGSTOP)
            frozen.set()
            # The time of the requests has to pass. Nothing can be observed of it.
            await asyncio.sleep(frozen_client.SECONDS)
            child.send_signal(signal.SIGCONT)
            output, _ = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
    kept: list[int] = json.loads(output)
    return kept
