"""Ends conversations from outside. A conversation is a call that streams in both directions.

Knows nothing of what they say.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from strongroom.v1 import error_reason_pb2
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

# How long a conversation may last without a message in either direction.
IDLE_SECONDS: Final = 60.0
# How often the caller is authenticated again, and the time without a message is looked at.
_CHECK_SECONDS: Final = 2.5


class Conversations:
    """The conversations of a node."""

    def __init__(self) -> None:
        self._present: set[Conversation] = set()

    def __len__(self) -> int:
        return len(self._present)

    def begin(self) -> Conversation:
        """A context that counts as a conversation of the present task."""
        return Conversation(self._present)

    def end(self) -> None:
        """End all, because the node stops."""
        for conversation in self._present:
            conversation.end(ServiceError(error_reason_pb2.ERROR_REASON_SHUTTING_DOWN))


class Conversation:
    """One conversation, from the start of its `with` to the end of it. The `with` raises the error that the conversation is ended
    with, wherever its task waits: for the caller's next message, or until the caller takes a message.
    """

    def __init__(self, present: set[Conversation]) -> None:
        self._present = present
        self._error: BaseException | None = None
        self._moved = 0.0

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._present.add(self)
        self.moved()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._present.discard(self)
        # As in asyncio.timeout: if other code cancelled the task too, its CancelledError is raised. If the task was cancelled while
        # a generator with this `with` waited at a yield, closing it raises GeneratorExit here.
        if self._error is not None and not self._task.uncancel() and kind in {asyncio.CancelledError, GeneratorExit}:
            raise self._error from None

    def moved(self) -> None:
        """Say that a message was sent or received."""
        self._moved = asyncio.get_running_loop().time()

    def end(self, error: BaseException) -> None:
        """End the conversation with this error, unless it has ended."""
        if self._error is None and self in self._present:
            self._error = error
            self._task.cancel()

    async def watch(self, check: Callable[[], Awaitable[None]]) -> None:
        """End the conversation when it has been idle for too long, or with what `check` raises."""
        loop = asyncio.get_running_loop()
        try:
            while loop.time() - self._moved < IDLE_SECONDS:
                await asyncio.sleep(_CHECK_SECONDS)
                await check()
        except Exception as error:
            self.end(error)
        else:
            self.end(ServiceError(error_reason_pb2.ERROR_REASON_DEADLINE_EXCEEDED))
