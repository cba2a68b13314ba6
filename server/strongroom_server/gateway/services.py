"""Gives the gateway the stubs of our gRPC services, over a network channel or in the same process."""

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
    # A service that comes back is found within a second, even after a long absence. The minimum is the timeout of one attempt.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
)

# The timeout of a call to the service.
CALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Services:
    """The stubs of the services that the gateway calls."""

    credentials: CredentialServiceStub
    organisations: OrganisationServiceStub


def services(channel: grpc.aio.Channel) -> Services:
    """The stubs for one channel."""
    return Services(CredentialServiceStub(channel), OrganisationServiceStub(channel))
