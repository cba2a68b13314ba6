"""Connecting and sending are separate steps, and an error says whether the server may have received the request."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from egress.servers import client, server, serving
from ports import free_port
from waiting import until

from strongroom_server.egress.client import Limits, Request
from strongroom_server.egress.endpoints import Destination
from strongroom_server.egress.refusals import EgressRefused

if TYPE_CHECKING:
    from pathlib import Path

    from egress.servers import Answer

LIMITS = Limits(seconds=5)
REQUEST = Request("POST", "/token", [("X-Token", "t")], b"x=1")
EMPTY = b"HTTP/1.1 204 No\r\n\r\n"


def to(port: int) -> Destination:
    return Destination("https", "127.0.0.1", port)


def set_reset(writer: asyncio.StreamWriter) -> None:
    """Let the next abort send a reset."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def test_nothing_is_sent_before_send(tmp_path: Path) -> None:
    async with server(EMPTY, serving("127.0.0.1")) as (port, requests):
        async with client(port, tmp_path).open(to(port), 5) as opened:
            # The server has finished its part of TLS, and reads.
            await asyncio.sleep(0.02)
            assert requests == []
            assert (await opened.send(REQUEST, LIMITS)).status == 204
        assert len(requests) == 1
        assert requests[0].startswith(b"POST /token HTTP/1.1\r\n")
        assert requests[0].endswith(b"\r\n\r\nx=1")


async def test_a_connection_takes_one_request(tmp_path: Path) -> None:
    async with server(EMPTY, serving("127.0.0.1")) as (port, requests):
        async with client(port, tmp_path).open(to(port), 5) as opened:
            await opened.send(REQUEST, LIMITS)
            with pytest.raises(AssertionError):
                await opened.send(REQUEST, LIMITS)
        assert len(requests) == 1


async def test_a_server_that_cannot_be_reached_was_sent_nothing(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(EgressRefused) as caught:
        async with client(port, tmp_path).open(to(port), 5):
            raise AssertionError
    assert (caught.value.cause, caught.value.sent) == ("connect_failed", False)


async def test_a_request_that_cannot_be_sent_was_not_sent(tmp_path: Path) -> None:
    async with server(EMPTY, serving("127.0.0.1")) as (port, _), client(port, tmp_path).open(to(port), 5) as opened:
        with pytest.raises(EgressRefused) as caught:
            await opened.send(Request("POST", "/a b"), LIMITS)
    assert (caught.value.cause, caught.value.sent) == ("bad_header", False)


@pytest.mark.parametrize("early", ["end", "reset", "response"])
async def test_a_connection_that_the_server_ended_meanwhile_is_sent_nothing(early: str, tmp_path: Path) -> None:
    connected: list[asyncio.StreamWriter] = []
    listening = await asyncio.start_server(
        lambda _, writer: connected.append(writer), "127.0.0.1", 0, ssl=serving("127.0.0.1")
    )
    port = listening.sockets[0].getsockname()[1]
    async with listening, client(port, tmp_path).open(to(port), 5) as opened:
        await until(lambda: connected)
        if early == "response":
            connected[0].write(b"HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n")
        elif early == "end":
            connected[0].close()
        else:
            set_reset(connected[0])
            connected[0].transport.abort()
        await asyncio.sleep(0.05)
        with pytest.raises(EgressRefused) as caught:
            await opened.send(REQUEST, LIMITS)
        connected[0].close()
    assert (caught.value.cause, caught.value.sent) == ("closed", False)


async def hang(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    set_reset(writer)
    writer.transport.abort()


async def end(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    pass


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (hang, "response_timeout"),
        (reset, "closed"),
        (end, "not_http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "not_http"),
    ],
    ids=["hang", "reset", "end", "half"],
)
async def test_without_a_whole_response_the_server_may_have_the_request(
    answer: Answer, cause: str, tmp_path: Path
) -> None:
    async with server(answer, serving("127.0.0.1")) as (port, _), client(port, tmp_path).open(to(port), 5) as opened:
        with pytest.raises(EgressRefused) as caught:
            await opened.send(REQUEST, Limits(0.3))
    assert (caught.value.cause, caught.value.sent) == (cause, True)


async def test_the_time_of_a_response_begins_when_it_is_sent(tmp_path: Path) -> None:
    async with server(EMPTY, serving("127.0.0.1")) as (port, _), client(port, tmp_path).open(to(port), 0.2) as opened:
        await asyncio.sleep(0.25)
        assert (await opened.send(REQUEST, Limits(1))).status == 204
