"""Writes and reads files that are encrypted with age (https://age-encryption.org/v1), as streams. Must not know what is in them.

A thread encrypts or decrypts, and a pipe connects it with the caller. So memory does not grow with the file.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from typing import TYPE_CHECKING, BinaryIO

import pyrage
from pyrage import x25519

from strongroom_server.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_RECIPIENT = "age1"
_NO_IDENTITY = "No matching keys found"


class AgeFileError(OperatorError):
    """A file cannot be encrypted or decrypted. The text names the file and the reason, and contains no key."""


def recipient_of(text: str) -> x25519.Recipient:
    """The recipient that `age1…` names. Raises AgeFileError."""
    try:
        return x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        # What does not begin as a recipient may be a private key.
        shown = text if text.startswith(_RECIPIENT) else "a recipient"
        raise AgeFileError(
            f"{shown}: this is not an age recipient: it must be age1 and 58 letters and digits, as age-keygen prints it"
        ) from None


def read_recipients(path: Path) -> list[x25519.Recipient]:
    """The recipients of a file, one per line. Raises AgeFileError."""
    recipients = [recipient_of(line) for line in _lines_of(path)]
    if not recipients:
        raise AgeFileError(f"{path}: the file has no recipient: it must have one per line")
    return recipients


def read_identities(path: Path) -> list[x25519.Identity]:
    """The private keys of a file that age-keygen made. Raises AgeFileError, also if others can read the file."""
    identities = []
    with contextlib.suppress(pyrage.IdentityError):
        identities = [x25519.Identity.from_str(line) for line in _lines_of(path, private=True)]
    if not identities:
        raise AgeFileError(
            f"{path}: the file must have lines that start with AGE-SECRET-KEY-1, as age-keygen writes them"
        )
    return identities


@contextlib.contextmanager
def create_encrypted(path: Path, recipients: Sequence[x25519.Recipient]) -> Iterator[BinaryIO]:
    """A new encrypted file that only its owner can read. It gets its name when it is complete and durable. Raises AgeFileError.

    Until then its name ends in .part. If the context ends with an error, the file is deleted.
    """
    partial = path.with_name(f"{path.name}.part")
    _require_absent(path)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AgeFileError(
            f"{partial} exists: another process is writing it, or one that was killed has left it: remove it"
        ) from None
    except OSError as error:
        raise AgeFileError(f"{partial}: the file cannot be created: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            with _encrypting(file, recipients) as plain:
                yield plain
            _complete(file, partial, path)
    except _WriteFailed as failed:
        partial.unlink(missing_ok=True)
        raise AgeFileError(f"{partial}: the file cannot be written: {failed}") from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


class DecryptedFile:
    """The decrypted content of a file. `size` is the number of bytes before decryption."""

    def __init__(self, plain: BinaryIO, size: int, finish: Callable[[], None]) -> None:
        self.size = size
        self._plain = plain
        self._finish = finish

    def read(self, size: int) -> bytes:
        """Read that many bytes, or fewer at the end. At the end, raises AgeFileError if the file is truncated or was changed."""
        data = self._plain.read(size)
        if len(data) < size:
            self._finish()
        return data


@contextlib.contextmanager
def open_encrypted(path: Path, identities: Sequence[x25519.Identity]) -> Iterator[DecryptedFile]:
    """An encrypted file, decrypted while it is read. Raises AgeFileError."""
    reading, writing = os.pipe()
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(os.fdopen(reading, "rb"))
        target = os.fdopen(writing, "wb")
        try:
            file = stack.enter_context(path.open("rb"))
            size = os.fstat(file.fileno()).st_size
        except OSError as error:
            target.close()
            raise AgeFileError(f"{path}: the file cannot be read: {error.strerror}") from None
        source = _Source(file)
        failures: list[str] = []

        def decrypt() -> None:
            # If the reader stops early, writing fails, and nobody asks for the reason.
            with contextlib.suppress(BrokenPipeError), target:
                try:
                    pyrage.decrypt_io(source, target, identities)
                except (pyrage.DecryptError, OSError) as error:
                    failures.append(_reason_of(error, source))

        def finish() -> None:
            thread.join()
            if failures:
                raise AgeFileError(f"{path}: {failures[0]}")

        thread = threading.Thread(target=decrypt, name="decrypt")
        thread.start()
        stack.callback(thread.join)
        # Closed before the thread is joined, so that a thread that still has data to write ends.
        stack.callback(plain.close)
        yield DecryptedFile(plain, size, finish)


class _WriteFailed(Exception):
    """The operating system refused to write the file. `str` is its reason."""


class _Target:
    """The file that pyrage writes to. It keeps the first error, because pyrage ignores an error of its last write."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.error = self.error or error
            raise

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            self.error = self.error or error
            raise


class _Source:
    """The file that pyrage reads from. It keeps an error, which pyrage reports in its own words."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            self.error = error
            raise


@contextlib.contextmanager
def _encrypting(file: BinaryIO, recipients: Sequence[x25519.Recipient]) -> Iterator[BinaryIO]:
    """What is written here is encrypted into the file. Raises _WriteFailed."""
    reading, writing = os.pipe()
    target = _Target(file)
    failures: list[Exception] = []

    def encrypt() -> None:
        with os.fdopen(reading, "rb") as source:
            try:
                pyrage.encrypt_io(source, target, recipients)
            except (pyrage.EncryptError, OSError) as error:
                failures.append(error)

    thread = threading.Thread(target=encrypt, name="encrypt")
    thread.start()
    broken: BrokenPipeError | None = None
    try:
        with os.fdopen(writing, "wb") as plain:
            yield plain
    except BrokenPipeError as error:
        broken = error
    finally:
        thread.join()
    if target.error is not None:
        raise _WriteFailed(target.error.strerror)
    if failures:
        raise _WriteFailed(str(failures[0]))
    # The thread did not stop early, so it is another pipe that broke: one of the caller.
    if broken is not None:
        raise broken


def _complete(file: BinaryIO, partial: Path, path: Path) -> None:
    """Make an encrypted file durable, and give it its name."""
    try:
        file.flush()
        os.fsync(file.fileno())
        _require_absent(path)
        partial.rename(path)
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _WriteFailed(error.strerror) from None


def _reason_of(error: Exception, source: _Source) -> str:
    if source.error is not None:
        return f"the file cannot be read: {source.error.strerror}"
    if isinstance(error, OSError):
        return "the file is truncated, or was changed after it was written"
    if str(error) == _NO_IDENTITY:
        return "the file is encrypted to other recipients than those of --identity"
    return "this is not a file that age encrypted, or its beginning was changed"


def _lines_of(path: Path, *, private: bool = False) -> list[str]:
    try:
        with path.open(encoding="ascii") as file:
            found = os.fstat(file.fileno())
            text = file.read()
    except OSError as error:
        raise AgeFileError(f"{path}: the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AgeFileError(f"{path}: the file must be text, with one key per line") from None
    # A pipe from a program that decrypts the key has no mode of its own.
    if private and stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
        raise AgeFileError(f"{path}: the file has mode {stat.S_IMODE(found.st_mode):04o}; it must be 0600")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _require_absent(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise AgeFileError(f"{path} exists: choose another name, because a backup replaces no file")
