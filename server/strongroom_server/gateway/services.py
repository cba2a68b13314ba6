"""Owns how the gateway reaches the service: the generated stubs and nothing else, over a channel or in one process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub
from strongroom_server.core.limits import LARGEST_REQUEST, LARGEST_RESPONSE

if TYPE_CHECKING:
    import grpc

CHANNEL_OPTIONS = (
    ("grpc.max_send_message_length", LARGEST_REQUEST),
    ("grpc.max_receive_message_length", LARGEST_RESPONSE),
    # However long a service was away, it is found within a second. The minimum is how long one attempt may take.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
)

# How long a vendor's client waits for one call, at most.
CALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Services:
    """The stubs, whatever stands behind them."""

    credentials: CredentialServiceStub
    organisations: OrganisationServiceStub


def services(channel: grpc.aio.Channel) -> Services:
    """Reach the services of one channel."""
    return Services(CredentialServiceStub(channel), OrganisationServiceStub(channel))
