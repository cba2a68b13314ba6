"""Limits HTTP connections: the size and time of a request's head, its total size, the time of an unread body, idle time and age.

uvicorn has no such limits, parses every request that waits for the response to an earlier one, and treats trailers (RFC 9110,
section 6.5) as headers.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from ssl import DER_cert_to_PEM_cert
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from strongroom_server.gateway.open_connections import RESERVED, OpenConnections

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, MutableMapping

    from starlette.types import Receive, Scope, Send

HEAD_BYTES: Final = 64 * 1024
HEAD_SECONDS: Final = 10.0
# A whole request on the wire. A body of 1 MiB in chunks of one byte takes six times its size.
MESSAGE_BYTES: Final = 8 * 1024 * 1024
# How long the rest of a body may take after the response.
REST_SECONDS: Final = 10.0
# How long a client may take for what it has not read: 64 KiB in this process, and what the kernel has. It is more than a stream of
# the proxy may be idle. A connection is not closed before all is sent, so clients that read nothing would keep theirs.
UNREAD_SECONDS: Final = 75.0
# How long a connection may wait for its next request: before a caller with a key had success on it, and after. Proxies in front
# keep their connections for up to a minute.
IDLE_SECONDS: Final = 5.0
PROVEN_IDLE_SECONDS: Final = 75.0
# The age after which the next response closes the connection. It cuts no response, whatever time that takes.
AGE_SECONDS: Final = 60.0
PROVEN_AGE_SECONDS: Final = 3600.0
# How long the head of a request may take on a connection beyond the limit, which only probes use.
RESERVED_SECONDS: Final = 2.0
# How long an idle client may take to close its side of the connection when the node stops.
CLOSING_SECONDS: Final = 1.0
# The parser gets at most this many bytes at once. All of them count for a head that begins among them.
_PART_BYTES: Final = 16 * 1024

# The member of a request's scope with the target as the request line has it.
TARGET: Final = "strongroom.target"
# The member with a function that says whether the connection is closed, also while nobody receives the request.
IS_CLOSED: Final = "strongroom.is_closed"
# The member with the function that note_success calls.
_PROVE: Final = "strongroom.prove"

# The headers of every response. uvicorn does not add them to its own error responses.
HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def note_success(scope: MutableMapping[str, Any]) -> None:
    """Note that a caller with a key had success, which keeps its connection open for longer."""
    if (prove := scope.get(_PROVE)) is not None:
        prove()


class _Flow(FlowControl):
    """Reads nothing while requests wait, whoever asks for more."""

    is_held = False

    def resume_reading(self) -> None:
        if not self.is_held:
            super().resume_reading()


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol with limits. It closes a connection that exceeds them."""

    _in_head = True
    _received = 0
    _part = 0
    _overdue: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    # What arrived after requests that wait for the response to an earlier one. It is not parsed before they are handled.
    _held = b""
    # The certificate that the client has proven to own, in the form of ASGI's TLS extension. It belongs to the connection.
    _extensions: dict[str, dict[object, object]] | None = None
    # Whether the body of a request is passed on as it arrives, and may have any size.
    is_streamed: Callable[[Any], bool] | None = None
    _most_bytes = MESSAGE_BYTES
    # Set behind a relay of the PROXY protocol: the client whose bytes come from a port.
    client_of: Callable[[int], str] | None = None
    # The connections of the same port.
    others: OpenConnections
    # Whether a caller with a key had success, or need not have: the connections of trusted proxies, and of clients whose
    # certificate TLS has verified.
    _is_proven = False
    # Whether it is one beyond the limit, for probes only.
    _is_reserved = False
    _began = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether no request is being handled."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """Start the timer, so that a connection without a request is closed too."""
        super().connection_made(transport)
        self.flow: _Flow = _Flow(transport)
        if self.client_of is not None and self.client is not None:
            self.client = (self.client_of(self.client[1]), self.client[1])
        peer = self.client[0] if self.client else ""
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and (certificate := tls.getpeercert(binary_form=True)):
            self._extensions = {"tls": {"client_cert_chain": (DER_cert_to_PEM_cert(certificate),)}}
        self._began = self.loop.time()
        self._is_proven = self._extensions is not None or self.others.is_trusted(peer)
        self.timeout_keep_alive = PROVEN_IDLE_SECONDS if self._is_proven else IDLE_SECONDS  # type: ignore[assignment] # may be a fraction
        self._is_reserved = self.others.add(self, peer, proven=self._is_proven)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self.others.remove(self)
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)
        # uvicorn leaves its timer running after a reset, which would keep the connection in memory until then.
        self._unset_keepalive_if_required()

    def pause_writing(self) -> None:
        """Start the timer of a client that does not read."""
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel that timer."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def data_received(self, data: bytes) -> None:
        """Count the bytes before the parser stores them. It never gets bytes of a head beyond the limit."""
        while data and not self.transport.is_closing():
            if self.pipeline:
                self._hold(data)
                return
            left = (HEAD_BYTES if self._in_head else self._most_bytes) - self._received
            if left <= 0:
                head, body = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                self._refuse(head if self._in_head else body)
                return
            part, data = data[: min(left, _PART_BYTES)], data[min(left, _PART_BYTES) :]
            self._part = len(part)
            self._received += self._part
            super().data_received(part)
        # Most heads arrive in one part, so the timer starts only for the others.
        if self._in_head and self._received and self._overdue is None:
            self._wait_for_head()

    def _hold(self, data: bytes) -> None:
        """Keep data until the requests before it are handled. Each would take a hundred times the memory of its bytes."""
        self._held += data
        self.flow.is_held = True
        self.flow.pause_reading()
        # The rest of a head that has begun may be in this data.
        self._stop_waiting()

    def _release(self) -> None:
        data, self._held = self._held, b""
        self.flow.is_held = False
        self.data_received(data)
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def on_message_begin(self) -> None:
        """Count the bytes of a new request."""
        super().on_message_begin()
        if self._extensions is not None:
            self.scope["extensions"] = self._extensions
        self._in_head, self._received = True, self._part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Ignore trailers, because a proxy in front of the gateway checks only headers."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the timer of the head. uvicorn raises an error here for a target that it cannot read, such as that of CONNECT."""
        self.scope[TARGET] = self.url  # type: ignore[typeddict-unknown-key] # read by the proxy
        self.scope[IS_CLOSED] = self.transport.is_closing  # type: ignore[typeddict-unknown-key] # as above
        self.scope[_PROVE] = self._prove  # type: ignore[typeddict-unknown-key] # as above
        if self._is_reserved and self.url.partition(b"?")[0] not in RESERVED:
            self.app = _full
        if self.is_streamed is not None:
            self._most_bytes = sys.maxsize if self.is_streamed(self.scope) else MESSAGE_BYTES
        super().on_headers_complete()
        age = PROVEN_AGE_SECONDS if self._is_proven else AGE_SECONDS
        if self._is_reserved or self.loop.time() - self._began >= age:
            # The response says so.
            self.cycle.keep_alive = False
        self._in_head = False
        self._stop_waiting()

    def on_message_complete(self) -> None:
        """Expect the head of the next request."""
        super().on_message_complete()
        self._in_head, self._received = True, 0
        self._stop_waiting()
        if self.cycle.response_complete:
            # The rest of the body arrived after the response. That stopped uvicorn's own timer, which must start again.
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """Start the timer of the rest of the body, if the response is complete before the body is."""
        super().on_response_complete()
        if self._held and not self.pipeline:
            self.loop.call_soon(self._release)
        if self.cycle.response_complete and not self._in_head and not self.transport.is_closing():
            self._overdue = self.loop.call_later(REST_SECONDS, self.transport.close)

    def shutdown(self) -> None:
        """Close the connection when the node stops. An idle TLS client may never answer, and the stop must not wait for it."""
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(CLOSING_SECONDS, self.transport.abort)

    def send_400_response(self, _: str) -> None:
        """Refuse a request that the parser cannot read."""
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _prove(self) -> None:
        """Give the connection the time of one of a caller with a key."""
        if not self._is_proven:
            self._is_proven = True
            self.timeout_keep_alive = PROVEN_IDLE_SECONDS  # type: ignore[assignment] # as above
            self.others.prove(self)

    def _wait_for_head(self) -> None:
        seconds = RESERVED_SECONDS if self._is_reserved else HEAD_SECONDS
        self._overdue = self.loop.call_later(seconds, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self._may_answer():
            lines = (f"HTTP/1.1 {status:d} {status.phrase}".encode(), b"content-length: 0", b"connection: close")
            self.transport.write(b"\r\n".join((*lines, *map(b": ".join, HEADERS), b"\r\n")))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether the client will match the next response with the request that is being read."""
        if self._in_head:
            return self.cycle is None or self.cycle.response_complete
        return not self.cycle.response_started and not self.pipeline


async def _full(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Refuse a request because there are too many connections."""
    headers = [(b"content-length", b"0"), (b"retry-after", b"1"), (b"connection", b"close"), *HEADERS]
    await send({"type": "http.response.start", "status": int(HTTPStatus.SERVICE_UNAVAILABLE), "headers": headers})
    await send({"type": "http.response.body"})
