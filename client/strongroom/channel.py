"""How the client connects: transport security, message limits, keepalive, and what gRPC repeats by itself.

Knows the names of the methods, not their meaning to a caller, and never the API key.
"""

from __future__ import annotations

import json

import grpc
from grpc import aio

from strongroom.v1 import audit_service_pb2, credential_service_pb2, organisation_service_pb2

SERVICES = (
    credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"],
    organisation_service_pb2.DESCRIPTOR.services_by_name["OrganisationService"],
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"],
)

REQUEST_BYTES = 1 << 20
ANSWER_BYTES = 32 << 20

# Four repeats within about four seconds; gRPC adds a jitter of a fifth and never outlives the call's deadline.
RETRY_POLICY = {
    "maxAttempts": 5,  # gRPC's own limit
    "initialBackoff": "0.1s",
    "maxBackoff": "3s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def service_config() -> str:
    """The gRPC service config, as JSON (gRFC A6). A call that changes something carries a request_id, by which it is done once
    however often it arrives; a stream is taken up by its reader, who knows how far it came.
    """
    repeatable = [
        {"service": service.full_name, "method": method.name}
        for service in SERVICES
        for method in service.methods
        if not method.server_streaming
    ]
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],  # a repeat goes to another node where the name has several
        "methodConfig": [{"name": repeatable, "retryPolicy": RETRY_POLICY}],
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},  # a server in trouble is not held under by repeats
    }
    return json.dumps(config)


def open_channel(target: str, *, plaintext: bool, root_certificates: bytes | None) -> aio.Channel:
    """A channel that connects with the first call. Raises ValueError for a URL, and for plaintext with certificates."""
    if not target or target.startswith(("http://", "https://")):
        raise ValueError("target must be host:port, such as vault.example:443, without http://")
    options = [
        ("grpc.service_config", service_config()),
        ("grpc.max_send_message_length", REQUEST_BYTES),
        ("grpc.max_receive_message_length", ANSWER_BYTES),
        ("grpc.per_rpc_retry_buffer_size", 2 * REQUEST_BYTES),  # a larger request than this is not repeated
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        # A peer that stopped answering is noticed after 60 s of silence during a call, or 10 s after data went
        # unacknowledged. Servers take pings of idle connections amiss, so there are none.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 0),
    ]
    if plaintext:
        if root_certificates is not None:
            raise ValueError("root_certificates are for TLS, plaintext is without")
        return aio.insecure_channel(target, options=options)
    return aio.secure_channel(target, grpc.ssl_channel_credentials(root_certificates), options=options)
