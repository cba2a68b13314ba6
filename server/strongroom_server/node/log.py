"""Writes the log: one JSON object per line, on standard error. No line contains the text of an unknown exception or value."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import structlog

from strongroom_server.core.errors import log_fields

if TYPE_CHECKING:
    from structlog.typing import EventDict

# A value that JSON cannot express is logged as its type: its text could contain a secret.
_ENCODER = msgspec.json.Encoder(enc_hook=lambda value: type(value).__name__)


def to_stderr() -> None:
    """Write what this service logs, from the level info up, and nothing that libraries log."""
    lines = Lines(sys.stderr.buffer)
    atexit.register(lines.write)
    structlog.configure(
        processors=[_complete],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard library, and their texts could contain secrets.
    logging.disable(logging.CRITICAL)


def log_unhandled(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an exception that a task or callback did not handle, by type and place. An event loop takes this as its handler.

    asyncio would log it through the standard library, with texts that could contain secrets.
    """
    task, error = context.get("task", context.get("future")), context.get("exception")
    name = getattr(task.get_coro(), "__qualname__", "") if isinstance(task, asyncio.Task) else ""
    structlog.get_logger().error("unhandled exception", task=name, **(log_fields(error) if error else {}))


class Lines:
    """Collects the lines of one turn of the event loop and writes them together.

    Requests that share a statement end in the same turn, and one write takes as long as encoding a few lines.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: list[EventDict] = []

    def msg(self, event: EventDict) -> None:
        """Write an event at the end of this turn, or at once outside of an event loop."""
        self._waiting.append(event)
        if len(self._waiting) > 1:
            return
        try:
            asyncio.get_running_loop().call_soon(self.write)
        except RuntimeError:
            self.write()

    # structlog calls the method of the level.
    info = warning = error = msg

    def write(self) -> None:
        """Write the collected lines."""
        events, self._waiting = self._waiting, []
        if events:
            self._file.write(_ENCODER.encode_lines(events))
            self._file.flush()


def _complete(_: object, level: str, event: EventDict) -> tuple[tuple[EventDict], dict[str, object]]:
    """Add the level and the time. Returns the arguments of `Lines.msg`."""
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    return (event,), {}
