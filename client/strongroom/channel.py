"""How the client connects: transport security, message limits, keepalive, and what gRPC repeats by itself.

Knows the names of the methods, not their meaning to a caller, and never the API key.
"""

from __future__ import annotations

import json

import grpc
from grpc import aio

from strongroom.v1 import credential_service_pb2, organisation_service_pb2

SERVICES = (
    credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"],
    organisation_service_pb2.DESCRIPTOR.services_by_name["OrganisationService"],
)

REQUEST_BYTES = 1 << 20
ANSWER_BYTES = 32 << 20

# Besides Get and List: an access changes nothing that a caller sees, a create carries a request_id, and revoking a
# revoked key changes nothing. No other write may be repeated once it may have arrived: a second DeleteCredential would
# answer NOT_FOUND for what the first deleted, and a second UpdateCredential could overwrite a change made in between.
REPEATABLE_WRITES = frozenset({"AccessCredential", "CreateCredential", "RevokeApiKey"})

# Four repeats within about four seconds; gRPC adds a jitter of a fifth and never outlives the call's deadline.
RETRY_POLICY = {
    "maxAttempts": 5,  # gRPC's own limit
    "initialBackoff": "0.1s",
    "maxBackoff": "3s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def is_repeatable(method: str) -> bool:
    """Whether the method may be called again when nobody knows if it was carried out."""
    return method.startswith(("Get", "List")) or method in REPEATABLE_WRITES


def service_config() -> str:
    """The gRPC service config, as JSON (gRFC A6). What never left the client gRPC repeats for every method anyway."""
    repeatable = [
        {"service": service.full_name, "method": method.name}
        for service in SERVICES
        for method in service.methods
        if is_repeatable(method.name)
    ]
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],  # a repeat goes to another node where the name has several
        "methodConfig": [{"name": repeatable, "retryPolicy": RETRY_POLICY}],
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},  # a server in trouble is not held under by repeats
    }
    return json.dumps(config)


def open_channel(target: str, *, plaintext: bool, root_certificates: bytes | None) -> aio.Channel:
    """A channel that connects with the first call. Raises ValueError when plaintext is asked for with certificates."""
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
