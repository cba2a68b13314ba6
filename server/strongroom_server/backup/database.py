"""Writes the tables of a database into a backup, and restores them. Memory does not grow with the number of rows."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from strongroom_server.backup import container
from strongroom_server.backup.container import DatabaseHeader, FormatError, Readable, TableEnd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from strongroom_server.store.backups import Snapshot, Table
    from strongroom_server.store.restores import Restore

# Data is written in frames of about this size, because each takes a hop to a thread.
_FRAME_BYTES: Final = 256 * 1024


async def write(
    file: BinaryIO, program: str, snapshot: Snapshot, progress: Callable[[int, int], None] = lambda _, __: None
) -> int:
    """Write every table of the snapshot, and return the number of rows.

    `progress` is called with the number of rows and bytes since its last call.
    """
    header = DatabaseHeader(program, snapshot.contents)
    await asyncio.to_thread(
        file.write, container.MAGIC + container.frame_of(container.HEADER, msgspec.json.encode(header))
    )
    total = 0
    for table in snapshot.contents.tables:
        total += await _write_table(file, snapshot, table, progress)
    await asyncio.to_thread(file.write, container.frame_of(container.END))
    return total


async def _write_table(file: BinaryIO, snapshot: Snapshot, table: Table, progress: Callable[[int, int], None]) -> int:
    sha256, buffer = hashlib.sha256(), bytearray()

    async def flush() -> None:
        if buffer:
            sha256.update(buffer)
            await asyncio.to_thread(file.write, container.frame_of(container.DATA, buffer))
            # COPY escapes line breaks in values, so each line break ends a row.
            progress(buffer.count(b"\n"), len(buffer))
            buffer.clear()

    async def write_part(data: bytes) -> None:
        buffer.extend(data)
        if len(buffer) >= _FRAME_BYTES:
            await flush()

    rows = await snapshot.copy(table, write_part)
    await flush()
    end = msgspec.json.encode(TableEnd(rows, sha256.hexdigest()))
    await asyncio.to_thread(file.write, container.frame_of(container.TABLE_END, end))
    return rows


async def read_header(file: Readable) -> DatabaseHeader:
    """Read the header of a backup of the database. Raises FormatError."""
    return await asyncio.to_thread(container.read_header, file, DatabaseHeader)


async def read_into(
    restore: Restore, file: Readable, header: DatabaseHeader, progress: Callable[[int, int], None] = lambda _, __: None
) -> int:
    """Restore every table of a backup, and return the number of rows. Raises FormatError.

    `progress` is called with the number of rows and bytes since its last call.
    """
    total = 0
    for table in header.contents.tables:
        data = _TableData(file, progress)
        rows = await restore.copy(table, data.read())
        if data.end is None or (rows, data.sha256.hexdigest()) != (data.end.rows, data.end.sha256):
            raise FormatError(f"the rows of {table.name} are not those that were backed up")
        total += rows
    await asyncio.to_thread(container.read_end, file)
    return total


class _TableData:
    """The data of the next table in a backup, and after it the table's end."""

    def __init__(self, file: Readable, progress: Callable[[int, int], None]) -> None:
        self._file = file
        self._progress = progress
        self.sha256 = hashlib.sha256()
        self.end: TableEnd | None = None

    async def read(self) -> AsyncIterator[bytes]:
        while True:
            kind, content = await asyncio.to_thread(container.read_frame, self._file)
            if kind != container.DATA:
                break
            self.sha256.update(content)
            yield content
            self._progress(content.count(b"\n"), len(content))
        self.end = container.read_table_end(kind, content)
