"""Binds issuers and maps identities, for tests."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from strongroom.v1.identity_service_pb2 import (
    CreateIdentityIssuerRequest,
    CreateIdentityRequest,
    Identity,
    IdentityIssuer,
)
from strongroom.v1.identity_service_pb2_grpc import IdentityServiceStub
from strongroom.v1.organisation_service_pb2 import ROLE_OPERATOR, ROLE_READER, ROLE_UNSPECIFIED, Role

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata

ALL_BUT_OPERATOR = [role for role in Role.values() if role not in (ROLE_UNSPECIFIED, ROLE_OPERATOR)]


def trust_domain() -> str:
    """A trust domain that no other test binds."""
    return f"{uuid.uuid4().hex}.example"


def identities_of(deployment: Deployment) -> IdentityServiceStub:
    """IdentityService, over the network."""
    return IdentityServiceStub(deployment.grpc)


async def bound(deployment: Deployment, **fields: Any) -> IdentityIssuer:
    """Bind an issuer, to the organisation of the tests unless another is given."""
    issuer = IdentityIssuer(**{"organisation_id": "default", **fields})
    return await identities_of(deployment).CreateIdentityIssuer(
        CreateIdentityIssuerRequest(identity_issuer=issuer), metadata=deployment.metadata
    )


async def mapped(
    deployment: Deployment, issuer: IdentityIssuer, name: str, *roles: Role.ValueType, by: Metadata = (), **fields: Any
) -> Identity:
    """Map a name of an issuer to roles, reader unless others are given. For a trust domain the name is a path."""
    if issuer.HasField("spiffe_trust_domain"):
        name = f"spiffe://{issuer.spiffe_trust_domain}/{name}"
    identity = Identity(**{"issuer_id": issuer.id, "name": name, "roles": roles or [ROLE_READER], **fields})
    return await identities_of(deployment).CreateIdentity(
        CreateIdentityRequest(identity=identity), metadata=by or deployment.metadata
    )
