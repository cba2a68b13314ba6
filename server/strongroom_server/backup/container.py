"""The format of a backup file, inside its encryption. Must not know what a table or a key file contains.

strongroom backup 1\\n
frames: a byte that names the kind, the length of the content in 4 bytes (big-endian), the content

H  the header, JSON: DatabaseHeader or KeysHeader
D  data: a part of a table's rows, in their order; or one key file
T  the end of a table, JSON: TableEnd
Z  the end of the backup, without content. A file without it is incomplete.
"""

from __future__ import annotations

import struct
from datetime import datetime  # noqa: TC003 - msgspec reads the types of fields
from typing import Final, Protocol, TypeVar

import msgspec

from strongroom_server.core.errors import OperatorError
from strongroom_server.store.backups import Contents  # noqa: TC001 - msgspec reads the types of fields

MAGIC: Final = b"strongroom backup 1\n"
_MAGIC_OF_ANY: Final = b"strongroom backup "

HEADER: Final = b"H"
DATA: Final = b"D"
TABLE_END: Final = b"T"
END: Final = b"Z"

_FRAME: Final = struct.Struct(">cI")
# A damaged length must not make the reader reserve gigabytes.
_LONGEST: Final = 64 * 1024 * 1024


class BackupError(OperatorError):
    """A backup cannot be made or restored. The text says why, and what to do."""


class FormatError(BackupError):
    """A file is not the complete backup that it should be."""


class DatabaseHeader(msgspec.Struct, frozen=True, tag="database", tag_field="kind"):
    """What a backup of the database contains. `program` is the version of the program that made it."""

    program: str
    contents: Contents


class KeyFile(msgspec.Struct, frozen=True):
    """A key file: its name in keys/, and the bits of its mode."""

    name: str
    mode: int


class KeysHeader(msgspec.Struct, frozen=True, tag="keys", tag_field="kind"):
    """What a backup of the key files contains: a D frame for each, in this order."""

    program: str
    time: datetime
    files: list[KeyFile]


class TableEnd(msgspec.Struct, frozen=True):
    """The number of a table's rows, and the SHA-256 of its data."""

    rows: int
    sha256: str


class Readable(Protocol):
    """A file that is read in order."""

    def read(self, size: int) -> bytes:
        """Read that many bytes, or fewer at the end."""


StructT = TypeVar("StructT", bound=msgspec.Struct)


def frame_of(kind: bytes, content: bytes | bytearray = b"") -> bytes:
    """A frame."""
    return _FRAME.pack(kind, len(content)) + content


def read_header(file: Readable, kind: type[StructT]) -> StructT:
    """Read the beginning of a backup of this kind. Raises FormatError."""
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        if magic.startswith(_MAGIC_OF_ANY):
            raise FormatError("a later version made this backup: restore it with that version")
        raise FormatError("this is not a backup that `strongroom-server backup` made")
    found, content = read_frame(file)
    try:
        if found != HEADER:
            raise _damaged()
        header: DatabaseHeader | KeysHeader = msgspec.json.decode(content, type=DatabaseHeader | KeysHeader)
    except msgspec.DecodeError:
        raise _damaged() from None
    if not isinstance(header, kind):
        other = "the key files" if isinstance(header, KeysHeader) else "the database"
        command = "keys" if isinstance(header, KeysHeader) else "database"
        raise FormatError(f"this is a backup of {other}: use `strongroom-server restore {command}`")
    return header


def read_frame(file: Readable) -> tuple[bytes, bytes]:
    """Read the next frame: its kind and its content. Raises FormatError if the file ends before the frame does."""
    start = file.read(_FRAME.size)
    if len(start) < _FRAME.size:
        raise _truncated()
    kind, length = _FRAME.unpack(start)
    if kind not in (HEADER, DATA, TABLE_END, END) or length > _LONGEST:
        raise _damaged()
    content = file.read(length)
    if len(content) < length:
        raise _truncated()
    return kind, content


def read_table_end(kind: bytes, content: bytes) -> TableEnd:
    """Decode a frame that must be a T frame. Raises FormatError."""
    if kind != TABLE_END:
        raise _damaged()
    try:
        return msgspec.json.decode(content, type=TableEnd)
    except msgspec.DecodeError:
        raise _damaged() from None


def read_data(file: Readable) -> bytes:
    """Read a D frame. Raises FormatError."""
    kind, content = read_frame(file)
    if kind != DATA:
        raise _damaged()
    return content


def read_end(file: Readable) -> None:
    """Read the end of a backup, after which the file must end. Raises FormatError."""
    kind, _ = read_frame(file)
    # This read reaches the end of the encrypted file, so it finds a missing last part.
    if kind != END or file.read(1):
        raise _damaged()


def _truncated() -> FormatError:
    return FormatError("the backup is incomplete: it ends before its end marker: use another one")


def _damaged() -> FormatError:
    return FormatError("the content of the backup breaks its format: use another one")
