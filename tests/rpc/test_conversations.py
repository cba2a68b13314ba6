"""A call that streams in both directions brings messages as they come, and ends with its caller's rights."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from rpc.calls import Metadata, bearer, key_of, make_key, refused, revoke_key
from waiting import until

from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER, ROLE_READER, ROLE_USER
from strongroom.v1.use_service_pb2 import (
    HttpRequestHead,
    HttpTrailer,
    StreamHttpRequestRequest,
    StreamHttpRequestResponse,
)
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.core.bounds import KEY_BOUNDS
from strongroom_server.rpc import conversations, server
from strongroom_server.rpc.methods import Method

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Deployment
    from grpc.aio import StreamStreamCall

    from strongroom_server.access.caller import Caller

    Handle = Callable[[AsyncIterator[StreamHttpRequestRequest], Caller], AsyncIterator[StreamHttpRequestResponse]]

HEAD = StreamHttpRequestRequest(head=HttpRequestHead(id="1"))
TRAILER = StreamHttpRequestRequest(trailer=HttpTrailer())
PIECE = StreamHttpRequestResponse(chunk=b"x" * 65536)


async def echo(
    requests: AsyncIterator[StreamHttpRequestRequest], _caller: Caller
) -> AsyncIterator[StreamHttpRequestResponse]:
    """Send every chunk back until the trailer."""
    async for request in requests:
        if request.HasField("trailer"):
            return
        yield StreamHttpRequestResponse(chunk=request.chunk)


async def flood(
    _requests: AsyncIterator[StreamHttpRequestRequest], _caller: Caller
) -> AsyncIterator[StreamHttpRequestResponse]:
    """Send without end."""
    while True:
        yield PIECE


@pytest.fixture
def handle_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handle], None]:
    """Replaces the handler of conversations, by `echo` at first."""
    slot = Method.__dict__["handle"]
    handler: Handle = echo

    class Handler:
        def __get__(self, method: Method, owner: type) -> Any:
            return handler if method.converses else slot.__get__(method, owner)

    def replace(handle: Handle) -> None:
        nonlocal handler
        handler = handle

    monkeypatch.setattr(Method, "handle", Handler())
    monkeypatch.setattr(conversations, "_CHECK_SECONDS", 0.02)
    return replace


def begin(deployment: Deployment, by: Metadata = ()) -> StreamStreamCall[Any, Any]:
    return UseServiceStub(deployment.grpc).StreamHttpRequest(metadata=by or deployment.metadata)


async def has_ended(deployment: Deployment) -> None:
    await until(lambda: not deployment.service.streams.conversations)


async def test_messages_come_back_before_the_caller_has_sent_all(
    deployment: Deployment, handle_with: Callable[[Handle], None]
) -> None:
    call: Any = begin(deployment)
    await call.write(HEAD)
    assert await call.read() == StreamHttpRequestResponse(chunk=b"")
    for chunk in (b"one", b"two"):
        await call.write(StreamHttpRequestRequest(chunk=chunk))
        assert (await call.read()).chunk == chunk
    await call.write(TRAILER)
    assert await call.read() == grpc.aio.EOF
    await has_ended(deployment)


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (StreamHttpRequestRequest(head=HttpRequestHead(id="1", organisation_id="other")), "ORGANISATION_MISMATCH"),
        (StreamHttpRequestRequest.FromString(b"\xfa\x06\x01x"), "FIELD_INVALID"),
        (StreamHttpRequestRequest(chunk=b"x" * 300_000), "FIELD_INVALID"),
    ],
)
async def test_the_first_message_is_checked(
    deployment: Deployment, handle_with: Callable[[Handle], None], first: StreamHttpRequestRequest, reason: str
) -> None:
    call = begin(deployment)
    await call.write(first)
    assert (await refused(call.read())).reason == reason
    await has_ended(deployment)


async def test_a_caller_needs_a_key_and_a_role(deployment: Deployment, handle_with: Callable[[Handle], None]) -> None:
    assert (await refused(begin(deployment, bearer("none")).read())).reason == "API_KEY_INVALID"
    # Nothing was sent: the role is known to be missing before the first message.
    assert (await refused(begin(deployment, await key_of(deployment, ROLE_READER)).read())).reason == "ROLE_MISSING"
    call = begin(deployment, await key_of(deployment, ROLE_INVOKER))
    await call.write(HEAD)
    assert await call.read()
    call.cancel()
    await has_ended(deployment)


@pytest.mark.parametrize("handle", [echo, flood])
async def test_a_revoked_key_ends_a_conversation_that_waits_for_its_caller(
    deployment: Deployment,
    handle_with: Callable[[Handle], None],
    handle: Handle,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    handle_with(handle)
    monkeypatch.setattr(server, "_STATUS_SECONDS", 0.05)
    key = await make_key(deployment, ROLE_USER)
    call = begin(deployment, bearer(key.key))
    await call.write(HEAD)
    await call.read()
    await revoke_key(deployment, key.id)
    # The one waits for a message of its caller, the other until its caller takes one.
    await has_ended(deployment)
    # Nothing of it is left, although the caller has not taken the status yet.
    await until(lambda: not any("converse" in repr(task) for task in asyncio.all_tasks()))
    assert (await refused(_rest(call))).reason == "API_KEY_INVALID"
    assert "Traceback" not in caplog.text


async def _rest(call: StreamStreamCall[Any, Any]) -> None:
    while await call.read() != grpc.aio.EOF:
        pass


async def test_a_conversation_without_messages_ends(
    deployment: Deployment, handle_with: Callable[[Handle], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "IDLE_SECONDS", 0.1)
    assert (await refused(begin(deployment).read())).reason == "DEADLINE_EXCEEDED"
    await has_ended(deployment)


async def test_a_caller_has_a_limited_number_of_conversations(
    deployment: Deployment, handle_with: Callable[[Handle], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment.service.pipeline.limits, "_key", KEY_BOUNDS._replace(streams=2))
    key, other = [await key_of(deployment, ROLE_USER) for _ in range(2)]
    calls = [begin(deployment, key), begin(deployment, key)]
    for call in calls:
        await call.write(HEAD)
        assert await call.read()
    refusal = await refused(begin(deployment, key).read())
    assert refusal.reason == "STREAMS_EXHAUSTED"
    assert "this key may have 2 streams" in refusal.message
    for by, free in ((other, None), (key, calls[0])):
        if free is not None:
            await free.write(TRAILER)
            await _rest(free)
        call = begin(deployment, by)
        await call.write(HEAD)
        assert await call.read()
        call.cancel()
    calls[1].cancel()
    await has_ended(deployment)
    assert not any(use.streams for use in deployment.service.pipeline.limits._keys.values())


async def test_a_stopping_node_ends_its_conversations(
    deployment: Deployment, handle_with: Callable[[Handle], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment.service.streams, "_is_stopping", False)
    call = begin(deployment)
    await call.write(HEAD)
    assert await call.read()
    deployment.service.streams.end()
    assert (await refused(call.read())).reason == "SHUTTING_DOWN"
    assert (await refused(begin(deployment).read())).reason == "SHUTTING_DOWN"
    await has_ended(deployment)


async def test_a_caller_that_leaves_ends_its_conversation(
    deployment: Deployment, handle_with: Callable[[Handle], None]
) -> None:
    before = len(asyncio.all_tasks())
    for handle in (echo, flood):
        handle_with(handle)
        call = begin(deployment)
        await call.write(HEAD)
        assert await call.read()
        call.cancel()
        await has_ended(deployment)
    del call
    await until(lambda: len(asyncio.all_tasks()) <= before)
