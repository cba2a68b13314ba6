"""StreamHttpRequest passes a request and its response on as they come, and ends both if one side does."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import grpc.aio
import pytest
from audit.expected_events import events_of
from egress.servers import server, serving
from rpc.calls import bearer, make_key, refused, revoke_key
from samples import created, named
from schemes.provider import Provider, provider
from use.calls import invoker_of, user_of
from use.minting import oauth
from use.receivers import TRAILER, begun, deployment, headers, of, provider_process, stored_for
from waiting import until

from strongroom.v1.audit_service_pb2 import CredentialUse
from strongroom.v1.credential_pb2 import ApiKeyData, Credential, CredentialData
from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER
from strongroom.v1.use_service_pb2 import HttpRequestHead, HttpTrailer, StreamHttpRequestRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.rpc import conversations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Deployment

__all__ = ["deployment", "provider", "provider_process"]

SECRET = "s3cr3t/value+42"
KEY = CredentialData(api_key=ApiKeyData(api_key=SECRET))
MIB = 2**20


def chunk(data: bytes) -> StreamHttpRequestRequest:
    return StreamHttpRequestRequest(chunk=data)


def ended(*trailers: tuple[str, str]) -> StreamHttpRequestRequest:
    return StreamHttpRequestRequest(trailer=HttpTrailer(headers=headers(trailers)))


async def rest(call: Any) -> tuple[bytes, HttpTrailer | None]:
    """The body and the trailer that are still to come."""
    body, trailer = bytearray(), None
    while (message := await call.read()) != grpc.aio.EOF:
        assert trailer is None, "the trailer is the last message"
        if message.HasField("trailer"):
            trailer = message.trailer
        body += message.chunk
    return bytes(body), trailer


async def stored_at(deployment: Deployment, port: int) -> tuple[Credential, str]:
    """A credential for a server of the test, and the server's URL."""
    host = f"127.0.0.1:{port}"
    return await created(deployment, named(data=KEY, allowed_hosts=[host])), f"https://{host}/"


async def test_a_response_comes_before_the_request_has_ended(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    call = await begun(deployment, made, f"{provider.url}/duplex", await invoker_of(deployment), method="POST")
    assert (await call.read()).head.status == 200
    for data in (b"one", b"two", b"data: 3\n\n"):
        await call.write(chunk(data))
        assert (await call.read()).chunk == data
    await call.write(TRAILER)
    assert await rest(call) == (b"", HttpTrailer())


async def test_the_head_is_passed_on_as_for_one_request(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    given = headers([("X-Own", "1"), ("Cookie", "a=b"), ("X-Forwarded-For", "1")])
    url = f"{provider.url}/echo?digest=1"
    call = await begun(deployment, made, url, headers=given)
    await call.write(TRAILER)
    head = (await call.read()).head
    assert (head.status, of(head)["content-security-policy"]) == (200, "sandbox")
    body, trailer = await rest(call)
    seen = {name.lower() for name, _ in json.loads(body)["headers"]}
    assert seen == {"authorization", "x-own", "host", "accept-encoding", "connection"}
    assert trailer == HttpTrailer()


@pytest.mark.parametrize("length", [None, 3 * MIB])
async def test_a_body_arrives_whole_with_and_without_its_length(
    deployment: Deployment, provider: Provider, length: int | None
) -> None:
    made = await stored_for(deployment, provider, KEY)
    call = await begun(deployment, made, f"{provider.url}/count", method="PUT", content_length=length)
    for _ in range(48):
        await call.write(chunk(bytes(64 * 1024)))
    await call.write(TRAILER)
    assert (await call.read()).head.status == 200
    assert json.loads((await rest(call))[0])["bytes"] == 3 * MIB


async def test_a_large_response_has_chunks_of_at_most_64_kib(deployment: Deployment, provider: Provider) -> None:
    made = await stored_for(deployment, provider, KEY)
    call = await begun(deployment, made, f"{provider.url}/big?bytes={5 * MIB}")
    await call.write(TRAILER)
    assert of((await call.read()).head)["content-length"] == str(5 * MIB)
    size = 0
    while (message := await call.read()) != grpc.aio.EOF and not message.HasField("trailer"):
        assert 0 < len(message.chunk) <= 64 * 1024
        size += len(message.chunk)
    assert size == 5 * MIB


async def test_trailers_go_both_ways(deployment: Deployment) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = await reader.readuntil(b"\r\n\r\n")
        lost = b"Set-Cookie: a=b\r\nX-End: yes\r\n"
        writer.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n%s\r\n" % (len(seen), seen, lost)
        )
        await writer.drain()

    async with server(answer, serving("127.0.0.1")) as (port, _):
        made, url = await stored_at(deployment, port)
        call = await begun(deployment, made, url, method="POST")
        await call.write(chunk(b"body"))
        await call.write(ended(("X-Sum", "1")))
        await call.read()
        body, trailer = await rest(call)
    assert body.endswith(b"0\r\nx-sum: 1\r\n\r\n".replace(b"x-sum", b"X-Sum"))
    assert trailer == HttpTrailer(headers=headers([("x-end", "yes")]))


async def test_chunks_override_a_length(deployment: Deployment) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    async with server(answer, serving("127.0.0.1")) as (port, _):
        made, url = await stored_at(deployment, port)
        call = await begun(deployment, made, url)
        await call.write(TRAILER)
        head = (await call.read()).head
        assert "content-length" not in of(head)
        assert await rest(call) == (b"hi", HttpTrailer())


HEAD = HttpRequestHead(method="POST")


@pytest.mark.parametrize(
    ("fields", "messages", "named"),
    [
        (None, [chunk(b"x")], "head"),
        (None, [StreamHttpRequestRequest()], "head"),
        ({}, [chunk(b"x" * 65_537)], "chunk"),
        ({}, [chunk(b"x"), StreamHttpRequestRequest(head=HEAD)], "message"),
        ({}, [chunk(b"x"), StreamHttpRequestRequest()], "message"),
        ({}, [chunk(b"x")], "trailer"),
        ({"method": "GET"}, [], "trailer"),
        ({"content_length": 2}, [chunk(b"xyz"), TRAILER], "chunk"),
        ({"content_length": 2}, [chunk(b"x"), TRAILER], "trailer"),
        ({"content_length": 0}, [chunk(b"x"), TRAILER], "chunk"),
        ({"content_length": -1}, [], "head.content_length"),
        ({"url": "https://api.vendor.com/a/../b"}, [], "head.url"),
        ({"headers": headers([("Range", "bytes=0-")])}, [], "head.headers[0]"),
        ({}, [chunk(b"x"), ended(("Authorization", "x"))], "trailer.headers[0]"),
        ({"content_length": 0}, [ended(("X-Sum", "x"))], "trailer.headers"),
    ],
)  # fmt: skip
async def test_a_message_that_breaks_a_rule_is_refused_by_name(
    deployment: Deployment,
    provider: Provider,
    fields: dict[str, Any] | None,
    messages: Sequence[StreamHttpRequestRequest],
    named: str,
) -> None:
    made = await stored_for(deployment, provider, KEY)
    if fields is None:
        call: Any = UseServiceStub(deployment.grpc).StreamHttpRequest(metadata=deployment.metadata)
    else:
        fields = {"url": f"{provider.url}/count", "method": "POST", **fields}
        call = await begun(deployment, made, **fields)
    for message in messages:
        await call.write(message)
    await call.done_writing()
    error = await refused(call.read())
    assert (error.reason, list(error.fields)) == ("FIELD_INVALID", [named])
    # The receiver did not see a whole request.
    assert all(each["status"] == 0 for each in provider.log("/count"))


async def test_a_response_to_a_part_of_the_request_is_whole(deployment: Deployment) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge")
        await writer.drain()

    async with server(answer, serving("127.0.0.1")) as (port, _):
        made, url = await stored_at(deployment, port)
        call = await begun(deployment, made, url, method="POST")
        await call.write(chunk(b"x"))
        assert (await call.read()).head.status == 413
        assert await rest(call) == (b"large", HttpTrailer())
        assert await call.code() == grpc.StatusCode.OK


@pytest.mark.parametrize("way", ["raw", "bytewise", "base64&offset=1", "header"])
async def test_a_secret_in_a_response_does_not_arrive(deployment: Deployment, provider: Provider, way: str) -> None:
    made, by = await stored_for(deployment, provider, KEY), await invoker_of(deployment)
    call = await begun(deployment, made, f"{provider.url}/echo?as={way}", by)
    await call.write(TRAILER)
    seen = []

    async def read() -> None:
        while True:
            seen.append(await call.read())

    assert (await refused(read())).reason == "SECRET_IN_RESPONSE"
    assert len(b"".join(each.chunk for each in seen)) <= len("before ")
    assert "SECRET_IN_RESPONSE" in {each["outcome"] for each in await events_of(deployment, by)}


async def test_the_outcome_is_recorded_with_the_end_of_the_response(deployment: Deployment, provider: Provider) -> None:
    made, by = await stored_for(deployment, provider, KEY), await user_of(deployment)
    call = await begun(deployment, made, f"{provider.url}/duplex?in=query", by, method="POST")
    await call.read()
    (started,) = await events_of(deployment, by, ("action", "outcome", "credential_ids"))
    assert (started["action"], started["outcome"]) == ("StreamHttpRequest", "STARTED")
    await call.write(TRAILER)
    await rest(call)
    ended = {
        each["outcome"]: each["use"] for each in await events_of(deployment, by, ("outcome", "use", "credential_ids"))
    }
    assert CredentialUse.FromString(ended["OK"]) == CredentialUse(
        kind="secret", host=f"127.0.0.1:{provider.port}", method="POST", path="/duplex", status=200
    )


async def test_a_receiver_that_dies_in_the_response_ends_the_stream_without_a_trailer(deployment: Deployment) -> None:
    with Provider.start() as dying:
        made, by = await stored_for(deployment, dying, KEY), await user_of(deployment)
        call = await begun(deployment, made, f"{dying.url}/big?bytes={1024 * MIB}", by)
        await call.write(TRAILER)
        assert (await call.read()).head.status == 200
        assert (await call.read()).chunk
        dying.kill()
        error = await refused(rest(call))
    assert error.reason == "EGRESS_REFUSED"
    assert {each["outcome"] for each in await events_of(deployment, by)} == {"STARTED", "EGRESS_REFUSED"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_rejected_token_is_replaced_once_for_a_request_that_can_be_repeated(
    deployment: Deployment, provider: Provider, method: str
) -> None:
    made = await stored_for(deployment, provider, oauth(provider.token_url))
    statuses = []
    for _ in range(3):
        call = await begun(deployment, made, f"{provider.url}/api", method=method)
        await call.write(TRAILER)
        statuses.append((await call.read()).head.status)
        assert (await rest(call))[1] == HttpTrailer()
        provider.revoke()
    # After the second token was rejected too, a third is not asked for within a minute.
    assert statuses == ([200, 200, 401] if method == "GET" else [200, 401, 401])
    assert len(provider.log("/token")) == (2 if method == "GET" else 1)


class Watched:
    """A receiver that answers at once, reads nothing until it is told to, and notes when its caller has left."""

    def __init__(self) -> None:
        self.may_read = asyncio.Event()
        self.has_ended = asyncio.Event()
        self.size = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhead\r\n")
        await writer.drain()
        await self.may_read.wait()
        try:
            while data := await reader.read(65536):
                self.size += len(data)
        except OSError:
            pass
        self.has_ended.set()


@pytest.mark.parametrize(
    ("end", "reason"),
    [("revoke", "API_KEY_INVALID"), ("stop", "SHUTTING_DOWN"), ("idle", "DEADLINE_EXCEEDED"), ("leave", "")],
)
async def test_the_receiver_is_left_when_the_conversation_ends(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, end: str, reason: str
) -> None:
    monkeypatch.setattr(conversations, "_CHECK_SECONDS", 0.02)
    monkeypatch.setattr(deployment.service.streams, "_is_stopping", False)
    key = await make_key(deployment, ROLE_INVOKER)
    receiver = Watched()
    receiver.may_read.set()
    async with server(receiver, serving("127.0.0.1")) as (port, _):
        made, url = await stored_at(deployment, port)
        call = await begun(deployment, made, url, bearer(key.key), method="POST")
        await call.write(chunk(b"x"))
        await call.read()
        await call.read()
        match end:
            case "revoke":
                await revoke_key(deployment, key.id)
            case "stop":
                deployment.service.streams.end()
            case "idle":
                monkeypatch.setattr(conversations, "IDLE_SECONDS", 0.05)
            case "leave":
                call.cancel()
        if reason:
            assert (await refused(call.read())).reason == reason
        await until(receiver.has_ended.is_set)
        await until(lambda: not deployment.service.streams.conversations)
    await until(lambda: has_outcome(deployment, made.id))


async def has_outcome(deployment: Deployment, made: str) -> bool:
    """Whether the trail says how the stream ended, and not only that it was started."""
    async with deployment.sql() as sql:
        found = await sql.fetch(
            "select outcome from audit_events where credential_id = $1 and action = 'StreamHttpRequest'", UUID(made)
        )
    outcomes = {row[0] for row in found} - {"STARTED"}
    # gRPC ends the messages of a call that its client cancels, and may cancel the handler only then: the request is not complete.
    assert outcomes <= {"CANCELLED", "FIELD_INVALID"}
    return bool(outcomes)


async def settled(value: Any) -> int:
    """A number once it has stayed the same for a while."""
    last, same = -1, 0
    while same < 20:
        await asyncio.sleep(0.01)
        last, same = (last, same + 1) if value() == last else (value(), 0)
    return last


async def test_a_receiver_that_reads_nothing_stops_the_caller(deployment: Deployment) -> None:
    receiver, sent = Watched(), 0

    async def send(call: Any) -> None:
        nonlocal sent
        for _ in range(32 * 16):
            await call.write(chunk(bytes(64 * 1024)))
            sent += 1
        await call.write(TRAILER)

    async with server(receiver, serving("127.0.0.1")) as (port, _):
        made, url = await stored_at(deployment, port)
        call = await begun(deployment, made, url, method="POST")
        sending = asyncio.create_task(send(call))
        await call.read()
        # What the kernel and both ends of gRPC buffer.
        assert await settled(lambda: sent) < 16 * 16
        receiver.may_read.set()
        await sending
        await until(lambda: receiver.size > 32 * MIB)
        call.cancel()


async def test_a_caller_that_reads_nothing_stops_the_receiver(deployment: Deployment) -> None:
    sent = 0

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (32 * MIB))
        for _ in range(32 * 16):
            writer.write(bytes(64 * 1024))
            await writer.drain()
            sent += 1

    async with server(answer, serving("127.0.0.1")) as (port, _):
        made, url = await stored_at(deployment, port)
        call = await begun(deployment, made, url)
        await call.write(TRAILER)
        assert (await call.read()).head.status == 200
        assert await settled(lambda: sent) < 16 * 16
        body, trailer = await rest(call)
    assert (len(body), trailer) == (32 * MIB, HttpTrailer())


def resident_mib() -> float:
    """The memory of this process, which has the node and the caller."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def test_a_hundred_mebibytes_in_each_direction_need_no_more_memory(
    deployment: Deployment, provider: Provider
) -> None:
    made, size = await stored_for(deployment, provider, KEY), 100 * MIB
    before = largest = resident_mib()
    call = await begun(deployment, made, f"{provider.url}/big?bytes={size}")
    await call.write(TRAILER)
    received = 0
    while (message := await call.read()) != grpc.aio.EOF:
        received += len(message.chunk)
        if received % MIB == 0:
            largest = max(largest, resident_mib())
    assert received == size
    call = await begun(deployment, made, f"{provider.url}/count", method="PUT")
    for number in range(size // 65536):
        await call.write(chunk(bytes(65536)))
        if number % 16 == 0:
            largest = max(largest, resident_mib())
    await call.write(TRAILER)
    await call.read()
    assert json.loads((await rest(call))[0])["bytes"] == size
    assert largest - before < 32
