"""Reads and writes the file of one private key, plain or wrapped. Knows neither the other files of a node nor a database.

A plain file holds 64 hexadecimal digits. A wrapped file has `.wrapped` at the end of its name: its first line names the format and
the key provider, and the rest is the provider's text. Paths of keys always name the plain file. Only the owner may read either.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

from strongroom_server.core.errors import KEY_ERROR_STATUS, OperatorError
from strongroom_server.sealing.key_provider import KeyProvider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRAPPED: Final = ".wrapped"
_FORMAT: Final = "strongroom-key-1"
_LONGEST: Final = 16 * 1024
_KEY_BYTES: Final = 32
_REMEDY: Final = (
    "Run as the user that owns the key files, and set STRONGROOM_DATA_DIR to the directory that holds `keys`"
)


class KeyFileError(OperatorError):
    """A key file is missing, readable by others or not a key. The text names the file and the rule, never its content."""

    exit_status = KEY_ERROR_STATUS


def wrapped_path(path: Path) -> Path:
    """The path of the wrapped file of a key."""
    return path.with_name(path.name + WRAPPED)


def is_present(path: Path) -> bool:
    """Whether a key has a plain or a wrapped file. Raises KeyFileError."""
    with translated(path):
        return path.exists() or wrapped_path(path).exists()


async def read_key(path: Path, provider: KeyProvider | None, name: str = "") -> bytes:
    """Read a private key: its wrapped file if there is a provider, else its plain one. Raises KeyFileError.

    name: the name that a wrapped key is bound to; without it that of the file.
    """
    _require_one(path, provider)
    return read_plain(path) if provider is None else await read_wrapped(path, provider, name)


async def write_key(path: Path, key: bytes, provider: KeyProvider | None, name: str = "") -> None:
    """Write a private key durably, wrapped if there is a provider. If a key is lost, its boxes cannot be opened any more.

    Raises KeyFileError.
    """
    if provider is None:
        write_private(path, key.hex())
        return
    wrapped = wrapped_path(path)
    try:
        text = (await provider.wrap(name or path.stem, key)).strip()
        # Once something is sealed for a key, it is too late to find that it cannot be had back.
        is_same = await provider.unwrap(name or path.stem, text) == key
    except ProviderError as error:
        raise KeyFileError(f"{wrapped}: {error}") from None
    content = f"{_FORMAT} {provider.name}\n{text}"
    if len(content) >= _LONGEST or not is_same:
        raise KeyFileError(
            f"{wrapped}: {provider.name} does not give back the key that it wrapped: correct the settings of {provider.name}"
        )
    write_private(wrapped, content)


def read_plain(path: Path) -> bytes:
    """Read the plain file of a private key. Raises KeyFileError."""
    return _key_in(path, _read(path, 0o077, "it must be 0600"))


def read_public(path: Path) -> bytes:
    """Read the file of a public key. Everyone may read it. Raises KeyFileError if others than the owner may write it."""
    return _key_in(path, _read(path, 0o022, "only its owner may write to it"))


async def read_wrapped(path: Path, provider: KeyProvider, name: str = "") -> bytes:
    """Read the wrapped file of a private key. Raises KeyFileError."""
    wrapped = wrapped_path(path)
    wrapped_by, text = _wrapped_text(wrapped)
    if wrapped_by != provider.name:
        raise _other_provider(wrapped, wrapped_by, provider.name)
    try:
        key = await provider.unwrap(name or path.stem, text)
    except ProviderError as error:
        raise KeyFileError(f"{wrapped}: {error}") from None
    if len(key) != _KEY_BYTES:
        raise KeyFileError(
            f"{wrapped}: {provider.name} unwraps {len(key)} bytes, which are no key: correct the settings of {provider.name}"
        )
    return key


def remove(path: Path) -> bool:
    """Overwrite and remove the plain and the wrapped file of a private key. Returns whether there was one. Raises KeyFileError.

    A journal, a copy-on-write file system, an SSD or a backup may still hold the old content.
    """
    found = False
    with translated(path):
        for file in (path, wrapped_path(path)):
            if file.exists():
                found = True
                with file.open("r+b") as opened:
                    opened.write(os.urandom(file.stat().st_size))
                    opened.flush()
                    os.fsync(opened.fileno())
                file.unlink()
        sync_directory(path.parent)
    return found


def write_private(path: Path, text: str) -> None:
    """Write text that only the file's owner can read, atomically and durably. Raises KeyFileError."""
    try:
        write_text(path, text, 0o600)
    except OSError as error:
        raise KeyFileError(f"{path}: the file cannot be written: {error.strerror}") from None


def write_text(path: Path, text: str, mode: int) -> None:
    """Write text and a final newline, atomically and durably. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Translate an OSError to a KeyFileError that names the path."""
    try:
        yield
    except OSError as error:
        raise KeyFileError(f"{error.filename or path}: {error.strerror}. {_REMEDY}") from None


def _require_one(path: Path, provider: KeyProvider | None) -> None:
    """Raises KeyFileError if the provider does not fit the files of a key, or if it has both."""
    wrapped = wrapped_path(path)
    with translated(path):
        has_plain, has_wrapped = path.exists(), wrapped.exists()
    if has_plain and has_wrapped:
        raise KeyFileError(
            f"{wrapped}: {path.name} is there too: run `strongroom-server keys wrap`, which compares both and removes "
            f"{path.name}"
        )
    if provider is None and has_wrapped:
        raise _other_provider(wrapped, _wrapped_text(wrapped)[0], "files")
    if provider is not None and has_plain:
        raise KeyFileError(
            f"{path}: the key is not wrapped, and STRONGROOM_KEY_PROVIDER is {provider.name}: "
            "run `strongroom-server keys wrap`"
        )
    if not (has_plain or has_wrapped):
        raise KeyFileError(f"{path if provider is None else wrapped}: the key file is missing")


def _other_provider(wrapped: Path, wrapped_by: str, configured: str) -> KeyFileError:
    return KeyFileError(
        f"{wrapped}: the provider {wrapped_by} wrapped this key, and STRONGROOM_KEY_PROVIDER is {configured}: "
        f"set it to {wrapped_by}"
    )


def _wrapped_text(wrapped: Path) -> tuple[str, str]:
    """The name of the provider that wrapped a key, and the provider's text. Raises KeyFileError."""
    head, _, text = _read(wrapped, 0o077, "it must be 0600").partition("\n")
    version, _, provider = head.partition(" ")
    if version != _FORMAT or not provider.replace("-", "").isalpha() or not text.strip():
        raise KeyFileError(
            f"{wrapped}: the file must hold a wrapped key, and is damaged: restore it from the backup of the key files"
        )
    return provider, text.strip()


def _read(path: Path, forbidden: int, rule: str) -> str:
    """Read a key file that has none of the forbidden mode bits."""
    try:
        with path.open(encoding="ascii") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(_LONGEST)
    except FileNotFoundError:
        raise KeyFileError(f"{path}: the key file is missing") from None
    except OSError as error:
        raise KeyFileError(f"{path}: the key file cannot be read: {error.strerror}. {_REMEDY}") from None
    except UnicodeDecodeError:
        raise _not_a_key(path) from None
    if mode & forbidden:
        raise KeyFileError(f"{path}: the key file has mode {mode:04o}; {rule}")
    return text


def _key_in(path: Path, text: str) -> bytes:
    key = b""
    with contextlib.suppress(ValueError):
        key = bytes.fromhex(text)
    if len(key) != _KEY_BYTES:
        raise _not_a_key(path)
    return key


def _not_a_key(path: Path) -> KeyFileError:
    holds = "a wrapped key" if path.name.endswith(WRAPPED) else "64 hexadecimal digits"
    return KeyFileError(f"{path}: the key file must hold {holds}")
