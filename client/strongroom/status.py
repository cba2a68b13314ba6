"""Keeps the status of a call that the server ends while the client still writes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def keep_status(call: Any) -> None:
    """Have a call of grpc.aio that streams requests end with the server's status.

    When the server ends the call while the client still writes, as it does with a request that it refuses, the write fails, and
    grpc.aio then replaces the status by INTERNAL. It has no public way to prevent that.
    """
    call._cython_call = _KeepsStatus(call._cython_call)  # noqa: SLF001 - see above


class _KeepsStatus:
    """The inner part of a call of grpc.aio, without what replaces the status."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    async def send_receive_close(self) -> None:
        """End the writing, which may fail for the same reason."""
        with suppress(Exception):
            await self._call.send_receive_close()

    def set_internal_error(self, _: str) -> None:
        """Do nothing, so that grpc.aio waits for the status."""
