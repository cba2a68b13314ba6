"""Owns what every call passes, whichever way it came: identity, roles, the method, regions, errors, one log line, metrics.

Knows no transport: rpc/server.py and rpc/local.py bring calls here, the handlers are the servicers' methods.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2
from prometheus_client import Counter, Histogram

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom_server import fields
from strongroom_server.access.caller import Caller, authorise
from strongroom_server.errors import ServiceError, described
from strongroom_server.rpc.status import REASONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from strongroom_server.access.api_keys import ApiKeys
    from strongroom_server.store.regions import Regions
    from strongroom_server.store.watch import Watch

# No call runs longer, whatever deadline it brings.
LONGEST_CALL_SECONDS: Final = 30.0

_log = structlog.get_logger()

_CALLS = Counter("strongroom_calls", "Calls by method, status code and reason.", ("method", "code", "reason"))
_SECONDS = Histogram(
    "strongroom_call_seconds",
    "How long calls took.",
    ("method",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a service: its full name on the wire, the type of its requests, and what handles them."""

    path: str
    name: str
    request_type: type[Message]
    handle: Callable[[Any, Caller], Awaitable[Message]]


@dataclass(slots=True)
class _Line:
    """What the log says of a call."""

    method: str
    organisation: str = ""
    key: str = ""
    code: int = code_pb2.OK
    reason: str = ""


class Pipeline:
    """Carries calls to their handlers and counts those in flight, so that a stopping node can wait for them."""

    def __init__(self, api_keys: ApiKeys, watch: Watch, regions: Regions) -> None:
        self._api_keys = api_keys
        self._watch = watch
        self._regions = regions
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    async def call(self, method: Method, request: Message | bytes, authorization: Sequence[str | bytes]) -> Message:
        """The answer to a call. Raises ServiceError, whatever went wrong, or CancelledError."""
        line = _Line(method.name)
        with self._counted(), _logged(line):
            if self._stopping:
                raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)
            try:
                async with asyncio.timeout(LONGEST_CALL_SECONDS):
                    caller = await self._api_keys.identify(authorization, self._watch)
                    line.organisation, line.key = caller.organisation_id, caller.key_id
                    parsed = _parsed(method, request)
                    _authorise(caller, method.name, parsed)
                    wait_seconds = getattr(parsed, "all_regions_timeout_seconds", 0)
                    fields.require((*fields.known(parsed), *fields.region_wait(wait_seconds)))
                    answer = await method.handle(parsed, caller)
            except TimeoutError:
                raise ServiceError(error_reason_pb2.ERROR_REASON_DEADLINE_EXCEEDED) from None
            if wait_seconds and not await self._regions.caught_up(wait_seconds):
                raise ServiceError(error_reason_pb2.ERROR_REASON_REGIONS_BEHIND)
            return answer

    async def drain(self, seconds: float) -> bool:
        """Refuse new calls, and wait so long for those in flight. Answers whether all ended."""
        self._stopping = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()


def _parsed(method: Method, request: Message | bytes) -> Message:
    if isinstance(request, Message):
        return request
    try:
        return method.request_type.FromString(request)
    except DecodeError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_MALFORMED) from None


def _authorise(caller: Caller, method: str, request: Message) -> None:
    full = getattr(request, "view", None) == CREDENTIAL_VIEW_FULL
    authorise(caller, f"{method} FULL" if full else method)
    if getattr(request, "organisation_id", "") not in ("", caller.organisation_id):
        raise ServiceError(error_reason_pb2.ERROR_REASON_ORGANISATION_MISMATCH)


@contextmanager
def _logged(line: _Line) -> Iterator[None]:
    """Log and count a call, and turn what nobody foresaw into an opaque INTERNAL whose id the log repeats."""
    start = time.perf_counter()
    try:
        yield
    except ServiceError as error:
        _note(line, error)
        raise
    except asyncio.CancelledError:
        line.code, line.reason = code_pb2.CANCELLED, "CANCELLED"
        raise
    except Exception as error:
        opaque = ServiceError(error_reason_pb2.ERROR_REASON_INTERNAL, error_id=secrets.token_hex(8))
        _note(line, opaque)
        _log.error("internal error", error_id=opaque.metadata["error_id"], method=line.method, **described(error))
        raise opaque from None
    finally:
        seconds = time.perf_counter() - start
        code = code_pb2.Code.Name(line.code)
        _CALLS.labels(line.method, code, line.reason).inc()
        _SECONDS.labels(line.method).observe(seconds)
        _log.info(
            "call",
            method=line.method,
            organisation=line.organisation,
            key=line.key,
            status=code,
            reason=line.reason,
            ms=round(seconds * 1000, 2),
        )


def _note(line: _Line, error: ServiceError) -> None:
    line.code = REASONS[error.reason][0]
    line.reason = ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
