"""Owns how many refusals of a key are recorded: all of them would let a caller fill the audit trail."""

from __future__ import annotations

from typing import Final

BURST: Final = 20
PER_SECOND: Final = 1.0
# More keys than are refused at once; beyond it, the counts start anew.
_MOST_KEYS: Final = 10_000


class Denials:
    """A bucket of tokens for each key."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def is_recorded(self, key_id: str, now: float) -> bool:
        """Whether another refusal of this key, at that time in seconds, is recorded."""
        tokens, since = self._buckets.get(key_id, (float(BURST), now))
        tokens = min(BURST, tokens + (now - since) * PER_SECOND)
        recorded = tokens >= 1
        if len(self._buckets) >= _MOST_KEYS:
            self._buckets.clear()
        self._buckets[key_id] = (tokens - recorded, now)
        return recorded
