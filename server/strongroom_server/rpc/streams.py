"""Calls that stream: responses to one request, a stream of requests with a response to each, or a conversation."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.access.roles import authorise
from strongroom_server.core.errors import ServiceError
from strongroom_server.rpc.call_log import CallLog
from strongroom_server.rpc.conversations import Conversations
from strongroom_server.rpc.parsing import parse
from strongroom_server.rpc.pipeline import authorise_request, subject_of
from strongroom_server.rules import fields

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from google.protobuf.message import Message

    from strongroom_server.access.caller import Caller, Presented
    from strongroom_server.audit.denials import Denials
    from strongroom_server.rpc.conversations import Conversation
    from strongroom_server.rpc.methods import Method
    from strongroom_server.rpc.pipeline import Pipeline
    from strongroom_server.store.database import Database

# How many requests of one caller's stream are handled at a time: one is prepared while another is stored.
_CONCURRENT_REQUESTS: Final = 2
# How long a stream of responses may send at a time while others wait, and how long it waits before it looks for more.
_TURN_SECONDS: Final = 0.05
_POLL_SECONDS: Final = 0.5


class Streams:
    """Carries calls that stream. A stream can last, so the caller is authenticated again for each message."""

    def __init__(self, pipeline: Pipeline, database: Database, denials: Denials) -> None:
        self._pipeline = pipeline
        self._database = database
        self._denials = denials
        self._is_stopping = False
        # The tasks that read streams of requests.
        self._readers: set[asyncio.Task[None]] = set()
        self.conversations = Conversations()

    async def responses(
        self, method: Method, request: Message | bytes, presented: Presented
    ) -> AsyncGenerator[Message, None]:
        """Yield the responses to one request until the caller's key is revoked or the node stops. Raises as Pipeline.call."""
        log = CallLog.of(method.name, presented)
        try:
            self._require_running()
            caller = await self._pipeline.identify(log, presented)
            parsed = parse(method, request)
            try:
                authorise_request(caller, method, parsed)
                fields.require(fields.known(parsed))
                with self._pipeline.limits.stream(caller):
                    async with aclosing(self._in_turns(method.handle(parsed, caller), caller)) as messages:
                        async for message in messages:
                            self._require_running()
                            # The key may have been revoked since, or the identity's roles changed.
                            present = await self._pipeline.identify(log, presented)
                            _require_same_organisation(caller, present)
                            authorise_request(present, method, parsed)
                            if message is not None:
                                yield message
            except ServiceError as error:
                await self._denials.record(caller, method.name, parsed, error)
                raise
        except BaseException as error:
            await self._pipeline.hold_refusal(log, error)
            raise log.set_error(error) from None
        finally:
            log.write()

    async def _in_turns(
        self, handled: AsyncGenerator[Message | None, None], caller: Caller
    ) -> AsyncGenerator[Message | None, None]:
        """Yield what a handler yields. It reads and sends only in the stream's turn, which ends when there is nothing to send, and
        at the latest after _TURN_SECONDS, because the caller may be slow.
        """
        # Streams look for news all the time. Those that found nothing do not make their organisation active.
        counts = True
        async with aclosing(handled):
            while True:
                turn = self._database.heavy.turn(caller.organisation_id, caller.key_id, sheds=False, counts=counts)
                async with turn:
                    # Hundreds of streams may wait, and none of them should read first when the node stops.
                    self._require_running()
                    counts = False
                    end = asyncio.get_running_loop().call_later(_TURN_SECONDS, turn.end)
                    try:
                        while turn.lasts:
                            try:
                                message = await anext(handled)
                            except StopAsyncIteration:
                                return
                            yield message
                            if message is None:
                                turn.end()
                            else:
                                counts = True
                    finally:
                        end.cancel()
                if message is None:
                    await asyncio.sleep(_POLL_SECONDS)

    async def exchange(
        self, method: Method, requests: AsyncIterator[bytes], presented: Presented
    ) -> AsyncGenerator[Message, None]:
        """Yield one response for each request of a stream, in order, until the caller's key is revoked or the node stops.

        At most _CONCURRENT_REQUESTS requests are read and not answered. Raises as Pipeline.call, after the responses to the
        requests that were handled.
        """
        log = CallLog.of(method.name, presented)
        responses: asyncio.Queue[asyncio.Task[Message] | None] = asyncio.Queue()
        slots = asyncio.Semaphore(_CONCURRENT_REQUESTS)

        async def read() -> None:
            await slots.acquire()
            async for request in requests:
                # Each request is authenticated: the key may have been changed or revoked since.
                response = self._pipeline.respond(log, method, request, presented)
                responses.put_nowait(asyncio.create_task(response))
                await slots.acquire()

        reader = None
        try:
            self._require_running()
            caller = await self._pipeline.identify(log, presented)
            try:
                authorise(caller, method.name)
            except ServiceError as error:
                await self._denials.record(caller, method.name, method.request_type(), error)
                raise
            with self._pipeline.limits.stream(caller):
                reader = asyncio.create_task(read())
                reader.add_done_callback(lambda _: responses.put_nowait(None))
                self._readers.add(reader)
                while (task := await responses.get()) is not None:
                    yield await task
                    slots.release()
                self._require_running()
                await reader
        except BaseException as error:
            await self._pipeline.hold_refusal(log, error)
            raise log.set_error(error) from None
        finally:
            if reader is not None:
                self._readers.discard(reader)
                await _cancel(reader)
                while not responses.empty():
                    if (task := responses.get_nowait()) is not None:
                        await _cancel(task)
            log.write()

    async def converse(
        self, method: Method, requests: AsyncIterator[Message | bytes], presented: Presented
    ) -> AsyncGenerator[Message, None]:
        """Yield the messages that a handler sends while it reads those of the caller, without a limit of time.

        The first message says who is to be authorised for what. The conversation ends within seconds when the caller's key is
        revoked or loses its rights, after IDLE_SECONDS without a message, and when the node stops. One task must iterate this and
        close it (`aclosing`): that task is cancelled to end the conversation, and closing then raises the error. Raises as
        Pipeline.call.
        """
        log = CallLog.of(method.name, presented)
        try:
            self._require_running()
            with self.conversations.begin() as conversation:
                said = self._converse(log, method, requests, presented, conversation)
                async with aclosing(said):
                    async for message in said:
                        yield message
                        conversation.moved()
        except BaseException as error:
            await self._pipeline.hold_refusal(log, error)
            raise log.set_error(error) from None
        finally:
            log.write()

    async def _converse(
        self,
        log: CallLog,
        method: Method,
        requests: AsyncIterator[Message | bytes],
        presented: Presented,
        conversation: Conversation,
    ) -> AsyncGenerator[Message, None]:
        caller = await self._pipeline.identify(log, presented)
        first: Any = method.request_type()

        async def check() -> None:
            present = await self._pipeline.identify(log, presented)
            _require_same_organisation(caller, present)
            authorise_request(present, method, first)

        async def messages() -> AsyncGenerator[Message, None]:
            yield first
            async for request in received:
                conversation.moved()
                yield _known(method, request)

        with self._pipeline.limits.stream(caller):
            watching = asyncio.create_task(conversation.watch(check))
            try:
                authorise(caller, method.name)
                # grpc complains of an iterator that is not read at once.
                received = aiter(requests)
                first = parse(method, await anext(received, b""))
                authorise_request(caller, method, first)
                fields.require(fields.known(first))
                async with aclosing(messages()) as sent, aclosing(method.handle(sent, caller)) as responses:
                    async for message in responses:
                        yield message
            except ServiceError as error:
                await self._denials.record(caller, method.name, subject_of(method, first), error)
                raise
            finally:
                await _cancel(watching)

    def end(self) -> None:
        """Refuse new streams, and end the present ones: streams of responses with their next message, streams of requests after
        the requests that were read, conversations at once.
        """
        self._is_stopping = True
        self.conversations.end()
        for reader in self._readers:
            reader.cancel()

    def _require_running(self) -> None:
        if self._is_stopping:
            raise ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN)


def _require_same_organisation(caller: Caller, present: Caller) -> None:
    """Raises ORGANISATION_MISMATCH if a certificate or token stands for another identity now."""
    if present.organisation_id != caller.organisation_id:
        raise ServiceError(error_reason_pb2.ERROR_REASON_ORGANISATION_MISMATCH)


def _known(method: Method, request: Message | bytes) -> Any:
    """A message of a conversation. Raises REQUEST_MALFORMED and FIELD_INVALID."""
    parsed = parse(method, request)
    fields.require(fields.known(parsed))
    return parsed


async def _cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task, and return once it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
