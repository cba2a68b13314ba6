"""Credentials are stored atomically, and deleted after they expire."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import grpc.aio
import pytest
from conftest import ORGANISATION, Deployment, open_deployment
from rpc.calls import read, refused
from waiting import until

from strongroom.v1.credential_pb2 import Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    GetCredentialRequest,
    ListCredentialsRequest,
)
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.jobs import sweeper
from strongroom_server.node import embedded_postgres
from strongroom_server.store import audit, expiry

if TYPE_CHECKING:
    from datetime import datetime

LATER = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"


def request(
    name: str = "n", expire_time: datetime | None = None, live_credential_id: str = ""
) -> CreateCredentialRequest:
    data = CredentialData(text=TextData(value="hunter2"))
    credential = Credential(name=name, data=data, live_credential_id=live_credential_id)
    if expire_time is not None:
        credential.expire_time.FromDatetime(expire_time)
    return CreateCredentialRequest(credential=credential, request_id=str(uuid.uuid4()))


async def created(deployment: Deployment, sent: CreateCredentialRequest | None = None) -> Credential:
    return await deployment.credentials.CreateCredential(sent or request(), metadata=deployment.metadata)


async def stored_names(connection: asyncpg.Connection[asyncpg.Record]) -> set[str]:
    """The names of the stored credentials. Each must have its box, request id and event."""
    rows = await connection.fetch(
        """
        select c.name, b.version, r.request_id, e.event_id from credentials c
        full join boxes b on b.credential_id = c.id
        full join request_ids r on r.credential_id = c.id
        full join audit_events e on e.credential_id = c.id where e.action = 'CreateCredential' or e.action is null
        """
    )
    assert all(None not in row.values() for row in rows), "a credential was stored partially"
    return {row["name"] for row in rows}


async def test_a_create_is_one_statement(own_deployment: Deployment) -> None:
    seen: list[str] = []

    def note(logged: asyncpg.connection.LoggedQuery) -> None:
        seen.append(logged.query)

    await created(own_deployment)
    for holder in own_deployment.service.database._pool._holders:  # type: ignore[attr-defined] # its stubs leave it out
        if holder._con is not None:
            holder._con.add_query_logger(note)
    await created(own_deployment)

    assert len([query for query in seen if "insert into" in query]) == 1
    assert len([query for query in seen if "credential_numbers" not in query]) == 1


async def test_killing_backends_during_creates_leaves_no_partial_credential(own_deployment: Deployment) -> None:
    names = [f"n{index}" for index in range(60)]
    calls = [asyncio.create_task(created(own_deployment, request(name))) for name in names]
    async with own_deployment.sql() as connection:
        for _ in range(5):
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'strongroom'"
            )
            await asyncio.sleep(0.01)
        answers = await asyncio.gather(*calls, return_exceptions=True)
        acknowledged = {answer.name for answer in answers if isinstance(answer, Credential)}
        refusals = {read(answer).reason for answer in answers if isinstance(answer, grpc.aio.AioRpcError)}

        assert refusals <= {"DATABASE_UNAVAILABLE"}
        assert acknowledged <= await stored_names(connection)


async def test_a_killed_postgres_has_every_acknowledged_credential(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        await asyncio.to_thread(place.chmod, 0o711)  # Postgres may run as another user
        postgres = await embedded_postgres.start(place / "postgres")
        try:
            async with open_deployment(postgres.url, tmp_path) as deployment:
                await created(deployment, request("first"))
                calls = [asyncio.create_task(created(deployment, request(f"n{index}"))) for index in range(100)]
                await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
                os.kill(postgres.pid, signal.SIGKILL)
                answers = await asyncio.gather(*calls, return_exceptions=True)
                reasons = {read(answer).reason for answer in answers if isinstance(answer, grpc.aio.AioRpcError)}
        finally:
            await postgres.stop()
        assert reasons <= {"DATABASE_UNAVAILABLE"}
        acknowledged = {answer.name for answer in answers if isinstance(answer, Credential)} | {"first"}

        postgres = await embedded_postgres.start(place / "postgres")
        try:
            connection = await asyncpg.connect(postgres.url)
            try:
                assert acknowledged <= await stored_names(connection)
            finally:
                await connection.close()
        finally:
            await postgres.stop()


async def test_an_expired_credential_is_hidden_immediately_and_deleted_later(own_deployment: Deployment) -> None:
    expire_time = own_deployment.service.watch.now() + timedelta(hours=1)
    live = await created(own_deployment, request("live", expire_time))
    twin = await created(own_deployment, request("twin", live_credential_id=live.id))
    kept = await created(own_deployment, request("kept"))
    async with own_deployment.sql() as connection:
        await connection.execute(LATER.format("statement_timestamp() + interval '2 hours'"))

        for gone in (live, twin):
            for call in (
                own_deployment.credentials.GetCredential(
                    GetCredentialRequest(id=gone.id), metadata=own_deployment.metadata
                ),
                own_deployment.credentials.AccessCredential(
                    AccessCredentialRequest(id=str(gone.number)), metadata=own_deployment.metadata
                ),
            ):
                assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
        listed = await own_deployment.credentials.ListCredentials(
            ListCredentialsRequest(), metadata=own_deployment.metadata
        )
        assert [credential.id for credential in listed.credentials] == [kept.id]
        assert await connection.fetchval("select count(*) from credentials") == 3

        # The node's own sweeper may have deleted them already.
        await sweeper.sweep(own_deployment.service.database, own_deployment.service.recorder)

        assert [row[0] for row in await connection.fetch("select name from credentials")] == ["kept"]
        assert await connection.fetchval("select count(*) from boxes") == 1
        events = await connection.fetch("select credential_id from audit_events where action = 'RemoveCredential'")
        assert {str(row[0]) for row in events} == {live.id, twin.id}
        assert await sweeper.sweep(own_deployment.service.database, own_deployment.service.recorder) == 0


async def test_the_sweeper_deletes_in_batches_and_also_old_request_ids(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire_time = own_deployment.service.watch.now() + timedelta(hours=1)
    await asyncio.gather(*(created(own_deployment, request(f"n{index}", expire_time)) for index in range(5)))
    await created(own_deployment)
    database = own_deployment.service.database
    async with own_deployment.sql() as connection:
        await connection.execute(LATER.format("statement_timestamp() + interval '25 hours'"))

        assert await expiry.organisations_with_expired(database) == [ORGANISATION]
        monkeypatch.setattr(sweeper, "BATCH", 2)
        recorder = own_deployment.service.recorder
        assert [await sweeper._delete_expired(database, recorder, ORGANISATION) for _ in range(4)] == [2, 2, 1, 0]
        assert [await expiry.delete_request_ids(database, limit=4) for _ in range(3)] == [4, 2, 0]
        assert await connection.fetchval("select count(*) from credentials") == 1


async def test_the_sweeper_continues_after_an_error(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    await created(own_deployment, request("n", own_deployment.service.watch.now() + timedelta(hours=1)))
    monkeypatch.setattr(sweeper, "EVERY_SECONDS", 0.01)
    failed = asyncio.Event()
    monkeypatch.setattr(sweeper._log, "warning", lambda *_, **__: failed.set(), raising=False)
    async with own_deployment.sql() as connection:
        await connection.execute("alter table audit_events rename to audit_events_away")
        await connection.execute(LATER.format("statement_timestamp() + interval '2 hours'"))
        sweeping = asyncio.create_task(
            sweeper.sweep_forever(own_deployment.service.database, own_deployment.service.recorder, 0)
        )
        try:
            await until(failed.is_set)
            assert await connection.fetchval("select count(*) from credentials") == 1
            await connection.execute("alter table audit_events_away rename to audit_events")
            await until(lambda: connection.fetchval("select count(*) = 0 from credentials"))
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def test_an_access_without_its_event_is_refused_and_metadata_is_still_read(own_deployment: Deployment) -> None:
    credential = await created(own_deployment)
    async with own_deployment.sql() as connection:
        await connection.execute("alter table audit_events rename to audit_events_away")
        access = AccessCredentialRequest(id=credential.id)
        refusal = await refused(own_deployment.credentials.AccessCredential(access, metadata=own_deployment.metadata))
        got = await own_deployment.credentials.GetCredential(
            GetCredentialRequest(id=credential.id), metadata=own_deployment.metadata
        )
        await connection.execute("alter table audit_events_away rename to audit_events")
        accessed = await own_deployment.credentials.AccessCredential(access, metadata=own_deployment.metadata)

    assert refusal.reason == "AUDIT_UNAVAILABLE"
    assert got.name == "n"
    assert accessed.data.text.value == "hunter2"


async def test_an_event_that_cannot_be_written_does_not_block_later_events(own_deployment: Deployment) -> None:
    database = own_deployment.service.database

    def event() -> records.AuditEvent:
        return records.AuditEvent(
            ORGANISATION, uuid.uuid4(), own_deployment.service.watch.now(), "Test", "OK", "key", ""
        )

    twice = event()
    await audit.commit(database, twice)
    with pytest.raises(ServiceError, match="AUDIT_UNAVAILABLE"):
        await audit.commit(database, twice)
    await asyncio.gather(*(audit.commit(database, event()) for _ in range(20)))

    async with own_deployment.sql() as connection:
        assert await connection.fetchval("select count(*) from audit_events where action = 'Test'") == 21
