"""The identities of the world that is attacked, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask
from organisations.binding import bound, identities_of, mapped, trust_domain

from strongroom.v1.identity_service_pb2 import (
    DisableIdentityIssuerRequest,
    DisableIdentityRequest,
    Identity,
    UpdateIdentityRequest,
)
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER

if TYPE_CHECKING:
    from conftest import Deployment


async def begin(deployment: Deployment, ids: dict[str, str]) -> None:
    """Bind issuers, and map names to roles."""
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    gone = await bound(deployment, spiffe_trust_domain=trust_domain())
    ids["issuer"], ids["domain"] = issuer.id, issuer.spiffe_trust_domain
    ids["issuer_gone"], ids["domain_gone"] = gone.id, gone.spiffe_trust_domain
    for name in ("present", "narrowed/*", "disabled"):
        made = await mapped(deployment, issuer, name, ROLE_READER, ROLE_WRITER)
        ids[f"identity_{name.removesuffix('/*')}"] = made.id
    ids["identity_of_gone"] = (await mapped(deployment, gone, "present")).id


async def go_on(deployment: Deployment, ids: dict[str, str]) -> None:
    """Deny a name, take a role away, and disable an identity and an issuer."""
    stub, metadata = identities_of(deployment), deployment.metadata
    denied = f"spiffe://{ids['domain']}/narrowed/denied"
    update = UpdateIdentityRequest(
        id=ids["identity_narrowed"],
        identity=Identity(roles=[ROLE_READER], denied_names=[denied]),
        update_mask=FieldMask(paths=["roles", "denied_names"]),
    )
    await stub.UpdateIdentity(update, metadata=metadata)
    await stub.DisableIdentity(DisableIdentityRequest(id=ids["identity_disabled"]), metadata=metadata)
    await stub.DisableIdentityIssuer(DisableIdentityIssuerRequest(id=ids["issuer_gone"]), metadata=metadata)
