"""What a connection may cost: raw requests, as no client of a library sends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from strongroom_server.gateway import connections

if TYPE_CHECKING:
    from conftest import House

BODY = b'{"name": "by hand", "mode": "TEXT", "value": "hunter2", "team_id": 1}'


async def sent(house: House, *parts: bytes) -> bytes:
    """What comes back until the other end closes."""
    place = urlsplit(house.http_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            # So that they do not arrive as one.
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


async def test_a_body_in_chunks_is_taken(house: House) -> None:
    answer = await sent(house, chunked(f"Authorization: Bearer {house.api_key}"))
    assert answer.startswith(b"HTTP/1.1 201")


async def test_a_trailer_is_no_key(house: House) -> None:
    answer = await sent(house, chunked(trailers=f"Authorization: Bearer {house.api_key}\r\n"))
    assert answer.startswith(b"HTTP/1.1 401")


async def test_a_trailer_takes_no_key_away(house: House) -> None:
    answer = await sent(house, chunked(f"Authorization: Bearer {house.api_key}", trailers="Authorization: x\r\n"))
    assert answer.startswith(b"HTTP/1.1 201")


async def test_a_head_without_end_is_refused_before_it_is_kept(house: House) -> None:
    head = b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: "
    answer = await sent(house, head, *(b"x" * 65_536 for _ in range(64)))
    assert answer.startswith(b"HTTP/1.1 431") or answer == b""
    many = b"".join(b"X-%d: y\r\n" % index for index in range(10_000))
    answer = await sent(house, b"GET /livez HTTP/1.1\r\nHost: a\r\n", many[:60_000], many[60_000:], b"X-More: y")
    assert answer.startswith(b"HTTP/1.1 431") or answer == b""


async def test_trailers_without_end_are_cut_off(house: House) -> None:
    start = chunked(f"Authorization: Bearer {house.api_key}", trailers="X-Long: ")[: -len(b"\r\n")]
    answer = await sent(house, start, *(b"x" * 65_536 for _ in range(256)))
    assert b"201" not in answer.split(b"\r\n")[0]


WHOLE = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
WITH_BODY = b"POST /api/v1/teams HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
PART = b"GET /livez HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    "parts", [(b"",), (PART,), (WHOLE, PART), (WHOLE + PART,), (WITH_BODY, b"{}" + PART), (WHOLE, b"\r\n")]
)
async def test_a_head_that_does_not_come_is_not_waited_for(
    house: House, parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    async with asyncio.timeout(3):
        answer = await sent(house, *parts)
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
async def test_a_host_that_is_none_is_refused(house: House, host: bytes, status: int) -> None:
    answer = await sent(house, b"GET /livez HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d" % status)


async def test_http_1_0_needs_no_host(house: House) -> None:
    assert (await sent(house, b"GET /livez HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200")
