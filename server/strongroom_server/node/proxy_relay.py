"""Accepts the connections of proxies that speak the PROXY protocol, and passes their bytes on to a server of this process.

gRPC cannot read the protocol's header, so a relay on the public port reads it and connects to the server on the loopback address.
TLS passes through unchanged: it ends in the server, so a client certificate is the client's own.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog

from strongroom_server.core.networks import address_of
from strongroom_server.node.proxy_header import HeaderError, header_of

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from strongroom_server.access.proxies import TrustedProxies

# Where the servers behind a relay listen.
LOOPBACK: Final = "127.0.0.1"
# How long a proxy may take to send the header.
HEADER_SECONDS: Final = 5.0
# What the peer of a connection that no proxy announced is called. It is no address, so it is in no network.
UNANNOUNCED: Final = "unannounced"
# A side that reads more slowly than the other writes makes the other wait beyond this many bytes.
_BUFFER_BYTES: Final = 256 * 1024
# The descriptors of a client: its own connection, and both ends of the one to the server.
_DESCRIPTORS: Final = 3

_log = structlog.get_logger()


class Relay:
    """Passes connections to servers of this process, and knows the client of each."""

    def __init__(self, proxies: TrustedProxies, descriptors: int) -> None:
        """Pass on connections until they have so many descriptors. A quarter of them may wait for a header."""
        self.proxies = proxies
        self._most = max(descriptors // _DESCRIPTORS, 1)
        self._most_waiting = max(self._most // 4, 1)
        self.open = self.waiting = 0
        # The clients by the ports of the loopback address from which the relay connects to the servers.
        self._clients: dict[int, str] = {}

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def client_of(self, port: int) -> str:
        """The address of the client whose bytes come from this port of the loopback address."""
        return self._clients.get(port, UNANNOUNCED)

    def announce(self, port: int, address: str) -> None:
        """Remember a client while its connection lasts."""
        self._clients[port] = address

    def forget(self, port: int) -> None:
        """Forget a client whose connection has ended."""
        self._clients.pop(port, None)

    def full(self) -> str | None:
        """Why no further connection is accepted, or None."""
        if self.open >= self._most:
            return f"there are {self._most} connections already"
        if self.waiting >= self._most_waiting:
            return f"{self._most_waiting} connections wait for their PROXY protocol header already"
        return None

    @asynccontextmanager
    async def serve(self, listening: socket.socket, server_port: int) -> AsyncIterator[None]:
        """Accept connections for the server on this port of the loopback address, until the context ends.

        Connections that were accepted go on.
        """
        server = await asyncio.get_running_loop().create_server(lambda: _Inbound(self, server_port), sock=listening)
        try:
            yield
        finally:
            server.close()


class _Side(asyncio.Protocol):
    """One side of a connection: what it receives, the other side sends."""

    transport: asyncio.Transport
    other: _Side | None = None
    has_ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # streams have such a transport
        self.transport = transport
        transport.set_write_buffer_limits(high=_BUFFER_BYTES)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        # A side that has sent everything still receives. Both connections close when both sides have.
        self.has_ended = True
        if self.other is None or self.other.has_ended:
            return False
        self.other.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None:
            # What the other side has not sent yet is still sent, unless this side broke.
            if exc is None:
                self.other.transport.close()
            else:
                self.other.transport.abort()


class _Inbound(_Side):
    """The side of the proxy."""

    def __init__(self, relay: Relay, server_port: int) -> None:
        self._relay = relay
        self._server_port = server_port
        self._proxy = ""
        self._received = b""
        self._port = 0
        self._connecting: asyncio.Task[None] | None = None
        self._overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        super().connection_made(transport)
        self._proxy = transport.get_extra_info("peername")[0]
        full = self._relay.full()
        self._relay.open += 1
        if not self._relay.proxies.has_address(self._proxy):
            self._refuse("the address is not among STRONGROOM_TRUSTED_PROXIES")
        elif full is not None:
            self._refuse(full)
        else:
            self._relay.waiting += 1
            self._overdue = asyncio.get_running_loop().call_later(
                HEADER_SECONDS, self._refuse, f"no PROXY protocol header came within {HEADER_SECONDS:g} seconds"
            )

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
            return
        self._received += data
        if self._connecting is not None or self.transport.is_closing():
            return
        try:
            header = header_of(self._received)
        except HeaderError as error:
            self._refuse(str(error))
            return
        if header is not None:
            self._stop_waiting()
            self._received = self._received[header.length :]
            self.transport.pause_reading()
            self._connecting = asyncio.create_task(self._connect(header.address or self._proxy))

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._relay.open -= 1
        self._relay.forget(self._port)
        super().connection_lost(exc)

    async def _connect(self, client: str) -> None:
        """Connect to the server, and pass on what came after the header."""
        loop = asyncio.get_running_loop()
        try:
            # A socket that is bound before it connects shares its port with no other one, whatever server each connects to.
            _, outbound = await loop.create_connection(_Side, LOOPBACK, self._server_port, local_addr=(LOOPBACK, 0))
        except OSError as error:
            _log.error("proxy relay failed", error=type(error).__name__)
            self.transport.abort()
            return
        if self.transport.is_closing():
            outbound.transport.abort()
            return
        self._port = outbound.transport.get_extra_info("sockname")[1]
        self._relay.announce(self._port, str(address_of(client)))
        self.other, outbound.other = outbound, self
        outbound.transport.write(self._received)
        self._received = b""
        self.transport.resume_reading()

    def _refuse(self, rule: str) -> None:
        _log.warning("proxy connection refused", peer=self._proxy, rule=rule)
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
            self._relay.waiting -= 1
