"""node/pulse.py: metrics show how late the event loop is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from waiting import until

from strongroom_server.node import pulse

if TYPE_CHECKING:
    import pytest


def late() -> float:
    return REGISTRY.get_sample_value("strongroom_event_loop_late_seconds_sum") or 0.0


async def test_an_event_loop_that_is_blocked_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.01)
    before = late()
    async with pulse.show_pulse(dict):
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 - blocks the loop
        await until(lambda: late() > before + 0.08)
