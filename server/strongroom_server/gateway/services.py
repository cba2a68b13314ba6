"""Owns how the gateway reaches the service: the generated stubs and nothing else, over a channel or in one process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom.v1.organisation_service_pb2_grpc import OrganisationServiceStub

if TYPE_CHECKING:
    import grpc

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
