"""Wraps the plain key files of a node with its provider, and turns wrapped files back into plain ones.

A key always has at least one complete file: the new file is durable and was read back before the old one is removed. After a crash
the same command goes on where it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom_server.sealing.private_keys import (
    WRAPPED,
    KeyFileError,
    read_plain,
    read_wrapped,
    sync_directory,
    translated,
    wrapped_path,
    write_key,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from strongroom_server.sealing.key_provider import KeyProvider

# The root key, the one that is to replace it, and the one that it replaced.
_ROOT_SUFFIXES: Final = ("", ".next", ".replaced")


async def wrap_all(directory: Path, root_key_file: Path, provider: KeyProvider) -> AsyncIterator[Path]:
    """Replace every plain key file by a wrapped one. Yields each new file. Raises KeyFileError."""
    for path, name in _keys(directory, root_key_file):
        if _exists(path):
            key = read_plain(path)
            if not _exists(wrapped_path(path)):
                await write_key(path, key, provider, name)
            _require_equal(path, key, await read_wrapped(path, provider, name))
            _remove(path)
            yield wrapped_path(path)
        # An interrupted write of the plain file leaves the key in it.
        _remove(path.with_name(f"{path.name}.new"))


async def unwrap_all(directory: Path, root_key_file: Path, provider: KeyProvider) -> AsyncIterator[Path]:
    """Replace every wrapped key file by a plain one. Yields each new file. Raises KeyFileError."""
    for path, name in _keys(directory, root_key_file):
        if _exists(wrapped_path(path)):
            key = await read_wrapped(path, provider, name)
            if not _exists(path):
                await write_key(path, key, None)
            _require_equal(path, key, read_plain(path))
            _remove(wrapped_path(path))
            yield path


def _keys(directory: Path, root_key_file: Path) -> list[tuple[Path, str]]:
    """The path of the plain file of every private key, and the name that its wrapped file is bound to."""
    with translated(directory):
        names = {path.name.removesuffix(WRAPPED) for path in directory.iterdir()}
    roots = [root_key_file.with_name(root_key_file.name + suffix) for suffix in _ROOT_SUFFIXES]
    paths = {directory / name for name in names if name.endswith(".key")} - {root_key_file}
    # A signing key changes its prefix and keeps its wrapped file, so the prefix is no part of the name.
    return [
        *((path, "root") for path in roots),
        *((path, path.stem.removeprefix("pending-").removeprefix("old-")) for path in sorted(paths)),
    ]


def _exists(path: Path) -> bool:
    with translated(path):
        return path.exists()


def _require_equal(path: Path, key: bytes, other: bytes) -> None:
    if key != other:
        raise KeyFileError(
            f"{wrapped_path(path)}: it holds another key than {path.name}: move the file away that is not this "
            "deployment's, and run the command again"
        )


def _remove(path: Path) -> None:
    with translated(path):
        if path.exists():
            path.unlink()
            sync_directory(path.parent)
