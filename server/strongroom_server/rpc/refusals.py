"""Owns how refusals are recorded: at a bounded rate, and as well as it goes, for the refusal stands either way."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2

from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.access.denials import Denials
from strongroom_server.errors import ServiceError
from strongroom_server.rpc.status import REASONS
from strongroom_server.store import audit

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from strongroom_server.access.caller import Caller
    from strongroom_server.rpc.recorder import Recorder
    from strongroom_server.store.database import Database

_ID: Final = re.compile(r"[0-9]{1,19}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


class Refusals:
    """Records what callers were refused for want of a permission."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder
        self._denials = Denials()

    async def record(self, caller: Caller, method: str, request: Message, error: ServiceError) -> None:
        """Record that a caller was refused, if that is what the error says."""
        if REASONS[error.reason][0] != code_pb2.PERMISSION_DENIED:
            return
        if not self._denials.is_recorded(caller.key_id, time.monotonic()):
            return
        named = str(getattr(request, "id", ""))
        event = self._recorder.event(
            caller,
            method,
            outcome=ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_"),
            # What is no id is not repeated: it could be a secret in the wrong place.
            subject=named if _ID.fullmatch(named) else None,
        )
        with suppress(ServiceError):
            await audit.commit(self._database, event)
