"""A backup made while keys are rotated can be restored: the drill of a deployment that uses several keys at once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from backup.commands import AgeKey, age_key, back_up, restored
from conftest import ORGANISATION, Deployment, new_database, open_deployment
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed, rows_under
from rpc.calls import accessed, updated
from samples import created, samples
from waiting import until

from strongroom_server.keys import sealing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["age_key"]


@pytest.fixture
async def empty_url(postgres_url: str) -> str:
    return await new_database(postgres_url, "template0")


async def test_what_several_keys_sealed_opens_after_a_restore_and_the_rotation_can_be_finished(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, empty_url: str
) -> None:
    deployment = own_deployment
    under_first = await created(deployment)
    first, second = await new_active_key(deployment)
    await until(lambda: deployment.service.recorder.keyring.keys.active.id == second.id)
    under_second = await created(deployment)
    # A key of the organisation, whose private part the second key wraps.
    _, own = await new_active_key(deployment, ORGANISATION)
    await until(lambda: ORGANISATION in deployment.service.recorder.keyring.keys.own)
    under_own = await updated(deployment, (await created(deployment)).id, "data", data=samples("own")["basic_auth"])
    await new_active_key(deployment)

    said = await restored(await back_up(deployment, age_key, tmp_path), age_key, tmp_path / "new", empty_url)
    # The sample has present versions only.
    assert "opened 3 of 4 boxes" in said

    # The root key is kept elsewhere.
    shutil.copy(deployment.settings.root_key_path, tmp_path / "new" / "keys")
    async with open_deployment(empty_url, tmp_path / "new") as again:
        for credential in (under_first, under_second):
            assert (await accessed(again, credential.id)).data == samples()["basic_auth"]
        assert (await accessed(again, under_own.id)).data == samples("own")["basic_auth"]
        assert (await resealed(again, first, second.id)).resealed == 2
        async with keys_of(again) as context:
            await sealing.retire(context, OPERATOR, first)
        assert await rows_under(again, own.id) > 0
        for credential in (under_first, under_second, under_own):
            await accessed(again, credential.id)
        assert await findings(again) == []
