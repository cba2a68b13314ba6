"""Requests of IdentityService that change something, for the tests of all methods."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from google.protobuf.field_mask_pb2 import FieldMask
from organisations.binding import bound, mapped, trust_domain

from strongroom.v1.identity_service_pb2 import (
    CreateIdentityIssuerRequest,
    CreateIdentityRequest,
    DisableIdentityIssuerRequest,
    DisableIdentityRequest,
    Identity,
    IdentityIssuer,
    UpdateIdentityIssuerRequest,
    UpdateIdentityRequest,
)
from strongroom.v1.organisation_service_pb2 import ROLE_READER

if TYPE_CHECKING:
    from conftest import Deployment

NAMES = (
    "CreateIdentityIssuer",
    "UpdateIdentityIssuer",
    "DisableIdentityIssuer",
    "CreateIdentity",
    "UpdateIdentity",
    "DisableIdentity",
)


async def identity_request(deployment: Deployment, name: str) -> Any:
    """A request of this method that is granted, on rows of its own."""
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    identity, mask = await mapped(deployment, issuer, "a"), FieldMask(paths=["display_name"])
    new, other = uuid.uuid4().hex, f"spiffe://{issuer.spiffe_trust_domain}/b"
    return {
        "CreateIdentityIssuer": CreateIdentityIssuerRequest(
            identity_issuer=IdentityIssuer(organisation_id="default", spiffe_trust_domain=new)
        ),
        "UpdateIdentityIssuer": UpdateIdentityIssuerRequest(
            id=issuer.id, identity_issuer=IdentityIssuer(display_name=new, etag="1"), update_mask=mask
        ),
        "DisableIdentityIssuer": DisableIdentityIssuerRequest(id=issuer.id, etag="1"),
        "CreateIdentity": CreateIdentityRequest(
            identity=Identity(issuer_id=issuer.id, name=other, roles=[ROLE_READER])
        ),
        "UpdateIdentity": UpdateIdentityRequest(
            id=identity.id, identity=Identity(display_name=new, etag="1"), update_mask=mask
        ),
        "DisableIdentity": DisableIdentityRequest(id=identity.id, etag="1"),
    }[name]
