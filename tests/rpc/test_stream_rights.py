"""A stream of responses ends once its caller has lost the role for it, or stands for another organisation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.v1.audit_service_pb2 import StreamAuditEventsRequest
from strongroom.v1.organisation_service_pb2 import ROLE_ADMIN
from strongroom_server.access.caller import Caller, Presented
from strongroom_server.core.activity import Activity
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.fair_queue import FairQueue
from strongroom_server.rpc import streams as streams_module
from strongroom_server.rpc.limits import Limits
from strongroom_server.rpc.streams import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

ADMIN = Caller("id", "one", frozenset({ROLE_ADMIN}), None)


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        (Caller("id", "one", frozenset(), None), "ROLE_MISSING"),
        (Caller("other", "two", frozenset({ROLE_ADMIN}), None), "ORGANISATION_MISMATCH"),
    ],
)
async def test_a_stream_ends_when_its_caller_loses_its_rights(later: Caller, reason: str) -> None:
    callers = iter([ADMIN, ADMIN, later])

    async def identify(*_: object) -> Caller:
        return next(callers)

    async def record(*_: object) -> None:
        pass

    async def handle(*_: object) -> AsyncIterator[Any]:
        yield "first"
        yield "second"

    pipeline: Any = SimpleNamespace(identify=identify, limits=Limits(), hold_refusal=record)
    method: Any = SimpleNamespace(
        name="StreamAuditEvents", fields=(), request_type=StreamAuditEventsRequest, handle=handle
    )
    denials: Any = SimpleNamespace(record=record)
    database: Any = SimpleNamespace(heavy=FairQueue("heavy", Activity(), 1, 1, 1))
    streams = Streams(pipeline, database, denials)
    seen: list[Any] = []
    with pytest.raises(ServiceError) as refusal:  # noqa: PT012 - the messages before the error count
        async for message in streams.responses(method, StreamAuditEventsRequest(), Presented((), "")):
            seen.append(message)  # noqa: PERF401
    assert seen == ["first"]
    assert reason in str(refusal.value)


async def test_a_stream_makes_its_organisation_active_when_it_found_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_module, "_POLL_SECONDS", 0)
    activity = Activity()
    called: list[str] = []
    monkeypatch.setattr(activity, "called", lambda organisation_id, _: called.append(organisation_id))

    async def handle() -> AsyncGenerator[Any, None]:
        # A turn ends with None. Nothing is new in the second turn, and something in the third.
        for message in ("first", None, None, "second", None, None):
            yield message

    database: Any = SimpleNamespace(heavy=FairQueue("heavy", activity, 1, 1, 1))
    nothing: Any = None
    streams = Streams(nothing, database, nothing)
    active = [(message, len(called)) async for message in streams._in_turns(handle(), ADMIN)]
    # The first turn counts, and each that follows one with news.
    assert active == [("first", 1), (None, 1), (None, 2), ("second", 2), (None, 2), (None, 3)]
