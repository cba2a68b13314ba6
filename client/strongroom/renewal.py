"""A channel whose certificates are read again when their files change, without failing a call.

gRPC's Python API has no such credentials for clients. So the channel is replaced: new calls go to the new one, and the old one is
closed when its calls have ended.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakSet

from grpc import aio

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import grpc

    from strongroom.certificates import Certificates

# How often a call looks whether the files have changed. Three calls of stat take 5 µs.
CHECK_SECONDS: Final = 1.0
# gRPC cancels the calls of a channel that is closed, at the latest after a given time. Here they end by themselves.
_FOREVER_SECONDS: Final = 1e9


class RenewedChannel(aio.Channel):
    """The channel for the present certificate files. While the files have a mistake, the last good ones are used."""

    def __init__(
        self,
        certificates: Certificates,
        open_channel: Callable[[grpc.ChannelCredentials], aio.Channel],
        warn: Callable[[str], None],
    ) -> None:
        """Open a channel. `warn` is called once for each change of the files that cannot be used. Raises ValueError."""
        self._certificates = certificates
        self._open = open_channel
        self._warn = warn
        self._state: object = certificates.state()
        self._present = open_channel(certificates.read())
        self._check_time = time.monotonic() + CHECK_SECONDS
        self._closing: set[asyncio.Task[None]] = set()
        self._calls: WeakSet[aio.Call] = WeakSet()
        self._refused = ""

    def present(self) -> aio.Channel:
        """The channel for the next call."""
        if time.monotonic() >= self._check_time:
            self._check_time = time.monotonic() + CHECK_SECONDS
            try:
                self._renew_if_changed()
            except ValueError as error:
                if (refused := str(error)) != self._refused:
                    self._refused = refused
                    self._warn(refused)
        return self._present

    def _renew_if_changed(self) -> None:
        state = self._certificates.state()
        if state != self._state:
            credentials = self._certificates.read()
            old, self._present, self._state = self._present, self._open(credentials), state
            closing = asyncio.get_running_loop().create_task(old.close(_FOREVER_SECONDS))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._refused = ""

    async def close(self, grace: float | None = None) -> None:
        self._check_time = math.inf
        await self._present.close(grace)
        for call in tuple(self._calls):
            call.cancel()
        await asyncio.gather(*self._closing)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def unary_unary(self, *arguments: Any, **options: Any) -> Any:
        return _Method(self.present, self._calls, lambda channel: channel.unary_unary(*arguments, **options))

    def unary_stream(self, *arguments: Any, **options: Any) -> Any:
        return _Method(self.present, self._calls, lambda channel: channel.unary_stream(*arguments, **options))

    def stream_unary(self, *arguments: Any, **options: Any) -> Any:
        return _Method(self.present, self._calls, lambda channel: channel.stream_unary(*arguments, **options))

    def stream_stream(self, *arguments: Any, **options: Any) -> Any:
        return _Method(self.present, self._calls, lambda channel: channel.stream_stream(*arguments, **options))

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._present.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._present.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._present.channel_ready()


class _Method:
    """Calls a method over the present channel."""

    def __init__(
        self,
        present: Callable[[], aio.Channel],
        calls: WeakSet[aio.Call],
        method_of: Callable[[aio.Channel], Callable[..., aio.Call]],
    ) -> None:
        self._present = present
        self._calls = calls
        self._method_of = method_of
        self._channel: aio.Channel | None = None
        self._method: Callable[..., aio.Call]

    def __call__(self, *arguments: Any, **options: Any) -> aio.Call:
        channel = self._present()
        if channel is not self._channel:
            self._channel, self._method = channel, self._method_of(channel)
        call = self._method(*arguments, **options)
        self._calls.add(call)
        return call
