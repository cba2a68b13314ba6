"""The sweeper deletes expired credentials and old request ids; reads hide expired credentials before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conftest import ORGANISATION, Deployment, open_deployment
from rpc.calls import refused
from store.test_credentials import create, request
from waiting import until

from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    DeleteCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
)
from strongroom_server.access.organisations import read_verified
from strongroom_server.jobs import sweeper
from strongroom_server.node import service as node
from strongroom_server.store import expiry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LATER = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"


@pytest.fixture
async def unswept(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """A deployment for one test. Its node has no sweeper of its own, which could delete before the test looks."""

    async def sweep_never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(node, "sweep_forever", sweep_never)
    async with open_deployment(database_url, tmp_path / "deployment") as deployment:
        yield deployment


async def test_an_expired_credential_is_hidden_immediately_and_deleted_later(unswept: Deployment) -> None:
    expire_time = unswept.service.watch.now() + timedelta(hours=1)
    live = await create(unswept, request("live", expire_time))
    twin = await create(unswept, request("twin", live_credential_id=live.id))
    kept = await create(unswept, request("kept"))
    async with unswept.sql() as connection:
        await connection.execute(LATER.format("statement_timestamp() + interval '2 hours'"))

        for gone in (live, twin):
            for call in (
                unswept.credentials.GetCredential(GetCredentialRequest(id=gone.id), metadata=unswept.metadata),
                unswept.credentials.AccessCredential(
                    AccessCredentialRequest(id=str(gone.number)), metadata=unswept.metadata
                ),
            ):
                assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
        listed = await unswept.credentials.ListCredentials(ListCredentialsRequest(), metadata=unswept.metadata)
        assert [credential.id for credential in listed.credentials] == [kept.id]
        assert await connection.fetchval("select count(*) from credentials") == 3

        async def are_deleted() -> bool:
            # Another job of the node may hold their rows.
            await sweeper.sweep(unswept.service.database, unswept.service.recorder)
            return [row[0] for row in await connection.fetch("select name from credentials")] == ["kept"]

        await until(are_deleted)
        assert await connection.fetchval("select count(*) from boxes") == 1
        events = await connection.fetch("select credential_id from audit_events where action = 'RemoveCredential'")
        assert {str(row[0]) for row in events} == {live.id, twin.id}
        assert await sweeper.sweep(unswept.service.database, unswept.service.recorder) == 0


async def test_the_sweeper_deletes_in_batches_and_also_old_request_ids(
    unswept: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire_time = unswept.service.watch.now() + timedelta(hours=1)
    await asyncio.gather(*(create(unswept, request(f"n{index}", expire_time)) for index in range(5)))
    await create(unswept)
    database = unswept.service.database
    async with unswept.sql() as connection:
        await connection.execute(LATER.format("statement_timestamp() + interval '25 hours'"))

        assert await expiry.organisations_with_expired(database) == [ORGANISATION]
        monkeypatch.setattr(sweeper, "BATCH", 2)
        recorder = unswept.service.recorder
        settings = await read_verified(database, recorder.keyring, ORGANISATION)
        assert [await sweeper._delete_expired(database, recorder, settings) for _ in range(4)] == [2, 2, 1, 0]
        assert [await expiry.delete_request_ids(database, limit=4) for _ in range(3)] == [4, 2, 0]
        assert await connection.fetchval("select count(*) from credentials") == 1


async def test_the_sweeper_continues_after_an_error(unswept: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    await create(unswept, request("n", unswept.service.watch.now() + timedelta(hours=1)))
    monkeypatch.setattr(sweeper, "EVERY_SECONDS", 0.01)
    failed = asyncio.Event()
    monkeypatch.setattr(sweeper._log, "warning", lambda *_, **__: failed.set(), raising=False)
    async with unswept.sql() as connection:
        await connection.execute("alter table audit_events rename to audit_events_away")
        await connection.execute(LATER.format("statement_timestamp() + interval '2 hours'"))
        sweeping = asyncio.create_task(
            sweeper.sweep_forever(unswept.service.database, unswept.service.recorder, 0, lambda: True)
        )
        try:
            await until(failed.is_set)
            assert await connection.fetchval("select count(*) from credentials") == 1
            await connection.execute("alter table audit_events_away rename to audit_events")
            await until(lambda: connection.fetchval("select count(*) = 0 from credentials"))
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def test_the_sweeper_deletes_nothing_that_nobody_signed(unswept: Deployment) -> None:
    database, recorder = unswept.service.database, unswept.service.recorder
    forged, kept = await create(unswept, request("forged")), await create(unswept, request("deleted"))
    await unswept.credentials.DeleteCredential(DeleteCredentialRequest(id=kept.id), metadata=unswept.metadata)
    async with unswept.sql() as connection:
        await connection.execute(
            "update credentials set expire_time = now() - interval '1 day' where id = $1", forged.id
        )
        assert await sweeper.sweep(database, recorder) == 0
        await connection.execute("update organisations set undelete_window = '0', kept_versions = 1")
        assert await sweeper.sweep(database, recorder) == 0
        assert await connection.fetchval("select count(*) from credentials") == 2


async def test_the_sweeper_waits_while_the_clock_is_wrong(unswept: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    await create(unswept, request("n", unswept.service.watch.now() + timedelta(hours=1)))
    monkeypatch.setattr(sweeper, "EVERY_SECONDS", 0.01)
    looked, is_right = asyncio.Event(), False

    def clock_is_right() -> bool:
        looked.set()
        return is_right

    async with unswept.sql() as connection:
        await connection.execute(LATER.format("statement_timestamp() + interval '2 hours'"))
        sweeping = asyncio.create_task(
            sweeper.sweep_forever(unswept.service.database, unswept.service.recorder, 0, clock_is_right)
        )
        try:
            await until(looked.is_set)
            assert await connection.fetchval("select count(*) from credentials") == 1
            is_right = True
            await until(lambda: connection.fetchval("select count(*) = 0 from credentials"))
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
