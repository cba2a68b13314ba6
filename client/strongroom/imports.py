"""An import: creates from any iterator, sent in batches over a stream, which is taken up again where it broke.

Knows no channel: how a stream is opened is given.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grpc import StatusCode, aio

from strongroom import connecting, errors, repeats
from strongroom.channel import REQUEST_BYTES
from strongroom.v1.credential_service_pb2 import ImportCredentialsRequest, ImportCredentialsResponse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable

    from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ImportResult

    Stream = aio.StreamStreamCall[ImportCredentialsRequest, ImportCredentialsResponse]

# A message's, by the server.
MOST_CREATES = 64
# Sent or about to be, and not answered: the server stores one while it prepares the next.
MOST_BATCHES = 4
# What a create takes in its message beside itself: a tag and a length, and a request id of ours.
_BESIDE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one create of an import: the credential's id and number, or the error it was refused with."""

    request_id: str
    """The create's own, or the one that the client made: with it the create can be repeated."""
    id: str = ""
    number: int = 0
    error: errors.StrongroomError | None = None


@dataclass(slots=True)
class _Batch:
    """The creates of one message; or the one that is too large for any, refused already."""

    message: ImportCredentialsRequest = field(default_factory=ImportCredentialsRequest, repr=False)
    size: int = 0
    refused: Imported | None = None

    def has_room(self, size: int) -> bool:
        return self.refused is None and len(self.message.creates) < MOST_CREATES and self.size + size <= REQUEST_BYTES


class Import:
    """One import, walked once.

    Three go hand in hand: one takes creates into batches, one sends these, and the walk itself reads the answers. No more is taken
    while MOST_BATCHES are not answered.
    """

    def __init__(
        self,
        open_stream: Callable[[], Stream],
        new_request_id: Callable[[], str],
        creates: AsyncIterable[CreateCredentialRequest] | Iterable[CreateCredentialRequest],
        timeout_seconds: float,
    ) -> None:
        self._open_stream = open_stream
        self._new_request_id = new_request_id
        self._creates = creates
        self._timeout_seconds = timeout_seconds
        # What is not answered, in order: the first `_sent` of them were sent on the present stream, the last may be filled further.
        self._batches: deque[_Batch] = deque()
        self._sent = 0
        self._taken_all = False
        self._changed = asyncio.Event()
        # Since when the answer that is due is waited for, and how long the pause before the next stream is.
        self._waiting_since: float | None = None
        self._pauses = repeats.pauses()

    async def results(self) -> AsyncGenerator[Imported, None]:
        """What became of each create, in their order. Raises StrongroomError, and at its place what the iterator raises."""
        taking = asyncio.create_task(self._take())
        try:
            while await self._is_something_left():
                self._sent = 0
                stream = self._open_stream()
                sending = asyncio.create_task(self._send(stream))
                try:
                    while await self._is_something_left():
                        for result in await self._answered(stream):
                            yield result
                    with suppress(aio.AioRpcError):
                        await stream.read()  # the end
                    break
                except aio.AioRpcError as error:
                    failure = _failure(error)
                finally:
                    await _ended(sending)
                    stream.cancel()
                await self._pause(failure)
            await taking
        finally:
            await _ended(taking)

    async def _take(self) -> None:
        try:
            async for create in _each(self._creates):
                size = create.ByteSize() + _BESIDE_BYTES
                if not (self._batches and len(self._batches) > self._sent and self._batches[-1].has_room(size)):
                    await self._until(lambda: len(self._batches) < MOST_BATCHES)
                    self._batches.append(_Batch())
                self._put(create, size)
                self._changed.set()
        finally:
            self._taken_all = True
            self._changed.set()

    def _put(self, create: CreateCredentialRequest, size: int) -> None:
        batch = self._batches[-1]
        if size > REQUEST_BYTES:
            error = errors.ResourceExhaustedError(StatusCode.RESOURCE_EXHAUSTED, "a create of more than 1 MiB")
            batch.refused = Imported(create.request_id, error=error)
            return
        batch.size += size
        added = batch.message.creates.add()
        added.CopyFrom(create)
        added.request_id = added.request_id or self._new_request_id()

    async def _send(self, stream: Stream) -> None:
        while True:
            await self._until(lambda: self._is_next_due or self._taken_all)
            if len(self._batches) == self._sent:
                await stream.done_writing()
                return
            batch = self._batches[self._sent]
            self._sent += 1
            self._changed.set()
            if batch.refused is None:
                await stream.write(batch.message)

    @property
    def _is_next_due(self) -> bool:
        """Whether there is a batch to send: one that is full, or any where nothing is under way."""
        unsent = len(self._batches) - self._sent
        return unsent > 1 or (unsent == 1 and (self._sent == 0 or not self._batches[-1].has_room(_BESIDE_BYTES)))

    async def _is_something_left(self) -> bool:
        """Wait until there is a batch that is not answered, or all creates are taken."""
        await self._until(lambda: self._batches or self._taken_all)
        return bool(self._batches)

    async def _answered(self, stream: Stream) -> list[Imported]:
        """What became of the creates of the first batch. Raises DeadlineExceededError."""
        loop = asyncio.get_running_loop()
        batch = self._batches[0]
        if batch.refused is not None:
            results = [batch.refused]
            await self._until(lambda: self._sent)
        else:
            self._waiting_since = self._waiting_since or loop.time()
            try:
                async with asyncio.timeout_at(self._waiting_since + self._timeout_seconds):
                    answer = await stream.read()
            except TimeoutError:
                answer = None
            if answer is None:
                raise errors.DeadlineExceededError(StatusCode.DEADLINE_EXCEEDED, "no answer within timeout_seconds")
            if not isinstance(answer, ImportCredentialsResponse):
                raise errors.InternalError(StatusCode.INTERNAL, "the server ended the import without an answer")
            results = list(map(_imported, batch.message.creates, answer.results))
        self._batches.popleft()
        self._sent -= 1
        self._waiting_since = None
        self._pauses = repeats.pauses()
        self._changed.set()
        return results

    async def _pause(self, failure: errors.StrongroomError) -> None:
        """Wait before the next stream. Raises the failure where there is to be none."""
        loop = asyncio.get_running_loop()
        pause = next(self._pauses)
        since = loop.time() if self._waiting_since is None else self._waiting_since
        if failure.code not in repeats.CODES or loop.time() + pause > since + self._timeout_seconds:
            raise failure
        await asyncio.sleep(pause)

    async def _until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()


async def _each(
    creates: AsyncIterable[CreateCredentialRequest] | Iterable[CreateCredentialRequest],
) -> AsyncIterator[CreateCredentialRequest]:
    if isinstance(creates, AsyncIterable):
        async for create in creates:
            yield create
    else:
        for create in creates:
            yield create


def _imported(create: CreateCredentialRequest, result: ImportResult) -> Imported:
    if result.HasField("error"):
        return Imported(create.request_id, error=errors.from_status(result.error))
    return Imported(create.request_id, result.created.id, result.created.number)


def _failure(error: aio.AioRpcError) -> errors.StrongroomError:
    """What ended a stream. Where a write meets the end of its stream, gRPC makes up an INTERNAL in place of what that was: the next
    stream will tell.
    """
    failure = connecting.failure_of(error)
    if isinstance(failure, errors.InternalError) and not failure.reason:
        return errors.UnavailableError(StatusCode.UNAVAILABLE, "the stream of the import broke")
    return failure


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
