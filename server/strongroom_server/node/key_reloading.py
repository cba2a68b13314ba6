"""Reads the keys again when they change, while the node serves."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.errors import OperatorError, log_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom_server.sealing.keyring import Keyring

# How often the node looks again for a private part that it lacks, and for keys that it could not read.
_RETRY_SECONDS: Final = 1.0

_log = structlog.get_logger()


class KeyReloading:
    """Reloads the keyring when `wake` was called. The node is not ready while it cannot open everything that the others write.

    It goes on serving then: it can open what is under its other keys, and a node that ends itself would end with every other node
    that lacks the same file. A key that is pending is not in use, so the node stays ready and logs the missing file.
    """

    def __init__(self, keyring: Keyring, signers_changed: Callable[[], None]) -> None:
        """`signers_changed` removes what was verified under a signer that may be revoked now."""
        self._keyring = keyring
        self._signers = keyring.keys.signers
        self._signers_changed = signers_changed
        self._changed = asyncio.Event()
        self._is_current = True
        self._logged = ""

    def wake(self, _key_id: str | None = None) -> None:
        """Reload the keys soon."""
        self._changed.set()

    @property
    def is_complete(self) -> bool:
        """Whether the keys are current, and the private part of each key in use is here."""
        return self._is_current and all(key.state == "pending" for key in self._keyring.missing)

    async def run(self) -> None:
        """Reload until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self._is_current and not self._keyring.missing else _RETRY_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self._keyring.reload()
            except OperatorError as error:
                self._is_current = False
                self._log_once(str(error))
            except Exception as error:  # the next attempt may succeed
                self._is_current = False
                self._log_once(str(log_fields(error)))
            else:
                self._is_current = True
                names = ", ".join(f"sealing-{key.id}.key ({key.state})" for key in self._keyring.missing)
                self._log_once(f"private parts are missing: {names}" if names else "")
            # Also if the key files cannot be read: the signers are those of the tables.
            if self._signers != self._keyring.keys.signers:
                self._signers = self._keyring.keys.signers
                self._signers_changed()

    def _log_once(self, problem: str) -> None:
        if problem and problem != self._logged:
            _log.error("keys incomplete", problem=problem)
        elif self._logged and not problem:
            _log.info("keys complete again")
        self._logged = problem
