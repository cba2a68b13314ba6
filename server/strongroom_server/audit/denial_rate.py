"""Owns how many refusals are recorded: all of them would let a caller fill the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

BURST: Final = 20
PER_SECOND: Final = 1.0
# More kinds than there are at once; beyond it, the counts start anew.
_MOST_KINDS: Final = 10_000


class Denials:
    """A bucket of tokens for each kind of refusal, such as those of one key for one reason."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def is_recorded(self, kind: Hashable, now: float) -> bool:
        """Whether another refusal of this kind, at that time in seconds, is recorded."""
        tokens, since = self._buckets.get(kind, (float(BURST), now))
        tokens = min(BURST, tokens + (now - since) * PER_SECOND)
        recorded = tokens >= 1
        if len(self._buckets) >= _MOST_KINDS:
            self._buckets.clear()
        self._buckets[kind] = (tokens - recorded, now)
        return recorded
