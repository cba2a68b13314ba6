"""Sends one HTTP/1.1 request to an endpoint of the operator and returns the response.

It reads no proxy from the environment, follows no redirect, decodes no compressed body, keeps no connection and no cookie, and
bounds the time and the size of a response.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final, NamedTuple

import h11

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.egress.endpoints import Endpoint

TOTAL_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5.0
_HEAD_BYTES: Final = 64 * 1024
_BODY_BYTES: Final = 64 * 1024
_READ_BYTES: Final = 64 * 1024


class EgressError(Exception):
    """There is no complete response. The text says why as a predicate of the endpoint, and holds nothing of the request."""


class Response(NamedTuple):
    """The status and the whole body of a response."""

    status: int
    body: bytes


async def post(
    endpoint: Endpoint, path: str, headers: Sequence[tuple[str, str]], body: bytes, tls: ssl.SSLContext
) -> Response:
    """Post a body of at most a few KiB. Raises EgressError."""
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            reader, writer = await _connect(endpoint, tls)
            try:
                request = h11.Request(
                    method="POST",
                    target=path,
                    headers=[
                        ("Host", endpoint.authority),
                        *headers,
                        ("Content-Length", str(len(body))),
                        ("Connection", "close"),
                    ],
                )
                return await _exchange(reader, writer, request, body)
            finally:
                # Nothing is left to send, and a TLS close would wait for the other side.
                writer.transport.abort()
    except TimeoutError:
        raise EgressError(f"did not respond within {TOTAL_SECONDS:.0f} seconds") from None
    except (h11.LocalProtocolError, UnicodeEncodeError):
        # The text of these errors holds the header.
        raise EgressError("was sent nothing: a header has a character that HTTP does not allow") from None
    except h11.RemoteProtocolError:
        raise EgressError("did not send a complete HTTP response") from None
    except OSError as error:
        raise EgressError(f"closed the connection ({type(error).__name__})") from None


async def _connect(endpoint: Endpoint, tls: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if endpoint.scheme == "http":
                return await asyncio.open_connection(endpoint.host, endpoint.port)
            return await asyncio.open_connection(endpoint.host, endpoint.port, ssl=tls, server_hostname=endpoint.host)
    except TimeoutError:
        raise EgressError(f"cannot be connected to within {_CONNECT_SECONDS:.0f} seconds") from None
    except ssl.SSLCertVerificationError as error:
        raise EgressError(f"has a certificate that is refused: {error.verify_message}") from None
    except ssl.SSLError:
        raise EgressError("does not speak TLS 1.2 or newer") from None
    except OSError as error:
        raise EgressError(f"cannot be connected to ({type(error).__name__})") from None


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> Response:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
    # One write sends the head and the body.
    sent = (request, h11.Data(data=body), h11.EndOfMessage())
    writer.write(b"".join(connection.send(event) or b"" for event in sent))
    await writer.drain()
    status, received = 0, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            received += event.data
            if len(received) > _BODY_BYTES:
                raise EgressError(f"sent more than {_BODY_BYTES // 1024} KiB")
        elif isinstance(event, h11.EndOfMessage):
            return Response(status, bytes(received))
