"""Keeps in memory which API keys exist and how they are proven, so that a wrong key costs no statement.

Nobody is served by what is here: it is not verified. A caller is refused by it, or its key is read and verified.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from strongroom_server.core.errors import log_fields
from strongroom_server.core.tasks import cancel_all
from strongroom_server.store import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from strongroom_server.store.database import Database

# Few enough that building the entries of a page does not delay other requests.
_PAGE: Final = 500
_RETRY_SECONDS: Final = 0.25

_log = structlog.get_logger()


class KnownKey(msgspec.Struct, frozen=True, gc=False):
    """How the callers of a key prove that they have it. Holds no reference cycle: the garbage collector skips it."""

    secret_sha256: bytes
    jwt_public_key: str
    jwt_audience: str
    organisation_id: str
    is_revoked: bool


# Stands for a key that does not exist: checking it takes as long, and nothing passes.
UNKNOWN: Final = KnownKey(bytes(32), "", "", "", is_revoked=False)


class KnownKeys:
    """The API keys of the database, revoked ones too, so that their use is recorded in their organisation.

    `is_complete`: whether every key is here. If not, each key must be read from the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[str, KnownKey] = {}
        # Texts that many keys share.
        self._texts: dict[str, str] = {}
        self.is_complete = False
        self._is_load_wanted = False
        # The ids of changed keys: those to read, and those whose read has begun.
        self._changed: set[str] = set()
        self._being_read: set[str] = set()
        self._reading: asyncio.Task[None] | None = None
        # Set and replaced after each read.
        self._progress = asyncio.Event()

    def get(self, key_id: str) -> KnownKey:
        """The key with this id, or UNKNOWN."""
        return self._keys.get(key_id, UNKNOWN)

    def read(self, key_id: str | None) -> None:
        """Start to read a key that was created or changed, or all keys if the id is None."""
        if key_id is None:
            self.is_complete, self._is_load_wanted = False, True
            self._advance()
        else:
            self._changed.add(key_id)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def settle(self) -> None:
        """Return once all changed keys are read, or some keys are missing here."""
        while self.is_complete and (self._changed or self._being_read):
            await self._progress.wait()

    async def close(self, on_timeout: Callable[[], None]) -> None:
        """Stop reading. `on_timeout` must close the connections of the database."""
        if self._reading is not None:
            await cancel_all([self._reading], on_timeout)

    async def _read(self) -> None:
        while self._is_load_wanted or self._changed:
            try:
                await (self._load() if self._is_load_wanted else self._read_changed())
            except Exception as error:  # each key is read from the database until a load succeeds
                _log.warning("api keys not loaded", **log_fields(error))
                self.is_complete, self._is_load_wanted = False, True
                self._advance()
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._advance()

    async def _load(self) -> None:
        """Read all keys, page by page. The present ones are dropped first, so that memory never holds two sets of them."""
        self._is_load_wanted = False
        self._keys, self._texts = {}, {}
        self._changed.clear()
        after = ""
        while found := await keys.known_keys(self._database, after, _PAGE):
            self._store(found)
            after = found[-1][0]
        # False if another load became necessary meanwhile.
        self.is_complete = not self._is_load_wanted

    async def _read_changed(self) -> None:
        self._being_read = set(itertools.islice(self._changed, _PAGE))
        self._changed -= self._being_read
        try:
            found = await keys.known_keys_of(self._database, self._being_read)
            for key_id in self._being_read:
                self._keys.pop(key_id, None)
            self._store(found)
        finally:
            self._being_read = set()

    def _store(self, rows: Iterable[Any]) -> None:
        share = self._texts.setdefault
        for key_id, secret_sha256, jwt_public_key, jwt_audience, organisation_id, is_revoked in rows:
            self._keys[key_id] = KnownKey(
                secret_sha256,
                jwt_public_key,
                share(jwt_audience, jwt_audience),
                share(organisation_id, organisation_id),
                is_revoked,
            )

    def _advance(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()
