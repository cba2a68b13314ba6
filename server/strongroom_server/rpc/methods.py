"""Owns the table of every method that this node serves, made by walking the services' descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf import message_factory

from strongroom.v1 import credential_service_pb2, organisation_service_pb2
from strongroom_server.rpc.pipeline import Method

if TYPE_CHECKING:
    from strongroom_server.rpc.credential_servicer import CredentialServicer
    from strongroom_server.rpc.organisation_servicer import OrganisationServicer

SERVICES = (
    credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"],
    organisation_service_pb2.DESCRIPTOR.services_by_name["OrganisationService"],
)


def methods(credentials: CredentialServicer, organisations: OrganisationServicer) -> dict[str, Method]:
    """Every method by its path. A servicer's method has the name of the RPC in snake case."""
    return {
        path: Method(path, method.name, message_factory.GetMessageClass(method.input_type), handle)
        for service, servicer in zip(SERVICES, (credentials, organisations), strict=True)
        for method in service.methods
        for path in (f"/{service.full_name}/{method.name}",)
        for handle in (getattr(servicer, _snake_case(method.name)),)
    }


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
