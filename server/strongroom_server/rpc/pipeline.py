"""Takes each request from the network or this process to its handler: authentication, roles, request ids, regions, errors, log.

Knows no transport: rpc/server.py and rpc/local.py call it. rpc/streams.py has the calls that stream.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, PurgeCredentialsResponse
from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR
from strongroom_server.access.caller import Caller
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.access.roles import authorise
from strongroom_server.access.scopes import require_network
from strongroom_server.audit.request_ids import find_made, request_id_of
from strongroom_server.core import memory, tracing
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.fair_queue import FairQueue
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.rpc.call_log import CallLog
from strongroom_server.rpc.in_flight import Call, InFlight, StoppedError
from strongroom_server.rpc.parsing import LARGE, parse
from strongroom_server.rpc.refusals import Refusals
from strongroom_server.rules import fields, page_tokens
from strongroom_server.store.database import RequestIdTaken

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from google.protobuf.message import Message

    from strongroom_server.access.authentication import Authenticator
    from strongroom_server.access.caller import Presented
    from strongroom_server.audit.denials import Denials
    from strongroom_server.audit.record import Recorder
    from strongroom_server.rpc.limits import Limits
    from strongroom_server.rpc.methods import Method
    from strongroom_server.rpc.replay import Replay
    from strongroom_server.rpc.strangers import Strangers
    from strongroom_server.store.database import Database
    from strongroom_server.store.regions import Regions
    from strongroom_server.store.watch import Watch

# The deadline of a call that brings no shorter one.
LONGEST_CALL_SECONDS: Final = 30.0

_REGION_TIMEOUT: Final = "all_regions_timeout_seconds"
# A use that waits longer for a provider or a receiver authenticates its caller again: the key may have been revoked meanwhile.
LONG_USE_SECONDS: Final = 1.0
_PAGE_SIZE: Final = "page_size"
# What one entry of a page takes at most, and a page. credentials/lists.py ends a page there.
_LARGEST_ENTRY: Final = 80 * 1024
_LARGEST_PAGE: Final = 8 * 1024 * 1024
# A message and the bytes that it is made from or becomes.
_COPIES: Final = 2
_NOTHING: Final = nullcontext()
# The calls of one organisation that run at once: while it is alone as many as one batch of creates has, otherwise fewer, because
# each of them delays a step of the others. bench/floods.py measures it.
_MOST_RUNNING: Final = 64
_MOST_RUNNING_SHARED: Final = 2
_MOST_RUNNING_IN_ALL: Final = 128
_USES: Final = "/strongroom.v1.UseService/"
# The method of IdentityService whose call authenticates a caller and nothing else.
_GET_CALLER: Final = "GetCaller"

# Refusals of callers that call too much: how many of one are answered at once, and in each second after them.
REFUSALS: Final = 500
REFUSALS_PER_SECOND: Final = 50
_TOO_MUCH: Final = frozenset(
    {
        error_reason_pb2.ERROR_REASON_BYTES_IN_FLIGHT_LIMITED,
        error_reason_pb2.ERROR_REASON_CALL_RATE_LIMITED,
        error_reason_pb2.ERROR_REASON_CALLS_AT_ONCE_LIMITED,
        error_reason_pb2.ERROR_REASON_OVERLOADED,
        error_reason_pb2.ERROR_REASON_STREAMS_EXHAUSTED,
    }
)

# Methods by which an operator reads the events of the operators' organisation, which is not its own.
_FOR_OPERATORS: Final = frozenset({"ListAuditEvents", "StreamAuditEvents"})


class Pipeline:
    """Carries calls to their handlers."""

    def __init__(
        self,
        database: Database,
        authenticator: Authenticator,
        watch: Watch,
        regions: Regions,
        recorder: Recorder,
        denials: Denials,
        limits: Limits,
        strangers: Strangers,
    ) -> None:
        self._database = database
        self._authenticator = authenticator
        self._watch = watch
        self._regions = regions
        self._recorder = recorder
        self._denials = denials
        self._in_flight = InFlight()
        self.limits = limits
        self._light = FairQueue("light", database.activity, _MOST_RUNNING, _MOST_RUNNING_SHARED, _MOST_RUNNING_IN_ALL)
        self.strangers = strangers
        self._refusals = Refusals(REFUSALS, REFUSALS_PER_SECOND)
        self._is_stopping = False

    async def call(
        self,
        method: Method,
        request: Message | bytes,
        presented: Presented,
        timeout: float | None = None,  # noqa: ASYNC109 - the caller's deadline
    ) -> Message:
        """Return the response, at most `timeout` seconds later. Raises only ServiceError and CancelledError."""
        log = CallLog.of(method.name, presented)
        try:
            self._require_running()
            return await self.respond(log, method, request, presented, timeout)
        except BaseException as error:
            await self.hold_refusal(log, error)
            raise log.set_error(error) from None
        finally:
            log.write()

    async def respond(
        self,
        log: CallLog,
        method: Method,
        request: Message | bytes,
        presented: Presented,
        timeout: float | None = None,  # noqa: ASYNC109 - the caller's deadline
    ) -> Message:
        """Return the response to one request. Unlike `call`, it writes no log line and raises unexpected exceptions unchanged."""
        seconds = min(timeout or LONGEST_CALL_SECONDS, LONGEST_CALL_SECONDS)
        try:
            with self._in_flight.within(seconds) as call:
                if method.is_public:
                    return await self._respond_to_stranger(method, request, presented)
                caller = await self.identify(log, presented)
                size = len(request) if isinstance(request, bytes) else 0
                log.bytes += size
                with self.limits.call(caller, size):
                    return await self._respond_in_turn(log, method, request, presented, caller, call)
        except (TimeoutError, StoppedError) as end:
            raise _error_of(end) from None

    async def _respond_in_turn(
        self, log: CallLog, method: Method, request: Message | bytes, presented: Presented, caller: Caller, call: Call
    ) -> Message:
        """Return the response to an authenticated request, once its turn has come."""
        lane = self._database.heavy if method.is_heavy else self._light
        # A stream that was let in is not refused: its caller waits for responses before it sends more.
        async with lane.turn(caller.organisation_id, caller.key_id, sheds=not method.streams_requests) as turn:
            parsed = parse(method, request)
            if isinstance(request, bytes) and len(request) > LARGE:
                # Checking takes as long as parsing, so other requests run in between.
                await asyncio.sleep(0)
            if method.waits:
                turn.end()
            region_seconds = parsed.all_regions_timeout_seconds if _REGION_TIMEOUT in method.fields else 0
            began = time.monotonic()
            async with _memory_of(method, request, parsed):
                response = await self._handle(method, parsed, caller, region_seconds)
        if method.path.startswith(_USES) and time.monotonic() - began > LONG_USE_SECONDS:
            _require_same_rights(caller, await self.identify(log, presented))
        if region_seconds and not _is_partial(response):
            # This wait has a timeout of its own.
            call.clear_timeout()
            await self._require_regions(region_seconds)
        return response

    async def hold_refusal(self, log: CallLog, error: BaseException) -> None:
        """Wait before the caller learns that it calls too much, if it was refused too often."""
        if isinstance(error, ServiceError) and error.reason in _TOO_MUCH and not self._is_stopping:
            await self._refusals.hold(f"{log.organisation} {log.key}")

    async def authenticate(self, presented: Presented) -> str:
        """Authenticate the caller of a request that was not read yet, and return its organisation. Raises as `call`.

        Only a failure is logged, counted and recorded, as one of GetCaller. A known caller's call follows.
        """
        log = CallLog(_GET_CALLER, presented.peer)
        try:
            self._require_running()
            with self._in_flight.within(LONGEST_CALL_SECONDS):
                return (await self.identify(log, presented)).organisation_id
        except BaseException as error:
            ended = isinstance(error, TimeoutError | StoppedError)
            failure = log.set_error(_error_of(error) if ended else error)
            log.write()
            raise failure from None

    async def identify(self, log: CallLog, presented: Presented) -> Caller:
        """Authenticate the caller of a call. Raises AuthenticationFailed."""
        try:
            caller = await self._authenticator.identify(presented, self._watch)
            if caller.scope is not None:
                require_network(caller, presented.peer)
        except AuthenticationFailed as failure:
            log.key, log.principal = failure.key_id, failure.principal
            self._denials.record_authentication(failure, log.method, log.peer)
            await self.strangers.refuse_often(presented.peer)
            raise
        log.organisation, log.key, log.principal = caller.organisation_id, caller.key_id, caller.principal
        if tracing.tracer is not None:
            # Not earlier: the trace of a stranger costs nothing.
            log.begin_span(tracing.tracer)
        return structs.replace(caller, peer=presented.peer)

    @property
    def calls_in_flight(self) -> int:
        """How many calls have begun and not ended, without streams."""
        return len(self._in_flight)

    def end_calls(self) -> None:
        """Refuse new calls, and end those in flight with SHUTTING_DOWN. Their writes may have been committed."""
        self._is_stopping = True
        self._in_flight.stop()

    async def drain(self, seconds: float) -> bool:
        """Refuse new calls, and wait at most so long for those in flight. Returns whether all of them ended."""
        self._is_stopping = True
        ended = await self._in_flight.drain(seconds)
        await self._denials.drain()
        return ended

    async def _respond_to_stranger(self, method: Method, request: Message | bytes, presented: Presented) -> Message:
        """Return the response of a method that needs no API key. Whatever authorization the call has is ignored.

        No organisation is known before the handler has found the link, so no denial is recorded.
        """
        size = len(request) if isinstance(request, bytes) else request.ByteSize()
        with self.strangers.admit(presented.peer, size):
            parsed = parse(method, request)
            fields.require(fields.known(parsed))
            response: Message = await method.handle(parsed, Caller.stranger(presented.peer))
            return response

    async def _handle(self, method: Method, request: Any, caller: Caller, region_seconds: int) -> Message:
        """Check the caller's roles and what every request is checked for, and call the handler."""
        try:
            authorise_request(caller, method, request)
            if not method.streams_requests:
                fields.require(fields.known(request))
            if region_seconds:
                fields.require(fields.region_wait(region_seconds))
            if method.replay is not None and request.request_id:
                fields.require(fields.request_id(request.request_id))
                request_id = request_id_of(self._recorder.keyring, method.name, request, caller)
                caller = structs.replace(caller, request=request_id)
                return await self._handle_once(method, method.replay, request, caller)
            response: Message = await method.handle(request, caller)
        except ServiceError as error:
            await self._denials.record(caller, method.name, subject_of(method, request), error)
            raise
        return response

    async def _handle_once(self, method: Method, replay: Replay, request: Message, caller: Caller) -> Message:
        """Handle a request with a request id. If it fails because it was handled before, replay it.

        Raises REQUEST_ID_REUSED if the id was used for another request.
        """
        assert caller.request is not None
        try:
            response: Message = await method.handle(request, caller)
        except (ServiceError, RequestIdTaken) as failure:
            made = await find_made(self._database, self._recorder.keyring, caller.request, failure)
        else:
            return response
        return await replay(request, made, caller)

    async def _require_regions(self, seconds: int) -> None:
        if not await self._regions.caught_up(seconds):
            raise ServiceError(error_reason_pb2.ERROR_REASON_REGIONS_BEHIND)

    def _require_running(self) -> None:
        if self._is_stopping:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)


def _memory_of(method: Method, request: Message | bytes, parsed: Any) -> AbstractAsyncContextManager[None]:
    """A context that takes the memory of a page or of a large request. The gateway of this process takes that of its requests."""
    if _PAGE_SIZE in method.fields:
        size = page_tokens.page_size(max(parsed.page_size, 0)) * _LARGEST_ENTRY
        return memory.RESPONSES.part(min(size, _LARGEST_PAGE) * _COPIES)
    if isinstance(request, bytes) and len(request) > LARGE:
        return memory.REQUESTS.part(len(request) * _COPIES)
    return _NOTHING


def _require_same_rights(caller: Caller, present: Caller) -> None:
    """Raises CONCURRENT_CHANGE if the caller's key or identity was changed while it waited."""
    if any(
        getattr(caller, name) != getattr(present, name) for name in ("organisation_id", "roles", "team_ids", "scope")
    ):
        raise ServiceError(error_reason_pb2.ERROR_REASON_CONCURRENT_CHANGE)


def _error_of(end: BaseException) -> ServiceError:
    """The error of a call that ended before its handler did."""
    if isinstance(end, StoppedError):
        return ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)
    return ServiceError(error_reason_pb2.ERROR_REASON_DEADLINE_EXCEEDED)


def subject_of(method: Method, request: Any) -> Any:
    """The message that names the object and its organisation: the head of a request that has one, or the request."""
    return request.head if method.has_head else request


def authorise_request(caller: Caller, method: Method, request: Any) -> None:
    """Check the caller's roles and the request's organisation. Raises ServiceError."""
    named = subject_of(method, request).organisation_id if "organisation_id" in method.fields else ""
    for_operators = named == OPERATORS_ORGANISATION and method.name in _FOR_OPERATORS
    if for_operators and ROLE_OPERATOR in caller.roles and not caller.lasting_token:
        return
    full = "view" in method.fields and request.view == CREDENTIAL_VIEW_FULL
    authorise(caller, f"{method.name} FULL" if full else method.name)
    if named and named != caller.organisation_id:
        raise ServiceError(error_reason_pb2.ERROR_REASON_ORGANISATION_MISMATCH)


def _is_partial(response: Message) -> bool:
    """Whether the caller must repeat the request to finish it, so that waiting for regions would be too early."""
    return isinstance(response, PurgeCredentialsResponse) and response.more
