"""The client waits as long as the server asks for when it is refused because of a limit, and sends the request again."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import grpc
import pytest
from client.scripted import Failure, connect
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

import strongroom
from strongroom import retries
from strongroom.v1 import event_service_pb2 as events
from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import CreateCredentialRequest

EXHAUSTED, UNAVAILABLE = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE


def failure(code: grpc.StatusCode, reason: str, seconds: str = "1") -> Failure:
    detail = Any()
    detail.Pack(ErrorInfo(reason=reason, domain="strongroom", metadata={"retry_seconds": seconds}))
    return Failure(code, Status(code=code.value[0], message="later", details=[detail]))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client would have made."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(
        "strongroom.calls.asyncio", SimpleNamespace(sleep=wait, get_running_loop=asyncio.get_running_loop)
    )
    return waited


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (EXHAUSTED, "CALL_RATE_LIMITED"),
        (EXHAUSTED, "CALLS_AT_ONCE_LIMITED"),
        (EXHAUSTED, "BYTES_IN_FLIGHT_LIMITED"),
        (EXHAUSTED, "STREAMS_EXHAUSTED"),
        (UNAVAILABLE, "OVERLOADED"),
    ],
)
async def test_a_write_that_a_limit_refused_waits_as_long_as_the_server_asks_for(
    code: grpc.StatusCode, reason: str, waits: list[float]
) -> None:
    async with connect(failure(code, reason, "2"), failure(code, reason, "1"), Credential(id="1")) as (server, client):
        assert (await client.create_credential(Credential(name="one"))).id == "1"
    assert len(server.calls) == 3
    assert len({CreateCredentialRequest.FromString(call.request).request_id for call in server.calls}) == 1
    longest = 1.2 * retries.FIRST_PAUSE_SECONDS
    assert 2 < waits[0] <= 3 + longest
    assert 1 < waits[1] <= 1.5 + 2 * longest


async def test_callers_that_were_refused_together_do_not_come_back_together(waits: list[float]) -> None:
    limited = failure(EXHAUSTED, "CALLS_AT_ONCE_LIMITED")
    async with connect(*[limited] * 20, Credential(id="1")) as (_, client):
        await asyncio.gather(*(client.get_credential("1", timeout_seconds=60) for _ in range(20)))
    assert len(waits) == 20
    assert max(waits) - min(waits) > 0.1


async def test_a_request_that_must_not_be_sent_twice_is_sent_again_if_a_limit_refused_it(waits: list[float]) -> None:
    overloaded = failure(UNAVAILABLE, "OVERLOADED")
    async with connect(overloaded, events.TestWebhookResponse()) as (server, client):
        await client.test_webhook("1")
    assert len(server.calls) == 2
    async with connect(Failure(UNAVAILABLE)) as (server, client):
        with pytest.raises(strongroom.UnavailableError):
            await client.test_webhook("1")
    assert len(server.calls) == 1
    assert len(waits) == 1


async def test_a_pause_that_would_pass_the_deadline_is_not_made(waits: list[float]) -> None:
    async with connect(failure(EXHAUSTED, "CALL_RATE_LIMITED", "60")) as (server, client):
        with pytest.raises(strongroom.ResourceExhaustedError) as refusal:
            await client.get_credential("1")
    assert (len(server.calls), waits) == (1, [])
    assert refusal.value.reason == "CALL_RATE_LIMITED"
    assert refusal.value.metadata["retry_seconds"] == "60"


@pytest.mark.parametrize("seconds", ["", "soon", "-5", "1e9"])
async def test_a_pause_that_is_no_number_is_that_of_any_retry(seconds: str, waits: list[float]) -> None:
    async with connect(failure(EXHAUSTED, "CALL_RATE_LIMITED", seconds), Credential(id="1")) as (_, client):
        await client.get_credential("1")
    assert 0 < waits[0] <= 1.2 * retries.FIRST_PAUSE_SECONDS


@pytest.mark.parametrize("reason", ["DATABASE_FULL", "FAILED_AUTHENTICATIONS_LIMITED", "REFRESH_LIMITED"])
async def test_other_exhausted_resources_are_not_waited_for(reason: str, waits: list[float]) -> None:
    async with connect(failure(EXHAUSTED, reason)) as (server, client):
        with pytest.raises(strongroom.ResourceExhaustedError):
            await client.get_credential("1")
    assert (len(server.calls), waits) == (1, [])
