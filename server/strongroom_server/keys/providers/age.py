"""Wraps private keys with age, under an identity that an operator gives when a node starts. The only importer of pyrage.

age binds no context to what it encrypts, so the name of the key is in the plaintext. `age --decrypt` reads a wrapped file without
its first line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyrage

from strongroom_server.sealing.key_provider import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable

_IDENTITY: Final = "AGE-SECRET-KEY-1"
_ENCRYPTED: Final = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")


class Age:
    """The provider `age`."""

    name: Final = "age"

    def __init__(self, identity: str) -> None:
        self._identity = pyrage.x25519.Identity.from_str(identity)

    async def wrap(self, key_name: str, key: bytes) -> str:
        """Encrypt a key to the identity's own recipient."""
        plain = f"{key_name} {key.hex()}\n".encode()
        wrapped: bytes = pyrage.encrypt(plain, [self._identity.to_public()], armored=True)
        return wrapped.decode("ascii")

    async def unwrap(self, key_name: str, wrapped: str) -> bytes:
        """Decrypt a key. Raises ProviderError."""
        try:
            plain = pyrage.decrypt(wrapped.encode(), [self._identity])
        except pyrage.DecryptError:
            raise ProviderError(
                "age cannot decrypt the key: give the identity that it was wrapped for in STRONGROOM_AGE_IDENTITY_FILE, "
                "or restore the file from the backup of the key files if it is damaged"
            ) from None
        try:
            name, _, text = plain.decode("ascii").strip().partition(" ")
            key = bytes.fromhex(text)
        except ValueError:
            raise ProviderError("the file holds no key: restore it from the backup of the key files") from None
        if name != key_name:
            raise ProviderError(f"the file holds the key {name}: restore {key_name} from the backup of the key files")
        return key


def is_encrypted(identity_file: bytes) -> bool:
    """Whether the content of an identity file is itself encrypted, as `age --passphrase` does it."""
    return identity_file.startswith(_ENCRYPTED)


def identity_in(identity_file: bytes, ask_passphrase: Callable[[], str]) -> str:
    """The identity in the content of a file of `age-keygen`, which a passphrase may protect. Raises ProviderError."""
    if is_encrypted(identity_file):
        try:
            identity_file = pyrage.passphrase.decrypt(identity_file, ask_passphrase())
        except pyrage.DecryptError:
            raise ProviderError("the passphrase does not decrypt it") from None
    lines = [line for line in identity_file.split() if line.startswith(_IDENTITY.encode())]
    try:
        (identity,) = lines
        pyrage.x25519.Identity.from_str(identity.decode())
    except (ValueError, pyrage.IdentityError):
        raise ProviderError(f"it must hold exactly one identity, {_IDENTITY}…, as age-keygen writes it") from None
    return identity.decode()
