"""Reads and verifies the settings of organisations, and caches them.

A node verifies the signature of an organisation when it loads it. It uses its cache only while it receives notifications of changed
organisations; without them it reads the organisation from the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.access.newest import verify_newest
from strongroom_server.store import organisations

if TYPE_CHECKING:
    from strongroom_server.core.records import Organisation
    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.database import Database
    from strongroom_server.store.watch import Watch

# A full cache is emptied.
_MOST_CACHED: Final = 10_000


class Organisations:
    """The verified organisations in the database, cached."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._cache: dict[str, Organisation] = {}
        # Counts the calls of `forget`, so that a row read before such a call is not cached after it.
        self._epoch = 0

    def forget(self, organisation_id: str | None) -> None:
        """Remove a changed organisation from the cache, or all organisations if the id is None."""
        self._epoch += 1
        if organisation_id is None:
            self._cache.clear()
        else:
            self._cache.pop(organisation_id, None)

    async def get(self, organisation_id: str, watch: Watch) -> Organisation:
        """An organisation that has an API key. Raises SEAL_BROKEN."""
        cached = self._cache.get(organisation_id)
        if cached is not None and watch.hearing:
            return cached
        epoch = self._epoch
        organisation = await read_verified(self._database, self._keyring, organisation_id)
        if epoch == self._epoch:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            self._cache[organisation_id] = organisation
        return organisation


async def read_verified(database: Database, keyring: Keyring, organisation_id: str) -> Organisation:
    """Read an organisation that has credentials or an API key, and verify it. Raises SEAL_BROKEN, also for an old row."""
    found = await organisations.get_with_newer(database, organisation_id)
    assert found is not None  # foreign keys forbid to delete such an organisation
    organisation, newer = found
    await verify_newest(database, keyring, organisation, newer)
    return organisation
