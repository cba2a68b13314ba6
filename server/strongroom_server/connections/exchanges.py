"""The exchanges of codes that are under way on this node. They go on when the calls that began them have ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from strongroom_server.core.errors import ServiceError, log_internal_error

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from uuid import UUID


class Exchanges:
    """At most one exchange for each session. All that ask for it at the same time get its result."""

    def __init__(self) -> None:
        self._tasks: dict[UUID, asyncio.Task[UUID | ServiceError]] = {}

    async def join(self, session_id: UUID, begin: Callable[[], Coroutine[None, None, UUID]]) -> UUID:
        """The id of the connection that the exchange of a session gives. Begins it unless it is under way. Raises ServiceError.

        A cancelled call leaves the exchange running.
        """
        task = self._tasks.get(session_id)
        if task is None:
            task = self._tasks[session_id] = asyncio.create_task(_settled(begin()))
            task.add_done_callback(lambda _: self._tasks.pop(session_id))
        await asyncio.wait({task})
        result = task.result()
        if isinstance(result, ServiceError):
            raise result
        return result

    async def finish(self, seconds: float) -> None:
        """Wait so long for the exchanges that are under way."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)


async def _settled(exchange: Coroutine[None, None, UUID]) -> UUID | ServiceError:
    """The result of an exchange, or its error: a task whose call has ended must not raise."""
    try:
        return await exchange
    except ServiceError as error:
        return error
    except Exception as error:  # its callers get INTERNAL, as from a call
        return log_internal_error("CompleteConnection", error)
