"""Creates and reads the key files of a node: `keys/` in the data directory, one hexadecimal key per file. Must not know a database.

root.pub            the deployment's root public key, on every node
root.key            its private key: only where keys are created; STRONGROOM_ROOT_KEY_FILE can name another path
sealing-<id>.key    X25519, opens the boxes of sealing key <id>: only on nodes that open boxes
signing-<id>.key    Ed25519, this node's own
digest-<id>.key     the HMAC key for request bodies and audit events, on every node
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair

from strongroom_server.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REMEDY = "Run as the user that owns the key files, and set STRONGROOM_DATA_DIR to the directory that holds `keys`"


class KeyFileError(OperatorError):
    """A key file is missing, readable by others or not a key. The text names the file and the rule, never its content."""


@dataclass(frozen=True, slots=True)
class SigningPair:
    """An Ed25519 key pair: a public key of 32 bytes, a secret key of 64."""

    id: str
    public_key: bytes
    secret_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealingPair:
    """An X25519 key pair of 32 bytes each."""

    id: str
    public_key: bytes
    private_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DigestKey:
    """The key of request digests and of the MACs of audit events, 32 bytes."""

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The keys in a node's `keys/`."""

    directory: Path
    root_public_key: bytes
    signing: SigningPair
    digest: DigestKey
    sealing: tuple[SealingPair, ...]

    @property
    def digest_file(self) -> Path:
        """The file of the digest key."""
        return self.directory / f"digest-{self.digest.id}.key"


def exist(directory: Path) -> bool:
    """Whether there is a root key. Raises KeyFileError if the directory cannot be read."""
    with _translated(directory):
        return (directory / "root.pub").exists()


def open_boxes(directory: Path) -> bool:
    """Whether there is any private sealing key. Raises KeyFileError."""
    return bool(_paths(directory, "sealing"))


def make(directory: Path, root_key_file: Path) -> None:
    """Create the keys of a new deployment. Raises KeyFileError.

    The root's public key is written last. Once it exists the directory is complete, and a missing key is reported as lost.
    """
    if exist(directory):
        return
    with _translated(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind in ("sealing", "signing", "digest"):
            if not _paths(directory, kind):
                _write(directory / f"{kind}-{secrets.token_hex(4)}.key", secrets.token_bytes(32), 0o600)
        if not root_key_file.exists():
            root_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(root_key_file, secrets.token_bytes(32), 0o600)
        _write(directory / "root.pub", root_pair(root_key_file).public_key, 0o644)


def root_pair(root_key_file: Path) -> SigningPair:
    """The root key pair. Raises KeyFileError if this node does not have it."""
    return _signing_pair("root", _read(root_key_file))


def write_private(path: Path, text: str) -> None:
    """Write a line of text that only the file's owner can read, atomically and durably. Raises KeyFileError."""
    try:
        _write_line(path, text, 0o600)
    except OSError as error:
        raise KeyFileError(f"{path}: the file cannot be written: {error.strerror}") from None


def load(directory: Path, *, opens: bool) -> KeyFiles:
    """Read the node's keys; private sealing keys only if `opens` is true. Raises KeyFileError."""
    if not exist(directory):
        raise KeyFileError(
            f"{directory} holds no keys (root.pub is missing): set STRONGROOM_DATA_DIR to the data directory of this "
            "deployment, or copy its key files there"
        )
    root_public_key = _read(directory / "root.pub", private=False)
    signing_id, signing_seed = _only(directory, "signing")
    digest_id, digest = _only(directory, "digest")
    sealing = []
    for path in _paths(directory, "sealing") if opens else ():
        private_key = _read(path)
        sealing.append(SealingPair(_id_of(path), crypto_scalarmult_base(private_key), private_key))
    if opens and not sealing:
        raise KeyFileError(
            f"{directory}: there is no sealing-<id>.key; a node without one is started with --role=writer"
        )
    return KeyFiles(
        directory,
        root_public_key,
        _signing_pair(signing_id, signing_seed),
        DigestKey(digest_id, digest),
        tuple(sealing),
    )


def _signing_pair(key_id: str, seed: bytes) -> SigningPair:
    public_key, secret_key = crypto_sign_seed_keypair(seed)
    return SigningPair(key_id, public_key, secret_key)


def _only(directory: Path, kind: str) -> tuple[str, bytes]:
    paths = _paths(directory, kind)
    if len(paths) != 1:
        raise KeyFileError(f"{directory}: there must be exactly one {kind}-<id>.key, there are {len(paths)}")
    return _id_of(paths[0]), _read(paths[0])


def _paths(directory: Path, kind: str) -> list[Path]:
    """The key files of a kind, sorted. It does not use `glob`, which treats an unreadable directory as empty."""
    with _translated(directory):
        return sorted(path for path in directory.iterdir() if fnmatch(path.name, f"{kind}-*.key"))


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Translate an OSError to a KeyFileError that names the path."""
    try:
        yield
    except OSError as error:
        raise KeyFileError(f"{error.filename or path}: {error.strerror}. {_REMEDY}") from None


def _id_of(path: Path) -> str:
    return path.stem.partition("-")[2]


def _read(path: Path, *, private: bool = True) -> bytes:
    try:
        with path.open(encoding="ascii") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(129)
    except FileNotFoundError:
        raise KeyFileError(f"{path}: the key file is missing") from None
    except OSError as error:
        raise KeyFileError(f"{path}: the key file cannot be read: {error.strerror}. {_REMEDY}") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"{path}: the key file must hold 64 hexadecimal digits") from None
    # Everyone may read the root's public key. Only the owner may write it: it decides which keys this node trusts.
    if mode & (0o077 if private else 0o022):
        rule = "it must be 0600" if private else "only its owner may write to it"
        raise KeyFileError(f"{path}: the key file has mode {mode:04o}; {rule}")
    key = b""
    with contextlib.suppress(ValueError):
        key = bytes.fromhex(text)
    if len(key) != 32:
        raise KeyFileError(f"{path}: the key file must hold 64 hexadecimal digits")
    return key


def _write(path: Path, key: bytes, mode: int) -> None:
    """Write a key file durably: if a key is lost, its boxes cannot be opened any more."""
    _write_line(path, key.hex(), mode)


def _write_line(path: Path, line: str, mode: int) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
