"""Owns how log lines are written: one JSON object each, on standard error. Knows nothing of what they tell."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

import msgspec
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict

# What is no JSON is told by its type: its text could hold a value.
_ENCODER = msgspec.json.Encoder(enc_hook=lambda value: type(value).__name__)


def to_stderr() -> None:
    """Write what the service logs, from `info` up, and nothing that libraries log."""
    lines = Lines(sys.stderr.buffer)
    atexit.register(lines.write)
    structlog.configure(
        processors=[_completed],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard library; their texts could hold values, so only ours are let out.
    logging.disable(logging.CRITICAL)


class Lines:
    """Makes and writes together the lines of one turn of the event loop: calls that share a statement end in one, and a write costs
    as much as the making of a few lines.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: list[EventDict] = []

    def msg(self, event: EventDict) -> None:
        """Have an event written, at the latest when the program ends."""
        self._waiting.append(event)
        if len(self._waiting) > 1:
            return
        try:
            asyncio.get_running_loop().call_soon(self.write)
        except RuntimeError:
            self.write()

    # As structlog calls it, by the level.
    info = warning = error = msg

    def write(self) -> None:
        """Write what waits."""
        events, self._waiting = self._waiting, []
        if events:
            self._file.write(_ENCODER.encode_lines(events))
            self._file.flush()


def _completed(_: object, level: str, event: EventDict) -> tuple[tuple[EventDict], dict[str, object]]:
    """The arguments of `Lines.msg`."""
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    return (event,), {}
