"""Finds the primary among the hosts of a database URL, and closes the connections to a server that is no longer the primary.

Must not know any table. It does not use the driver's own search, because the driver has one timeout for all hosts: a host that
accepts connections and never answers would use up the time for the others.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from weakref import WeakKeyDictionary

import asyncpg
import structlog

from strongroom_server.store.tls_errors import tls_problem_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Connection, Record

# After this time without an answer the next host is tried too.
HOST_SECONDS: Final = 1.0
CONNECT_SECONDS: Final = 10.0
# The kernel closes a connection after this time without an acknowledgement: the host is down.
_USER_TIMEOUT_MILLISECONDS: Final = 5_000

# The host is down or not the primary, so another host may be. Any other error, such as a wrong password, is final.
AWAY: Final = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TargetServerAttributeNotMatched,
)

# How long a starting node waits for its database.
_START_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 0.25

_log = structlog.get_logger()


class Primary:
    """Opens a node's connections, all of them to the primary."""

    def __init__(self, url: str) -> None:
        # The last known primary comes first.
        self._urls = _by_host(url)
        self._current: str | None = None
        self._connections: WeakKeyDictionary[Connection[Record], str] = WeakKeyDictionary()

    async def connect(self, **options: Any) -> Connection[Record]:
        """Connect to the primary, with the options of asyncpg.connect.

        After HOST_SECONDS the next host is tried in parallel, and the attempt goes on. Raises the driver's error of the last
        host, or TimeoutError after CONNECT_SECONDS.
        """
        attempts: dict[asyncio.Task[Connection[Record]], str] = {}
        failure: BaseException = TimeoutError()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while True:
                    for url in tuple(self._urls):
                        if url not in attempts.values():
                            attempts[asyncio.create_task(_attempt(url, options))] = url
                        done, _ = await asyncio.wait(
                            attempts, timeout=HOST_SECONDS, return_when=asyncio.FIRST_COMPLETED
                        )
                        for task in done:
                            tried = attempts.pop(task)
                            error = task.exception()
                            if error is None:
                                return self._found(tried, task.result())
                            if not isinstance(error, AWAY):
                                raise error
                            failure = error
                    if not attempts:
                        raise failure
        finally:
            await _abandon(tuple(attempts))

    def leave(self) -> None:
        """Close every connection immediately: the server has become read-only, or the node stops."""
        for connection in tuple(self._connections):
            _terminate(connection)

    def _found(self, url: str, connection: Connection[Record]) -> Connection[Record]:
        """Remember the primary, and close connections to the previous one: they would read old rows or hang."""
        if url != self._current:
            self.leave()
            self._current = url
            self._urls = [url, *(each for each in self._urls if each != url)]
        self._connections[connection] = url
        return connection


async def wait_until_reachable(url: str) -> None:
    """Return once the database accepts connections, after _START_SECONDS, or immediately if waiting would not help."""
    loop = asyncio.get_running_loop()
    deadline, has_logged = loop.time() + _START_SECONDS, False
    while loop.time() < deadline:
        try:
            connection = await Primary(url).connect()
        except AWAY as error:
            # A certificate that is refused will be refused later too. The next attempt reports it.
            if tls_problem_of(url, error):
                return
            if not has_logged:
                _log.warning("waiting for the database", seconds=_START_SECONDS, error=type(error).__name__)
                has_logged = True
            await asyncio.sleep(_RETRY_SECONDS)
        except Exception:  # a final error, such as a wrong password, which the next attempt reports
            return
        else:
            connection.terminate()
            return


async def _attempt(url: str, options: dict[str, Any]) -> Connection[Record]:
    connection: Connection[Record] = await asyncpg.connect(
        url,
        timeout=CONNECT_SECONDS,
        target_session_attrs=asyncpg.connect_utils.SessionAttribute.read_write,
        **options,
    )
    # The driver does not expose its socket. It is None if the server has closed the connection already.
    found = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined] # noqa: SLF001
    try:
        if found is None:
            raise ConnectionResetError
        if found.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MILLISECONDS)
    except OSError:
        connection.terminate()
        raise
    return connection


async def _abandon(attempts: Sequence[asyncio.Task[Connection[Record]]]) -> None:
    for task in attempts:
        task.cancel()
    for result in await asyncio.gather(*attempts, return_exceptions=True):
        if not isinstance(result, BaseException):
            _terminate(result)


def _terminate(connection: Connection[Record]) -> None:
    if not connection.is_closed():
        connection.terminate()


def _by_host(url: str) -> list[str]:
    """A URL for each host of a URL, in their order. As in libpq, hosts are in the authority or in the query."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," in hosts:
        return [urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(",")]
    query = dict(parse_qsl(parts.query))
    named, ports = query.get("host", "").split(","), query.get("port", "").split(",")
    if hosts or len(named) < 2:
        return [url]
    if len(ports) != len(named):
        ports = [ports[0]] * len(named)
    return [
        urlunsplit(parts._replace(query=urlencode({**query, "host": host, **({"port": port} if port else {})})))
        for host, port in zip(named, ports, strict=True)
    ]
