"""Imports credentials: sends creates in batches over a stream, and continues on a new stream if the stream breaks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grpc import StatusCode, aio

from strongroom import connection_errors, errors, retries
from strongroom.v1.credential_service_pb2 import ImportCredentialsRequest, ImportCredentialsResponse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable

    from strongroom.v1.credential_service_pb2 import CreateCredentialRequest, ImportResult

    Stream = aio.StreamStreamCall[ImportCredentialsRequest, ImportCredentialsResponse]

# The server's limits for one message.
MOST_CREATES = 64
MESSAGE_BYTES = 1 << 20
# The most batches without a response. The server stores one while it prepares the next.
MOST_BATCHES = 4
# How much a create adds to a message besides its own size: a tag, a length and a request id.
_OVERHEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of one create of an import: the id and number of the new credential, or an error."""

    request_id: str
    """The request_id of the create, or the one that the client set. With it the create can be repeated."""
    id: str = ""
    number: int = 0
    error: errors.StrongroomError | None = None


@dataclass(slots=True)
class _Batch:
    """The creates of one message, or the result of one create that is too large for a message."""

    message: ImportCredentialsRequest = field(default_factory=ImportCredentialsRequest, repr=False)
    size: int = 0
    too_large: Imported | None = None

    def has_room(self, size: int) -> bool:
        return self.too_large is None and len(self.message.creates) < MOST_CREATES and self.size + size <= MESSAGE_BYTES


class Import:
    """One import. Its results can be read once.

    A task reads creates into batches, another task sends the batches, and `results` reads the responses. No creates are read while
    MOST_BATCHES batches have no response.
    """

    def __init__(
        self,
        open_stream: Callable[[], Stream],
        failure_of: Callable[[aio.AioRpcError], errors.StrongroomError],
        new_request_id: Callable[[], str],
        creates: AsyncIterable[CreateCredentialRequest] | Iterable[CreateCredentialRequest],
        timeout_seconds: float,
    ) -> None:
        self._open_stream = open_stream
        self._failure_of = failure_of
        self._new_request_id = new_request_id
        self._creates = creates
        self._timeout_seconds = timeout_seconds
        # The batches without a response, in order. The first `_sent` of them were sent on the present stream. Creates are added to
        # the last one while it is not sent.
        self._batches: deque[_Batch] = deque()
        self._sent = 0
        self._read_all = False
        self._changed = asyncio.Event()
        # The time since which the next response is awaited.
        self._waiting_since: float | None = None
        self._pauses = retries.pauses()

    async def results(self) -> AsyncGenerator[Imported, None]:
        """Yield the result of each create, in order.

        Raises StrongroomError. If the iterator of creates raises, its error follows the results of the creates before it.
        """
        reading = asyncio.create_task(self._read_creates())
        try:
            while await self._has_batches():
                self._sent = 0
                stream = self._open_stream()
                sending = asyncio.create_task(self._send(stream))
                try:
                    while await self._has_batches():
                        for result in await self._read_results(stream):
                            yield result
                    with suppress(aio.AioRpcError):
                        await stream.read()  # the end of the stream
                    break
                except aio.AioRpcError as error:
                    failure = _as_retried(self._failure_of(error))
                    helps = not connection_errors.is_configuration_error(error)
                finally:
                    await _cancel(sending)
                    stream.cancel()
                if not helps:
                    raise failure
                await self._pause(failure)
            await reading
        finally:
            await _cancel(reading)

    async def _read_creates(self) -> None:
        try:
            async for create in _iterate(self._creates):
                size = create.ByteSize() + _OVERHEAD_BYTES
                if not (self._batches and len(self._batches) > self._sent and self._batches[-1].has_room(size)):
                    await self._wait_until(lambda: len(self._batches) < MOST_BATCHES)
                    self._batches.append(_Batch())
                self._add(create, size)
                self._changed.set()
        finally:
            self._read_all = True
            self._changed.set()

    def _add(self, create: CreateCredentialRequest, size: int) -> None:
        batch = self._batches[-1]
        if size > MESSAGE_BYTES:
            error = errors.ResourceExhaustedError(StatusCode.RESOURCE_EXHAUSTED, "the create is larger than 1 MiB")
            batch.too_large = Imported(create.request_id, error=error)
            return
        batch.size += size
        added = batch.message.creates.add()
        added.CopyFrom(create)
        added.request_id = added.request_id or self._new_request_id()

    async def _send(self, stream: Stream) -> None:
        while True:
            await self._wait_until(lambda: self._is_next_due or self._read_all)
            if len(self._batches) == self._sent:
                await stream.done_writing()
                return
            batch = self._batches[self._sent]
            self._sent += 1
            self._changed.set()
            if batch.too_large is None:
                await stream.write(batch.message)

    @property
    def _is_next_due(self) -> bool:
        """Whether to send a batch now: if it is full, or if no batch is in flight."""
        unsent = len(self._batches) - self._sent
        return unsent > 1 or (unsent == 1 and (self._sent == 0 or not self._batches[-1].has_room(_OVERHEAD_BYTES)))

    async def _has_batches(self) -> bool:
        """Wait until there is a batch without a response, or all creates are read. Returns False in the second case."""
        await self._wait_until(lambda: self._batches or self._read_all)
        return bool(self._batches)

    async def _read_results(self, stream: Stream) -> list[Imported]:
        """Wait for the results of the first batch, and remove the batch. Raises DeadlineExceededError."""
        loop = asyncio.get_running_loop()
        batch = self._batches[0]
        if batch.too_large is not None:
            results = [batch.too_large]
            await self._wait_until(lambda: self._sent)
        else:
            self._waiting_since = self._waiting_since or loop.time()
            try:
                async with asyncio.timeout_at(self._waiting_since + self._timeout_seconds):
                    response = await stream.read()
            except TimeoutError:
                response = None
            if response is None:
                raise errors.DeadlineExceededError(StatusCode.DEADLINE_EXCEEDED, "no response within timeout_seconds")
            if not isinstance(response, ImportCredentialsResponse):
                raise errors.InternalError(StatusCode.INTERNAL, "the server ended the import without a response")
            results = list(map(_imported_of, batch.message.creates, response.results))
        self._batches.popleft()
        self._sent -= 1
        self._waiting_since = None
        self._pauses = retries.pauses()
        self._changed.set()
        return results

    async def _pause(self, failure: errors.StrongroomError) -> None:
        """Wait before the next stream. Raises the failure if it is not retried or the timeout would pass."""
        loop = asyncio.get_running_loop()
        pause = retries.pause_after_refusal(failure, self._pauses)
        if pause is None and failure.code in retries.RETRIED_CODES:
            pause = next(self._pauses)
        since = loop.time() if self._waiting_since is None else self._waiting_since
        if pause is None or loop.time() + pause > since + self._timeout_seconds:
            raise failure
        await asyncio.sleep(pause)

    async def _wait_until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()


async def _iterate(
    creates: AsyncIterable[CreateCredentialRequest] | Iterable[CreateCredentialRequest],
) -> AsyncIterator[CreateCredentialRequest]:
    if isinstance(creates, AsyncIterable):
        async for create in creates:
            yield create
    else:
        for create in creates:
            yield create


def _imported_of(create: CreateCredentialRequest, result: ImportResult) -> Imported:
    if result.HasField("error"):
        return Imported(create.request_id, error=errors.from_status(result.error))
    return Imported(create.request_id, result.created.id, result.created.number)


def _as_retried(failure: errors.StrongroomError) -> errors.StrongroomError:
    """The error that ended a stream, as one that is retried if its cause is unknown.

    If a stream ends during a write, gRPC raises INTERNAL instead of the cause. The next stream fails with the cause if it lasts.
    """
    if isinstance(failure, errors.InternalError) and not failure.reason:
        return errors.UnavailableError(StatusCode.UNAVAILABLE, "the import's stream broke")
    return failure


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
