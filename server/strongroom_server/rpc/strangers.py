"""Limits what peers may do without an API key, so that they leave the node to callers with keys.

A peer that opens unknown links is refused for a while, before anything of its calls is read. Links that exist do not count. A peer
that fails to authenticate too often waits for its refusals. Calls with valid keys from the same address do not wait.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.bounds import PEER_BOUNDS
from strongroom_server.core.errors import ServiceError, invalid
from strongroom_server.core.networks import network_of
from strongroom_server.rpc.limits import count_limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom_server.core.bounds import PeerBounds

# The query of a callback, which may have 16,384 characters, and a cookie.
LARGEST_REQUEST: Final = 32 * 1024
# Calls at a time. They take milliseconds: one that exchanges a code leaves before, because a provider may take its time.
MOST_CALLS: Final = 16
# The unknown links that a peer may open at once, and the seconds after which it may open another one.
UNKNOWN_LINKS: Final = 30
SECONDS_PER_LINK: Final = 2.0
# How long answers to failed authentications over the limit are held back, and how many at a time: who waits for them sends fewer.
HELD_SECONDS: Final = 1.0
MOST_HELD: Final = 2_000
# More peers than open unknown links within a minute. With more, the one whose last unknown link is the oldest is forgotten.
_MOST_PEERS: Final = 10_000
# What ends the counting of the present call.
_PLACE: ContextVar[ExitStack] = ContextVar("_PLACE")


class Strangers:
    """The calls without an API key that are under way, and the peers that opened unknown links or failed to authenticate.

    None is no limit of a peer. Unknown links have their limit even so, because it protects the links from guessing.
    """

    def __init__(self, bounds: PeerBounds | None = PEER_BOUNDS) -> None:
        self._most_calls = MOST_CALLS if bounds is None else bounds.calls
        self._calls: Counter[str] = Counter()
        self._links = _Allowance(UNKNOWN_LINKS, SECONDS_PER_LINK)
        self._failures = None if bounds is None else _Allowance(bounds.failures, 1 / bounds.rate)
        self._held = 0

    @contextmanager
    def admit(self, peer: str, size: int) -> Iterator[None]:
        """Count a call with a request of this size, and whether its link is unknown. Raises CONSENT_LIMITED, FIELD_INVALID."""
        who = network_of(peer)
        if (excess := self._links.excess(who)) > 0:
            raise _limited(math.ceil(excess))
        if self._calls.total() >= MOST_CALLS or self._calls[who] >= self._most_calls:
            raise _limited(1)
        if size > LARGEST_REQUEST:
            raise invalid("request", "must be at most 32 KiB")
        with ExitStack() as place:
            self._calls[who] += 1
            place.callback(self._remove, who)
            reset = _PLACE.set(place)
            try:
                yield
            except ServiceError as error:
                if error.reason == error_reason_pb2.ERROR_REASON_CONSENT_UNKNOWN:
                    self._links.use(who)
                raise
            finally:
                _PLACE.reset(reset)

    def leave(self) -> None:
        """Count the present call no longer: it had a state that is accepted once, and waits for a provider now."""
        _PLACE.get().close()

    def _remove(self, who: str) -> None:
        self._calls[who] -= 1
        if not self._calls[who]:
            del self._calls[who]

    async def refuse_often(self, peer: str) -> None:
        """Count a failed authentication. Raises FAILED_AUTHENTICATIONS_LIMITED, after a while, if there were too many."""
        failures = self._failures
        if failures is None:
            return
        who = network_of(peer)
        excess = failures.excess(who)
        failures.use(who)
        if excess <= 0:
            return
        if self._held < MOST_HELD:
            self._held += 1
            try:
                await asyncio.sleep(HELD_SECONDS)
            finally:
                self._held -= 1
        count_limited("FAILED_AUTHENTICATIONS_LIMITED", "peer")
        raise ServiceError(
            error_reason_pb2.ERROR_REASON_FAILED_AUTHENTICATIONS_LIMITED,
            of="peer",
            limit=str(failures.most),
            retry_seconds=str(math.ceil(excess)),
        )


class _Allowance:
    """How often each peer may do something: `most` times at once, and once more after each `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._seconds = seconds
        # When each peer may do it as often again as any other, in seconds of the monotonic clock.
        self._full_at: dict[str, float] = {}

    def excess(self, who: str) -> float:
        """The seconds until the peer may do it again. 0 or less is now."""
        return self._full_at.get(who, 0.0) - monotonic() - (self.most - 1) * self._seconds

    def use(self, who: str) -> None:
        """Count that the peer did it."""
        now = monotonic()
        # It moves to the end, so the first entry is the one to forget.
        full_at = max(self._full_at.pop(who, now), now)
        while len(self._full_at) >= _MOST_PEERS:
            del self._full_at[next(iter(self._full_at))]
        # Never more than twice the allowance, so that a flood of hours does not count for hours.
        self._full_at[who] = min(full_at, now + 2 * self.most * self._seconds) + self._seconds


def _limited(seconds: int) -> ServiceError:
    count_limited("CONSENT_LIMITED", "peer")
    return ServiceError(error_reason_pb2.ERROR_REASON_CONSENT_LIMITED, retry_seconds=str(seconds))
