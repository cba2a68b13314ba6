"""Leaves rows that do not verify out of a list, so that one row that somebody changed does not hide the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import structlog

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom_server.core.errors import ServiceError
from strongroom_server.store import subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.sealing.keyring import Keyring
    from strongroom_server.store.subjects import SubjectRow

RowT = TypeVar("RowT", bound="SubjectRow")

_log = structlog.get_logger()


async def verified_rows(keyring: Keyring, rows: Sequence[RowT]) -> list[RowT]:
    """The rows that an admin key signed. The log names the others."""
    verified = []
    for row in rows:
        # The signatures of the largest page take 22 ms. Other calls run in between.
        await asyncio.sleep(0)
        try:
            await keyring.verify(row)
        except ServiceError as error:
            if error.reason != reasons.ERROR_REASON_SEAL_BROKEN:
                raise
            _log.error(
                "row forged: left out of a list",
                table=type(row).__name__,
                organisation=row.organisation_id,
                id=subjects.subject_of(row),
            )
        else:
            verified.append(row)
    return verified
