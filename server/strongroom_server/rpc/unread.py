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
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

import structlog
from prometheus_client import Counter

from strongroom_server.core import memory

if TYPE_CHECKING:
    from collections.abc import Collection
    from ipaddress import IPv4Address

# Smaller responses are not counted: a call that has not ended takes more memory than they do.
SMALL: Final = 1024
# The bytes of a response, and gRPC's copy of them.
_COPIES: Final = 2
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

    def add(self, peer: str, size: int) -> None:
        """Count a response until the task of its call ends, which is when the client has let gRPC send all of it."""
        task = asyncio.current_task()
        assert task is not None
        self._responses[task] = _Response(peer, size * _COPIES, time.monotonic())
        memory.RESPONSES.take(size * _COPIES)
        # gRPC's own way to be told would make a cycle, which only a garbage collection finds.
        task.add_done_callback(self._remove)

    def _remove(self, task: asyncio.Task[object]) -> None:
        memory.RESPONSES.give_back(self._responses.pop(task).size)

    async def bound(self, ports: Collection[int]) -> None:
        """If memory is short, close the connections to these ports with the most unread bytes, until half of it is free."""
        if memory.RESPONSES.is_short and (worst := self._worst(memory.RESPONSES.taken - memory.RESPONSES.total // 2)):
            closed = await asyncio.to_thread(_close, frozenset(map(_endpoint_of, worst)), frozenset(ports))
            _CLOSED.inc(closed)
            for peer, size in worst.items():
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


_Endpoint = tuple["IPv4Address | IPv6Address", int]


@functools.lru_cache(maxsize=1024)
def _endpoint_of(peer: str) -> _Endpoint:
    """The address and port of a peer, from gRPC's form such as ipv4:10.0.0.1:4711."""
    host, _, port = unquote(peer).partition(":")[2].rpartition(":")
    return ip_address(host.strip("[]")), int(port)


def _close(peers: frozenset[_Endpoint], ports: frozenset[int]) -> int:
    """Shut down the connections of this process from these peers to these ports. Returns how many there were."""
    closed, descriptors = 0, list[Path]()
    # Without a free descriptor the next look finds them.
    with suppress(OSError):
        descriptors.extend(Path("/dev/fd").iterdir())
    for path in descriptors:
        # One that has no peer, or is closed by now.
        with suppress(OSError):
            # A copy, because gRPC may close its own meanwhile and another file may get its number.
            copy = os.dup(int(path.name))
            try:
                closed += stat.S_ISSOCK(os.fstat(copy).st_mode) and _shut_down(copy, peers, ports)
            finally:
                os.close(copy)
    return closed


def _shut_down(descriptor: int, peers: frozenset[_Endpoint], ports: frozenset[int]) -> bool:
    connection = socket.socket(fileno=descriptor)
    try:
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.getsockname()[1] not in ports:
            return False
        host, port, *_ = connection.getpeername()
        address = ip_address(host)
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if (address, port) not in peers:
            return False
        connection.shutdown(socket.SHUT_RDWR)
        return True
    finally:
        connection.detach()
