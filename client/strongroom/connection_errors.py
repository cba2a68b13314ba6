"""Converts gRPC errors to errors of this package, and replaces the text of a failed TLS handshake with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc import StatusCode

from strongroom import errors

if TYPE_CHECKING:
    from grpc import aio

    from strongroom.errors import StrongroomError

# Words of BoringSSL in gRPC's text of a failed TLS handshake, and the text that replaces it.
_REMEDIES = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS: for a server without TLS pass plaintext=True",
    "CERTIFICATE_VERIFY_FAILED": "the server's certificate is not trusted: pass its root as root_certificates",
}


def failure_of(error: aio.AioRpcError) -> StrongroomError:
    """The error of a failed call or stream. If TLS failed for a known cause, its message is the remedy."""
    failure = errors.from_rpc(error)
    remedy = "" if failure.reason or failure.code is not StatusCode.UNAVAILABLE else _remedy(failure.message)
    return type(failure)(failure.code, remedy) if remedy else failure


def is_configuration_error(failure: StrongroomError) -> bool:
    """Whether the client is configured wrongly, so that a retry would fail too."""
    return failure.message in _REMEDIES.values()


def _remedy(cause: str) -> str:
    return next((remedy for marker, remedy in _REMEDIES.items() if marker in cause), "")
