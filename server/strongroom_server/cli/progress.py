"""Shows the progress of backups and restores on standard error, and lets a signal end them."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from strongroom_server.cli.runner import stop_requested
from strongroom_server.core.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from strongroom_server.node.settings import Settings


class Stopped(OperatorError):
    """A signal ended the command."""


def until_signal(command: Callable[[Settings], Awaitable[None]]) -> Callable[[Settings], Coroutine[Any, Any, None]]:
    """The command, which a signal cancels. Raises Stopped."""

    async def run(settings: Settings) -> None:
        work = asyncio.ensure_future(command(settings))
        stop = asyncio.create_task(stop_requested.wait())
        await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait((work,))
            if work.cancelled():
                raise Stopped("a signal stopped the command before it was complete")
        await work

    return run


@contextmanager
def transfer_bar(length: int, *, by_bytes: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that also shows rows, bytes and the rate. Yields a function that counts further rows and their bytes.

    The length is the number of rows or, with `by_bytes`, of bytes.
    """
    rows = size = 0
    begin = time.monotonic()

    def text(_: object) -> str:
        seconds = max(time.monotonic() - begin, 0.001)
        return f"{rows:,} rows, {size / 1e6:,.0f} MB, {rows / seconds:,.0f} rows/s"

    with click.progressbar(length=length, label="rows", file=sys.stderr, item_show_func=text, width=24) as bar:

        def count(more_rows: int, more_bytes: int) -> None:
            nonlocal rows, size
            rows, size = rows + more_rows, size + more_bytes
            bar.update(more_bytes if by_bytes else more_rows)

        yield count
