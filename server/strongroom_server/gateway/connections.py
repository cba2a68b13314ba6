"""Owns what a connection may cost before its request is whole: the size and the time of its head, and what comes after its body.

uvicorn sets no bound to either, and takes the trailers of a body (RFC 9110, section 6.5) for headers. Knows no application.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_BYTES: Final = 64 * 1024
HEAD_SECONDS: Final = 10.0
# Of a whole request as it comes: a body of 1 MiB in the smallest chunks is some six times as long.
MESSAGE_BYTES: Final = 8 * 1024 * 1024


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol with bounds, which ends a connection that goes beyond them."""

    _in_head = True
    _received = 0
    _arrived = 0
    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """A connection that sends nothing is not waited for either."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counted as it comes: the parser keeps what is not complete."""
        self._received += len(data)
        # What arrives with the end of a body before it is not the head's.
        self._arrived = len(data) if self._in_head else 0
        super().data_received(data)
        # Most heads come whole: a clock is set for those alone that do not.
        if self._in_head and self._received and self._overdue is None:
            self._wait_for_head()
        if self._received > (HEAD_BYTES if self._in_head else MESSAGE_BYTES):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        # Behind the end of a body its beginning is not counted, but it is there.
        self._in_head, self._received = True, max(self._arrived, 1)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers say nothing here: what a proxy in front has checked are the headers."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next thing to come is a head."""
        super().on_message_complete()
        self._in_head, self._received = True, 0

    def _wait_for_head(self) -> None:
        self._overdue = self.loop.call_later(HEAD_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self._in_head:
            line = f"HTTP/1.1 {status:d} {status.phrase}\r\ncontent-length: 0\r\ncache-control: no-store\r\n"
            self.transport.write(f"{line}connection: close\r\n\r\n".encode())
        self.transport.close()
