"""The line of the noisiest callers, and the bound of its memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from google.rpc import code_pb2

from strongroom_server.rpc.noisiest import MOST_KNOWN, NAMED, WINDOW_SECONDS, Noisiest

if TYPE_CHECKING:
    import pytest


def busy(noisiest: Noisiest, key: str, calls: int, code: int = code_pb2.OK) -> None:
    for _ in range(calls):
        noisiest.count(("org", key, "10.0.0.1"), code, 0.01, 100)


async def test_the_callers_that_took_the_most_time_are_named_with_what_they_did() -> None:
    noisiest = Noisiest()
    for number in range(NAMED + 3):
        busy(noisiest, f"key{number}", number + 1)
    busy(noisiest, "key7", 2, code_pb2.RESOURCE_EXHAUSTED)
    with structlog.testing.capture_logs() as lines:
        noisiest.write()
    (line,) = lines
    assert [each["key"] for each in line["callers"]] == ["key7", "key6", "key5", "key4", "key3"]
    assert line["callers"][0] == {
        "organisation": "org",
        "key": "key7",
        "peer": "10.0.0.1",
        "calls": 10,
        "refused": 2,
        "seconds": 0.1,
        "bytes": 1000,
    }
    assert len(noisiest) == 0


async def test_the_memory_is_bounded_and_a_busy_caller_stays_through_a_flood_of_others() -> None:
    noisiest = Noisiest()
    busy(noisiest, "busy", 50)
    for number in range(10 * MOST_KNOWN):
        busy(noisiest, f"stranger{number}", 1)
        assert len(noisiest) <= MOST_KNOWN
    with structlog.testing.capture_logs() as lines:
        noisiest.write()
    assert lines[0]["callers"][0]["key"] == "busy"


async def test_one_line_is_written_a_minute_and_none_while_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[tuple[float, object]] = []

    class Loop:
        def call_later(self, seconds: float, write: object) -> None:
            timers.append((seconds, write))

    loop, noisiest = Loop(), Noisiest()
    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "get_running_loop", lambda: loop)
        busy(noisiest, "one", 3)
        busy(noisiest, "other", 3)
        assert timers == [(WINDOW_SECONDS, noisiest.write)]
        noisiest.write()
        assert len(timers) == 1
        busy(noisiest, "one", 1)
        assert len(timers) == 2
