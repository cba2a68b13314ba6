"""What an error says where no connection could be made: the cause, or the remedy where it is known.

Knows no method of ours, and never the API key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc import ChannelConnectivity, StatusCode, aio

from strongroom import errors

if TYPE_CHECKING:
    from strongroom.errors import StrongroomError

# What gRPC's text of a failed TLS handshake holds, and what to say instead. The words are BoringSSL's.
_REMEDIES = (
    ("WRONG_VERSION_NUMBER", "the server does not speak TLS: for a server without TLS pass plaintext=True"),
    ("CERTIFICATE_VERIFY_FAILED", "the server's certificate is not trusted: pass its root as root_certificates"),
)

# A channel that cannot connect answers at once; one that has connected meanwhile needs no longer to say so.
_PROBE_SECONDS = 0.5


def failure_of(error: aio.AioRpcError) -> StrongroomError:
    """The typed error of a failed call or stream, with the remedy where no connection could be made."""
    failure = errors.from_rpc(error)
    remedy = "" if failure.reason or failure.code is not StatusCode.UNAVAILABLE else _remedy(failure.message)
    return type(failure)(failure.code, remedy) if remedy else failure


async def failure_of_call(error: aio.AioRpcError, channel: aio.Channel) -> StrongroomError:
    """As failure_of, for a call that gRPC repeats until its deadline: it keeps the cause to itself then."""
    failure = failure_of(error)
    if (
        failure.code is StatusCode.DEADLINE_EXCEEDED
        and not failure.reason
        and channel.get_state() is ChannelConnectivity.TRANSIENT_FAILURE
        and (cause := await _cause(channel))
    ):
        return type(failure)(failure.code, _remedy(cause) or cause)
    return failure


def _remedy(cause: str) -> str:
    return next((remedy for marker, remedy in _REMEDIES if marker in cause), "")


async def _cause(channel: aio.Channel) -> str:
    """Why the channel cannot connect, from a call that gRPC does not repeat; empty if it can by now."""
    check: aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/grpc.health.v1.Health/Check")
    try:
        await check(b"", timeout=_PROBE_SECONDS)
    except aio.AioRpcError as error:
        return (error.details() or "") if error.code() is StatusCode.UNAVAILABLE else ""
    return ""
