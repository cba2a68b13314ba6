"""Limits what one API key or identity, and one organisation, may have under way at once and may call in a second.

Each process counts for itself. A call that exceeds a limit is refused before its request is parsed.

The windows are our own: the library `limits` takes 40 us of CPU a hit at 2,000 calls a second, because its storage in memory starts
timers, and a call has two hits.
"""

from __future__ import annotations

import math
from time import monotonic
from typing import TYPE_CHECKING, Final

from prometheus_client import Counter

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.bounds import KEY_BOUNDS, ORGANISATION_BOUNDS
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from strongroom.v1.error_reason_pb2 import ErrorReason
    from strongroom_server.access.caller import Caller
    from strongroom_server.core.bounds import Bounds

# Idle callers and organisations are forgotten when more than this are known.
_MOST_KNOWN: Final = 10_000
_RETRY_SECONDS: Final = 1

_LIMITED = Counter("strongroom_limited", "Calls that were refused because of a limit.", ("limit", "of"))


class Limits:
    """What callers and organisations have under way. None is no limit."""

    def __init__(self, key: Bounds | None = KEY_BOUNDS, organisation: Bounds | None = ORGANISATION_BOUNDS) -> None:
        self._key = key
        self._organisation = organisation
        self._keys: dict[tuple[str, str], _Use] = {}
        self._organisations: dict[str, _Use] = {}

    def call(self, caller: Caller, size: int) -> Admitted:
        """A context that counts a call with a request of this size. Raises ServiceError when it exceeds a limit."""
        return Admitted(self, caller, calls=1, streams=0, size=size)

    def stream(self, caller: Caller) -> Admitted:
        """A context that counts a stream. Raises ServiceError when it exceeds a limit."""
        return Admitted(self, caller, calls=0, streams=1, size=0)

    def uses(self, caller: Caller) -> tuple[tuple[_Use, Bounds, str], ...]:
        """What is counted for a caller, with its bounds and what they are of."""
        uses = []
        if self._key is not None:
            who = (caller.organisation_id, caller.key_id)
            use = self._keys.get(who)
            if use is None:
                _forget_idle(self._keys)
                use = self._keys[who] = _Use()
            uses.append((use, self._key, "key"))
        if self._organisation is not None:
            of_all = self._organisations.get(caller.organisation_id)
            if of_all is None:
                _forget_idle(self._organisations)
                of_all = self._organisations[caller.organisation_id] = _Use()
            uses.append((of_all, self._organisation, "organisation"))
        return tuple(uses)


class _Use:
    """What one has under way. full_at: when it may make a whole burst again, in seconds of the monotonic clock."""

    __slots__ = ("bytes", "calls", "full_at", "streams")

    def __init__(self) -> None:
        self.calls = 0
        self.streams = 0
        self.bytes = 0
        self.full_at = 0.0


class Admitted:
    """A call or a stream, from the start of its `with` to the end of it."""

    __slots__ = ("_calls", "_size", "_streams", "_uses")

    def __init__(self, limits: Limits, caller: Caller, *, calls: int, streams: int, size: int) -> None:
        self._calls = calls
        self._streams = streams
        self._size = size
        self._uses = limits.uses(caller)

    def __enter__(self) -> Self:
        now = monotonic()
        calls, streams, size = self._calls, self._streams, self._size
        for use, bounds, of in self._uses:
            if use.calls + calls > bounds.calls:
                raise _limited(reasons.ERROR_REASON_CALLS_AT_ONCE_LIMITED, of, bounds.calls)
            if use.streams + streams > bounds.streams:
                raise _limited(reasons.ERROR_REASON_STREAMS_EXHAUSTED, of, bounds.streams)
            # One request may always be under way, however large.
            if use.bytes and use.bytes + size > bounds.bytes:
                raise _limited(reasons.ERROR_REASON_BYTES_IN_FLIGHT_LIMITED, of, bounds.bytes)
            excess = use.full_at - now - (bounds.burst - 1) / bounds.rate
            if excess > 0:
                raise _limited(reasons.ERROR_REASON_CALL_RATE_LIMITED, of, bounds.rate, math.ceil(excess))
        for use, bounds, _ in self._uses:
            use.calls += calls
            use.streams += streams
            use.bytes += size
            use.full_at = max(use.full_at, now) + 1 / bounds.rate
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        for use, _, _ in self._uses:
            use.calls -= self._calls
            use.streams -= self._streams
            use.bytes -= self._size


def count_limited(reason: str, of: str) -> None:
    """Count a refusal because of a limit of a key, an organisation or a peer."""
    _LIMITED.labels(reason, of).inc()


def _forget_idle(uses: dict) -> None:  # type: ignore[type-arg] # of keys of either kind
    """Forget those that have nothing under way and may make a whole burst, if many are known."""
    if len(uses) < _MOST_KNOWN or len(uses) % 1_024:
        return
    now = monotonic()
    for who in [who for who, use in uses.items() if not use.calls and not use.streams and use.full_at < now]:
        del uses[who]


def _limited(reason: ErrorReason.ValueType, of: str, limit: int, seconds: int = _RETRY_SECONDS) -> ServiceError:
    name = reasons.ErrorReason.Name(reason).removeprefix("ERROR_REASON_")
    count_limited(name, of)
    return ServiceError(reason, of=of, limit=str(limit), retry_seconds=str(seconds))
