"""Closes the connections of clients that read no responses, when the memory for responses is short.

HTTP/2 lets a client hold back the responses of up to 512 calls of a connection, while it goes on sending and answering pings.
grpc.aio can neither end a call whose response is on its way nor close a connection. So the socket of the connection is shut down,
as if the client had closed it.
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import stat
import time
from collections import Counter as Sums
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

import structlog
from prometheus_client import Counter

from strongroom_server.core import memory

if TYPE_CHECKING:
    from collections.abc import Collection

    import grpc.aio

# The bytes of a response, and gRPC's copy of them.
_COPIES: Final = 2
# What a call that has not ended takes besides.
_CALL_BYTES: Final = 8 * 1024
# Of responses of at most this size one of so many is counted, for all of them: to count one takes some microseconds.
_SMALL: Final = 1024
_SAMPLE: Final = 16
# How long a client that reads may take for a response while memory is short.
UNREAD_SECONDS: Final = 1.0

_CLOSED: Final = Counter(
    "strongroom_grpc_connections_closed", "gRPC connections that were closed because their clients read no responses."
)
_log = structlog.get_logger()


class _Response(NamedTuple):
    peer: str
    size: int
    since: float


class Unread:
    """The responses of a server that gRPC has not sent yet."""

    def __init__(self) -> None:
        # The oldest first.
        self._responses: dict[asyncio.Task[object], _Response] = {}
        self._bytes = 0
        self._small = 0

    def add(self, context: grpc.aio.ServicerContext[Any, Any], size: int) -> None:
        """Count a response until the task of its call ends, which is when the client has let gRPC send all of it."""
        size = size * _COPIES + _CALL_BYTES
        if size <= _SMALL * _COPIES + _CALL_BYTES:
            self._small += 1
            if self._small % _SAMPLE:
                return
            size *= _SAMPLE
        task = asyncio.current_task()
        assert task is not None
        self._responses[task] = _Response(context.peer(), size, time.monotonic())
        self._bytes += size
        memory.RESPONSES.take(size)
        # gRPC's own way to be told would make a cycle, which only a garbage collection finds.
        task.add_done_callback(self._remove)

    def _remove(self, task: asyncio.Task[object]) -> None:
        size = self._responses.pop(task).size
        self._bytes -= size
        memory.RESPONSES.give_back(size)

    async def bound(self, ports: Collection[int]) -> None:
        """If memory is short, close the connections to these ports with the most unread bytes, until they have half of it."""
        excess = self._bytes - memory.RESPONSES.total // 2
        if excess <= 0 or not memory.RESPONSES.is_short:
            return
        worst = {_endpoint_of(peer): (peer, size) for peer, size in self._worst(excess).items()}
        for endpoint in await asyncio.to_thread(_close, frozenset(worst), frozenset(ports)):
            peer, size = worst[endpoint]
            _CLOSED.inc()
            _log.warning("connection closed: its client reads no responses", peer=peer, bytes=size)

    def _worst(self, excess: int) -> dict[str, int]:
        """The unread bytes of the peers that have the most, together at least this many if there are."""
        latest, sums = time.monotonic() - UNREAD_SECONDS, Sums[str]()
        slow = {each.peer for each in self._responses.values() if each.since < latest}
        for each in self._responses.values():
            if each.peer in slow:
                sums[each.peer] += each.size
        worst = {}
        for peer, size in sums.most_common():
            if excess <= 0:
                break
            worst[peer] = size
            excess -= size
        return worst


_Endpoint = tuple[str, int]


@functools.lru_cache(maxsize=1024)
def _endpoint_of(peer: str) -> _Endpoint:
    """The address and port of a peer, from gRPC's form such as ipv4:10.0.0.1:4711. One without a port is no connection's."""
    host, _, port = unquote(peer).partition(":")[2].rpartition(":")
    return _address(host.strip("[]")), int(port) if port.isdecimal() else 0


def _address(host: str) -> str:
    """An address in one form: without the interface of a link-local one, and an IPv4 address without its IPv6 prefix."""
    host = host.partition("%")[0]
    with suppress(ValueError):
        address = ip_address(host)
        return str(getattr(address, "ipv4_mapped", None) or address)
    return host


def _close(peers: frozenset[_Endpoint], ports: frozenset[int]) -> list[_Endpoint]:
    """Shut down the connections of this process from these peers to these ports. Returns those that it shut down."""
    closed, descriptors = list[_Endpoint](), list[Path]()
    # Without a free descriptor the next look finds them.
    with suppress(OSError):
        descriptors.extend(Path("/dev/fd").iterdir())
    for path in descriptors:
        # One that has no peer, or is closed by now.
        with suppress(OSError):
            # A copy, because gRPC may close its own meanwhile and another file may get its number.
            copy = os.dup(int(path.name))
            try:
                if stat.S_ISSOCK(os.fstat(copy).st_mode) and (endpoint := _shut_down(copy, peers, ports)):
                    closed.append(endpoint)
            finally:
                os.close(copy)
    return closed


def _shut_down(descriptor: int, peers: frozenset[_Endpoint], ports: frozenset[int]) -> _Endpoint | None:
    connection = socket.socket(fileno=descriptor)
    try:
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.getsockname()[1] not in ports:
            return None
        host, port, *_ = connection.getpeername()
        endpoint = _address(host), port
        if endpoint not in peers:
            return None
        connection.shutdown(socket.SHUT_RDWR)
        return endpoint
    finally:
        connection.detach()
