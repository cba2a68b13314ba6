"""The event loop of the server: uvloop's, which reads what gRPC writes to wake it as fast as gRPC writes it."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvloop

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import FileDescriptorLike

# More than the kernel holds of them: each byte takes 768 bytes of its buffer of 208 KiB.
_LARGEST_READ: Final = 4_096


class EventLoop(uvloop.Loop):
    """uvloop's event loop.

    A thread of grpc.aio writes one byte to a socket for each event, and its reader reads one byte for all events so far. Under load
    unread bytes fill the socket, 278 of them, and the thread waits to write. Then the loop gets one event in each turn, which is
    fewer than happen: calls wait for hundreds of turns before they are handed over.
    """

    # Declared as uvloop does, which asyncio's type variables do not allow.
    def add_reader(self, fd: FileDescriptorLike, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]
        """Call back whenever there is something to read. What wakes gRPC's callback is read here, before it."""
        if not isinstance(fd, int) and _is_grpc(callback):
            super().add_reader(fd, _read_and_call, fd.fileno(), callback)
        else:
            super().add_reader(fd, callback, *args)


def _is_grpc(callback: Callable[..., Any]) -> bool:
    handler = callback.func if isinstance(callback, partial) else None
    return getattr(handler, "__qualname__", "") == "PollerCompletionQueue._handle_events"


def _read_and_call(number: int, callback: Callable[..., Any]) -> None:
    # gRPC puts an event into its queue before it writes, so the callback finds all whose bytes are read here.
    with suppress(BlockingIOError):
        os.read(number, _LARGEST_READ)
    callback()
