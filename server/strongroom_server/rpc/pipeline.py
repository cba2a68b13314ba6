"""Owns what every call passes, whichever way it came: identity, roles, the method, regions, errors, one log line, metrics.

Knows no transport: rpc/server.py and rpc/local.py bring calls here, the handlers are the servicers' methods.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2
from msgspec import structs
from prometheus_client import Counter, Histogram

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, PurgeCredentialsResponse
from strongroom.v1.error_reason_pb2 import ErrorReason
from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.roles import authorise
from strongroom_server.audit.request_ids import made_before
from strongroom_server.core.errors import ServiceError, opaque_error
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.core.reasons import REASONS
from strongroom_server.rpc.in_flight import InFlight, StoppedError
from strongroom_server.rules import fields
from strongroom_server.store.database import RequestIdTaken

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence

    from strongroom_server.access.api_keys import ApiKeys
    from strongroom_server.access.caller import Caller
    from strongroom_server.audit.denials import Refusals
    from strongroom_server.audit.record import Recorder
    from strongroom_server.core.records import Made
    from strongroom_server.store.database import Database
    from strongroom_server.store.regions import Regions
    from strongroom_server.store.watch import Watch

# No call runs longer, whatever deadline it brings.
LONGEST_CALL_SECONDS: Final = 30.0

_WAIT: Final = "all_regions_timeout_seconds"

# Methods by which an operator, whatever other roles it has, reads what operators did.
_OF_OPERATORS_TOO: Final = frozenset({"ListAuditEvents", "StreamAuditEvents"})

# Of the messages that one caller streams: while one is being stored, the next is prepared.
_MESSAGES_AT_ONCE: Final = 2

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
    """One method of a service: its full name on the wire, the type of its requests, and what handles them.

    A handler answers a message, or where only the answers are a stream, an asynchronous iterator of messages.
    """

    path: str
    name: str
    request_type: type[Message]
    handle: Callable[[Any, Caller], Any]
    # The names of the request's members.
    members: frozenset[str]
    # What answers a request that came before; of methods whose requests can have an id.
    again: Callable[[Any, Made, Caller], Awaitable[Message]] | None = None
    streams: bool = False
    # Whether its requests come as a stream too: then each of them has its answer.
    takes_stream: bool = False


@dataclass(slots=True)
class _Line:
    """What the log says of a call."""

    method: str
    peer: str
    organisation: str = ""
    # Of a failed authentication: which the caller claimed.
    key: str = ""
    code: int = code_pb2.OK
    reason: str = ""
    begun: float = dataclasses.field(default_factory=time.perf_counter)


class Pipeline:
    """Carries calls to their handlers."""

    def __init__(
        self,
        database: Database,
        api_keys: ApiKeys,
        watch: Watch,
        regions: Regions,
        recorder: Recorder,
        refusals: Refusals,
    ) -> None:
        self._database = database
        self._api_keys = api_keys
        self._watch = watch
        self._regions = regions
        self._recorder = recorder
        self._refusals = refusals
        self._in_flight = InFlight()
        self._stopping = False
        self._streaming = True
        # What reads the streams of callers.
        self._readers: set[asyncio.Task[None]] = set()

    async def call(
        self,
        method: Method,
        request: Message | bytes,
        authorization: Sequence[str | bytes],
        peer: str,
        timeout: float | None = None,  # noqa: ASYNC109 - it is what the caller waits at most
    ) -> Message:
        """The answer to a call, within so many seconds. Raises ServiceError, whatever went wrong, or CancelledError."""
        line = _Line(method.name, peer)
        try:
            self._require_running()
            seconds = min(timeout or LONGEST_CALL_SECONDS, LONGEST_CALL_SECONDS)
            return await self._answered(line, method, request, authorization, peer, seconds)
        except BaseException as error:
            raise _noted(line, error) from None
        finally:
            _tell(line)

    async def stream(
        self, method: Method, request: Message | bytes, authorization: Sequence[str | bytes], peer: str
    ) -> AsyncIterator[Message]:
        """The answers to a call, as long as the caller may have them and the node runs. Raises as `call`."""
        line = _Line(method.name, peer)
        try:
            self._require_streaming()
            caller = await self._identified(line, authorization, peer)
            parsed = _parsed(method, request)
            try:
                _authorise(caller, method, parsed)
                fields.require(fields.known(parsed))
                async for message in method.handle(parsed, caller):
                    self._require_streaming()
                    # A key that was revoked meanwhile gets no more.
                    await self._identified(line, authorization, peer)
                    if message is not None:
                        yield message
            except ServiceError as error:
                await self._refusals.record(caller, method.name, parsed, error)
                raise
        except BaseException as error:
            raise _noted(line, error) from None
        finally:
            _tell(line)

    async def exchange(
        self, method: Method, requests: AsyncIterator[bytes], authorization: Sequence[str | bytes], peer: str
    ) -> AsyncGenerator[Message, None]:
        """The answers to a stream of requests, one to each in their order, as long as the caller may have them and the node runs.

        A request is read when there are fewer than _MESSAGES_AT_ONCE before it that are not answered. Raises as `call`, after the
        answers to what was done.
        """
        line = _Line(method.name, peer)
        under_way: asyncio.Queue[asyncio.Task[Message] | None] = asyncio.Queue()
        room = asyncio.Semaphore(_MESSAGES_AT_ONCE)

        async def read() -> None:
            await room.acquire()
            async for request in requests:
                # Each is asked anew who calls: a key that was revoked or changed meanwhile has what rights it has left.
                answer = self._answered(line, method, request, authorization, peer, LONGEST_CALL_SECONDS)
                under_way.put_nowait(asyncio.create_task(answer))
                await room.acquire()

        reader = None
        try:
            self._require_streaming()
            caller = await self._identified(line, authorization, peer)
            try:
                authorise(caller, method.name)
            except ServiceError as error:
                await self._refusals.record(caller, method.name, method.request_type(), error)
                raise
            reader = asyncio.create_task(read())
            reader.add_done_callback(lambda _: under_way.put_nowait(None))
            self._readers.add(reader)
            while (task := await under_way.get()) is not None:
                yield await task
                room.release()
            self._require_streaming()
            await reader
        except BaseException as error:
            raise _noted(line, error) from None
        finally:
            if reader is not None:
                self._readers.discard(reader)
                await _cancelled(reader)
                while not under_way.empty():
                    if (task := under_way.get_nowait()) is not None:
                        await _cancelled(task)
            _tell(line)

    async def _answered(
        self,
        line: _Line,
        method: Method,
        request: Message | bytes,
        authorization: Sequence[str | bytes],
        peer: str,
        seconds: float,
    ) -> Message:
        """The answer to one request, which a stopping node waits for."""
        try:
            with self._in_flight.within(seconds) as call:
                caller = await self._identified(line, authorization, peer)
                parsed = _parsed(method, request)
                wait_seconds = parsed.all_regions_timeout_seconds if _WAIT in method.members else 0
                answer = await self._handled(method, parsed, caller, wait_seconds)
                if wait_seconds and not _goes_on(answer):
                    call.wait_on()
                    await self._require_regions(wait_seconds)
        except TimeoutError:
            raise ServiceError(error_reason_pb2.ERROR_REASON_DEADLINE_EXCEEDED) from None
        except StoppedError:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN) from None
        return answer

    async def _require_regions(self, wait_seconds: int) -> None:
        if not await self._regions.caught_up(wait_seconds):
            raise ServiceError(error_reason_pb2.ERROR_REASON_REGIONS_BEHIND)

    def _require_running(self) -> None:
        if self._stopping:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)

    def _require_streaming(self) -> None:
        if not self._streaming:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)

    async def _identified(self, line: _Line, authorization: Sequence[str | bytes], peer: str) -> Caller:
        try:
            caller = await self._api_keys.identify(authorization, self._watch)
        except AuthenticationFailed as failure:
            line.key = failure.key_id
            self._refusals.record_failure(failure, line.method, line.peer)
            raise
        line.organisation, line.key = caller.organisation_id, caller.key_id
        return structs.replace(caller, peer=peer)

    async def _handled(self, method: Method, request: Any, caller: Caller, wait_seconds: int) -> Message:
        try:
            _authorise(caller, method, request)
            if not method.takes_stream:
                fields.require(fields.known(request))
            if wait_seconds:
                fields.require(fields.region_wait(wait_seconds))
            if method.again is not None and request.request_id:
                fields.require(fields.request_id(request.request_id))
                caller = structs.replace(caller, request=self._recorder.request_id(method.name, request, caller))
                return await self._once(method, request, caller)
            answer: Message = await method.handle(request, caller)
        except ServiceError as error:
            await self._refusals.record(caller, method.name, request, error)
            raise
        return answer

    async def _once(self, method: Method, request: Message, caller: Caller) -> Message:
        """Handle a request that has an id, or answer what it made before. Raises REQUEST_ID_REUSED for another request."""
        assert caller.request is not None
        assert method.again is not None
        try:
            answer: Message = await method.handle(request, caller)
        except (ServiceError, RequestIdTaken) as failure:
            made = await made_before(self._database, self._recorder.keyring, caller.request, failure)
        else:
            return answer
        return await method.again(request, made, caller)

    def end_streams(self) -> None:
        """Refuse streams, and end those there are at their next look: they would go on for as long as a server waits. What was read
        of a caller's stream is still answered.
        """
        self._streaming = False
        for reader in self._readers:
            reader.cancel()

    def end_calls(self) -> None:
        """Refuse new calls, and end those in flight: their callers are told that the node stops. A write may have happened."""
        self._stopping = True
        self._in_flight.stop()

    async def drain(self, seconds: float) -> bool:
        """Refuse new calls, and wait so long for those in flight. Answers whether all ended."""
        self._stopping = True
        ended = await self._in_flight.drain(seconds)
        await self._refusals.drain()
        return ended


async def _cancelled(task: asyncio.Task[Any]) -> None:
    """Return once a task that nobody waits for has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _parsed(method: Method, request: Message | bytes) -> Any:
    if isinstance(request, Message):
        return request
    try:
        return method.request_type.FromString(request)
    except DecodeError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_MALFORMED) from None


def _authorise(caller: Caller, method: Method, request: Any) -> None:
    named = request.organisation_id if "organisation_id" in method.members else ""
    of_operators = named == OPERATORS_ORGANISATION and method.name in _OF_OPERATORS_TOO
    if of_operators and ROLE_OPERATOR in caller.roles and not caller.lasting_token:
        return
    full = "view" in method.members and request.view == CREDENTIAL_VIEW_FULL
    authorise(caller, f"{method.name} FULL" if full else method.name)
    if named and named != caller.organisation_id:
        raise ServiceError(error_reason_pb2.ERROR_REASON_ORGANISATION_MISMATCH)


def _goes_on(answer: Message) -> bool:
    """Whether the request must come again before all of it is done."""
    return isinstance(answer, PurgeCredentialsResponse) and answer.more


def _noted(line: _Line, error: BaseException) -> BaseException:
    """What a call ends with, noted for its line."""
    if isinstance(error, ServiceError):
        _note(line, error)
    elif isinstance(error, asyncio.CancelledError):
        line.code, line.reason = code_pb2.CANCELLED, "CANCELLED"
    elif isinstance(error, Exception):
        unforeseen = opaque_error(line.method, error)
        _note(line, unforeseen)
        return unforeseen
    return error


def _note(line: _Line, error: ServiceError) -> None:
    line.code = REASONS[error.reason][0]
    line.reason = ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")


def _tell(line: _Line) -> None:
    """Count and log a call."""
    seconds = time.perf_counter() - line.begun
    code, calls, times = _series(line.method, line.code, line.reason)
    calls.inc()
    times.observe(seconds)
    _log.info(
        "call",
        method=line.method,
        organisation=line.organisation,
        key=line.key,
        peer=line.peer,
        status=code,
        reason=line.reason,
        ms=round(seconds * 1000, 2),
    )


@functools.cache
def _series(method: str, code: code_pb2.Code.ValueType, reason: str) -> tuple[str, Counter, Histogram]:
    """The name of a code, and what counts the calls that end with it."""
    name = code_pb2.Code.Name(code)
    return name, _CALLS.labels(method, name, reason), _SECONDS.labels(method)
