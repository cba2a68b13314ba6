"""A key is rotated under load while the reseal and a node are killed: every row opens before, during and after."""

from __future__ import annotations

import asyncio
import random
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, rows_under
from keys.test_rotation import password_of
from node.test_process import BIN, ended, running
from rpc.calls import read, updated
from samples import created, named, samples
from waiting import until

from strongroom.v1.credential_service_pb2 import CreateCredentialRequest
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server.keys import sealing

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

# Errors that a caller may get while nodes and connections are killed; it tries again.
PASSING = {"CONCURRENT_CHANGE", "DATABASE_UNAVAILABLE", "KEY_RETIRED"}


@dataclass(slots=True)
class Load:
    """Callers of a deployment. `passwords` has, for each credential, the acknowledged ones by version."""

    deployment: Deployment
    passwords: dict[str, dict[int, str]] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def create(self) -> None:
        credential = await created(self.deployment)
        self.passwords[credential.id] = {1: "hunter2"}

    async def update(self) -> None:
        credential_id, marker = random.choice(list(self.passwords)), f"hunter2-{random.random()}"
        changed = await updated(self.deployment, credential_id, "data", data=samples(marker)["basic_auth"])
        self.passwords[credential_id][changed.version] = marker

    async def access(self) -> None:
        credential_id = random.choice(list(self.passwords))
        known = dict(self.passwords[credential_id])
        version = random.choice(list(known))
        # Ten versions are kept.
        if version > max(known) - 5:
            assert await password_of(self.deployment, credential_id, version) == known[version]

    async def run(self) -> None:
        while not self.ended.is_set():
            try:
                await random.choice((self.create, self.update, self.access, self.access))()
            except grpc.aio.AioRpcError as error:
                assert read(error).reason in PASSING  # noqa: PT017 - other errors are expected too


def environment(deployment: Deployment) -> dict[str, str]:
    return {
        "STRONGROOM_DATABASE_URL": deployment.database_url,
        "STRONGROOM_DATA_DIR": str(deployment.settings.data_dir),
    }


async def killed_reseal(deployment: Deployment, key_id: str) -> None:
    """Run the reseal until it has changed something, and kill it at a random moment."""
    before = await rows_under(deployment, key_id)
    process = await asyncio.create_subprocess_exec(
        BIN / "strongroom-server", "sealing-keys", "reseal", key_id, "--rate", "150",
        env=environment(deployment), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    async def has_begun() -> bool:
        return process.returncode is not None or await rows_under(deployment, key_id) < before

    await until(has_begun)
    await asyncio.sleep(random.uniform(0, 0.05))
    if process.returncode is None:
        process.kill()
    await process.wait()


async def other_node(deployment: Deployment, load: Load) -> None:
    """Another node takes creates until it is killed."""
    async with running("serve", **environment(deployment)) as run, grpc.aio.insecure_channel(run.target) as channel:
        stub = CredentialServiceStub(channel)

        async def create() -> None:
            request = CreateCredentialRequest(credential=named())
            while True:
                made = await stub.CreateCredential(request, metadata=deployment.metadata)
                load.passwords[made.id] = {1: "hunter2"}

        creates = [asyncio.create_task(create()) for _ in range(2)]
        await asyncio.sleep(0.5)
        run.process.send_signal(signal.SIGKILL)
        for failed in await asyncio.gather(*creates, return_exceptions=True):
            assert isinstance(failed, grpc.aio.AioRpcError)


async def rotated(deployment: Deployment, credentials: int, kills: int) -> None:
    load = Load(deployment)
    for _ in range(credentials):
        await load.create()
    callers = [asyncio.create_task(load.run()) for _ in range(3)]
    before, _ = await new_active_key(deployment)
    await asyncio.gather(other_node(deployment, load), *(killed_reseal(deployment, before) for _ in range(1)))
    for _ in range(kills - 1):
        await killed_reseal(deployment, before)
    status, said = await ended("sealing-keys", "reseal", before, **environment(deployment))
    assert status == 0, said
    load.ended.set()
    await asyncio.gather(*callers)
    assert await rows_under(deployment, before) == 0
    async with keys_of(deployment) as context:
        await sealing.retire(context, OPERATOR, before)
        await sealing.destroy(context, OPERATOR, before)
    for credential_id, known in load.passwords.items():
        assert await password_of(deployment, credential_id) == known[max(known)]
    assert await findings(deployment) == []


async def test_a_rotation_under_load_survives_kills(own_deployment: Deployment) -> None:
    await rotated(own_deployment, 100, 2)


@pytest.mark.soak
async def test_long_rotation_under_load_survives_many_kills(own_deployment: Deployment, tmp_path: Path) -> None:
    await rotated(own_deployment, 2_000, 20)
