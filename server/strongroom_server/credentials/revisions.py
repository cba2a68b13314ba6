"""Remembers which revision of each row this node has seen, so that an older row that was put back is refused."""

from __future__ import annotations

from typing import Final

# An entry takes about 90 bytes, so this takes at most 6 MB per process.
REMEMBERED: Final = 65_536


class SeenRevisions:
    """The highest revision seen of the rows that this process verified or stored last: at most REMEMBERED.

    It keeps two generations. When the newer one is full, it becomes the older one, and what was the older one is forgotten. That
    takes no list of uses, which would cost more than the lookup.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most_recent = most // 2
        self._recent: dict[bytes, int] = {}
        self._older: dict[bytes, int] = {}

    def see(self, key: bytes, revision: int) -> int:
        """Remember the revision of a verified or stored row, and return the highest one that has been seen."""
        seen = self._recent.get(key)
        if seen is None:
            highest = max(revision, self._older.get(key, 0))
            if len(self._recent) >= self._most_recent:
                self._recent, self._older = {}, self._recent
        else:
            highest = max(revision, seen)
        if highest != seen:
            self._recent[key] = highest
        return highest

    def forget(self) -> None:
        """Forget all, when the newest rows may be lost in a promotion."""
        self._recent, self._older = {}, {}

    def __len__(self) -> int:
        return len(self._recent) + len(self._older)
