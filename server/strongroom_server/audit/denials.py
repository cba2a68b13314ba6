"""Owns how refusals and failed authentication are recorded: at a bounded rate, and as well as it goes, for the refusal stands
either way.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2

from strongroom.v1 import error_reason_pb2
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.access.caller import Caller
from strongroom_server.access.failures import FAILURES
from strongroom_server.audit.denial_rate import Denials
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.reasons import REASONS
from strongroom_server.store import audit

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from strongroom_server.access.failures import AuthenticationFailed
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database

_ID: Final = re.compile(r"[0-9]{1,19}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


# What a caller may not do, and what it looked for and did not find: guesses are found by both.
_RECORDED: Final = (code_pb2.PERMISSION_DENIED, code_pb2.NOT_FOUND)
_AUTHENTICATE: Final = "Authenticate"
_DRAIN_SECONDS: Final = 1.0


class Refusals:
    """Records what callers were refused, and who failed to prove who they are."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder
        self._denials = Denials()
        self._writing: set[asyncio.Task[None]] = set()

    async def record(self, caller: Caller, method: str, request: Message, error: ServiceError) -> None:
        """Record that a caller was refused, if the error is one that a guess could end with."""
        reused = error.reason == error_reason_pb2.ERROR_REASON_REQUEST_ID_REUSED
        if not reused and REASONS[error.reason][0] not in _RECORDED:
            return
        if not self._denials.is_recorded((caller.key_id, error.reason), time.monotonic()):
            return
        named = str(getattr(request, "id", ""))
        event = self._recorder.event(
            caller,
            method,
            outcome=_outcome(error),
            # What is no id is not repeated: it could be a secret in the wrong place.
            subject=named if _ID.fullmatch(named) else None,
        )
        await self._write(event)

    def record_failure(self, failure: AuthenticationFailed, method: str, peer: str) -> None:
        """Count a failed authentication, and have it recorded: in the organisation of the key that the caller claimed, or in the
        operators' own if there is no such key. The answer does not wait, so that its time does not tell what was recorded.
        """
        FAILURES.labels(failure.kind).inc()
        # Without an organisation all share one bucket: their ids are the callers' to choose.
        named = failure.key_id if failure.organisation_id else ""
        if failure.kind == "missing" or not self._denials.is_recorded((_AUTHENTICATE, named), time.monotonic()):
            return
        claimed = Caller(failure.key_id, failure.organisation_id or OPERATORS_ORGANISATION, frozenset(), None, peer)
        event = self._recorder.event(claimed, _AUTHENTICATE, outcome=_outcome(failure), subject=method)
        task = asyncio.create_task(self._write(event))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def drain(self) -> None:
        """Wait a moment for what is still to be recorded."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=_DRAIN_SECONDS)

    async def _write(self, event: AuditEvent) -> None:
        with suppress(ServiceError):
            await audit.commit(self._database, event)


def _outcome(error: ServiceError) -> str:
    return ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
