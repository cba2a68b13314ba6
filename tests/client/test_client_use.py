"""The client sends what UseService takes, and repeats only what may be sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from client.scripted import Failure, connect
from google.rpc.status_pb2 import Status
from grpc import aio

import strongroom
from strongroom.v1.use_service_pb2 import (
    ENVIRONMENT_TEST,
    AuthorizeHttpRequestRequest,
    AuthorizeHttpRequestResponse,
    ForwardHttpRequestRequest,
    ForwardHttpRequestResponse,
    HttpHeader,
    HttpResponseHead,
    HttpTrailer,
    MintTokenRequest,
    MintTokenResponse,
    StreamHttpRequestRequest,
    StreamHttpRequestResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

UNAVAILABLE = Failure(grpc.StatusCode.UNAVAILABLE, Status(code=14, message="later"))
URL = "https://api.example.com/v1"


async def test_a_token_is_asked_for_with_every_parameter() -> None:
    async with connect(MintTokenResponse(token="t")) as (server, client):
        minted = await client.mint_token(
            "1",
            target_host="api.example.com",
            scopes=["read"],
            audience="a",
            min_remaining_seconds=0,
            rejected_token_sha256=b"\1" * 32,
            environment=ENVIRONMENT_TEST,
            actor="anna",
        )
    assert minted.token == "t"
    assert MintTokenRequest.FromString(server.calls[0].request) == MintTokenRequest(
        id="1",
        target_host="api.example.com",
        scopes=["read"],
        audience="a",
        min_remaining_seconds=0,
        rejected_token_sha256=b"\1" * 32,
        environment=ENVIRONMENT_TEST,
        actor="anna",
    )


async def test_the_server_decides_how_long_a_token_must_last_unless_the_caller_says_it() -> None:
    async with connect(MintTokenResponse()) as (server, client):
        await client.mint_token("1")
    assert not MintTokenRequest.FromString(server.calls[0].request).HasField("min_remaining_seconds")


async def test_an_authorisation_is_asked_for_again() -> None:
    answer = AuthorizeHttpRequestResponse(headers=[HttpHeader(name="Authorization", value="Bearer t")])
    async with connect(UNAVAILABLE, answer) as (server, client):
        added = await client.authorize_http_request("1", "PUT", URL, headers=[("X-A", "b")], body_sha256="ab")
    assert added == answer
    sent = AuthorizeHttpRequestRequest.FromString(server.calls[1].request)
    assert (sent.method, sent.url, sent.headers[0].name, sent.body_sha256) == ("PUT", URL, "X-A", "ab")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_request_that_may_change_something_is_forwarded_once(method: str) -> None:
    async with connect(UNAVAILABLE) as (server, client):
        with pytest.raises(strongroom.UnavailableError):
            await client.forward_http_request("1", method, URL)
    assert len(server.calls) == 1


async def test_a_request_that_only_reads_is_forwarded_again() -> None:
    answer = ForwardHttpRequestResponse(head=HttpResponseHead(status=200), body=b"ok")
    async with connect(UNAVAILABLE, answer) as (server, client):
        assert await client.forward_http_request("1", "GET", URL, headers=[("Accept", "text/plain")]) == answer
    assert ForwardHttpRequestRequest.FromString(server.calls[1].request).head.headers[0].value == "text/plain"


async def test_a_body_of_1_mib_fits_into_a_forwarded_request() -> None:
    async with connect(ForwardHttpRequestResponse()) as (server, client):
        await client.forward_http_request("1", "POST", URL, body=b"b" * (1 << 20))
    assert len(ForwardHttpRequestRequest.FromString(server.calls[0].request).body) == 1 << 20


class Receiver:
    """A server of StreamHttpRequest that returns what it receives."""

    def __init__(self) -> None:
        self.received: list[StreamHttpRequestRequest] = []

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        if not details.method.endswith("/StreamHttpRequest"):
            return None

        async def converse(
            requests: AsyncIterator[bytes], context: aio.ServicerContext[bytes, bytes]
        ) -> AsyncIterator[bytes]:
            async for request in requests:
                message = StreamHttpRequestRequest.FromString(request)
                self.received.append(message)
                if message.HasField("head"):
                    if message.head.method == "DELETE":
                        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "refused")
                    yield StreamHttpRequestResponse(head=HttpResponseHead(status=200)).SerializeToString()
                elif message.HasField("chunk"):
                    yield StreamHttpRequestResponse(chunk=message.chunk).SerializeToString()
                else:
                    yield StreamHttpRequestResponse(trailer=HttpTrailer()).SerializeToString()

        return grpc.stream_stream_rpc_method_handler(converse)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, strongroom.Client]]:
    receiver, server = Receiver(), aio.server()
    server.add_generic_rpc_handlers((receiver,))  # type: ignore[arg-type] # it has the one method of a handler
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with strongroom.Client(f"127.0.0.1:{port}", "sr_test_hunter2", plaintext=True) as client:
        yield receiver, client
    await server.stop(None)


async def test_a_stream_sends_the_head_the_body_in_chunks_and_the_trailer(
    receiver: tuple[Receiver, strongroom.Client],
) -> None:
    server, client = receiver

    async def body() -> AsyncIterator[bytes]:
        yield b"a" * 70_000
        yield b"b"

    stream = client.stream_http_request("1", "POST", URL, body=body(), content_length=70_001)
    received = [message async for message in stream]
    assert [message.WhichOneof("message") for message in received] == ["head", "chunk", "chunk", "chunk", "trailer"]
    assert b"".join(message.chunk for message in received) == b"a" * 70_000 + b"b"
    assert max(len(message.chunk) for message in server.received) == 64 * 1024
    assert server.received[0].head.content_length == 70_001


async def test_a_body_of_bytes_has_its_length(receiver: tuple[Receiver, strongroom.Client]) -> None:
    server, client = receiver
    assert [message async for message in client.stream_http_request("1", "POST", URL, body=b"abc")]
    assert server.received[0].head.content_length == 3


async def test_a_refused_stream_raises_the_error_of_its_code(receiver: tuple[Receiver, strongroom.Client]) -> None:
    # The end may come before, while or after the client writes the body.
    for size in range(0, 20_000_000, 500_000):
        with pytest.raises(strongroom.PermissionDeniedError):
            [message async for message in receiver[1].stream_http_request("1", "DELETE", URL, body=bytes(size))]


async def test_a_stream_that_is_left_is_cancelled(receiver: tuple[Receiver, strongroom.Client]) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"more"

    stream = receiver[1].stream_http_request("1", "POST", URL, body=endless())
    assert (await anext(stream)).head.status == 200
    await stream.aclose()
