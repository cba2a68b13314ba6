"""Holds back refusals of those who are refused too often: a caller that waits for them sends fewer calls.

A refusal costs little, but hundreds of calls at a time that are sent again at once fill the line of calls that gRPC has not handed
over yet, in which the calls of all others wait too.
"""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import Final

# How long refusals over the limit are held back at least, and how many are at a time. At most twice as long: those of a flood are
# held at the same time and must not come back together.
HELD_SECONDS: Final = 1.0
MOST_HELD: Final = 2_000
# With more, the one that was refused the longest ago is forgotten.
_MOST_KNOWN: Final = 10_000


class Refusals:
    """The refusals of each peer or caller. most: how many are answered at once. rate: how many are in each second after them."""

    def __init__(self, most: int, rate: int) -> None:
        self.most = most
        self._allowance = Allowance(most, 1 / rate)
        self._held = 0

    async def hold(self, who: str) -> float:
        """Count a refusal, and wait if there were too many. Returns for how long there are: 0 or less if there were not."""
        excess = self._allowance.excess(who)
        self._allowance.use(who)
        if excess > 0 and self._held < MOST_HELD:
            self._held += 1
            try:
                await asyncio.sleep(random.uniform(1, 2) * HELD_SECONDS)  # noqa: S311 - not a secret
            finally:
                self._held -= 1
        return excess


class Allowance:
    """How often each may do something: `most` times at once, and once more after each `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        # When each may do it as often again as any other, in seconds of the monotonic clock.
        self._full_at: dict[str, float] = {}

    def excess(self, who: str) -> float:
        """The seconds until they may do it again. 0 or less is now."""
        return self._full_at.get(who, 0.0) - monotonic() - (self._most - 1) * self._seconds

    def use(self, who: str) -> None:
        """Count that they did it."""
        now = monotonic()
        # It moves to the end, so the first entry is the one to forget.
        full_at = max(self._full_at.pop(who, now), now)
        while len(self._full_at) >= _MOST_KNOWN:
            del self._full_at[next(iter(self._full_at))]
        # Never more than twice the allowance, so that a flood of hours does not count for hours.
        self._full_at[who] = min(full_at, now + 2 * self._most * self._seconds) + self._seconds
