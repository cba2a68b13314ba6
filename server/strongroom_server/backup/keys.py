"""Writes the key files of a node into a backup, as they are, and restores them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from strongroom_server.backup import container
from strongroom_server.backup.container import BackupError, FormatError, KeyFile, KeysHeader

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT_KEY: Final = "root.key"
ROOT_PUBLIC_KEY: Final = "root.pub"
# After the name of the root key's file: nothing, or the key that is to replace it. It is the root key already if `root-key replace`
# was interrupted at its end.
_ROOT_SUFFIXES: Final = ("", ".wrapped", ".next", ".next.wrapped")
_WRAPPED: Final = ".wrapped"

# root.pub, root.key, root.key.next or <kind>-<id>.key; those of private keys may end in .wrapped.
_NAME: Final = re.compile(
    r"root\.pub|(?:root\.key|root\.key\.next|[a-z]+-[A-Za-z0-9._-]{1,64}\.key)(?:\.wrapped)?", re.ASCII
)
_LONGEST: Final = 64 * 1024


def write(file: BinaryIO, program: str, directory: Path, root_key_file: Path, *, with_root_key: bool) -> Sequence[str]:
    """Write the key files of a directory, with or without the private root key. Returns their names.

    Raises BackupError.
    """
    root_keys = {f"{ROOT_KEY}{suffix}": _root_path(root_key_file, suffix) for suffix in _ROOT_SUFFIXES}
    kept_apart = {*root_keys.values(), *(directory / name for name in root_keys)}
    paths = {path.name: path for path in _key_files(directory) if path not in kept_apart}
    if ROOT_PUBLIC_KEY not in paths:
        raise BackupError(
            f"{directory} holds no keys (root.pub is missing): set STRONGROOM_DATA_DIR to the data directory of this deployment"
        )
    if with_root_key:
        present = {name: path for name, path in root_keys.items() if path.exists()}
        paths |= present or {ROOT_KEY: root_key_file}
    found = [_read(path) for path in paths.values()]
    header = KeysHeader(
        program, datetime.now(UTC), [KeyFile(name, mode) for name, (mode, _) in zip(paths, found, strict=True)]
    )
    file.write(container.MAGIC + container.frame_of(container.HEADER, msgspec.json.encode(header)))
    file.writelines(container.frame_of(container.DATA, content) for _, content in found)
    file.write(container.frame_of(container.END))
    return list(paths)


def read_into(directory: Path, root_key_file: Path, file: container.Readable) -> Sequence[str]:
    """Restore the key files of a backup into an absent or empty directory, all or none. Returns their names.

    Raises BackupError.
    """
    header = container.read_header(file, KeysHeader)
    names = [each.name for each in header.files]
    if len(set(names)) < len(names) or not all(map(_NAME.fullmatch, names)):
        raise FormatError("the backup has a file whose name is not that of a key file")
    contents = []
    for name in names:
        contents.append(container.read_data(file))
        # A forged backup must not fill the memory.
        if len(contents[-1]) > _LONGEST:
            raise FormatError(f"the backup has a file {name} that is longer than a key file")
    container.read_end(file)
    try:
        _require_absent(
            directory, [_root_path(root_key_file, suffix) for suffix in _ROOT_SUFFIXES if ROOT_KEY + suffix in names]
        )
        directory.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f"{directory.name}.", dir=directory.parent))
    except OSError as error:
        raise _unwritable(directory, error) from None
    written: list[Path] = []
    try:
        for each, content in zip(header.files, contents, strict=True):
            path = new / each.name
            if each.name.startswith(ROOT_KEY) and root_key_file != directory / ROOT_KEY:
                root_key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path = _root_path(root_key_file, each.name.removeprefix(ROOT_KEY))
            # Nobody signs a backup, so it does not decide who may read a private key.
            _write(path, content, each.mode & (0o755 if each.name == ROOT_PUBLIC_KEY else 0o700))
            written.append(path)
        _sync(new)
        new.rename(directory)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise _unwritable(directory, error) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    try:
        _sync(directory.parent)
    except OSError as error:
        raise _unwritable(directory.parent, error) from None
    return names


def description_of(names: Sequence[str]) -> str:
    """Says which of the files hold private keys, and whether they are wrapped."""
    plain = [name for name in names if name != ROOT_PUBLIC_KEY and not name.endswith(_WRAPPED)]
    wrapped = [name for name in names if name.endswith(_WRAPPED)]
    parts = [ROOT_PUBLIC_KEY]
    if plain:
        parts.append(f"plain private keys: {', '.join(plain)}")
    if wrapped:
        parts.append(f"wrapped private keys: {', '.join(wrapped)}")
    parts.append(
        "with the private root key"
        if any(name.startswith(ROOT_KEY) for name in names)
        else "without the private root key"
    )
    return "; ".join(parts)


def _key_files(directory: Path) -> list[Path]:
    try:
        found = sorted(directory.iterdir())
    except OSError as error:
        raise BackupError(f"{directory}: {error.strerror}: correct STRONGROOM_DATA_DIR") from None
    return [path for path in found if _NAME.fullmatch(path.name)]


def _read(path: Path) -> tuple[int, bytes]:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise BackupError(f"{path}: the key file cannot be read: {error.strerror}") from None
    if not content or len(content) > _LONGEST:
        raise BackupError(f"{path}: this is not a key file: it must have from 1 to {_LONGEST} bytes")
    return mode, content


def _unwritable(directory: Path, error: OSError) -> BackupError:
    return BackupError(f"{error.filename or directory}: the key files cannot be written: {error.strerror}")


def _root_path(root_key_file: Path, suffix: str) -> Path:
    return root_key_file.with_name(root_key_file.name + suffix)


def _require_absent(directory: Path, root_keys: Sequence[Path]) -> None:
    if directory.exists() and any(directory.iterdir()):
        raise BackupError(f"{directory} is not empty: set STRONGROOM_DATA_DIR to a new directory")
    for path in root_keys:
        if path.exists():
            raise BackupError(f"{path} exists: set STRONGROOM_ROOT_KEY_FILE to a new file")


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
