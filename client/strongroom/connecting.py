"""What an error says where no connection could be made: the cause, or the remedy where it is known.

Knows no method of ours, and never the API key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc import StatusCode

from strongroom import errors

if TYPE_CHECKING:
    from grpc import aio

    from strongroom.errors import StrongroomError

# What gRPC's text of a failed TLS handshake holds, and what to say instead. The words are BoringSSL's.
_REMEDIES = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS: for a server without TLS pass plaintext=True",
    "CERTIFICATE_VERIFY_FAILED": "the server's certificate is not trusted: pass its root as root_certificates",
}


def failure_of(error: aio.AioRpcError) -> StrongroomError:
    """The typed error of a failed call or stream, with the remedy where no connection could be made."""
    failure = errors.from_rpc(error)
    remedy = "" if failure.reason or failure.code is not StatusCode.UNAVAILABLE else _remedy(failure.message)
    return type(failure)(failure.code, remedy) if remedy else failure


def is_mistake(failure: StrongroomError) -> bool:
    """Whether the failure names a mistake in how the client connects: no repeat mends it."""
    return failure.message in _REMEDIES.values()


def _remedy(cause: str) -> str:
    return next((remedy for marker, remedy in _REMEDIES.items() if marker in cause), "")
