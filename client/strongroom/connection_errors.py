"""Converts gRPC errors to errors of this package, and names the cause and the remedy if a connection cannot be made.

gRPC offers no more than a text for the cause. The markers below are of gRPC 1.85 and its BoringSSL.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from grpc import StatusCode

from strongroom import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grpc import aio

    from strongroom.errors import StrongroomError


class Cause(Enum):
    """Why there is no connection. The value is the first half of the message; the remedy follows it."""

    NO_TLS = "the server does not speak TLS"
    NO_HTTP2 = "the server does not speak HTTP/2"
    EXPIRED = "the server's certificate has expired"
    NOT_YET_VALID = "the server's certificate is not yet valid"
    WRONG_PURPOSE = "the server's certificate is not for servers"
    WRONG_NAME = "the server's certificate is for another name"
    UNTRUSTED = "the server's certificate is not trusted"
    # A server that refuses a client certificate, or cannot read the first bytes of a connection, only closes it.
    CLOSED = "the server closed the new connection"


# The first marker that the text contains decides.
_MARKERS: Final = (
    ("WRONG_VERSION_NUMBER", Cause.NO_TLS),
    ("missing selected ALPN property", Cause.NO_HTTP2),
    ("certificate has expired", Cause.EXPIRED),
    ("certificate is not yet valid", Cause.NOT_YET_VALID),
    ("unsupported certificate purpose", Cause.WRONG_PURPOSE),
    ("Hostname Verification Check failed", Cause.WRONG_NAME),
    ("CERTIFICATE_VERIFY_FAILED", Cause.UNTRUSTED),
    ("Socket closed", Cause.CLOSED),
    ("Connection reset by peer", Cause.CLOSED),
)
# The same words without it are about a connection that was in use.
_WHILE_CONNECTING: Final = "; last error: "

# The remedies that do not depend on the kind of client.
SERVER: Final[Mapping[Cause, str]] = {
    Cause.EXPIRED: "renew it",
    Cause.NOT_YET_VALID: "compare the clocks of client and server",
    Cause.WRONG_PURPOSE: "it needs the extended key usage serverAuth",
    Cause.WRONG_NAME: "use one of its names to connect, or issue it for the name that you use",
}
_TLS: Final[Mapping[Cause, str]] = {
    **SERVER,
    Cause.NO_TLS: "for a server without TLS pass plaintext=True",
    Cause.NO_HTTP2: "the target must be its gRPC port",
    Cause.UNTRUSTED: "pass its root as root_certificates",
}
PLAINTEXT: Final[Mapping[Cause, str]] = {Cause.CLOSED: "for a server with TLS do not pass plaintext=True"}
WITHOUT_CERTIFICATE: Final[Mapping[Cause, str]] = {
    **_TLS,
    Cause.CLOSED: "if it requires a client certificate, pass certificate_file and key_file",
}
WITH_CERTIFICATE: Final[Mapping[Cause, str]] = {
    **_TLS,
    Cause.CLOSED: "it may refuse the client certificate, as expired, for another purpose or of an unknown CA",
}


def cause_of(error: aio.AioRpcError) -> Cause | None:
    """Why the connection could not be made. None if the cause is unknown, passes by itself, or there was a connection."""
    text = error.details() or ""
    if error.code() is not StatusCode.UNAVAILABLE or _WHILE_CONNECTING not in text:
        return None
    return next((cause for marker, cause in _MARKERS if marker in text), None)


def failure_of(error: aio.AioRpcError, remedies: Mapping[Cause, str]) -> StrongroomError:
    """The error of a failed call or stream. If there is no connection for a known cause, its message is cause and remedy."""
    failure = errors.from_rpc(error)
    cause = None if failure.reason else cause_of(error)
    if cause is None or cause not in remedies:
        return failure
    return type(failure)(failure.code, f"{cause.value}: {remedies[cause]}")


def is_configuration_error(error: aio.AioRpcError) -> bool:
    """Whether client or server is configured wrongly, so that a retry would fail too.

    A closed connection may also mean that a server restarts behind a proxy.
    """
    return cause_of(error) not in (None, Cause.CLOSED)
