"""Tests the limits of a connection with raw requests, which no HTTP library sends."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import weakref
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from strongroom_server.gateway import connections, requests

if TYPE_CHECKING:
    from conftest import Deployment

WHOLE = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
WITH_BODY = b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
PART = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
BODY = b'{"name": "by hand", "mode": "TEXT", "value": "hunter2", "team_id": 1}'


async def send(deployment: Deployment, *parts: bytes) -> bytes:
    """Send the parts one by one, and return all that the server sends until it closes the connection."""
    place = urlsplit(deployment.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        for part in parts:
            if writer.is_closing():
                break
            writer.write(part)
            await writer.drain()
            # The pause keeps the parts from arriving together.
            await asyncio.sleep(0.002)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def chunked(*headers: str, trailers: str = "") -> bytes:
    head = "\r\n".join(("POST /api/v1/user_credentials HTTP/1.1", "Host: a", "Connection: close", *headers))
    start = f"{head}\r\nTransfer-Encoding: chunked\r\n\r\n{len(BODY):x}\r\n".encode()
    return start + BODY + f"\r\n0\r\n{trailers}\r\n".encode()


async def test_a_chunked_body_is_accepted(deployment: Deployment) -> None:
    answer = await send(deployment, chunked(f"Authorization: Bearer {deployment.api_key}"))
    assert answer.startswith(b"HTTP/1.1 201")


async def test_a_key_in_a_trailer_is_ignored(deployment: Deployment) -> None:
    answer = await send(deployment, chunked(trailers=f"Authorization: Bearer {deployment.api_key}\r\n"))
    assert answer.startswith(b"HTTP/1.1 401")


async def test_a_trailer_does_not_replace_the_key(deployment: Deployment) -> None:
    answer = await send(
        deployment, chunked(f"Authorization: Bearer {deployment.api_key}", trailers="Authorization: x\r\n")
    )
    assert answer.startswith(b"HTTP/1.1 201")


async def test_a_connection_that_is_reset_leaves_memory_at_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[connections.BoundedHttp]] = []
    connection_made = connections.BoundedHttp.connection_made

    def noted(protocol: connections.BoundedHttp, transport: asyncio.Transport) -> None:
        made.append(weakref.ref(protocol))
        connection_made(protocol, transport)

    monkeypatch.setattr(connections.BoundedHttp, "connection_made", noted)
    place = urlsplit(deployment.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(WHOLE)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    (connection,) = made
    assert connection() is not None

    # With this option, close() resets the connection.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()

    # Less than the time that an idle connection has.
    async with asyncio.timeout(connections.IDLE_SECONDS / 2):
        while connection() is not None:
            await asyncio.sleep(0.01)
            gc.collect()


async def test_an_endless_head_is_refused_before_it_is_stored(deployment: Deployment) -> None:
    head = b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: "
    answer = await send(deployment, head, *(b"x" * 65_536 for _ in range(64)))
    assert answer.startswith(b"HTTP/1.1 431") or answer == b""
    many = b"".join(b"X-%d: y\r\n" % index for index in range(10_000))
    answer = await send(deployment, b"GET /livez HTTP/1.1\r\nHost: a\r\n", many[:60_000], many[60_000:], b"X-More: y")
    assert answer.startswith(b"HTTP/1.1 431") or answer == b""


def head_of(size: int, *, many: bool = False) -> bytes:
    """The head of a request with exactly this size in bytes."""
    start, end = b"GET /livez HTTP/1.1\r\nHost: a\r\n", b"Connection: close\r\n\r\n"
    lines = b"X-Many: y\r\n" * 5_000 if many else b""
    rest = size - len(start + lines + end) - len(b"X-Long: \r\n")
    return start + lines + b"X-Long: " + b"x" * rest + b"\r\n" + end


def parts_of(request: bytes, size: int) -> list[bytes]:
    return [request[index : index + size] for index in range(0, len(request), size)]


@pytest.mark.parametrize("piece", [1 << 20, 40_000, 9_000], ids=["at once", "in two pieces", "in many pieces"])
@pytest.mark.parametrize("many", [False, True], ids=["one long line", "many short lines"])
async def test_a_head_of_64_kib_is_accepted_and_one_byte_more_is_refused(
    deployment: Deployment, many: bool, piece: int
) -> None:
    largest, too_large = head_of(64 * 1024, many=many), head_of(64 * 1024 + 1, many=many)

    assert (await send(deployment, *parts_of(largest, piece))).startswith(b"HTTP/1.1 200")
    answer = await send(deployment, *parts_of(too_large, piece))
    assert answer.startswith(b"HTTP/1.1 431")
    assert b"connection: close" in answer


async def test_the_whitespace_of_a_head_counts_too(deployment: Deployment) -> None:
    padded = head_of(1_000).replace(b"X-Long: ", b"X-Long: " + b" " * 70_000)

    assert (await send(deployment, padded)).startswith(b"HTTP/1.1 431")


async def test_a_head_that_arrives_together_with_an_earlier_request_has_the_same_limit(deployment: Deployment) -> None:
    good, bad = head_of(40_000), head_of(64 * 1024 + 1)
    answer = await send(deployment, WHOLE + good)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert (await send(deployment, WHOLE * 1_000 + good)).count(b"HTTP/1.1 200") == 1_001

    answer = await send(deployment, WHOLE + bad)
    assert answer.count(b"HTTP/1.1 200") <= 1
    # A client would take a refusal that arrives before the first response for that response.
    assert not answer.startswith(b"HTTP/1.1 431")


SLOW_HEAD = b"POST /api/v1/user_credentials HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
SLOW_BODIES = {
    "of a length": (b"Content-Length: 100\r\n\r\n", b'{"name"'),
    "of no byte": (b"Content-Length: 100\r\n\r\n",),
    "in chunks": (b"Transfer-Encoding: chunked\r\n\r\n", b"7\r\n", b'{"name"\r\n'),
}


@pytest.mark.parametrize("parts", SLOW_BODIES.values(), ids=SLOW_BODIES)
async def test_a_slow_body_is_408_and_its_connection_is_closed(
    deployment: Deployment, parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(requests, "UNREAD_SECONDS", 0.05)
    async with asyncio.timeout(3):
        answer = await send(deployment, SLOW_HEAD % deployment.api_key.encode(), *parts)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in head.lower()
    assert b"the body must arrive within" in body
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_request_after_a_slow_body_gets_no_response(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.2)
    place = urlsplit(deployment.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(SLOW_HEAD % deployment.api_key.encode() + b"Content-Length: 10\r\n\r\n{")
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"123456789" + WHOLE)
    try:
        rest = await asyncio.wait_for(reader.read(), 3)
    except ConnectionError:
        rest = b""
    writer.close()

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"HTTP/1.1" not in rest


async def test_the_rest_of_a_body_after_the_response_has_a_time_limit(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REST_SECONDS", 0.3)
    place = urlsplit(deployment.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    closed = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(3):
            while not closed.done():
                # Each byte arrives in time for a timer that restarts with every byte.
                writer.write(b"x")
                await asyncio.sleep(0.05)
    finally:
        closed.cancel()
        writer.close()


async def test_a_connection_whose_body_arrived_after_the_response_serves_the_next_request(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REST_SECONDS", 0.3)
    place = urlsplit(deployment.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"{}")
    await asyncio.sleep(0.5)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 3)
    writer.close()

    assert b"HTTP/1.1 200" in answer


OWN_ANSWERS = {
    "400": (b"no request at all\r\n\r\n",),
    "400 in a body": (b"POST /api/v1/teams HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",),
    "400 for its Host": (b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n",),
    "408": (b"GET /livez HTTP/1.1\r\nHost: a\r\n",),
    "431": (b"GET /livez HTTP/1.1\r\nX-Long: " + b"x" * 70_000,),
}


@pytest.mark.parametrize("case", OWN_ANSWERS)
async def test_responses_of_the_protocol_itself_have_the_headers_of_every_response(
    deployment: Deployment, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    head = (await send(deployment, *OWN_ANSWERS[case])).lower().partition(b"\r\n\r\n")[0].split(b"\r\n")

    assert head[0].split()[1] == case[:3].encode()
    for header in (b"x-content-type-options: nosniff", b"cache-control: no-store", b"connection: close"):
        assert head.count(header) == 1, header


async def test_endless_trailers_are_cut_off(deployment: Deployment) -> None:
    start = chunked(f"Authorization: Bearer {deployment.api_key}", trailers="X-Long: ")[: -len(b"\r\n")]
    answer = await send(deployment, start, *(b"x" * 65_536 for _ in range(256)))
    assert b"201" not in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "parts", [(b"",), (PART,), (WHOLE, PART), (WHOLE + PART,), (WITH_BODY, b"{}" + PART), (WHOLE, b"\r\n")]
)
async def test_a_head_that_does_not_arrive_times_out(
    deployment: Deployment, parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    async with asyncio.timeout(3):
        answer = await send(deployment, *parts)
    assert b"HTTP/1.1 408" in answer


HOSTS = [
    (b"Host: vault.example:8080\r\n", 200),
    (b"Host: [::1]:8080\r\n", 200),
    (b"Host: 127.0.0.1\r\n", 200),
    (b"", 400),
    (b"Host: \r\n", 400),
    (b"Host: a\r\nHost: b\r\n", 400),
    (b"Host: evil.example/x?y#\r\n", 400),
    (b"Host: a@evil.example\r\n", 400),
    (b'Host: a"b<script>\r\n', 400),
    (b"Host: a b\r\n", 400),
    (b"Host: a:x\r\n", 400),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
async def test_an_invalid_host_is_refused(deployment: Deployment, host: bytes, status: int) -> None:
    answer = await send(deployment, b"GET /livez HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d" % status)


async def test_http_1_0_needs_no_host(deployment: Deployment) -> None:
    assert (await send(deployment, b"GET /livez HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_requests_that_wait_for_earlier_ones_are_not_parsed(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = []
    on_headers_complete = connections.BoundedHttp.on_headers_complete

    def counting(protocol: connections.BoundedHttp) -> None:
        on_headers_complete(protocol)
        waiting.append(len(protocol.pipeline))

    monkeypatch.setattr(connections.BoundedHttp, "on_headers_complete", counting)
    answer = await send(deployment, WHOLE * 2_999 + WHOLE[:-2] + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == len(waiting) == 3_000
    # What fits into one part of 16 KiB.
    assert max(waiting) < 600
