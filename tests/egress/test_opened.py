"""Connecting and sending are separate steps, and an error says whether the server may have received the request."""

from __future__ import annotations

from egress.servers import server

from strongroom_server.egress.client import Client, Limits, Request
from strongroom_server.egress.endpoints import Endpoint
from strongroom_server.egress.policy import Policy
from strongroom_server.egress.tls import tls_context

CLIENT = Client(Policy(), tls_context(None))
LIMITS = Limits(seconds=5)
EMPTY = b"HTTP/1.1 204 No\r\n\r\n"


async def test_nothing_is_sent_before_send() -> None:
    async with server(EMPTY) as (port, requests):
        async with CLIENT.open(Endpoint("http", "127.0.0.1", port), 5) as opened:
            assert requests == []
            assert (await opened.send(Request("POST", "/", body=b"x"), LIMITS)).status == 204
        assert len(requests) == 1
