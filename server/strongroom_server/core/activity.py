"""Knows which organisations are active on this process, and gives turns of the event loop to the others."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

# An organisation counts as active for so long after a call, so that one which makes a call after the other has its share kept free.
ACTIVE_SECONDS: Final = 1.0
# A call needs about so many: gRPC's server takes four to hand it over, and it waits several times for gRPC and for the database.
REST_TURNS: Final = 16


class Activity:
    """When organisations called last, as far as it must be known to say whether one of them is alone."""

    def __init__(self) -> None:
        self._last = ""
        # The last call of that organisation, and of any other one.
        self._last_at = self._other_at = -ACTIVE_SECONDS

    def called(self, organisation_id: str, now: float) -> None:
        """Record a call. now: seconds of the monotonic clock."""
        if organisation_id != self._last:
            self._last = organisation_id
            self._other_at = self._last_at
        self._last_at = now

    def beside_others(self, organisation_id: str, now: float) -> bool:
        """Whether an organisation other than this one is active."""
        other_at = self._other_at if organisation_id == self._last else self._last_at
        return now < other_at + ACTIVE_SECONDS

    async def rest(self, organisation_id: str) -> None:
        """Let others run, during work of an organisation that takes many steps: for one turn, and beside other organisations for
        as many as their calls need. Turns take microseconds if nobody else has something to do.
        """
        for _ in range(REST_TURNS if self.beside_others(organisation_id, monotonic()) else 1):
            await asyncio.sleep(0)
