"""Bodies through the proxy pass as they arrive and end when a side ends. Answers of ours differ from those of receivers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from gateway.proxied import RECEIVER, TRAILER, Proxied, chunk, echo, proxied, response_head, whole
from gateway.running import failure
from structlog.testing import capture_logs
from waiting import until

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError
from strongroom_server.gateway import connections
from strongroom_server.gateway.proxy.errors import problem_of, response_to
from strongroom_server.node import stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Deployment

    from strongroom.v1.use_service_pb2 import StreamHttpRequestRequest, StreamHttpRequestResponse

    Requests = AsyncIterator[StreamHttpRequestRequest]
    Responses = AsyncIterator[StreamHttpRequestResponse]


@pytest.fixture(scope="module", params=["in the process of the service", "apart"])
async def running(deployment: Deployment, request: pytest.FixtureRequest) -> AsyncIterator[Proxied]:
    async with proxied(deployment, apart=request.param == "apart") as running:
        yield running


@pytest.fixture
def proxy(running: Proxied) -> Proxied:
    running.fake.answer = echo
    return running


@pytest.fixture
def key(deployment: Deployment) -> str:
    return f"Strongroom-Key: {deployment.api_key}"


def head(key: str, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join((f"{method} {RECEIVER}/x HTTP/1.1", "Host: p", key, *lines, "", "")).encode()


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


class Connection:
    """A connection to the proxy that stays open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, proxy: Proxied, request: bytes) -> Connection:
        connection = cls(*await asyncio.open_connection("127.0.0.1", proxy.port, limit=4096))
        connection.writer.write(request)
        return connection

    async def until(self, end: bytes) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readuntil(end)


async def test_bodies_of_known_and_unknown_length_pass(proxy: Proxied, key: str) -> None:
    body = bytes(range(256)) * 1000
    known = await proxy.send(head(key, f"Content-Length: {len(body)}", "Connection: close") + body)
    assert (known.status, proxy.fake.heads[-1].content_length) == (200, len(body))
    unknown = await proxy.send(
        head(key, "Transfer-Encoding: chunked", "Connection: close") + chunked(body[:9], body[9:])
    )
    assert not proxy.fake.heads[-1].HasField("content_length")
    for answer in (known, unknown):
        received, rest = b"", answer.body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            received, rest = received + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        assert received == body


async def test_a_connection_takes_the_next_request(proxy: Proxied, key: str) -> None:
    connection = await Connection.to(
        proxy, head(key, "Content-Length: 3") + b"one" + head(key, "Content-Length: 3") + b"two"
    )
    assert b"one" in await connection.until(b"0\r\n\r\n")
    assert b"two" in await connection.until(b"0\r\n\r\n")
    connection.writer.close()


async def test_parts_of_both_bodies_pass_at_once(proxy: Proxied, key: str) -> None:
    async def duplex(requests: Requests) -> Responses:
        yield response_head(content_type="text/event-stream")
        async for request in requests:
            if request.HasField("chunk"):
                yield chunk(request.chunk)
        yield TRAILER

    proxy.fake.answer = duplex
    connection = await Connection.to(proxy, head(key, "Transfer-Encoding: chunked"))
    assert (await connection.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    for part in (b"data: 1\n\n", b"data: 2\n\n"):
        connection.writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        assert await connection.until(b"\n\n\r\n") == b"%x\r\n%s\r\n" % (len(part), part)
    connection.writer.write(b"0\r\n\r\n")
    assert await connection.until(b"0\r\n\r\n") == b"0\r\n\r\n"
    connection.writer.close()


async def test_the_response_may_come_before_the_body_has_ended(proxy: Proxied, key: str) -> None:
    async def too_large(_: Requests) -> Responses:
        yield response_head(413, content_length="0")
        yield TRAILER

    proxy.fake.answer = too_large
    connection = await Connection.to(proxy, head(key, "Content-Length: 1000000") + bytes(1000))
    assert (await connection.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 413")
    connection.writer.close()


async def test_responses_without_a_body(proxy: Proxied, key: str) -> None:
    def answering(status: int, **headers: str) -> Any:
        async def answer(requests: Requests) -> Responses:
            await whole(requests)
            yield response_head(status, **headers)
            yield TRAILER

        return answer

    for method, status, headers, length in (
        ("HEAD", 200, {"content_length": "1234"}, "1234"),
        ("HEAD", 200, {}, ""),
        ("GET", 204, {}, ""),
        ("GET", 304, {"content_length": "1234", "etag": '"a"'}, ""),
        ("GET", 200, {"content_length": "0"}, "0"),
    ):
        proxy.fake.answer = answering(status, **headers)
        answer = await proxy.get(f"{RECEIVER}/x", key, method=method)
        assert (answer.status, answer.header("content-length"), answer.body) == (status, length, b"")
        assert answer.header("transfer-encoding") == ""
        assert proxy.fake.heads[-1].method == method


async def test_the_headers_of_the_response_pass_in_their_order_and_number(proxy: Proxied, key: str) -> None:
    async def answer(requests: Requests) -> Responses:
        await whole(requests)
        first = response_head(201, link="a", x="\xe9")
        first.head.headers.add(name="Link", value="b")
        for name in ("Date", "Strongroom-Error", "strongroom-anything"):
            first.head.headers.add(name=name, value="of the receiver")
        yield first
        yield TRAILER

    proxy.fake.answer = answer
    got = await proxy.get(f"{RECEIVER}/x", key)
    assert (got.status, got.error) == (201, "")
    assert [pair for pair in got.headers if pair[0] in {"link", "x"}] == [("link", "a"), ("x", "\xe9"), ("link", "b")]
    assert len([name for name, _ in got.headers if name == "date"]) == 1
    assert "of the receiver" not in repr(got)


async def test_a_redirect_does_not_lead_to_another_path_of_the_proxy(proxy: Proxied, key: str) -> None:
    other = "/proxy/8/https/bank.example.com/transfer"
    for location, expected in (
        (other, f"https://api.example.com{other}"),
        ("../y?z", "https://api.example.com/y?z"),
        (f"http:{other}", ""),
        (f"//p{other}", ""),
        (f"http://P:80{other}", ""),
        ("https://other.example.com/%2F?a", "https://other.example.com/%2F?a"),
    ):

        async def answer(requests: Requests, location: str = location) -> Responses:
            await whole(requests)
            yield response_head(307, location=location)
            yield TRAILER

        proxy.fake.answer = answer
        got = await proxy.get(f"{RECEIVER}/x", key)
        assert (got.status, got.header("location")) == (307, expected)


async def test_no_shared_cache_stores_a_response(proxy: Proxied, key: str) -> None:
    async def answer(requests: Requests) -> Responses:
        await whole(requests)
        yield response_head(cache_control="public, max-age=60")
        yield TRAILER

    proxy.fake.answer = answer
    # The most restrictive directive applies (RFC 9111, section 4.2.1).
    assert (await proxy.get(f"{RECEIVER}/x", key)).header("cache-control") == "public, max-age=60, private"


async def test_a_response_that_cannot_be_written_is_refused(proxy: Proxied, key: str) -> None:
    for status, headers in ((999, {}), (200, {"x": "a\r\nb: c"}), (101, {})):

        async def answer(_: Requests, status: int = status, headers: dict[str, str] = headers) -> Responses:
            yield response_head(status, **headers)
            yield TRAILER

        proxy.fake.answer = answer
        got = await proxy.get(f"{RECEIVER}/x", key)
        assert (got.status, got.error) == (412, "RESPONSE_REFUSED")


def raising(error: Exception, *first: StreamHttpRequestResponse) -> Any:
    async def answer(_: Requests) -> Responses:
        for response in first:
            yield response
        raise error

    return answer


async def test_an_error_before_the_head_is_an_answer_of_the_proxy(proxy: Proxied, key: str) -> None:
    for error, status in (
        (ServiceError(reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND), 404),
        (ServiceError(reasons.ERROR_REASON_HOSTS_REQUIRED), 412),
        (
            ServiceError(reasons.ERROR_REASON_EGRESS_REFUSED, **{"host": "a", "class": "connection", "remedy": "none"}),
            502,
        ),
        (ServiceError(reasons.ERROR_REASON_STREAMS_EXHAUSTED, of="key", limit="1", retry_seconds="1"), 429),
        (ValueError("hunter2"), 500),
    ):
        proxy.fake.answer = raising(error)
        got = await proxy.send(head(key, "Content-Length: 3", "Connection: close") + b"abc")
        assert got.status == status
        assert got.error == got.json["reason"]
        assert got.header("content-security-policy") == "sandbox"
        assert got.header("x-content-type-options") == "nosniff"
        assert got.header("cache-control") == "no-store"
        assert "hunter2" not in repr(got)


async def test_a_failure_after_the_head_ends_the_connection_without_the_end_of_the_body(
    proxy: Proxied, key: str
) -> None:
    broken = ServiceError(reasons.ERROR_REASON_SECRET_IN_RESPONSE, host="a")
    for length, first in (
        (None, [response_head()]),
        (None, [response_head(), chunk(b"part")]),
        ("9", [response_head(content_length="9"), chunk(b"part")]),
    ):
        proxy.fake.answer = raising(broken, *first)
        got = await proxy.get(f"{RECEIVER}/x", key)
        assert got.status == 200
        assert not got.raw.endswith(b"0\r\n\r\n")
        assert length is None or got.body == b"part"


async def test_a_call_that_ends_without_a_trailer_is_not_a_clean_end(proxy: Proxied, key: str) -> None:
    async def cut(_: Requests) -> Responses:
        yield response_head()
        yield chunk(b"part")

    proxy.fake.answer = cut
    assert not (await proxy.get(f"{RECEIVER}/x", key)).raw.endswith(b"0\r\n\r\n")

    async def nothing(_: Requests) -> Responses:
        return
        yield

    proxy.fake.answer = nothing
    got = await proxy.get(f"{RECEIVER}/x", key)
    assert (got.status, got.error) == (500, "INTERNAL")


async def test_a_client_that_disconnects_ends_the_call(proxy: Proxied, key: str) -> None:
    async def events(requests: Requests) -> Responses:
        await whole(requests)
        yield response_head()
        yield chunk(b"first")
        await asyncio.Event().wait()

    async def stuck(requests: Requests) -> Responses:
        await whole(requests)
        await asyncio.Event().wait()
        yield TRAILER

    async def drains(requests: Requests) -> Responses:
        await whole(requests)
        yield TRAILER

    for answer, request, wanted in (
        (events, head(key, method="GET"), b"first"),
        (stuck, head(key, "Content-Length: 3") + b"abc", b""),
        (drains, head(key, "Content-Length: 9") + b"abc", b""),
    ):
        proxy.fake.answer = answer
        proxy.fake.heads.clear()
        connection = await Connection.to(proxy, request)
        await until(lambda: bool(proxy.fake.heads))
        if wanted:
            await connection.until(wanted)
        assert not proxy.fake.has_ended.is_set()
        connection.writer.close()
        async with asyncio.timeout(5):
            await proxy.fake.has_ended.wait()


async def test_a_client_that_disconnects_in_a_body_that_nobody_reads_ends_the_call(proxy: Proxied, key: str) -> None:
    async def refused(_: Requests) -> Responses:
        yield response_head(400)
        while True:
            yield chunk(b"more")
            await asyncio.sleep(0.02)

    proxy.fake.answer = refused
    with capture_logs() as logs:
        connection = await Connection.to(proxy, head(key, "Content-Length: 999999") + bytes(300_000))
        await connection.until(b"more")
        connection.writer.transport.abort()
        await until(lambda: any(line.get("method") == "StreamHttpRequest" for line in logs))
    assert proxy.fake.has_ended.is_set()
    assert [line["status"] for line in logs if line.get("method") == "StreamHttpRequest"] == ["CANCELLED"]


async def test_a_client_that_has_the_whole_body_may_leave_before_the_call_has_ended(proxy: Proxied, key: str) -> None:
    ended: list[str] = []

    async def answer(requests: Requests) -> Responses:
        await whole(requests)
        yield response_head(content_length="4")
        yield chunk(b"body")
        await left.wait()
        # Time for a notice of the disconnect to do harm.
        await asyncio.sleep(0.1)
        yield TRAILER
        ended.append("recorded")

    for method, wanted in (("GET", b"body"), ("HEAD", b"\r\n\r\n")):
        left = asyncio.Event()
        proxy.fake.answer = answer
        connection = await Connection.to(proxy, head(key, method=method))
        await connection.until(wanted)
        connection.writer.close()
        await connection.writer.wait_closed()
        left.set()
        async with asyncio.timeout(5):
            await proxy.fake.has_ended.wait()
    await until(lambda: ended == ["recorded", "recorded"])


async def test_a_client_that_does_not_read_holds_the_response_up(proxy: Proxied, key: str) -> None:
    sent = 0

    async def endless(requests: Requests) -> Responses:
        nonlocal sent
        await whole(requests)
        yield response_head()
        while sent < 512:
            yield chunk(bytes(65_536))
            sent += 1
        yield TRAILER

    proxy.fake.answer = endless
    connection = await Connection.to(proxy, head(key, method="GET"))
    await connection.until(b"\r\n\r\n")
    assert await settled(lambda: sent) < 400
    connection.writer.close()


async def test_a_client_that_reads_nothing_for_long_is_disconnected(
    proxy: Proxied, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(requests: Requests) -> Responses:
        await whole(requests)
        yield response_head()
        while True:
            yield chunk(bytes(65_536))

    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.2)
    proxy.fake.heads.clear()
    proxy.fake.has_ended.clear()
    proxy.fake.answer = endless
    connection = await Connection.to(proxy, head(key, method="GET"))
    async with asyncio.timeout(5):
        await until(lambda: bool(proxy.fake.heads) and proxy.fake.has_ended.is_set())
    connection.writer.close()


async def test_a_receiver_that_does_not_read_holds_the_request_up(proxy: Proxied, key: str) -> None:
    release = asyncio.Event()

    async def slow(requests: Requests) -> Responses:
        await release.wait()
        await whole(requests)
        yield response_head(content_length="0")
        yield TRAILER

    proxy.fake.answer = slow
    connection = await Connection.to(proxy, head(key, f"Content-Length: {512 * 65_536}"))
    sent = 0

    async def write() -> None:
        nonlocal sent
        while sent < 512:
            connection.writer.write(bytes(65_536))
            await connection.writer.drain()
            sent += 1

    writing = asyncio.create_task(write())
    assert await settled(lambda: sent) < 400
    release.set()
    assert (await connection.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    await writing
    connection.writer.close()


async def test_a_node_that_stops_answers_what_it_has_not_answered(
    deployment: Deployment, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 0.2)

    async def stuck(_: Requests) -> Responses:
        await asyncio.Event().wait()
        yield TRAILER

    async with proxied(deployment) as proxy:
        proxy.fake.answer = stuck
        answering = asyncio.create_task(proxy.get(f"{RECEIVER}/x", key))
        await until(lambda: bool(proxy.fake.heads))
    answer = await answering
    assert (answer.status, answer.error) == (503, "SHUTTING_DOWN")
    assert proxy.fake.has_ended.is_set()


async def settled(count: Any) -> int:
    """A number once it has not grown for a while."""
    last, same = -1, 0
    while same < 10:
        await asyncio.sleep(0.02)
        same = same + 1 if count() == last else 0
        last = count()
    return last


@pytest.mark.parametrize(
    ("code", "reason", "metadata", "status", "retry"),
    [
        (grpc.StatusCode.FAILED_PRECONDITION, "EGRESS_REFUSED", {"class": "address"}, 403, ""),
        (grpc.StatusCode.FAILED_PRECONDITION, "EGRESS_REFUSED", {"class": "name_not_found"}, 502, ""),
        (grpc.StatusCode.FAILED_PRECONDITION, "EGRESS_REFUSED", {"class": "timeout"}, 504, ""),
        (grpc.StatusCode.FAILED_PRECONDITION, "EGRESS_REFUSED", {}, 502, ""),
        (grpc.StatusCode.FAILED_PRECONDITION, "CREDENTIAL_INVALID", {}, 412, ""),
        (grpc.StatusCode.PERMISSION_DENIED, "HOST_NOT_ALLOWED", {}, 403, ""),
        (grpc.StatusCode.PERMISSION_DENIED, "SECRET_IN_RESPONSE", {}, 403, ""),
        (grpc.StatusCode.UNAVAILABLE, "REFRESH_PENDING", {"retry_time": "2000-01-01T00:00:00Z"}, 503, "1"),
        (grpc.StatusCode.UNAVAILABLE, "REFRESH_PENDING", {"retry_time": "2999-01-01T00:00:00Z"}, 503, "3600"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "REFRESH_LIMITED", {"retry_time": "soon"}, 429, "1"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "CALL_RATE_LIMITED", {"retry_seconds": "17"}, 429, "17"),
        (grpc.StatusCode.UNAVAILABLE, "OVERLOADED", {"retry_seconds": "2"}, 503, "2"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "DATABASE_FULL", {}, 503, "1"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", {}, 504, ""),
        (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN", {}, 500, ""),
        (grpc.StatusCode.ABORTED, "CONCURRENT_CHANGE", {}, 409, ""),
    ],
)
def test_the_status_of_an_error(
    code: grpc.StatusCode, reason: str, metadata: dict[str, str], status: int, retry: str
) -> None:
    made = failure(code, reason, **metadata)
    assert made.status is not None
    trailers = grpc.aio.Metadata(("grpc-status-details-bin", made.status.SerializeToString()))
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailers, "the service's message")
    response = response_to(*problem_of(error))
    assert (response.status_code, response.headers.get("retry-after", "")) == (status, retry)
    assert response.headers["strongroom-error"] == reason


def test_a_service_that_cannot_be_reached_is_503_without_its_address() -> None:
    error = grpc.aio.AioRpcError(
        grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "10.0.0.7 refused"
    )
    response = response_to(*problem_of(error))
    assert (response.status_code, response.headers["strongroom-error"]) == (503, "UNAVAILABLE")
    assert b"10.0.0.7" not in bytes(response.body)
