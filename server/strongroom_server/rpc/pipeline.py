"""Takes each call from the network or this process to its handler: authentication, roles, request ids, regions, errors, log.

Knows no transport: rpc/server.py and rpc/local.py call it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError, Message
from msgspec import structs

from strongroom.v1 import error_reason_pb2
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, PurgeCredentialsResponse
from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR
from strongroom_server.access.caller import Caller, authorise
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.audit.request_ids import find_made, request_id_of
from strongroom_server.core.errors import ServiceError
from strongroom_server.core.names import OPERATORS_ORGANISATION
from strongroom_server.rpc.call_log import CallLog
from strongroom_server.rpc.in_flight import InFlight, StoppedError
from strongroom_server.rules import fields
from strongroom_server.store.database import RequestIdTaken

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from strongroom_server.access.api_keys import ApiKeys
    from strongroom_server.audit.denials import Denials
    from strongroom_server.audit.record import Recorder
    from strongroom_server.rpc.methods import Method
    from strongroom_server.rpc.replay import Replay
    from strongroom_server.store.database import Database
    from strongroom_server.store.regions import Regions
    from strongroom_server.store.watch import Watch

# The deadline of a call that brings no shorter one.
LONGEST_CALL_SECONDS: Final = 30.0

_REGION_TIMEOUT: Final = "all_regions_timeout_seconds"

# Methods by which an operator reads the events of the operators' organisation, which is not its own.
_FOR_OPERATORS: Final = frozenset({"ListAuditEvents", "StreamAuditEvents"})

# How many requests of one caller's stream are handled at a time: one is prepared while another is stored.
_CONCURRENT_REQUESTS: Final = 2


class Pipeline:
    """Carries calls to their handlers."""

    def __init__(
        self,
        database: Database,
        api_keys: ApiKeys,
        watch: Watch,
        regions: Regions,
        recorder: Recorder,
        denials: Denials,
    ) -> None:
        self._database = database
        self._api_keys = api_keys
        self._watch = watch
        self._regions = regions
        self._recorder = recorder
        self._denials = denials
        self._in_flight = InFlight()
        self._accepts_calls = True
        self._accepts_streams = True
        # The tasks that read streams of requests.
        self._readers: set[asyncio.Task[None]] = set()

    async def call(
        self,
        method: Method,
        request: Message | bytes,
        authorization: Sequence[str | bytes],
        peer: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the caller's deadline
    ) -> Message:
        """Return the response, at most `timeout` seconds later. Raises only ServiceError and CancelledError."""
        log = CallLog(method.name, peer)
        try:
            _require(accepts=self._accepts_calls)
            seconds = min(timeout or LONGEST_CALL_SECONDS, LONGEST_CALL_SECONDS)
            return await self._respond(log, method, request, authorization, peer, seconds)
        except BaseException as error:
            raise log.set_error(error) from None
        finally:
            log.write()

    async def stream(
        self, method: Method, request: Message | bytes, authorization: Sequence[str | bytes], peer: str
    ) -> AsyncIterator[Message]:
        """Yield the responses to one request until the caller's key is revoked or the node stops. Raises as `call`."""
        log = CallLog(method.name, peer)
        try:
            _require(accepts=self._accepts_streams)
            caller = await self._identify(log, authorization, peer)
            parsed = _parse(method, request)
            try:
                _authorise(caller, method, parsed)
                fields.require(fields.known(parsed))
                async for message in method.handle(parsed, caller):
                    _require(accepts=self._accepts_streams)
                    # Authenticate again: the key may have been revoked since.
                    await self._identify(log, authorization, peer)
                    if message is not None:
                        yield message
            except ServiceError as error:
                await self._denials.record(caller, method.name, parsed, error)
                raise
        except BaseException as error:
            raise log.set_error(error) from None
        finally:
            log.write()

    async def exchange(
        self, method: Method, requests: AsyncIterator[bytes], authorization: Sequence[str | bytes], peer: str
    ) -> AsyncGenerator[Message, None]:
        """Yield one response for each request of a stream, in order, until the caller's key is revoked or the node stops.

        At most _CONCURRENT_REQUESTS requests are read and not answered. Raises as `call`, after the responses to the requests
        that were handled.
        """
        log = CallLog(method.name, peer)
        responses: asyncio.Queue[asyncio.Task[Message] | None] = asyncio.Queue()
        slots = asyncio.Semaphore(_CONCURRENT_REQUESTS)

        async def read() -> None:
            await slots.acquire()
            async for request in requests:
                # Each request is authenticated: the key may have been changed or revoked since.
                response = self._respond(log, method, request, authorization, peer, LONGEST_CALL_SECONDS)
                responses.put_nowait(asyncio.create_task(response))
                await slots.acquire()

        reader = None
        try:
            _require(accepts=self._accepts_streams)
            caller = await self._identify(log, authorization, peer)
            try:
                authorise(caller, method.name)
            except ServiceError as error:
                await self._denials.record(caller, method.name, method.request_type(), error)
                raise
            reader = asyncio.create_task(read())
            reader.add_done_callback(lambda _: responses.put_nowait(None))
            self._readers.add(reader)
            while (task := await responses.get()) is not None:
                yield await task
                slots.release()
            _require(accepts=self._accepts_streams)
            await reader
        except BaseException as error:
            raise log.set_error(error) from None
        finally:
            if reader is not None:
                self._readers.discard(reader)
                await _cancel(reader)
                while not responses.empty():
                    if (task := responses.get_nowait()) is not None:
                        await _cancel(task)
            log.write()

    async def _respond(
        self,
        log: CallLog,
        method: Method,
        request: Message | bytes,
        authorization: Sequence[str | bytes],
        peer: str,
        seconds: float,
    ) -> Message:
        """Return the response to one request. A node that stops waits for it."""
        try:
            with self._in_flight.within(seconds) as call:
                caller = await self._identify(log, authorization, peer)
                parsed = _parse(method, request)
                region_seconds = parsed.all_regions_timeout_seconds if _REGION_TIMEOUT in method.fields else 0
                response = await self._handle(method, parsed, caller, region_seconds)
                if region_seconds and not _is_partial(response):
                    # This wait has a timeout of its own.
                    call.clear_timeout()
                    await self._require_regions(region_seconds)
        except TimeoutError:
            raise ServiceError(error_reason_pb2.ERROR_REASON_DEADLINE_EXCEEDED) from None
        except StoppedError:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN) from None
        return response

    async def _require_regions(self, seconds: int) -> None:
        if not await self._regions.caught_up(seconds):
            raise ServiceError(error_reason_pb2.ERROR_REASON_REGIONS_BEHIND)

    async def _identify(self, log: CallLog, authorization: Sequence[str | bytes], peer: str) -> Caller:
        """Authenticate the caller. Raises AuthenticationFailed."""
        try:
            caller = await self._api_keys.identify(authorization, self._watch)
        except AuthenticationFailed as failure:
            log.key = failure.key_id
            self._denials.record_authentication(failure, log.method, log.peer)
            raise
        log.organisation, log.key = caller.organisation_id, caller.key_id
        return structs.replace(caller, peer=peer)

    async def _handle(self, method: Method, request: Any, caller: Caller, region_seconds: int) -> Message:
        """Check the caller's roles and what every request is checked for, and call the handler."""
        try:
            _authorise(caller, method, request)
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
            await self._denials.record(caller, method.name, request, error)
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

    def end_streams(self) -> None:
        """Refuse new streams, and end the present ones: streams of responses with their next message, streams of requests after
        the requests that were read.
        """
        self._accepts_streams = False
        for reader in self._readers:
            reader.cancel()

    def end_calls(self) -> None:
        """Refuse new calls, and end those in flight with SHUTTING_DOWN. Their writes may have been committed."""
        self._accepts_calls = False
        self._in_flight.stop()

    async def drain(self, seconds: float) -> bool:
        """Refuse new calls, and wait at most so long for those in flight. Returns whether all of them ended."""
        self._accepts_calls = False
        ended = await self._in_flight.drain(seconds)
        await self._denials.drain()
        return ended


def _require(*, accepts: bool) -> None:
    if not accepts:
        raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)


async def _cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and return once it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _parse(method: Method, request: Message | bytes) -> Any:
    if isinstance(request, Message):
        return request
    try:
        return method.request_type.FromString(request)
    except DecodeError:
        raise ServiceError(error_reason_pb2.ERROR_REASON_REQUEST_MALFORMED) from None


def _authorise(caller: Caller, method: Method, request: Any) -> None:
    named = request.organisation_id if "organisation_id" in method.fields else ""
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
