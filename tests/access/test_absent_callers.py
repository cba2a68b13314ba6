"""Whoever began what goes on without a request has the rights that its key or identity has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from organisations.binding import bound, identities_of, mapped, trust_domain
from rpc.calls import change_key, make_key, revoke_key

from strongroom.v1.credential_pb2 import SURFACE_VERSORI
from strongroom.v1.identity_service_pb2 import DisableIdentityIssuerRequest, DisableIdentityRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER, Scope
from strongroom_server.access.absent import read_caller

if TYPE_CHECKING:
    from conftest import Deployment

    from strongroom_server.access.caller import Caller

NAME = "spiffe://example.org/a"


async def present(deployment: Deployment, key_id: str, principal: str = "") -> Caller | None:
    """The caller now."""
    service = deployment.service
    return await read_caller(service.database, service.recorder.keyring, key_id, principal, service.watch.now())


async def test_a_key_has_its_present_rights_until_it_is_revoked(deployment: Deployment) -> None:
    key = await make_key(deployment, ROLE_WRITER, team_ids=[1], scope=Scope(surfaces=[SURFACE_VERSORI]))
    found = await present(deployment, key.id)
    assert found is not None
    assert (found.key_id, list(found.roles), found.team_ids) == (key.id, [ROLE_WRITER], (1,))
    assert found.scope is not None
    assert found.scope.surfaces == {SURFACE_VERSORI}
    await change_key(deployment, key.id, "roles", roles=[ROLE_READER])
    changed = await present(deployment, key.id)
    assert changed is not None
    assert changed.roles == {ROLE_READER}
    await revoke_key(deployment, key.id)
    assert await present(deployment, key.id) is None
    assert await present(deployment, "unknown") is None


async def test_an_identity_has_rights_until_it_or_its_issuer_is_disabled(deployment: Deployment) -> None:
    stub, metadata = identities_of(deployment), deployment.metadata
    issuer = await bound(deployment, spiffe_trust_domain=trust_domain())
    first, second = [await mapped(deployment, issuer, path, ROLE_WRITER) for path in ("a", "b")]
    found = await present(deployment, first.id, NAME)
    assert found is not None
    assert (found.key_id, list(found.roles), found.principal) == (first.id, [ROLE_WRITER], NAME)
    await stub.DisableIdentity(DisableIdentityRequest(id=first.id), metadata=metadata)
    assert await present(deployment, first.id, NAME) is None
    await stub.DisableIdentityIssuer(DisableIdentityIssuerRequest(id=issuer.id), metadata=metadata)
    assert await present(deployment, second.id, NAME) is None
    # Neither stands for the other.
    assert await present(deployment, second.id) is None
