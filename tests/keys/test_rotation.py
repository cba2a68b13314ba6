"""Sealing keys are created, activated, resealed, retired and destroyed while a node serves."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from credentials.test_versions import destroy, restore
from credentials.undeleting import undelete
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed, rows_under
from rpc.calls import accessed, deleted, refused, updated
from samples import created, named, samples
from waiting import until

from strongroom.v1.credential_service_pb2 import AccessCredentialRequest
from strongroom.v1.key_service_pb2 import CreateSealingKeyRequest, SealingKey
from strongroom_server.core.errors import ServiceError
from strongroom_server.keys import reseal, sealing
from strongroom_server.store import resealing

if TYPE_CHECKING:
    from conftest import Deployment


async def with_versions(deployment: Deployment) -> str:
    """A credential with three versions, of which the second is destroyed."""
    credential = await created(deployment)
    for marker in ("two", "three"):
        await updated(deployment, credential.id, "data", data=samples(marker)["basic_auth"])
    await destroy(deployment, credential.id, 2)
    return credential.id


async def password_of(deployment: Deployment, credential_id: str, version: int = 0) -> str:
    request = AccessCredentialRequest(id=credential_id, version=version)
    answer = await deployment.credentials.AccessCredential(request, metadata=deployment.metadata)
    return answer.data.basic_auth.password


async def key_in_use(deployment: Deployment, credential_id: str) -> str:
    async with deployment.sql() as connection:
        key: str = await connection.fetchval("select sealing_key_id from credentials where id = $1", credential_id)
        return key


async def test_a_rotated_key_leaves_every_version_readable_and_nothing_under_the_old_key(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    credential_id = await with_versions(deployment)
    gone = await created(deployment)
    await deleted(deployment, gone.id)
    before, key = await new_active_key(deployment)

    done = await resealed(deployment, before)

    assert (done.resealed, done.broken) == (3, {})
    assert await rows_under(deployment, before) == 0
    assert await password_of(deployment, credential_id) == "three"
    assert await password_of(deployment, credential_id, 1) == "hunter2"
    await undelete(deployment, gone.id)
    assert await password_of(deployment, gone.id) == "hunter2"
    assert await findings(deployment) == []
    async with keys_of(deployment) as context:
        assert (await sealing.retire(context, OPERATOR, before)).state == "retired"
        path = context.directory / f"sealing-{before}.key"
        assert path.exists()
        assert (await sealing.destroy(context, OPERATOR, before)).state == "destroyed"
        assert not path.exists()
    assert await password_of(deployment, credential_id, 1) == "hunter2"
    await updated(deployment, credential_id, "data", data=samples("four")["basic_auth"])
    await restore(deployment, credential_id, 1)
    assert await password_of(deployment, credential_id) == "hunter2"
    assert await key_in_use(deployment, credential_id) == key.id
    assert await findings(deployment) == []


async def test_a_node_seals_under_the_new_key_within_a_second(own_deployment: Deployment) -> None:
    deployment = own_deployment
    _, key = await new_active_key(deployment)
    activated = time.monotonic()
    await until(lambda: deployment.service.pipeline._recorder.keyring.keys.active.id == key.id)
    assert time.monotonic() - activated < 1
    assert await key_in_use(deployment, (await created(deployment)).id) == key.id


async def test_a_write_under_a_key_that_was_retired_meanwhile_is_not_stored(own_deployment: Deployment) -> None:
    deployment = own_deployment
    keyring = deployment.service.pipeline._recorder.keyring
    stale = keyring.keys
    credential = await created(deployment)
    before, _ = await new_active_key(deployment)
    await resealed(deployment, before)
    async with keys_of(deployment) as context:
        await sealing.retire(context, OPERATOR, before)
    await deployment.hear()
    await until(lambda: keyring.keys.active.id != before)
    keyring._keys = stale  # as a node that was frozen
    assert (await refused(created(deployment))).reason == "KEY_RETIRED"
    # This row is under the key that the node has not heard of, which it then looks up.
    await updated(deployment, credential.id, "data", data=samples("two")["basic_auth"])
    assert await rows_under(deployment, before) == 0
    await updated(deployment, credential.id, "name", name="renamed")


async def test_a_key_with_rows_is_not_retired(own_deployment: Deployment) -> None:
    await created(own_deployment)
    before, key = await new_active_key(own_deployment)
    async with keys_of(own_deployment) as context:
        with pytest.raises(ServiceError, match="KEY_IN_USE") as caught:
            await sealing.retire(context, OPERATOR, before)
        assert caught.value.metadata["command"] == f"strongroom-server sealing-keys reseal {before}"
        with pytest.raises(ServiceError, match="KEY_STATE"):
            await sealing.retire(context, OPERATOR, key.id)
        with pytest.raises(ServiceError, match="KEY_STATE"):
            await sealing.destroy(context, OPERATOR, before)
        with pytest.raises(ServiceError, match="KEY_NOT_FOUND"):
            await sealing.activate(context, OPERATOR, "nothing")


async def test_a_changed_row_is_left_and_named(own_deployment: Deployment) -> None:
    deployment = own_deployment
    whole, widened = await created(deployment), await created(deployment)
    async with deployment.sql() as connection:
        await connection.execute("update credentials set allowed_hosts = '{evil.com}' where id = $1", widened.id)
    before, _ = await new_active_key(deployment)
    done = await resealed(deployment, before)
    assert done.resealed == 1
    assert [str(credential_id) for _, credential_id, _ in done.broken] == [widened.id]
    assert await password_of(deployment, whole.id) == "hunter2"
    assert (await refused(accessed(deployment, widened.id))).reason == "SEAL_BROKEN"


async def test_a_node_opens_what_is_sealed_under_a_key_that_it_has_not_heard_of(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = own_deployment
    credential_id = await with_versions(deployment)
    # What wakes the reading of the keys does not arrive any more.
    monkeypatch.setattr(deployment.service.key_reloading, "_changed", asyncio.Event())
    first, second = await new_active_key(deployment)
    # An older version alone: its row stays under the key that the node knows.
    async with keys_of(deployment) as context:
        boxes = await resealing.page(context.database, [first], "", resealing.FIRST, 10)
        older = [box for box in boxes if box.version.version == 1]
        assert await reseal._reseal_page(context, OPERATOR, older, reseal.Resealing()) == 1
    assert second.id not in deployment.service.pipeline._recorder.keyring.keys.sealing
    assert await password_of(deployment, credential_id, 1) == "hunter2"

    _, third = await new_active_key(deployment)
    assert (await resealed(deployment, first, second.id)).resealed == 2
    assert third.id not in deployment.service.pipeline._recorder.keyring.keys.sealing
    assert await password_of(deployment, credential_id) == "three"


async def test_an_etag_from_before_the_reseal_is_refused(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential = await created(deployment, named())
    before, _ = await new_active_key(deployment)
    await resealed(deployment, before)
    change = updated(deployment, credential.id, "name", name="renamed", etag=credential.etag)
    assert (await refused(change)).reason == "ETAG_MISMATCH"


async def test_the_request_id_of_a_change_of_a_key_is_where_its_event_is(own_deployment: Deployment) -> None:
    request = CreateSealingKeyRequest(sealing_key=SealingKey(), request_id="first")
    metadata = own_deployment.metadata
    made = await own_deployment.keys.CreateSealingKey(request, metadata=metadata)
    assert (await own_deployment.keys.CreateSealingKey(request, metadata=metadata)).id == made.id
    assert await findings(own_deployment) == []
