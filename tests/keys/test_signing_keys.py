"""Signing keys are rotated and revoked: rows are signed again first, and rows under a revoked key are refused."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import trustme
from access.client_certificates import ClientCertificate, issued_to
from conftest import ORGANISATION
from keys.rotating import OPERATOR, findings, keys_of
from msgspec import structs
from organisations.binding import bound, mapped
from rpc.calls import accessed, key_of, refused
from samples import created
from waiting import until

from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.access.caller import Presented
from strongroom_server.access.failures import AuthenticationFailed
from strongroom_server.core.errors import ServiceError
from strongroom_server.keys import signing
from strongroom_server.keys.resign import resign
from strongroom_server.node import service as node
from strongroom_server.sealing.private_keys import KeyFileError
from strongroom_server.store import key_rows

if TYPE_CHECKING:
    from conftest import Deployment


async def new_signer(deployment: Deployment, purpose: str) -> tuple[str, str]:
    """Create and activate a signing key of the node. Returns the ids of the one before and of the new one."""
    async with keys_of(deployment) as context:
        own = dict(zip(("write", "admin"), context.keyring.signer_ids, strict=True))
        key = await signing.create(context, OPERATOR, purpose)
        await signing.activate(context, OPERATOR, key.id)
    keyring = deployment.service.pipeline._recorder.keyring
    await until(lambda: key.id in keyring.signer_ids)
    return own[purpose], key.id


async def certified(service: node.Service, certificate: ClientCertificate) -> str | None:
    """The id of the identity that a client certificate stands for at a node, None if it stands for none there."""
    presented = Presented((), "", certificate.pem)
    with suppress(AuthenticationFailed):
        return (await service.pipeline._authenticator.identify(presented, service.watch)).key_id
    return None


@pytest.mark.parametrize("purpose", ["write", "admin"])
async def test_a_rotated_signer_leaves_every_row_valid(own_deployment: Deployment, purpose: str) -> None:
    deployment = own_deployment
    credential, user = await created(deployment), await key_of(deployment, ROLE_USER)
    identity = await mapped(deployment, await bound(deployment, spiffe_trust_domain="a.example"), "workload")
    before, new = await new_signer(deployment, purpose)
    later = await created(deployment)
    async with keys_of(deployment) as context:
        with pytest.raises(ServiceError, match="KEY_IN_USE"):
            await signing.retire(context, OPERATOR, before)
        with pytest.raises(ServiceError, match="KEY_STATE"):
            await signing.retire(context, OPERATOR, new)
        done = await resign(context, OPERATOR, before)
        assert done.resigned > 0
        assert done.broken == set()
        async with context.database.transaction() as transaction:
            assert before not in await key_rows.rows_under_signers(transaction)
        await signing.retire(context, OPERATOR, before)
        assert (await signing.destroy(context, OPERATOR, before)).state == "destroyed"
    await deployment.hear()
    for row in (credential, later):
        assert (await accessed(deployment, row.id, by=user)).data.basic_auth.password == "hunter2"
    certificate = issued_to(trustme.CA(), identity.name)
    async with node.service(deployment.settings, deployment.database_url) as another:
        for service in (deployment.service, another):
            assert await certified(service, certificate) == identity.id
    assert await findings(deployment) == []


async def test_rows_of_a_revoked_signer_are_refused_and_changed_rows_are_not_signed_again(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    whole, widened = await created(deployment), await created(deployment)
    async with deployment.sql() as connection:
        await connection.execute("update credentials set allowed_hosts = '{evil.com}' where id = $1", widened.id)
    before, _ = await new_signer(deployment, "write")
    async with keys_of(deployment) as context:
        done = await resign(context, OPERATOR, before)
        assert (done.resigned, done.broken) == (1, {f"default: credential {widened.id}"})
        await signing.retire(context, OPERATOR, before, force=True)
    assert (await accessed(deployment, whole.id)).data.basic_auth.password == "hunter2"
    async with deployment.sql() as connection:
        await connection.execute("update credentials set allowed_hosts = '{}' where id = $1", widened.id)
    await until(lambda: deployment.service.pipeline._recorder.keyring.keys.signers[before].is_retired)
    assert (await refused(accessed(deployment, widened.id))).reason == "SEAL_BROKEN"


async def test_what_a_node_has_cached_is_refused_too_once_its_signer_is_revoked(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential, user = await created(deployment), await key_of(deployment, ROLE_USER)
    identity = await mapped(deployment, await bound(deployment, spiffe_trust_domain="a.example"), "workload")
    certificate = issued_to(trustme.CA(), identity.name)
    await accessed(deployment, credential.id, by=user)
    before, _ = await new_signer(deployment, "admin")
    await accessed(deployment, credential.id, by=user)
    assert await certified(deployment.service, certificate) == identity.id
    async with keys_of(deployment) as context:
        await signing.retire(context, OPERATOR, before, force=True)
    await until(lambda: deployment.service.pipeline._recorder.keyring.keys.signers[before].is_retired)
    refusal = await refused(accessed(deployment, credential.id, by=user))
    assert refusal.reason == "API_KEY_INVALID"
    assert await certified(deployment.service, certificate) is None


async def test_an_event_of_a_revoked_signer_that_is_not_chained_is_found(own_deployment: Deployment) -> None:
    deployment = own_deployment
    leaked = deployment.service.recorder.administrative_event(
        OPERATOR, "CreateTeam", "9", 1, organisation_id=ORGANISATION
    )
    before, _ = await new_signer(deployment, "admin")
    assert leaked.signer_id == before
    async with keys_of(deployment) as context:
        await resign(context, OPERATOR, before)
        await signing.retire(context, OPERATOR, before)
    await until(lambda: deployment.service.pipeline._recorder.keyring.keys.signers[before].is_retired)
    names = leaked.__struct_fields__
    async with deployment.sql() as connection:
        placeholders = ", ".join(f"${index}" for index in range(1, len(names) + 1))
        await connection.execute(
            f"insert into audit_events ({', '.join(names)}) values ({placeholders})", *structs.astuple(leaked)
        )
    [text] = await findings(deployment)
    assert str(leaked.event_id) in text


@pytest.mark.parametrize("purpose", ["write", "admin"])
async def test_an_activation_that_was_killed_between_its_files_is_named(
    own_deployment: Deployment, purpose: str
) -> None:
    kind = {"write": "signing", "admin": "admin"}[purpose]
    (path,) = own_deployment.settings.keys_dir.glob(f"{kind}-*.key")
    path.rename(path.with_name(f"old-{path.name}"))
    with pytest.raises(KeyFileError, match=f"was interrupted: rename it to {path.name}"):
        async with keys_of(own_deployment):
            pass
