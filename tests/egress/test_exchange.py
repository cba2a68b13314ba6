"""A request and its response as streams, against real servers over TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from egress.servers import client, server, serving

from strongroom_server.egress.client import Request
from strongroom_server.egress.endpoints import Destination
from strongroom_server.egress.messages import Stream

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from pathlib import Path


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_both_bodies_stream_with_their_trailers(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not requests[0].endswith(b"0\r\nX-End: 1\r\n\r\n"):
            requests[0] += await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nA: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n")

    async with server(answer, serving("127.0.0.1")) as (port, requests):
        to = Destination("https", "127.0.0.1", port)
        async with client(port, tmp_path).open(to, 5) as opened:
            stream = Stream(pieces_of(b"ab", b"", b"cde"), trailers=lambda: [("X-End", "1")])
            response = await opened.exchange(Request("PUT", "/a%2Fb//c"), stream, 2)
            body = [piece async for piece in response.pieces()]
    assert requests[0].partition(b"\r\n\r\n")[2] == b"2\r\nab\r\n3\r\ncde\r\n0\r\nX-End: 1\r\n\r\n"
    assert requests[0].startswith(b"PUT /a%2Fb//c HTTP/1.1\r\n")
    assert response.status == 200
    assert response.headers[:3] == (("a", "1"), ("b", "2"), ("a", "3"))
    assert (body, response.trailers) == ([b"hi"], (("x-sum", "7"),))
