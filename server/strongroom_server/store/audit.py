"""Owns how an audit event is written: inside the statement of the act, or, for acts that only read, together with others."""

from __future__ import annotations

import asyncio
import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING

import structlog

from strongroom.v1 import error_reason_pb2
from strongroom_server.errors import ServiceError
from strongroom_server.records import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.store.database import Database

_log = structlog.get_logger()

_COLUMNS = tuple(field.name for field in dataclasses.fields(AuditEvent))
columns = attrgetter(*_COLUMNS)


def insert(first: int, *, source: str = "") -> str:
    """SQL that inserts one event whose columns are the arguments from $first on, once for each row of `source`."""
    values = ", ".join(f"${first + index}" for index in range(len(_COLUMNS)))
    return f"insert into audit_events ({', '.join(_COLUMNS)}) select {values}{' from ' if source else ''}{source}"


_INSERT = insert(1)


async def add_audit_partitions(database: Database) -> None:
    """Make the partitions of the months to come."""
    await database.fetch("select strongroom_add_audit_partitions(strongroom_now() + interval '3 months')")


class AuditWriter:
    """Commits the events of acts that only read. Those of one organisation that arrive during a commit share the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, list[tuple[AuditEvent, asyncio.Future[None]]]] = {}
        self._writers: set[asyncio.Task[None]] = set()

    async def commit(self, event: AuditEvent) -> None:
        """Return once the event is durable. Raises AUDIT_UNAVAILABLE when it may not be."""
        done = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(event.organisation_id)
        if waiting is None:
            self._waiting[event.organisation_id] = [(event, done)]
            writer = asyncio.create_task(self._write(event.organisation_id))
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        else:
            waiting.append((event, done))
        await done

    async def _write(self, organisation_id: str) -> None:
        while batch := self._waiting[organisation_id]:
            self._waiting[organisation_id] = []
            failed = not await self._insert([event for event, _ in batch])
            for _, done in batch:
                if done.done():
                    continue
                if failed:
                    done.set_exception(ServiceError(error_reason_pb2.ERROR_REASON_AUDIT_UNAVAILABLE))
                else:
                    done.set_result(None)
        del self._waiting[organisation_id]

    async def _insert(self, events: Sequence[AuditEvent]) -> bool:
        try:
            await self._database.executemany(_INSERT, [columns(event) for event in events])
        except Exception as error:  # whatever it is, the callers must hear that their events may not stand
            _log.error("audit events not written", error=type(error).__name__)
            return False
        return True
