"""Creates and reads the key files of a node: `keys/` in the data directory, one key per file. Must not know a database.

root.pub            the deployment's root public key, on every node
root.key            its private key: only where keys are created; STRONGROOM_ROOT_KEY_FILE can name another path
sealing-<id>.key    X25519, opens the boxes of sealing key <id>: only on nodes that open boxes
signing-<id>.key    Ed25519, this node's own: signs what any node may write
admin-<id>.key      Ed25519, this node's own: signs API keys, organisations and teams; not on writer nodes
pending-*.key       a signing or admin key that is not active yet; old-*.key one that was replaced, until that is stored
digest-<id>.key     the HMAC key for request bodies and audit events, on every node

With a key provider each private key is in a wrapped file instead, with `.wrapped` at the end of its name: see private_keys.py.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Final, Literal

from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair

from strongroom_server.sealing.private_keys import (
    WRAPPED,
    KeyFileError,
    is_present,
    read_key,
    read_public,
    remove,
    sync_directory,
    translated,
    wrapped_path,
    write_key,
    write_text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.sealing.key_provider import KeyProvider

# The keys that a deployment starts with, apart from the root key.
_NEW_KINDS: Final = ("sealing", "signing", "admin", "digest")
# What the file of a signing key begins with, by the key's purpose.
_SIGNER_KINDS: Final = {"write": "signing", "admin": "admin"}


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
    # None on a writer node.
    admin: SigningPair | None = None

    @property
    def digest_file(self) -> Path:
        """The file of the digest key."""
        path = self.directory / f"digest-{self.digest.id}.key"
        return path if path.exists() else wrapped_path(path)


def exist(directory: Path) -> bool:
    """Whether there is a root key. Raises KeyFileError if the directory cannot be read."""
    with translated(directory):
        return (directory / "root.pub").exists()


def open_boxes(directory: Path) -> bool:
    """Whether there is any private sealing key. Raises KeyFileError."""
    return bool(_paths(directory, "sealing"))


async def make(directory: Path, root_key_file: Path, provider: KeyProvider | None = None) -> None:
    """Create the keys of a new deployment, wrapped if there is a provider. Raises KeyFileError.

    The root's public key is written last. Once it exists the directory is complete, and a missing key is reported as lost.
    """
    if exist(directory):
        return
    _make_directory(directory)
    for kind in _NEW_KINDS:
        if not _paths(directory, kind):
            await write_key(directory / f"{kind}-{secrets.token_hex(4)}.key", secrets.token_bytes(32), provider)
    if not is_present(root_key_file):
        _make_directory(root_key_file.parent)
        await write_key(root_key_file, secrets.token_bytes(32), provider, "root")
    root = await root_pair(root_key_file, provider)
    write_root_public_key(directory, root.public_key)


async def make_own_key(directory: Path, kind: Literal["signing", "admin"], provider: KeyProvider | None = None) -> bool:
    """Create a key that each node has for itself, unless there is one. Returns whether it did. Raises KeyFileError."""
    # The old key of an activation that was interrupted is still this node's.
    if _paths(directory, kind) or _paths(directory, f"old-{kind}"):
        return False
    await write_key(directory / f"{kind}-{secrets.token_hex(4)}.key", secrets.token_bytes(32), provider)
    return True


def require_writer(directory: Path) -> None:
    """Raises KeyFileError if there is a key that a writer node must not hold."""
    held = [path for kind in ("admin", "sealing") for path in _paths(directory, kind)]
    if held:
        names = ", ".join((path if path.exists() else wrapped_path(path)).name for path in held)
        raise KeyFileError(
            f"{directory}: a writer node must not hold {names}: remove from this node what only nodes of the full role need"
        )


async def require_root_pair(directory: Path, root_key_file: Path, provider: KeyProvider | None) -> SigningPair:
    """The root key pair. Raises KeyFileError unless the file holds the private part of the deployment's root key."""
    root = await root_pair(root_key_file, provider)
    if root.public_key != root_public_key(directory):
        raise KeyFileError(f"{root_key_file}: must be the private part of {directory / 'root.pub'}")
    return root


async def root_pair(root_key_file: Path, provider: KeyProvider | None = None) -> SigningPair:
    """The root key pair. Raises KeyFileError if this node does not have it."""
    return signing_pair("root", await read_key(root_key_file, provider, "root"))


def root_public_key(directory: Path) -> bytes:
    """The root's public key. Raises KeyFileError."""
    return read_public(directory / "root.pub")


def write_root_public_key(directory: Path, public_key: bytes) -> None:
    """Store the root's public key, which decides which keys this node trusts. Raises KeyFileError."""
    with translated(directory):
        write_text(directory / "root.pub", public_key.hex(), 0o644)


async def load(directory: Path, *, opens: bool, provider: KeyProvider | None = None) -> KeyFiles:
    """Read the node's keys; private sealing keys only if `opens` is true. Raises KeyFileError."""
    if not exist(directory):
        raise KeyFileError(
            f"{directory} holds no keys (root.pub is missing): set STRONGROOM_DATA_DIR to the data directory of this "
            "deployment, or copy its key files there"
        )
    root_public = root_public_key(directory)
    signing, digest = _only(directory, "signing"), _only(directory, "digest")
    signing_seed, digest_key = await read_key(signing, provider), await read_key(digest, provider)
    admin = None
    if _paths(directory, "admin") or _paths(directory, "old-admin"):
        path = _only(directory, "admin")
        admin = signing_pair(_id_of(path), await read_key(path, provider))
    sealing = []
    for path in _paths(directory, "sealing") if opens else ():
        private_key = await read_key(path, provider)
        sealing.append(SealingPair(_id_of(path), crypto_scalarmult_base(private_key), private_key))
    if opens and not sealing:
        raise KeyFileError(
            f"{directory}: there is no sealing-<id>.key; a node without one is started with --role=writer"
        )
    return KeyFiles(
        directory,
        root_public,
        signing_pair(_id_of(signing), signing_seed),
        DigestKey(_id_of(digest), digest_key),
        tuple(sealing),
        admin,
    )


def sealing_path(directory: Path, key_id: str) -> Path:
    """The file of a private sealing key."""
    return directory / f"sealing-{key_id}.key"


async def write_sealing_pair(directory: Path, pair: SealingPair, provider: KeyProvider | None = None) -> None:
    """Store a new private sealing key. Raises KeyFileError."""
    await write_key(sealing_path(directory, pair.id), pair.private_key, provider)


async def write_pending_signer(
    directory: Path, purpose: str, key_id: str, seed: bytes, provider: KeyProvider | None = None
) -> None:
    """Store the private part of a signing key that this node does not sign with yet. Raises KeyFileError."""
    name = f"{_SIGNER_KINDS[purpose]}-{key_id}"
    await write_key(directory / f"pending-{name}.key", seed, provider, name)


def has_signer(directory: Path, purpose: str, key_id: str) -> bool:
    """Whether the private part of a signing key is on this node, pending or in place. Raises KeyFileError."""
    name = f"{_SIGNER_KINDS[purpose]}-{key_id}.key"
    return is_present(directory / name) or is_present(directory / f"pending-{name}")


def install_pending_signer(directory: Path, purpose: str, key_id: str) -> None:
    """Make a pending signing key the one that this node signs with, and keep the file of the replaced one.

    If this was interrupted before, it goes on. Raises KeyFileError.
    """
    kind = _SIGNER_KINDS[purpose]
    name = f"{kind}-{key_id}.key"
    for path in _paths(directory, kind):
        if path.name != name:
            rename(path, directory / f"old-{path.name}")
    rename(directory / f"pending-{name}", directory / name)


def remove_replaced_signers(directory: Path, purpose: str) -> None:
    """Overwrite and remove the files of signing keys that others have replaced. Raises KeyFileError."""
    for path in _paths(directory, f"old-{_SIGNER_KINDS[purpose]}"):
        remove(path)


def remove_signer(directory: Path, purpose: str, key_id: str) -> None:
    """Overwrite and remove the private part of a signing key, if it is on this node. Raises KeyFileError."""
    for prefix in ("", "old-", "pending-"):
        remove(directory / f"{prefix}{_SIGNER_KINDS[purpose]}-{key_id}.key")


def rename(path: Path, new: Path) -> None:
    """Rename the plain or the wrapped file of a key, if there is one. Raises KeyFileError."""
    with translated(path):
        for source, target in ((path, new), (wrapped_path(path), wrapped_path(new))):
            if source.exists():
                source.rename(target)
        sync_directory(path.parent)


def _make_directory(directory: Path) -> None:
    with translated(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def signing_pair(key_id: str, seed: bytes) -> SigningPair:
    """The key pair of a seed of 32 bytes."""
    public_key, secret_key = crypto_sign_seed_keypair(seed)
    return SigningPair(key_id, public_key, secret_key)


def _only(directory: Path, kind: str) -> Path:
    paths = _paths(directory, kind)
    if not paths and (old := _paths(directory, f"old-{kind}")):
        raise KeyFileError(
            f"{old[0]}: `signing-keys activate` was interrupted: rename it to {old[0].name.removeprefix('old-')} and run it again"
        )
    if len(paths) != 1:
        raise KeyFileError(f"{directory}: there must be exactly one {kind}-<id>.key, there are {len(paths)}")
    return paths[0]


def _paths(directory: Path, kind: str) -> list[Path]:
    """The keys of a kind, sorted. It does not use `glob`, which treats an unreadable directory as empty."""
    with translated(directory):
        names = {path.name.removesuffix(WRAPPED) for path in directory.iterdir()}
        return sorted(directory / name for name in names if fnmatch(name, f"{kind}-*.key"))


def _id_of(path: Path) -> str:
    return path.stem.partition("-")[2]
