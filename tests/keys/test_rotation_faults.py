"""Faults of operators, and changes at the same time, that a rotation must survive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from conftest import ORGANISATION
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed, rows_under
from keys.test_organisation_keys import known
from keys.test_rotation import password_of, with_versions
from keys.test_rotation_under_load import environment
from node.test_process import ended
from rpc.calls import accessed, refused
from samples import created
from waiting import until

from strongroom_server.core.errors import ServiceError
from strongroom_server.keys import reseal as resealing
from strongroom_server.keys import sealing
from strongroom_server.keys.rewrap import rewrap
from strongroom_server.node import service as node
from strongroom_server.sealing.trusted_keys import KeyringError
from strongroom_server.store import resealing as store

if TYPE_CHECKING:
    from conftest import Deployment

    from strongroom_server.sealing.key_files import KeyFiles


async def test_an_organisation_goes_on_writing_after_a_key_that_was_never_active_is_retired(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    async with keys_of(deployment) as context:
        key = await sealing.create(context, OPERATOR, ORGANISATION)
        with pytest.raises(ServiceError, match="KEY_STATE"):
            await sealing.destroy(context, OPERATOR, key.id, ORGANISATION)
        await sealing.retire(context, OPERATOR, key.id)
        with pytest.raises(ServiceError, match="KEY_STATE"):
            await sealing.destroy(context, OPERATOR, key.id)
    await known(deployment, key.id, "retired")
    await created(deployment)


async def test_a_reseal_that_was_late_changes_no_box_that_returned_to_its_old_key(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential_id = await with_versions(deployment)
    first, second = await new_active_key(deployment)
    async with keys_of(deployment) as context:
        page = await store.page(context.database, [first], "", store.FIRST, 100)
        late = [await resealing.prepare_reseal(context, OPERATOR, box) for box in page]
    await resealed(deployment, first)
    async with keys_of(deployment) as context:
        await sealing.activate(context, OPERATOR, first)
    await resealed(deployment, second.id)
    async with keys_of(deployment) as context:
        await store.replace(context.database, late)
    assert await password_of(deployment, credential_id, 1) == "hunter2"
    assert await password_of(deployment, credential_id) == "three"
    assert await findings(deployment) == []


async def test_a_private_part_is_never_wrapped_by_a_key_that_was_retired_meanwhile(own_deployment: Deployment) -> None:
    deployment = own_deployment
    first, key = await new_active_key(deployment, ORGANISATION)
    _, second = await new_active_key(deployment)
    async with keys_of(deployment) as late:
        _, third = await new_active_key(deployment)
        async with keys_of(deployment) as context:
            await sealing.retire(context, OPERATOR, second.id)
            await sealing.destroy(context, OPERATOR, second.id)
        assert await rewrap(late, OPERATOR, first) == 1
    async with keys_of(deployment) as context:
        assert context.keyring.keys.sealing[key.id].wrapping == f"sealing:{third.id}"
        assert context.keyring.holds(key.id)


async def test_two_reseals_at_once_leave_every_version_readable(own_deployment: Deployment) -> None:
    deployment = own_deployment
    ids = [await with_versions(deployment) for _ in range(30)]
    first, _ = await new_active_key(deployment)
    await asyncio.gather(*(resealed(deployment, first) for _ in range(3)))
    assert await rows_under(deployment, first) == 0
    for credential_id in ids:
        assert await password_of(deployment, credential_id, 1) == "hunter2"
    assert await findings(deployment) == []


async def test_a_key_that_wraps_an_organisations_key_is_not_destroyed(own_deployment: Deployment) -> None:
    deployment = own_deployment
    first, key = await new_active_key(deployment, ORGANISATION)
    await known(deployment, key.id, "active")
    credential = await created(deployment)
    await new_active_key(deployment)
    async with keys_of(deployment) as context:
        with pytest.raises(ServiceError, match="KEY_STATE") as caught:
            await sealing.destroy(context, OPERATOR, first, first)
        assert key.id in caught.value.metadata["rule"]
        await rewrap(context, OPERATOR, first)
        await sealing.destroy(context, OPERATOR, first, first)
    assert await password_of(deployment, credential.id) == "hunter2"


async def test_a_retiring_key_of_an_organisation_is_destroyed_beside_its_active_one(own_deployment: Deployment) -> None:
    deployment = own_deployment
    _, lost = await new_active_key(deployment, ORGANISATION)
    await known(deployment, lost.id, "active")
    old = await created(deployment)
    _, key = await new_active_key(deployment, ORGANISATION)
    await known(deployment, key.id, "active")
    kept = await created(deployment)
    async with keys_of(deployment) as context:
        await sealing.destroy(context, OPERATOR, lost.id, ORGANISATION)
    await known(deployment, lost.id, "destroyed")
    assert (await refused(accessed(deployment, old.id))).reason == "SEALING_KEY_DESTROYED"
    assert await password_of(deployment, kept.id) == "hunter2"
    assert await password_of(deployment, (await created(deployment)).id) == "hunter2"


async def test_a_node_without_the_private_part_does_not_begin_to_reseal(own_deployment: Deployment) -> None:
    deployment = own_deployment
    first, _ = await new_active_key(deployment)
    (deployment.settings.keys_dir / f"sealing-{first}.key").unlink()
    status, said = await ended("sealing-keys", "reseal", first, **environment(deployment))
    assert status == 1
    assert said.startswith(
        f"strongroom-server: this node does not hold the private part of the sealing key {first}: copy"
    )


async def test_nodes_start_again_after_a_key_that_wraps_others_was_lost(own_deployment: Deployment) -> None:
    deployment = own_deployment
    first, lost = await new_active_key(deployment, ORGANISATION)
    await known(deployment, lost.id, "active")
    unreadable = await created(deployment)
    await new_active_key(deployment)
    (deployment.settings.keys_dir / f"sealing-{first}.key").unlink()
    with pytest.raises(KeyringError, match=f"sealing key {first}, which is retiring"):
        async with node.service(deployment.settings, deployment.database_url):
            pass
    _, new = await new_active_key(deployment, ORGANISATION)
    async with keys_of(deployment) as context:
        await sealing.destroy(context, OPERATOR, lost.id, ORGANISATION)
        await sealing.destroy(context, OPERATOR, first, first)
    async with node.service(deployment.settings, deployment.database_url):
        pass
    await known(deployment, new.id, "active")
    assert await password_of(deployment, (await created(deployment)).id) == "hunter2"
    assert (await refused(accessed(deployment, unreadable.id))).reason == "SEALING_KEY_DESTROYED"


async def test_a_slow_reading_of_the_keys_does_not_put_back_old_ones(own_deployment: Deployment) -> None:
    keyring = own_deployment.service.recorder.keyring
    read_files, slow = keyring._read_files, asyncio.Event()
    assert read_files is not None

    async def read_slowly() -> KeyFiles:
        keyring._read_files = read_files
        await slow.wait()
        return await read_files()

    async with keys_of(own_deployment) as context:
        key = await sealing.create(context, OPERATOR)
        await known(own_deployment, key.id, "pending")
        await context.keyring.reload()
        keyring._read_files = read_slowly
        reading = asyncio.create_task(keyring.reload())
        await asyncio.sleep(0.2)
        await sealing.activate(context, OPERATOR, key.id)
    await asyncio.sleep(0.5)
    slow.set()
    await reading
    await until(lambda: keyring.keys.active.id == key.id)
