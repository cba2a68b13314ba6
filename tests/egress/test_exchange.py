"""A request and its response as streams, against real servers over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import time
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

import pytest
from egress.servers import client, server, serving
from egress.test_opened import end, hang, reset, set_reset
from waiting import until

from strongroom_server.egress.client import Request
from strongroom_server.egress.endpoints import Destination
from strongroom_server.egress.messages import Stream
from strongroom_server.egress.refusals import EgressRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from egress.servers import Answer

    from strongroom_server.egress.exchange import Exchange

MIB = 1024 * 1024
GET = Request("GET", "/")
PUT = Request("PUT", "/a%2Fb//c/./?x=%zz")
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def exchanging(
    answer: Answer, directory: Path, request: Request = GET, stream: Stream | None = None, idle_seconds: float = 5
) -> AsyncIterator[tuple[Exchange, list[bytes]]]:
    """The response of such a server, and the requests that it read."""
    async with (
        server(answer, serving("127.0.0.1")) as (port, requests),
        client(port, directory).open(Destination("https", "127.0.0.1", port), 5) as opened,
    ):
        yield await opened.exchange(request, stream, idle_seconds), requests


async def body_of(exchange: Exchange) -> bytes:
    return b"".join([piece async for piece in exchange.pieces()])


async def refusal(
    answer: Answer, directory: Path, request: Request = GET, stream: Stream | None = None, idle_seconds: float = 5
) -> EgressRefused:
    with pytest.raises(EgressRefused) as caught:
        async with exchanging(answer, directory, request, stream, idle_seconds) as (response, _):
            await body_of(response)
    assert caught.value.sent
    return caught.value


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


class Endless:
    """A body that does not end. Notes how much of it was taken."""

    def __init__(self, piece: bytes = b"x" * 65536) -> None:
        self.taken = 0
        self._piece = piece

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self.taken += len(self._piece)
        return self._piece

    async def is_left(self) -> bool:
        """Whether nothing takes it any more."""
        before = self.taken
        for _ in range(10):
            await asyncio.sleep(0)
        return self.taken == before


def reading_to(last: bytes, response: bytes) -> tuple[Answer, bytearray]:
    """A server that reads up to the last bytes of a request, and what it has read after the first part."""
    read = bytearray()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # What the first read got is not here.
        with contextlib.suppress(TimeoutError):
            while not read.endswith(last) and (data := await asyncio.wait_for(reader.read(65536), 0.2)):
                read.extend(data)
        writer.write(response)

    return answer, read


async def test_both_bodies_stream_with_their_trailers(tmp_path: Path) -> None:
    response = OK + b"A: 1\r\nB: 2\r\nA: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n"
    answer, read = reading_to(b"X-End: 1\r\n\r\n", response)
    stream = Stream(pieces_of(b"ab", b"", b"cde"), trailers=lambda: [("X-End", b"1")])
    async with exchanging(answer, tmp_path, PUT, stream) as (exchange, requests):
        assert await body_of(exchange) == b"hi"
    head, _, body = (requests[0] + read).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /a%2Fb//c/./?x=%zz HTTP/1.1\r\n")
    assert b"\r\nTransfer-Encoding: chunked\r\n" in head
    assert body == b"2\r\nab\r\n3\r\ncde\r\n0\r\nX-End: 1\r\n\r\n"
    assert exchange.status == 200
    assert exchange.headers == (("a", "1"), ("b", "2"), ("a", "3"), ("transfer-encoding", "chunked"))
    assert exchange.trailers == (("x-sum", "7"),)
    assert repr(exchange) == "<Exchange 200>"


async def test_a_body_of_known_length_has_no_chunks(tmp_path: Path) -> None:
    answer, read = reading_to(b"cde", b"HTTP/1.1 204 No\r\n\r\n")
    async with exchanging(answer, tmp_path, PUT, Stream(pieces_of(b"ab", b"cde"), 5)) as (exchange, requests):
        assert await body_of(exchange) == b""
    head, _, body = (requests[0] + read).partition(b"\r\n\r\n")
    assert b"\r\nContent-Length: 5\r\n" in head
    assert b"Transfer-Encoding" not in head
    assert body == b"abcde"


@pytest.mark.parametrize(
    ("stream", "read_at_most"),
    [
        (Stream(pieces_of(b"abcdef"), 5), b""),
        (Stream(pieces_of(b"abc"), 5), b"abc"),
        (Stream(pieces_of(b"abc"), 3, lambda: [("A", "b")]), b"abc"),
        (Stream(pieces_of(b"abc"), None, lambda: [("A", "hunter2\r\nB: c")]), b"3\r\nabc\r\n"),
        (Stream(pieces_of(b"abc"), None, lambda: [("A", "hünter2")]), b"3\r\nabc\r\n"),
    ],
    ids=["longer", "shorter", "trailers after a length", "two lines", "no ASCII"],
)
async def test_a_body_that_is_not_what_its_head_says_is_cut_off(
    stream: Stream, read_at_most: bytes, tmp_path: Path
) -> None:
    answer, read = reading_to(b"never", OK + b"\r\n")
    caught = await refusal(answer, tmp_path, PUT, stream)
    assert caught.cause == "bad_body"
    assert "nter2" not in caught.detail
    assert len(read) <= len(read_at_most)


class CallerLeftError(Exception):
    pass


async def test_what_the_body_raises_is_raised_and_the_server_gets_no_end(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        await asyncio.sleep(0.02)
        raise CallerLeftError

    answer, read = reading_to(b"0\r\n\r\n", OK + b"\r\n")
    with pytest.raises(CallerLeftError):
        async with exchanging(answer, tmp_path, PUT, Stream(broken())):
            raise AssertionError
    assert not read.endswith(b"0\r\n\r\n")


async def test_each_event_comes_at_once_while_the_request_goes_on(tmp_path: Path) -> None:
    questions: asyncio.Queue[bytes] = asyncio.Queue()

    async def asked() -> AsyncIterator[bytes]:
        while True:
            yield await questions.get()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while data := await reader.read(1000):
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))

    async with exchanging(echo, tmp_path, PUT, Stream(asked())) as (exchange, _):
        pieces = exchange.pieces()
        for number in range(3):
            questions.put_nowait(b"data: %d\n\n" % number)
            assert await anext(pieces) == b"9\r\ndata: %d\n\n\r\n" % number


@pytest.mark.parametrize("status", [200, 413])
async def test_an_early_response_ends_the_request(status: int, tmp_path: Path) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %d Early\r\nContent-Length: 2\r\n\r\nno" % status)
        await asyncio.Event().wait()

    body = Endless()
    async with exchanging(refuse, tmp_path, PUT, Stream(body)) as (exchange, _):
        assert exchange.status == status
        assert await body_of(exchange) == b"no"
        assert await body.is_left()
    assert body.taken < 32 * MIB


async def test_64_mib_in_both_directions_need_little_memory(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while data := await reader.read(65536):
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()

    received, longest = 0, 0
    async with exchanging(echo, tmp_path, PUT, Stream(Endless())) as (exchange, _):
        tracemalloc.start()
        try:
            async for piece in exchange.pieces():
                received += len(piece)
                longest = max(longest, len(piece))
                if received >= 64 * MIB:
                    break
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert longest <= 65536
    # Of both sides, which are in this process.
    assert peak < 4 * MIB


async def test_a_slow_reader_slows_the_server(tmp_path: Path) -> None:
    written = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(OK + b"\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536

    tracemalloc.start()
    try:
        async with exchanging(flood, tmp_path) as (exchange, _):
            pieces = exchange.pieces()
            await anext(pieces)
            before = -1
            while written != before:
                before = written
                await asyncio.sleep(0.05)
            _, peak = tracemalloc.get_traced_memory()
            assert len(await anext(pieces)) <= 65536
    finally:
        tracemalloc.stop()
    # Most is in the kernel.
    assert written < 32 * MIB
    assert peak < 4 * MIB


async def test_a_server_that_never_reads_is_left_when_nothing_moves(tmp_path: Path) -> None:
    body = Endless()
    caught = await refusal(hang, tmp_path, PUT, Stream(body), 0.3)
    assert (caught.cause, caught.metadata["class"]) == ("idle", "timeout")
    assert caught.detail == "neither sent nor took a byte for 0.3 seconds"
    assert body.taken < 32 * MIB
    assert await body.is_left()


async def test_a_server_that_reads_slowly_is_not_left(tmp_path: Path) -> None:
    async def read_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(16):
            await asyncio.sleep(0.05)
            await reader.read(65536)
        writer.write(OK + b"Content-Length: 2\r\n\r\nok")

    async with exchanging(read_slowly, tmp_path, PUT, Stream(Endless()), 0.4) as (exchange, _):
        assert await body_of(exchange) == b"ok"


async def test_a_server_that_falls_silent_is_left_and_one_that_drips_is_not(tmp_path: Path) -> None:
    async def drip_and_hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        for _number in range(6):
            await asyncio.sleep(0.1)
            writer.write(b"1\r\nx\r\n")
        await asyncio.Event().wait()

    async with exchanging(drip_and_hang, tmp_path, idle_seconds=0.3) as (exchange, _):
        pieces = exchange.pieces()
        assert [await anext(pieces) for _ in range(6)] == [b"x"] * 6
        with pytest.raises(EgressRefused) as caught:
            await anext(pieces)
    assert caught.value.cause == "idle"


async def test_a_caller_that_takes_nothing_for_long_loses_nothing_that_was_complete(tmp_path: Path) -> None:
    async with exchanging(OK + b"\r\nwhole", tmp_path, idle_seconds=0.1) as (exchange, _):
        await asyncio.sleep(0.3)
        assert await body_of(exchange) == b"whole"


async def reset_in_the_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(CHUNKED + b"3\r\nabc\r\n")
    await writer.drain()
    await asyncio.sleep(0.02)
    set_reset(writer)
    writer.transport.abort()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (reset, "closed"),
        (reset_in_the_body, "closed"),
        (end, "not_http"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "not_http"),
        (OK + b"Content-Length: 9\r\n\r\nhalf", "not_http"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not_http"),
        (CHUNKED + b"3\r\nabc\r\nzz\r\n", "not_http"),
        (CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n", "not_http"),
        (CHUNKED + b"3;" + b"x" * 200_000, "not_http"),
        (CHUNKED + b"3\r\nabc\r\n0\r\n" + b"A: b\r\n" * 20_000, "not_http"),
        (OK + b"A: " + b"x" * 70_000 + b"\r\n\r\n", "head_too_large"),
        (OK + b"A: b\r\n" * 300 + b"\r\n", "head_too_large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, "head_too_large"),
    ],
    ids=[
        "reset",
        "reset in the body",
        "end",
        "switching protocols",
        "half",
        "two lengths",
        "bad chunk",
        "overlong chunk",
        "long extension",
        "long trailers",
        "large head",
        "many lines",
        "many 100s",
    ],
)
@pytest.mark.parametrize("with_body", [False, True])
async def test_a_server_that_breaks_a_rule_is_left(
    answer: Answer, cause: str, *, with_body: bool, tmp_path: Path
) -> None:
    body = Endless(b"x")
    stream = Stream(body) if with_body else None
    assert (await refusal(answer, tmp_path, PUT if with_body else GET, stream)).cause == cause
    assert await body.is_left()


@pytest.mark.parametrize(
    ("method", "answer", "status"),
    [
        ("HEAD", OK + b"Content-Length: 7\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Same\r\nContent-Length: 7\r\n\r\n", 304),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 204),
        ("DELETE", b"HTTP/1.1 302 Found\r\nLocation: https://evil.com/\r\nContent-Length: 0\r\n\r\n", 302),
    ],
)
async def test_a_response_without_a_body_ends_with_its_head(
    method: str, answer: bytes, status: int, tmp_path: Path
) -> None:
    async def answer_and_hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await asyncio.Event().wait()

    async with exchanging(answer_and_hang, tmp_path, Request(method, "/")) as (exchange, _):
        assert (exchange.status, await body_of(exchange)) == (status, b"")


async def test_tiny_chunks_come_as_one_piece_and_need_no_limit(tmp_path: Path) -> None:
    async with exchanging(CHUNKED + b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n", tmp_path) as (exchange, _):
        pieces = [piece async for piece in exchange.pieces()]
    assert b"".join(pieces) == b"x" * 30_000
    assert len(pieces) < 300


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (OK + b"A:\n" * 20_000 + b"\r\n", "head_too_large"),
        (CHUNKED + b"0\r\n" + b"A:\r\n" * 15_000 + b"\r\n", "not_http"),
        (CHUNKED + b"0\r\n" + b"A:\r\n" * 1_500 + b"\r\n", None),
        (OK + b"\r\n" + b"\n" * 200_000, None),
    ],
    ids=["head", "trailers", "few trailers", "body"],
)
async def test_many_lines_do_not_hold_the_event_loop(answer: bytes, cause: str | None, tmp_path: Path) -> None:
    longest, ended = 0.0, False

    async def measure() -> None:
        nonlocal longest
        while not ended:
            # CPU time of this thread, because other processes use the machine too.
            began = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - began)

    measuring = asyncio.create_task(measure())
    try:
        async with exchanging(answer, tmp_path) as (exchange, _):
            await body_of(exchange)
    except EgressRefused as refused:
        assert refused.cause == cause  # noqa: PT017 - there may be none
    else:
        assert cause is None
    ended = True
    await measuring
    assert longest < 0.02


async def test_a_body_of_lines_that_cannot_have_trailers_comes_in_large_pieces(tmp_path: Path) -> None:
    lines = b"x\n" * 30_000
    async with exchanging(OK + b"Content-Length: %d\r\n\r\n" % len(lines) + lines, tmp_path) as (exchange, _):
        pieces = [piece async for piece in exchange.pieces()]
    assert b"".join(pieces) == lines
    assert max(map(len, pieces)) > 8 * 1024


@pytest.mark.parametrize("way", ["leaves", "is cancelled"])
async def test_a_consumer_that_leaves_half_way_releases_all(way: str, tmp_path: Path) -> None:
    taken = asyncio.Event()

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    body = Endless(b"x")

    async def consume() -> None:
        async with exchanging(flood, tmp_path, PUT, Stream(body)) as (exchange, _):
            async for _piece in exchange.pieces():
                taken.set()
                if way == "leaves":
                    break

    before = asyncio.all_tasks()
    consuming = asyncio.create_task(consume())
    await asyncio.wait_for(taken.wait(), 5)
    if way == "is cancelled":
        consuming.cancel()
    await asyncio.wait({consuming})
    assert await body.is_left()
    await until(lambda: asyncio.all_tasks() <= before)
