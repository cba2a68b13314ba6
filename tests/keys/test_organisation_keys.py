"""A sealing key of one organisation: its data is under it alone, and is unreadable once it is destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import ORGANISATION
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed, rows_under
from keys.test_rotation import key_in_use, password_of
from rpc.calls import accessed, deleted, listed, other_organisation, refused
from samples import created
from waiting import until

from strongroom_server.core.errors import ServiceError
from strongroom_server.keys import sealing
from strongroom_server.keys.rewrap import rewrap

if TYPE_CHECKING:
    from conftest import Deployment


async def known(deployment: Deployment, key_id: str, state: str) -> None:
    """Wait until the node knows the state of a key."""
    keyring = deployment.service.pipeline._recorder.keyring
    await until(lambda: key_id in keyring.keys.sealing and keyring.keys.sealing[key_id].state == state)


async def test_only_the_organisations_own_data_is_under_its_key(own_deployment: Deployment) -> None:
    deployment = own_deployment
    old = await created(deployment)
    deployment_key, key = await new_active_key(deployment, ORGANISATION)
    await known(deployment, key.id, "active")
    _, other = await other_organisation(deployment)
    assert await key_in_use(deployment, (await created(deployment)).id) == key.id
    assert await key_in_use(deployment, (await created(deployment, by=other)).id) == deployment_key
    assert await key_in_use(deployment, old.id) == deployment_key

    done = await resealed(deployment, deployment_key, organisation_id=ORGANISATION)

    assert done.resealed == 1
    assert await key_in_use(deployment, old.id) == key.id
    assert await password_of(deployment, old.id) == "hunter2"
    async with keys_of(deployment) as context:
        assert not (context.directory / f"sealing-{key.id}.key").exists()


async def test_a_destroyed_key_makes_the_data_unreadable_until_there_is_a_new_key(own_deployment: Deployment) -> None:
    deployment = own_deployment
    old = await created(deployment)
    deployment_key, key = await new_active_key(deployment, ORGANISATION)
    async with keys_of(deployment) as context:
        with pytest.raises(ServiceError, match="KEY_IN_USE") as caught:
            await sealing.destroy(context, OPERATOR, key.id, ORGANISATION)
        assert caught.value.metadata["command"].endswith(f"reseal --organisation {ORGANISATION}")
    await resealed(deployment, deployment_key, organisation_id=ORGANISATION)
    async with keys_of(deployment) as context:
        for wrong in ("", "acme"):
            with pytest.raises(ServiceError):
                await sealing.destroy(context, OPERATOR, key.id, wrong)
        await sealing.destroy(context, OPERATOR, key.id, ORGANISATION)
    await known(deployment, key.id, "destroyed")

    assert (await refused(accessed(deployment, old.id))).reason == "SEALING_KEY_DESTROYED"
    assert (await refused(created(deployment))).reason == "SEALING_KEY_DESTROYED"
    assert old.id in await listed(deployment)
    _, other = await other_organisation(deployment)
    await created(deployment, by=other)

    _, new = await new_active_key(deployment, ORGANISATION)
    await known(deployment, new.id, "active")
    assert await password_of(deployment, (await created(deployment)).id) == "hunter2"
    await deleted(deployment, old.id)
    assert await findings(deployment) == []


async def test_the_private_part_moves_to_the_next_key_of_the_deployment(own_deployment: Deployment) -> None:
    deployment = own_deployment
    before, key = await new_active_key(deployment, ORGANISATION)
    await known(deployment, key.id, "active")
    credential = await created(deployment)
    assert await rows_under(deployment, before) == 1
    _, newer = await new_active_key(deployment)
    async with keys_of(deployment) as context:
        with pytest.raises(ServiceError, match="KEY_IN_USE"):
            await sealing.retire(context, OPERATOR, before)
        assert await rewrap(context, OPERATOR, before) == 1
        await sealing.retire(context, OPERATOR, before)
        await sealing.destroy(context, OPERATOR, before)
    async with keys_of(deployment) as context:
        assert context.keyring.keys.sealing[key.id].wrapping == f"sealing:{newer.id}"
        assert context.keyring.holds(key.id)
    assert await password_of(deployment, credential.id) == "hunter2"
    assert await findings(deployment) == []
