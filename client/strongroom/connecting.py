"""What an error says where no connection could be made: the server, the cause, and the remedy where it is known.

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


async def failure_of(error: aio.AioRpcError, channel: aio.Channel, target: str) -> StrongroomError:
    """The typed error of a failed call. Where the channel could not connect, its message says why."""
    failure = errors.from_rpc(error)
    if failure.reason:
        return failure
    if failure.code is StatusCode.UNAVAILABLE:
        remedy = _remedy(failure.message)
        return type(failure)(failure.code, f"{target}: {remedy}") if remedy else failure
    if failure.code is StatusCode.DEADLINE_EXCEEDED and channel.get_state() is ChannelConnectivity.TRANSIENT_FAILURE:
        # gRPC repeated the call until its deadline, and keeps the cause to itself.
        cause = await _cause(channel)
        return type(failure)(failure.code, f"{target}: {_remedy(cause) or cause}") if cause else failure
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
