"""Opens the client's channel: TLS, message limits, keepalive and reconnecting.

Retries are in calls.py, because gRPC's own retries end after at most five attempts.
"""

from __future__ import annotations

import grpc
from grpc import aio

REQUEST_BYTES = 1 << 20
RESPONSE_BYTES = 32 << 20


def open_channel(target: str, *, plaintext: bool, root_certificates: bytes | None) -> aio.Channel:
    """Open a channel that connects with the first call. Raises ValueError for a URL, and for plaintext with certificates."""
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
    if plaintext:
        if root_certificates is not None:
            raise ValueError("root_certificates cannot be used with plaintext")
        return aio.insecure_channel(target, options=options)
    return aio.secure_channel(target, grpc.ssl_channel_credentials(root_certificates), options=options)
