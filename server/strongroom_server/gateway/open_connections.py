"""Knows the open HTTP connections of a port, and decides which of them are closed for new ones.

A connection is unproven until a request on it was answered with success by a caller with a key. Anybody can open those, so only
they are closed for others, and each peer has few of them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from prometheus_client import Counter, Gauge

from strongroom_server.access.proxies import TrustedProxies
from strongroom_server.core.networks import network_of

if TYPE_CHECKING:
    from collections.abc import Iterable

# The connections of a port, if the process may have that many descriptors.
MOST: Final = 10_000
# The unproven connections of one peer, which can be many clients behind one address.
MOST_OF_PEER: Final = 256
# Connections beyond all others. They are answered only for the paths of RESERVED, so that a full node can be observed.
RESERVE: Final = 16
RESERVED: Final = frozenset({b"/livez", b"/readyz", b"/metrics"})
# How many connections are looked at to find an idle one. The oldest are the first.
_SEARCHED: Final = 64

_NOBODY: Final = TrustedProxies()
_OPEN: Final = Gauge(
    "strongroom_http_connections", "HTTP connections that are open, by port.", ("port",), multiprocess_mode="livesum"
)
_CLOSED: Final = Counter(
    "strongroom_http_connections_closed",
    "Connections that were closed because there were too many, by limit.",
    ("limit",),
)


class Connection(Protocol):
    """What this module needs of a connection."""

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being handled."""

    def abort(self) -> None:
        """Close it at once."""


class OpenConnections:
    """The open connections of a port."""

    def __init__(
        self, descriptors: int, proxies: TrustedProxies = _NOBODY, *, port: str = "http", reserve: int = RESERVE
    ) -> None:
        """The connections and the reserve have at most so many descriptors. `port` is the label of the metric."""
        self._proxies = proxies
        self._most = max(1, min(MOST, descriptors - reserve))
        self._most_of_peer = max(1, min(MOST_OF_PEER, self._most // 2))
        self._most_reserved = reserve
        self._proven: set[Connection] = set()
        # The peers of the unproven connections, the oldest first.
        self._peers: dict[Connection, str] = {}
        self._of_peer: dict[str, dict[Connection, None]] = {}
        self._reserved: dict[Connection, None] = {}
        self._gauge = _OPEN.labels(port)
        self._shown = 0

    def __len__(self) -> int:
        return len(self._proven) + len(self._peers) + len(self._reserved)

    def is_trusted(self, peer: str) -> bool:
        """Whether the peer is a trusted proxy: its connections carry the requests of many clients."""
        return self._proxies.has_address(peer)

    def add(self, connection: Connection, peer: str, *, proven: bool) -> bool:
        """Add a new connection, and close another one or the new one if there are too many. Returns whether it is reserved."""
        is_reserved = self._add(connection, peer, proven=proven)
        self._show()
        return is_reserved

    def _add(self, connection: Connection, peer: str, *, proven: bool) -> bool:
        who = network_of(peer)
        of_peer = self._of_peer.get(who, {})
        if not proven and len(of_peer) >= self._most_of_peer and not self._close_idle(of_peer, "peer"):
            _CLOSED.labels("peer").inc()
            connection.abort()
            return False
        if len(self._proven) + len(self._peers) >= self._most and not self._close_idle(self._peers, "all"):
            return self._reserve(connection)
        if proven:
            self._proven.add(connection)
        else:
            self._peers[connection] = who
            self._of_peer.setdefault(who, {})[connection] = None
        return False

    def prove(self, connection: Connection) -> None:
        """Count a connection as that of a caller with a key."""
        if connection in self._peers:
            self._forget(connection)
            self._proven.add(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._forget(connection)
        self._show()

    def _show(self) -> None:
        self._gauge.inc(len(self) - self._shown)
        self._shown = len(self)

    def _forget(self, connection: Connection) -> None:
        self._proven.discard(connection)
        self._reserved.pop(connection, None)
        who = self._peers.pop(connection, None)
        if who is not None:
            del self._of_peer[who][connection]
            if not self._of_peer[who]:
                del self._of_peer[who]

    def _reserve(self, connection: Connection) -> bool:
        if len(self._reserved) >= self._most_reserved and not self._close_idle(self._reserved, "all"):
            _CLOSED.labels("all").inc()
            connection.abort()
            return False
        self._reserved[connection] = None
        return True

    def _close_idle(self, connections: Iterable[Connection], limit: str) -> bool:
        """Close the oldest idle one of these connections. Returns whether one was found."""
        found = next((each for each in islice(connections, _SEARCHED) if each.is_idle), None)
        if found is None:
            return False
        _CLOSED.labels(limit).inc()
        self._forget(found)
        found.abort()
        return True
