"""A backup that is made while a node writes is the database at one moment, and a restored one goes on from there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import asyncpg
from backup.commands import AgeKey, age_key, back_up, restored
from conftest import Deployment, new_database, open_deployment
from rpc.calls import accessed, deleted, updated
from samples import created
from waiting import until

from strongroom_server.audit.verify import verify as verify_trail
from strongroom_server.audit.verify_rows import Checked, verify_rows
from strongroom_server.node.keyring import audited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["age_key"]


class Load:
    """Callers that create, update and delete credentials, and what was acknowledged to them."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.rounds = 0
        self.writes = 0
        # The last acknowledged revision of each credential.
        self.acknowledged: dict[str, int] = {}
        self.highest_number = 0

    async def forever(self) -> None:
        """Create, update and delete in turn, until cancelled."""
        while True:
            one, other = await created(self._deployment), await created(self._deployment)
            self.acknowledged[one.id] = self.acknowledged[other.id] = 1
            self.writes += 2
            self.highest_number = max(self.highest_number, one.number, other.number)
            await updated(self._deployment, one.id, "description", description="changed")
            self.acknowledged[one.id] = 2
            self.writes += 1
            await deleted(self._deployment, other.id)
            self.acknowledged[other.id] = 2
            self.writes += 1
            self.rounds += 1


@asynccontextmanager
async def under_load(deployment: Deployment) -> AsyncIterator[Load]:
    load = Load(deployment)
    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(load.forever()) for _ in range(8)]
        try:
            yield load
        finally:
            for caller in callers:
                caller.cancel()


async def test_a_backup_under_load_has_every_acknowledged_write_and_verifies(
    own_deployment: Deployment, age_key: AgeKey, tmp_path: Path, postgres_url: str
) -> None:
    async with under_load(own_deployment) as load:
        await until(lambda: load.rounds >= 20)
        before, writes = dict(load.acknowledged), load.writes
        files = await back_up(own_deployment, age_key, tmp_path)
        assert load.writes > writes
        after = load.rounds
        # More than the callers may have created before the end of the backup and not noted yet.
        await until(lambda: load.rounds >= after + 20)
        highest = load.highest_number
    url = await new_database(postgres_url, "template0")
    said = await restored(files, age_key, tmp_path / "new", url)
    connection = await asyncpg.connect(url)
    found = {row[0]: row[1] for row in await connection.fetch("select id::text, revision from credentials")}
    await connection.close()

    assert all(found.get(name, 0) >= revision for name, revision in before.items())
    assert len(found) < len(load.acknowledged)
    assert f"of {len(found):,} boxes" in said
    settings = replace(own_deployment.settings, data_dir=tmp_path / "new", database_url=url)
    async with audited(settings, url, opens=True) as (pool, keyring):
        assert await verify_trail(pool, keyring) == []
        checked = Checked()
        assert [finding async for finding in verify_rows(pool, keyring, checked)] == []
        assert checked.opened == len(found)

    async with open_deployment(url, tmp_path / "new") as again:
        row = await created(again)
        assert row.number > highest
        assert (await accessed(again, row.id)).data.basic_auth.password == "hunter2"
        assert (await accessed(again, next(iter(before)))).data.basic_auth.password == "hunter2"
