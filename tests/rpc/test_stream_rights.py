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
from strongroom_server.rpc.limits import Limits
from strongroom_server.rpc.streams import Streams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
