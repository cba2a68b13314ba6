"""Receives one callback of a provider on this machine (RFC 8252 §7.3). Knows nothing of the service."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATH: Final = "/callback"
_LONGEST_HEAD: Final = 32 * 1024
_SECONDS: Final = 10.0
_PAGE: Final = (
    b"<!doctype html><html lang=en><title>Strongroom</title>"
    b"<p>You can close this window and go back to the command line.</p>"
)


class Listener:
    """Answers requests to 127.0.0.1. `redirect_uri` says where."""

    def __init__(self) -> None:
        self.redirect_uri = ""
        self._expected_state = ""
        self._query: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def expect(self, url: str) -> None:
        """Accept the callback of this consent URL."""
        self._expected_state = _state_of(urlsplit(url).query)

    async def query(self) -> str:
        """The query of the callback, without `?`, once it has come."""
        return await self._query

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request. Any page can send one here, so only a callback with the expected state counts."""
        try:
            async with asyncio.timeout(_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
                target = urlsplit(rest.rpartition(" ")[0])
                counts = method == "GET" and target.path == PATH and self._expected_state != ""
                if counts and _state_of(target.query) == self._expected_state:
                    writer.write(_response("200 OK", _PAGE))
                    if not self._query.done():
                        self._query.set_result(target.query)
                else:
                    writer.write(_response("404 Not Found", b""))
                await writer.drain()
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """A listener, until the context ends."""
    listener = Listener()
    server = await asyncio.start_server(listener.answer, "127.0.0.1", 0, limit=_LONGEST_HEAD)
    async with server:
        listener.redirect_uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PATH}"
        yield listener


def _state_of(query: str) -> str:
    values = parse_qs(query).get("state", [])
    return values[0] if len(values) == 1 else ""


def _response(status: str, page: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(page)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + page
