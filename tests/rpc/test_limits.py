"""What callers and organisations have under way is limited, and forgotten in every way that a call ends."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from time import monotonic
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from gateway.running import COLLECTIONS, headers
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from prometheus_client import REGISTRY
from rpc.calls import key_of, listed, make_key, other_organisation, refused
from waiting import until

from strongroom.v1 import error_reason_pb2
from strongroom.v1.audit_service_pb2 import StreamAuditEventsRequest
from strongroom.v1.credential_service_pb2 import (
    ImportCredentialsRequest,
    ListCredentialsRequest,
    ListCredentialsResponse,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN, ROLE_READER
from strongroom_server.access.caller import Caller, Presented
from strongroom_server.core.bounds import KEY_BOUNDS, ORGANISATION_BOUNDS, PEER_BOUNDS, Bounds
from strongroom_server.core.errors import ServiceError
from strongroom_server.rpc import limits, refusals
from strongroom_server.rpc.limits import Limits
from strongroom_server.rpc.strangers import Strangers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Deployment

    from strongroom_server.rpc.limits import Admitted

LIST = "/strongroom.v1.CredentialService/ListCredentials"
SMALL = Bounds(calls=2, streams=1, rate=8, burst=3, bytes=100)
WRONG = (("authorization", "Bearer sr_doesnotexist_only-ever-used-by-the-tests-of-limits"),)


def caller(key: str = "k", organisation: str = "o") -> Caller:
    return Caller(key, organisation, frozenset(), None)


def refusal(admitted: Callable[[], Admitted]) -> tuple[str, dict[str, str]]:
    """The reason and the metadata of the refusal of a call or stream."""
    with pytest.raises(ServiceError) as caught, admitted():
        pass
    name = error_reason_pb2.ErrorReason.Name(caught.value.reason).removeprefix("ERROR_REASON_")
    return name, dict(caught.value.metadata)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that limits see."""
    now = [1_024.0]
    for module in (limits, refusals):
        monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("of", ["key", "organisation"])
def test_what_is_under_way_at_once_is_limited_until_it_ends(of: str, clock: list[float]) -> None:
    bounds = SMALL._replace(burst=100)
    counted = Limits(bounds, None) if of == "key" else Limits(None, bounds)
    # The organisation's limit is for all its keys together.
    other = caller("k" if of == "key" else "k2")
    unaffected = caller("k2") if of == "key" else caller("k", "o2")
    with ExitStack() as first:
        first.enter_context(counted.call(caller(), 10))
        first.enter_context(counted.call(other, 10))
        expected = {"of": of, "limit": "2", "retry_seconds": "1"}
        assert refusal(lambda: counted.call(other, 1)) == ("CALLS_AT_ONCE_LIMITED", expected)
        with counted.stream(other):
            assert refusal(lambda: counted.stream(caller())) == ("STREAMS_EXHAUSTED", expected | {"limit": "1"})
        with counted.call(unaffected, 100):
            pass
    with counted.call(caller(), 60):
        assert refusal(lambda: counted.call(other, 41)) == (
            "BYTES_IN_FLIGHT_LIMITED",
            {"of": of, "limit": "100", "retry_seconds": "1"},
        )
        with counted.call(other, 40):
            pass
    # A single request may be larger than the limit.
    with counted.call(caller(), 101):
        pass


def test_after_a_burst_calls_have_their_rate_and_after_a_pause_a_burst_again(clock: list[float]) -> None:
    counted = Limits(SMALL, None)

    def made(most: int) -> int:
        for number in range(most):
            try:
                with counted.call(caller(), 1):
                    pass
            except ServiceError:
                return number
        return most

    assert made(10) == 3
    assert refusal(lambda: counted.call(caller(), 1)) == (
        "CALL_RATE_LIMITED",
        {"of": "key", "limit": "8", "retry_seconds": "1"},
    )
    assert refusal(lambda: counted.stream(caller()))[0] == "CALL_RATE_LIMITED"
    total = 0
    for _ in range(64):
        clock[0] += 0.0625
        total += made(10)
    assert total == 32
    clock[0] += 60
    assert made(10) == 3


def test_a_refused_call_counts_nowhere(clock: list[float]) -> None:
    counted = Limits(SMALL, SMALL._replace(calls=1))
    with counted.call(caller(), 1):
        assert refusal(lambda: counted.call(caller("k2"), 1))[1]["of"] == "organisation"
    assert [use.calls for use in counted._keys.values()] == [0, 0]
    # The key that was refused has its whole burst.
    assert counted._keys["o", "k2"].full_at == 0


def test_nothing_is_counted_without_limits() -> None:
    counted = Limits(None, None)
    with ExitStack() as stack:
        for _ in range(10_000):
            stack.enter_context(counted.call(caller(), 1 << 20))
            stack.enter_context(counted.stream(caller()))
    assert not counted._keys
    assert not counted._organisations


def test_idle_callers_and_organisations_are_forgotten_and_those_with_calls_are_not(clock: list[float]) -> None:
    counted = Limits()
    with counted.call(caller("busy", "busy"), 1), counted.stream(caller("streaming", "busy")):
        for number in range(100_000):
            clock[0] += 0.001
            with counted.call(caller(f"k{number}", f"o{number}"), 1):
                pass
        assert len(counted._keys) < 12_000
        assert len(counted._organisations) < 12_000
        assert counted._keys["busy", "busy"].calls == 1
        assert counted._keys["busy", "streaming"].streams == 1


@pytest.fixture
def set_limits(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Limits]:
    """Gives the node's keys other limits for this test."""

    def set_for_keys(**of_key: int) -> Limits:
        counted = Limits(KEY_BOUNDS._replace(**of_key), ORGANISATION_BOUNDS)
        monkeypatch.setattr(deployment.service.pipeline, "limits", counted)
        return counted

    return set_for_keys


def is_idle(counted: Limits) -> bool:
    uses = [*counted._keys.values(), *counted._organisations.values()]
    return not any(use.calls or use.streams or use.bytes for use in uses)


async def ended(counted: Limits) -> None:
    async def idle() -> bool:
        return is_idle(counted)

    await until(idle)


@pytest.mark.parametrize("end", ["answer", "error", "crash", "deadline", "cancel", "disconnect"])
async def test_a_call_is_under_way_until_it_ends_in_any_way(
    deployment: Deployment,
    set_limits: Callable[..., Limits],
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    go_on = asyncio.Event()

    async def respond(*_: object) -> ListCredentialsResponse:
        await go_on.wait()
        if end == "error":
            raise ServiceError(error_reason_pb2.ERROR_REASON_TEAM_NOT_FOUND)
        if end == "crash":
            raise ValueError
        return ListCredentialsResponse()

    counted = set_limits(calls=1)
    monkeypatch.setattr(deployment.service.pipeline, "_respond_in_turn", respond)
    async with grpc.aio.insecure_channel(deployment.grpc_target) as channel:
        send = CredentialServiceStub(channel).ListCredentials
        timeout = 0.2 if end == "deadline" else 10
        call = send(ListCredentialsRequest(), metadata=deployment.metadata, timeout=timeout)

        async def is_under_way() -> bool:
            return any(use.calls for use in counted._keys.values())

        await until(is_under_way)
        if end != "deadline":
            error = await refused(send(ListCredentialsRequest(), metadata=deployment.metadata))
            assert error.reason == "CALLS_AT_ONCE_LIMITED"
            assert error.code == grpc.StatusCode.RESOURCE_EXHAUSTED
        if end == "cancel":
            call.cancel()
        elif end == "disconnect":
            await channel.close()
        elif end != "deadline":
            go_on.set()
        with suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
            await call
    await ended(counted)


@pytest.mark.parametrize("end", ["cancel", "disconnect"])
async def test_an_audit_stream_is_under_way_until_its_caller_leaves(
    deployment: Deployment, set_limits: Callable[..., Limits], end: str
) -> None:
    counted = set_limits(streams=1)
    async with grpc.aio.insecure_channel(deployment.grpc_target) as channel:
        stub = type(deployment.audit)(channel)
        stream = stub.StreamAuditEvents(StreamAuditEventsRequest(), metadata=deployment.metadata)
        assert await stream.read()
        error = await refused(
            anext(aiter(stub.StreamAuditEvents(StreamAuditEventsRequest(), metadata=deployment.metadata)))
        )
        assert error.reason == "STREAMS_EXHAUSTED"
        assert error.message == "this key may have 1 streams at once: try again in 1 s"
        # Calls go on, and so do the streams of other keys.
        assert isinstance(await listed(deployment), list)
        other = await key_of(deployment, ROLE_ADMIN)
        of_other = stub.StreamAuditEvents(StreamAuditEventsRequest(), metadata=other)
        assert await of_other.read()
        of_other.cancel()
        if end == "cancel":
            stream.cancel()
        else:
            await channel.close()
    await ended(counted)


async def test_an_import_is_a_stream(deployment: Deployment, set_limits: Callable[..., Limits]) -> None:
    counted = set_limits(streams=1)
    stream = deployment.audit.StreamAuditEvents(StreamAuditEventsRequest(), metadata=deployment.metadata)
    assert await stream.read()

    async def requests() -> AsyncIterator[ImportCredentialsRequest]:
        yield ImportCredentialsRequest()

    imported = deployment.credentials.ImportCredentials(requests(), metadata=deployment.metadata)
    assert (await refused(anext(aiter(imported)))).reason == "STREAMS_EXHAUSTED"
    stream.cancel()
    await ended(counted)


async def test_a_refusal_asks_for_a_pause_is_counted_and_leaves_no_audit_event(
    deployment: Deployment, set_limits: Callable[..., Limits]
) -> None:
    key = await make_key(deployment, ROLE_READER)
    metadata = (("authorization", f"Bearer {key.key}"),)
    set_limits(rate=1, burst=2)

    def counter() -> float:
        labels = {"limit": "CALL_RATE_LIMITED", "of": "key"}
        return REGISTRY.get_sample_value("strongroom_limited_total", labels) or 0.0

    before = counter()
    answers = [await listed(deployment, by=metadata) for _ in range(2)]
    assert len(answers) == 2
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await listed(deployment, by=metadata)
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type] # an error has what is read of a call
    assert status is not None
    retry = error_details_pb2.RetryInfo()
    assert [detail.Unpack(retry) for detail in status.details].count(True) == 1
    assert retry.retry_delay.seconds == 1
    assert counter() == before + 1
    async with deployment.sql() as sql:
        events = await sql.fetch("select action from audit_events where key_id = $1", key.id)
    assert all("LIMITED" not in str(event) for event in events)


async def test_one_organisations_limit_is_not_anothers(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    _, other = await other_organisation(deployment)
    counted = Limits(None, ORGANISATION_BOUNDS._replace(rate=1, burst=1))
    monkeypatch.setattr(deployment.service.pipeline, "limits", counted)
    await listed(deployment)
    assert (await refused(listed(deployment))).reason == "CALL_RATE_LIMITED"
    assert await listed(deployment, by=other) == []


async def test_after_too_many_failures_a_peer_is_refused_and_a_valid_key_of_it_is_not(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = monotonic()
    monkeypatch.setattr(refusals, "monotonic", lambda: began)
    monkeypatch.setattr(refusals, "HELD_SECONDS", 0.0)
    few = Strangers(PEER_BOUNDS._replace(failures=3, rate=1))
    monkeypatch.setattr(deployment.service.pipeline, "strangers", few)
    reasons = [(await refused(listed(deployment, by=WRONG))).reason for _ in range(4)]
    assert reasons == ["API_KEY_INVALID"] * 3 + ["FAILED_AUTHENTICATIONS_LIMITED"]
    error = await refused(listed(deployment, by=WRONG))
    assert error.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert error.message == "this peer failed to authenticate 3 times: try again in 2 s, with a valid key"
    assert isinstance(await listed(deployment), list)
    # Another peer has its own failures.
    with pytest.raises(ServiceError) as caught:
        await deployment.service.pipeline.call(
            deployment.service.methods[LIST], b"", Presented((WRONG[0][1],), "198.51.100.9")
        )
    assert caught.value.reason == error_reason_pb2.ERROR_REASON_API_KEY_INVALID
    monkeypatch.setattr(refusals, "monotonic", lambda: began + 60)
    assert (await refused(listed(deployment, by=WRONG))).reason == "API_KEY_INVALID"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_vendors_client_gets_429_and_when_to_try_again(
    deployment: Deployment, set_limits: Callable[..., Limits], monkeypatch: pytest.MonkeyPatch, collection: str
) -> None:
    set_limits(rate=1, burst=1)
    monkeypatch.setattr(refusals, "HELD_SECONDS", 0.0)
    monkeypatch.setattr(deployment.service.pipeline, "strangers", Strangers(PEER_BOUNDS._replace(failures=1, rate=1)))
    for key, first in ((deployment.api_key, 200), ("sr_doesnotexist_only-ever-used-by-the-tests-of-limits", 401)):
        answers = [await deployment.http.get(collection, headers=headers(key)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [first, 429]
        assert answers[1].headers["Retry-After"] in ("1", "2")


async def test_a_flood_of_failures_does_not_count_for_hours(clock: list[float]) -> None:
    few = Strangers(PEER_BOUNDS._replace(failures=10, rate=10))
    assert few._failures is not None
    few._failures._held = refusals.MOST_HELD
    for _ in range(1_000):
        with suppress(ServiceError):
            await few.refuse_often("2001:db8::1")
    clock[0] += 3
    # The network of the peer, and no other, has waited for the allowance again.
    await few.refuse_often("2001:db8::2")
    clock[0] += 1_000
    await few.refuse_often("2001:db8::2")


def test_the_failures_of_many_peers_have_bounded_memory() -> None:
    few = Strangers()
    assert few._failures is not None
    for number in range(100_000):
        few._failures._allowance.use(str(number))
    assert len(few._failures._allowance._full_at) <= 10_000


async def test_peers_without_limits_are_never_refused_for_their_failures() -> None:
    free = Strangers(None)
    for _ in range(2 * PEER_BOUNDS.failures):
        await free.refuse_often("192.0.2.1")
