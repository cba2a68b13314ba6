"""The interface of key providers: they wrap private keys, so that a key file alone is worth nothing.

The implementations are in keys/providers/, because most of them call another service.
"""

from __future__ import annotations

from typing import Protocol

from strongroom_server.core.errors import KEY_ERROR_STATUS, OperatorError


class ProviderError(OperatorError):
    """A provider cannot wrap or unwrap a key. The text says why and the remedy; the caller adds the key's file."""

    exit_status = KEY_ERROR_STATUS


class KeyProvider(Protocol):
    """Encrypts private keys of 32 bytes under a key that is not among the key files."""

    @property
    def name(self) -> str:
        """Its name in STRONGROOM_KEY_PROVIDER and in each wrapped file."""

    async def wrap(self, key_name: str, key: bytes) -> str:
        """Encrypt a key, bound to its name, such as `sealing-1a2b3c4d` or `root`. Returns ASCII text. Raises ProviderError."""

    async def unwrap(self, key_name: str, wrapped: str) -> bytes:
        """Decrypt what `wrap` returned for this name. Raises ProviderError if it is damaged or belongs to another name."""
