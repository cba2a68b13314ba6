"""Requests and responses, and the bytes of a request. No repr shows a target, a header or a body, because they hold secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import h11

from strongroom_server.egress.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    # Texts are ASCII.
    Headers = Sequence[tuple[str, str | bytes]]

# What a chunk may take beyond its data, and the trailers of a response.
_MOST_INCOMPLETE: Final = 8 * 1024
# Headers that this package writes itself.
_OWN_HEADERS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


class Request(NamedTuple):
    """A request. `target` is the path with the query, and is sent unchanged. This package adds the headers that concern host,
    length and connection.
    """

    method: str
    target: str | bytes
    headers: Headers = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method}>"


class Stream(NamedTuple):
    """The body of a request that is sent as it comes, in chunks if it has no length. `trailers` is called after its end.

    A cancelled request stops taking `pieces`. Who made them closes them.
    """

    pieces: AsyncIterator[bytes]
    length: int | None = None
    trailers: Callable[[], Headers] = tuple

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Limits(NamedTuple):
    """What a response may take: bytes, and seconds from when `send` was called to the end of the body."""

    seconds: float = 10.0
    head_bytes: int = 64 * 1024
    body_bytes: int = 1024 * 1024


class Response(NamedTuple):
    """A whole response. A redirect is one as well. Names of headers are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status}>"


class Prepared(NamedTuple):
    """The bytes of a request, those of its head alone if the body is a stream, and what reads the response."""

    data: bytes
    protocol: h11.Connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def prepare(authority: str, request: Request, stream: Stream | None = None) -> Prepared:
    """Raises Refusal if HTTP does not allow the request."""
    assert not (stream and request.body), "a body is either whole or a stream"
    if any(name.lower() in _OWN_HEADERS for name, _ in request.headers):
        raise Refusal("bad_header", "was sent nothing: the client itself writes one of the headers")
    protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_INCOMPLETE)
    try:
        head = h11.Request(
            method=request.method,
            target=request.target,
            headers=encoded(
                [
                    ("Host", authority),
                    *request.headers,
                    ("Accept-Encoding", "identity"),
                    *_framing(request, stream),
                    ("Connection", "close"),
                ]
            ),
        )
        events = [head] if stream else [head, h11.Data(data=request.body), h11.EndOfMessage()]
        return Prepared(b"".join(protocol.send(event) or b"" for event in events), protocol)
    except (h11.LocalProtocolError, UnicodeEncodeError):
        # The text of these errors holds the header.
        raise Refusal(
            "bad_header", "was sent nothing: the path or a header has a character that HTTP does not allow"
        ) from None


def _framing(request: Request, stream: Stream | None) -> Headers:
    if stream:
        if stream.length is None:
            return [("Transfer-Encoding", "chunked")]
        return [("Content-Length", str(stream.length))]
    has_length = request.body or request.method not in {"GET", "HEAD"}
    return [("Content-Length", str(len(request.body)))] if has_length else []


def encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as h11 takes them. Raises UnicodeEncodeError."""
    return [
        (name.encode("ascii"), value if isinstance(value, bytes) else value.encode("ascii")) for name, value in headers
    ]


def headers_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """All headers in their order, also those with the same name."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
