"""A node whose keys are incomplete or wrong does not start: it ends with a status of its own, and names the key and the remedy."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import open_deployment
from keys.rotating import OPERATOR, keys_of
from keys.test_rotation import password_of
from msgspec import structs
from node.test_process import ended
from rpc.calls import accessed, listed, refused
from samples import created
from waiting import until

from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL, ListCredentialsRequest
from strongroom_server.keys import sealing, signing
from strongroom_server.node import service as node
from strongroom_server.sealing import registration
from strongroom_server.sealing.trusted_keys import KeyringError
from strongroom_server.store import keys

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment


@pytest.fixture
async def stopped(database_url: str, tmp_path: Path) -> Deployment:
    """A deployment whose node has stopped."""
    async with open_deployment(database_url, tmp_path / "deployment") as opened:
        pass
    return opened


async def refusal_of(deployment: Deployment) -> str:
    """The line with which a node refuses to start."""
    with pytest.raises(KeyringError) as caught:
        async with node.service(deployment.settings, deployment.database_url):
            pass
    return str(caught.value)


async def test_serve_ends_with_the_status_of_key_errors(stopped: Deployment) -> None:
    async with keys_of(stopped) as context:
        key = await sealing.create(context, OPERATOR)
    (stopped.settings.keys_dir / f"sealing-{key.id}.key").unlink()
    status, said = await ended(
        "serve",
        STRONGROOM_DATA_DIR=str(stopped.settings.data_dir),
        STRONGROOM_DATABASE_URL=stopped.database_url,
        STRONGROOM_GRPC_PORT="0",
        STRONGROOM_HTTP_PORT="0",
    )
    assert status == 3
    assert said.count("\n") == 1
    assert f"the private part of the sealing key {key.id}, which is pending, is not on this node: copy" in said


async def test_a_private_part_of_another_key_is_named(stopped: Deployment) -> None:
    (path,) = stopped.settings.keys_dir.glob("sealing-*.key")
    path.write_text(secrets.token_hex(32))
    assert f"{path.name} in {stopped.settings.keys_dir} is not the private part" in await refusal_of(stopped)


async def test_a_canary_that_does_not_open_is_named(stopped: Deployment) -> None:
    async with keys_of(stopped) as context, context.database.transaction() as transaction:
        root = await context.root("test")
        (key,) = await keys.sealing_keys(transaction)
        broken = registration.register_sealing_key(root, registration.new_sealing_pair(), key.create_time)
        await keys.replace_sealing_key(
            transaction, registration.root_signed(root, structs.replace(key, canary=broken.canary))
        )
    assert f"the sealing key {key.id} of this node does not open its canary" in await refusal_of(stopped)


async def test_a_changed_key_row_is_named(stopped: Deployment) -> None:
    async with stopped.sql() as connection:
        await connection.execute("update sealing_keys set create_time = now()")
    assert "was changed: it is not signed by the root key" in await refusal_of(stopped)


async def test_a_file_without_a_row_is_named(stopped: Deployment) -> None:
    stray = stopped.settings.keys_dir / "sealing-deadbeef.key"
    stray.write_text(secrets.token_hex(32))
    stray.chmod(0o600)
    assert f"remove {stray} if `sealing-keys create` was interrupted" in await refusal_of(stopped)


async def test_a_node_whose_signer_is_retired_does_not_start(stopped: Deployment, tmp_path: Path) -> None:
    async with keys_of(stopped) as context:
        (own, _) = context.keyring.signer_ids
        old_file = tmp_path / f"signing-{own}.key"
        shutil.copy2(stopped.settings.keys_dir / old_file.name, old_file)
        key = await signing.create(context, OPERATOR, "write")
        await signing.activate(context, OPERATOR, key.id)
    (path,) = stopped.settings.keys_dir.glob("signing-*.key")
    assert path.name == f"signing-{key.id}.key"
    async with keys_of(stopped) as context:
        assert (await signing.retire(context, OPERATOR, own, force=True)).state == "retired"
    async with node.service(stopped.settings, stopped.database_url):
        pass
    path.unlink()
    old_file.rename(stopped.settings.keys_dir / old_file.name)
    assert f"the signing key {own} of this node is retired" in await refusal_of(stopped)


async def test_a_running_node_without_a_new_private_part_is_not_ready_until_it_has_it(
    own_deployment: Deployment, tmp_path: Path
) -> None:
    deployment = own_deployment
    assert await deployment.service.ready()
    async with keys_of(deployment) as context:
        key = await sealing.create(context, OPERATOR)
        await context.keyring.reload()
        file = deployment.settings.keys_dir / f"sealing-{key.id}.key"
        elsewhere = file.rename(tmp_path / file.name)
        # It may have read the file already.
        deployment.service.key_reloading.wake()
        await until(lambda: [key.id for key in deployment.service.pipeline._recorder.keyring.missing] == [key.id])
        assert await deployment.service.ready()
        await sealing.activate(context, OPERATOR, key.id)
    await until(lambda: not deployment.service.key_reloading.is_complete)
    assert not await deployment.service.ready()
    credential = await created(deployment)
    assert (await refused(accessed(deployment, credential.id))).reason == "OPENING_KEY_ABSENT"
    elsewhere.rename(file)
    await until(deployment.service.ready)
    assert await password_of(deployment, credential.id) == "hunter2"


async def test_a_row_under_an_unknown_key_is_broken_alone(own_deployment: Deployment) -> None:
    deployment = own_deployment
    whole, unknown = await created(deployment), await created(deployment)
    async with deployment.sql() as connection:
        for table, column in (("boxes", "credential_id"), ("credentials", "id")):
            await connection.execute(f"update {table} set sealing_key_id = 'unknown' where {column} = $1", unknown.id)
    assert (await refused(accessed(deployment, unknown.id))).reason == "SEAL_BROKEN"
    assert await password_of(deployment, whole.id) == "hunter2"
    assert {whole.id, unknown.id} <= set(await listed(deployment))
    page = await deployment.credentials.ListCredentials(
        ListCredentialsRequest(view=CREDENTIAL_VIEW_FULL), metadata=deployment.metadata
    )
    assert {each.id: each.HasField("data") for each in page.credentials} == {whole.id: True, unknown.id: False}
