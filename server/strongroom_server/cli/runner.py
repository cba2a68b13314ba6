"""Runs a subcommand: reads settings, handles signals, reports an error in one line. Must not import the database or the keys."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import click

from strongroom_server.core.errors import InternalError, OperatorError, ServiceError
from strongroom_server.core.event_loop import EventLoop
from strongroom_server.core.reasons import render
from strongroom_server.node import log, settings
from strongroom_server.node.descriptors import raise_limit
from strongroom_server.node.protection import protect_memory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from strongroom_server.node.settings import Settings

# Each of them stops a server in the same way.
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Set by a signal. Only commands that serve wait for it: the others end by themselves.
stop_requested: Final = asyncio.Event()


def run_command(command: Callable[[Settings], Coroutine[None, None, None]]) -> None:
    """Run a command on its own event loop. An expected error ends the process with one line and its status."""
    protect_memory()
    raise_limit()
    log.to_stderr()
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        runner.get_loop().set_exception_handler(log.log_unhandled)
        try:
            runner.run(_with_signals(command))
        except (OperatorError, ServiceError, InternalError, OSError) as error:
            fail(_message_of(error), error.exit_status if isinstance(error, OperatorError) else 1)


def fail(message: str, status: int = 1) -> NoReturn:
    """End the process with one line on standard error."""
    click.echo(f"strongroom-server: {message}", err=True)
    sys.exit(status)


async def _with_signals(command: Callable[[Settings], Awaitable[None]]) -> None:
    """Run the command with signals that set `stop_requested`. Further signals, which make and process groups send, do nothing."""
    loop = asyncio.get_running_loop()
    # nohup makes a process ignore SIGHUP, and it must go on ignoring it.
    numbers = [number for number in _SIGNALS if (number, signal.getsignal(number)) != (signal.SIGHUP, signal.SIG_IGN)]
    for number in numbers:
        loop.add_signal_handler(number, stop_requested.set)
    try:
        configured = settings.from_environment(os.environ)
        # Child processes inherit the environment, and none of them needs the key.
        os.environ.pop("STRONGROOM_BOOTSTRAP_API_KEY", None)
        await command(configured)
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


def _message_of(error: Exception) -> str:
    if isinstance(error, ServiceError):
        message: str = render(error).message
        return message
    if isinstance(error, InternalError):
        return f"the database refused a statement ({error})"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
