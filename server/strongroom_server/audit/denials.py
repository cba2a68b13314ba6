"""Records denied requests and failed authentication, at a bounded rate.

Recording may fail: the caller receives the same error either way.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from google.rpc import code_pb2

from strongroom.v1 import error_reason_pb2
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server.access.caller import Caller
from strongroom_server.access.failures import FAILURES
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.reasons import REASONS
from strongroom_server.core.tasks import Background
from strongroom_server.store import audit

if TYPE_CHECKING:
    from collections.abc import Hashable

    from google.protobuf.message import Message

    from strongroom_server.access.failures import AuthenticationFailed
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import AuditEvent
    from strongroom_server.store.database import Database

BURST: Final = 20
PER_SECOND: Final = 1.0
# More kinds than there are at a time. With more, all counts start again.
_MOST_KINDS: Final = 10_000

# Errors that show guessing: the caller has no permission, or names something that does not exist.
_RECORDED_CODES: Final = (code_pb2.PERMISSION_DENIED, code_pb2.NOT_FOUND)
# The outcome of a use, which has an event of its own.
_OUTCOMES: Final = frozenset({error_reason_pb2.ERROR_REASON_SECRET_IN_RESPONSE})
_AUTHENTICATE: Final = "Authenticate"
_DRAIN_SECONDS: Final = 1.0

_ID: Final = re.compile(r"[0-9]{1,19}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


class RateLimit:
    """A token bucket for each kind of denial, such as those of one key for one reason.

    Without a limit, a caller could fill the audit trail.
    """

    def __init__(self) -> None:
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, kind: Hashable, now: float) -> bool:
        """Take a token for this kind at this time in seconds. Returns False if there is none."""
        tokens, since = self._buckets.get(kind, (float(BURST), now))
        tokens = min(BURST, tokens + (now - since) * PER_SECOND)
        taken = tokens >= 1
        if len(self._buckets) >= _MOST_KINDS:
            self._buckets.clear()
        self._buckets[kind] = (tokens - taken, now)
        return taken


class Denials:
    """Records denied requests and failed authentication."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder
        self._rate_limit = RateLimit()
        self._writes = Background()

    async def record(self, caller: Caller, method: str, request: Message, error: ServiceError) -> None:
        """Record a failed request, if its error is one that shows guessing."""
        reused = error.reason == error_reason_pb2.ERROR_REASON_REQUEST_ID_REUSED
        if error.reason in _OUTCOMES or (not reused and REASONS[error.reason][0] not in _RECORDED_CODES):
            return
        if not self._rate_limit.take((caller.key_id, error.reason), time.monotonic()):
            return
        named = str(getattr(request, "id", ""))
        event = self._recorder.event(
            caller,
            method,
            outcome=_outcome(error),
            # Text that is not an id could be a secret in the wrong field.
            subject=named if _ID.fullmatch(named) else None,
        )
        await self._write(event)

    def record_authentication(self, failure: AuthenticationFailed, method: str, peer: str) -> None:
        """Count a failed authentication, and start to record it: in the organisation of the key that the caller claimed, or in
        the operators' organisation if there is no such key.

        The response does not wait for the write, so that its timing does not show what was recorded.
        """
        FAILURES.labels(failure.kind).inc()
        # Key ids that do not exist share one bucket: callers could invent more. Failures without a key have two buckets in each
        # organisation, so that those of anybody do not crowd out those of proven names.
        named: Hashable = ""
        if failure.organisation_id:
            named = failure.key_id or (failure.organisation_id, bool(failure.principal))
        if failure.kind == "missing" or not self._rate_limit.take((_AUTHENTICATE, named), time.monotonic()):
            return
        claimed = Caller(
            failure.key_id,
            failure.organisation_id or OPERATORS_ORGANISATION,
            frozenset(),
            None,
            peer,
            principal=failure.principal,
        )
        event = self._recorder.event(claimed, _AUTHENTICATE, outcome=_outcome(failure), subject=method)
        self._writes.start(self._write(event))

    async def drain(self) -> None:
        """Wait a moment for the writes that were started."""
        await self._writes.finish(_DRAIN_SECONDS)

    async def _write(self, event: AuditEvent) -> None:
        with suppress(ServiceError):
            await audit.commit(self._database, event)


def _outcome(error: ServiceError) -> str:
    return ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
