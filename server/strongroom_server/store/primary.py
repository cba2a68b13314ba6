"""Owns finding the server that takes writes among the hosts of a database URL, and leaving the one that no longer does.

Knows no table. The driver's own timeout spans all hosts of a URL, so a host that accepts connections and never answers would use up
the time of the others.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from weakref import WeakKeyDictionary

import asyncpg
import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Connection, Record

# How long one host may take before the next one is tried too.
HOST_SECONDS: Final = 1.0
CONNECT_SECONDS: Final = 10.0
# A connection whose peer acknowledges nothing for this long is closed by the kernel: its host is gone.
_USER_TIMEOUT_MILLISECONDS: Final = 5_000

# What says that a host is away or not the primary, so that another may be. Anything else, such as a wrong password, is an answer.
AWAY: Final = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TargetServerAttributeNotMatched,
)

# How long a node that starts waits for its database.
_START_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 0.25

_log = structlog.get_logger()


class Primary:
    """Opens the connections of a node, all of them to the one server that takes writes."""

    def __init__(self, url: str) -> None:
        # The host that was the primary last comes first.
        self._urls = _by_host(url)
        self._current: str | None = None
        self._connections: WeakKeyDictionary[Connection[Record], str] = WeakKeyDictionary()

    async def connect(self, **options: Any) -> Connection[Record]:
        """A connection to the server that takes writes, by the options of asyncpg.connect.

        A host that does not answer within HOST_SECONDS is still waited for, while the others are tried again and again. Raises the
        driver's error of the last host, or TimeoutError after CONNECT_SECONDS.
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
        """Close every connection at once: the server takes no writes any more, or the node stops."""
        for connection in tuple(self._connections):
            _terminate(connection)

    def _found(self, url: str, connection: Connection[Record]) -> Connection[Record]:
        """Note where the primary is. Connections to where it was would serve old rows or hang."""
        if url != self._current:
            self.leave()
            self._current = url
            self._urls = [url, *(each for each in self._urls if each != url)]
        self._connections[connection] = url
        return connection


async def wait_until_reachable(url: str) -> None:
    """Return once the database takes connections, or after _START_SECONDS, or at once where waiting would not help."""
    loop = asyncio.get_running_loop()
    deadline, has_told = loop.time() + _START_SECONDS, False
    while loop.time() < deadline:
        try:
            connection = await Primary(url).connect()
        except AWAY as error:
            # What a certificate lacks, it will lack later too.
            if isinstance(error, ssl.SSLError):
                return
            if not has_told:
                _log.warning("waiting for the database", seconds=_START_SECONDS, error=type(error).__name__)
                has_told = True
            await asyncio.sleep(_RETRY_SECONDS)
        except Exception:  # an answer, such as a wrong password, which the next attempt tells in words
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
    # The driver has no way to reach its socket, which is gone again if the server closed the connection at once.
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
    """The URL of each host of a URL, in their order: hosts stand before the path, or in the query as libpq reads it."""
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
