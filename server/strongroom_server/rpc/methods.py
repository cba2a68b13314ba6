"""Owns the table of every method that this node serves, made by walking the services' descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf import message_factory

from strongroom.v1 import audit_service_pb2, credential_service_pb2, organisation_service_pb2
from strongroom_server.rpc.pipeline import Method

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor

    from strongroom_server.audit.service import AuditServicer
    from strongroom_server.credentials.service import CredentialServicer
    from strongroom_server.organisations.service import OrganisationServicer

SERVICES = (
    credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"],
    organisation_service_pb2.DESCRIPTOR.services_by_name["OrganisationService"],
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"],
)


def methods(
    credentials: CredentialServicer, organisations: OrganisationServicer, audit: AuditServicer
) -> dict[str, Method]:
    """Every method by its path. A servicer's method has the name of the RPC in snake case; with `_again` behind it, the one
    that answers a repeated request.
    """
    return {
        f"/{service.full_name}/{method.name}": _method(f"/{service.full_name}/{method.name}", method, servicer)
        for service, servicer in zip(SERVICES, (credentials, organisations, audit), strict=True)
        for method in service.methods
    }


def _method(path: str, method: MethodDescriptor, servicer: object) -> Method:
    name = _snake_case(method.name)
    return Method(
        path=path,
        name=method.name,
        request_type=message_factory.GetMessageClass(method.input_type),
        handle=getattr(servicer, name),
        members=frozenset(method.input_type.fields_by_name),
        again=getattr(servicer, f"{name}_again") if "request_id" in method.input_type.fields_by_name else None,
        streams=method.server_streaming,
        takes_stream=method.client_streaming,
    )


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
