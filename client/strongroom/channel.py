"""Opens the client's channel: TLS, message limits, keepalive and reconnecting.

Retries are in calls.py, because gRPC's own retries end after at most five attempts.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grpc import aio

from strongroom.renewal import RenewedChannel

if TYPE_CHECKING:
    import grpc

    from strongroom.certificates import Certificates

# A body of 1 MiB that is forwarded, and its head.
REQUEST_BYTES = (1 << 20) + (1 << 18)
RESPONSE_BYTES = 32 << 20


def open_channel(target: str, certificates: Certificates | None) -> aio.Channel:
    """Open a channel that connects with the first call, without TLS if `certificates` is None.

    Raises ValueError for a URL, and for certificates with a mistake.
    """
    if not target or target.startswith(("http://", "https://")):
        raise ValueError("target must be host:port, such as vault.example:443, without http://")
    options = [
        ("grpc.lb_policy_name", "round_robin"),  # a retry goes to another address of the name
        ("grpc.enable_retries", 0),
        ("grpc.max_send_message_length", REQUEST_BYTES),
        ("grpc.max_receive_message_length", RESPONSE_BYTES),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.min_reconnect_backoff_ms", 5_000),  # how long one attempt to connect may take
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        # Detects a dead peer after 60 s without data during a call, or 10 s after data is not acknowledged. An idle connection
        # sends no pings, because gRPC servers close connections that do.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 0),
    ]
    if certificates is None:
        return aio.insecure_channel(target, options=options)

    def open_secure(credentials: grpc.ChannelCredentials) -> aio.Channel:
        return aio.secure_channel(target, credentials, options=options)

    if certificates.has_files:
        return RenewedChannel(certificates, open_secure, _warn)
    return open_secure(certificates.read())


def _warn(problem: str) -> None:
    logging.getLogger("strongroom").warning("changed certificate files are not used: %s", problem)
