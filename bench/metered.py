"""The server with a meter of its event loop, for `bench.stalls`: `metered.py <arguments of strongroom-server>`.

`GET /stall` answers the longest stall since the last one: in milliseconds of time, and of CPU of the loop's thread.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from strongroom_server.__main__ import main
from strongroom_server.node.grpc_environment import set_grpc_environment

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_TICK_SECONDS = 0.001


class Metered:
    """An application with the meter."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._longest = (0.0, 0.0)
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("path") != "/stall":
            await self._app(scope, receive, send)
            return
        if self._task is None:
            self._task = asyncio.create_task(self._measure())
        await asyncio.sleep(2 * _TICK_SECONDS)
        longest, self._longest = self._longest, (0.0, 0.0)
        body = f"{longest[0]:.2f} {longest[1]:.2f}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    async def _measure(self) -> None:
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_TICK_SECONDS)
            stall = (time.perf_counter() - began - _TICK_SECONDS) * 1000, (time.thread_time() - cpu) * 1000
            self._longest = (max(self._longest[0], stall[0]), max(self._longest[1], stall[1]))


if __name__ == "__main__":
    set_grpc_environment()
    # It imports grpc, which reads its environment then.
    from strongroom_server.cli import run

    application: Any = vars(run)["application"]

    def metered(*arguments: Any, **named: Any) -> ASGIApp:
        return Metered(application(*arguments, **named))

    setattr(run, "application", metered)  # noqa: B010 - replaced on purpose
    main()
