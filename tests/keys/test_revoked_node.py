"""A node whose signing keys are retired while it runs stores nothing that the others would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keys.rotating import OPERATOR, keys_of
from rpc.calls import key_of, refused
from samples import created

from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.keys.context import signing_key
from strongroom_server.sealing import registration
from strongroom_server.store import key_rows

if TYPE_CHECKING:
    from conftest import Deployment


@pytest.mark.parametrize("purpose", ["write", "admin"])
async def test_a_revoked_node_stores_no_rows(own_deployment: Deployment, purpose: str) -> None:
    deployment = own_deployment
    running = deployment.service.recorder.keyring
    async with keys_of(deployment) as context:
        own = dict(zip(("write", "admin"), context.keyring.signer_ids, strict=True))[purpose]
        root = await context.root("")
        async with context.database.transaction() as transaction:
            key = await signing_key(transaction, root, own)
            key = registration.changed(root, key, context.recorder.now(), "retired")
            await key_rows.replace(transaction, key, context.act(OPERATOR, "RetireSigningKey", key))
    if purpose == "write":
        assert (await refused(created(deployment))).reason == "KEY_RETIRED"
    else:
        assert (await refused(key_of(deployment, ROLE_USER))).reason == "KEY_RETIRED"
        assert own in running.signer_ids
    async with deployment.sql() as connection:
        assert await connection.fetchval("select count(*) from api_keys") == 1
        assert await connection.fetchval("select count(*) from credentials") == 0
