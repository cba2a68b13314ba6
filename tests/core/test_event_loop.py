"""The event loop reads what wakes gRPC at once, so that gRPC can hand over any number of events in a turn."""

from __future__ import annotations

import asyncio
import fcntl
import termios
from socket import socket
from struct import unpack
from typing import TYPE_CHECKING, Any

import grpc.aio

from strongroom_server.core.event_loop import EventLoop

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import FileDescriptorLike

# More than the kernel takes of single bytes before gRPC's thread must wait: 278.
CALLS = 400


class Watched(EventLoop):
    """Keeps the sockets whose reader is gRPC's."""

    sockets: tuple[socket, ...] = ()

    # Declared as uvloop does, which asyncio's type variables do not allow.
    def add_reader(self, fd: FileDescriptorLike, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]
        if isinstance(fd, socket) and "PollerCompletionQueue" in repr(callback):
            self.sockets = (*self.sockets, fd)
        super().add_reader(fd, callback, *args)


async def unread_after_calls() -> list[int]:
    """How many bytes gRPC wrote that nobody has read when so many calls at once have ended."""
    waiting, answered = 0, asyncio.Event()

    async def echo(request: bytes, _context: Any) -> bytes:
        # All are answered in one turn of the loop.
        nonlocal waiting
        waiting += 1
        if waiting == CALLS:
            answered.set()
        await answered.wait()
        return request

    server = grpc.aio.server()
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {"Echo": grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Test", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call: Any = channel.unary_unary("/test.Test/Echo")
        answers = await asyncio.gather(*(call(b"x") for _ in range(CALLS)))
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Watched)
    unread = [unpack("i", fcntl.ioctl(each, termios.FIONREAD, bytes(4)))[0] for each in loop.sockets]
    await server.stop(0)
    assert len(answers) == CALLS
    return unread


def test_what_wakes_grpc_is_read_as_fast_as_it_is_written() -> None:
    with asyncio.Runner(loop_factory=Watched) as runner:
        unread = runner.run(unread_after_calls())
    assert unread
    assert max(unread) < 20
