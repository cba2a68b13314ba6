"""Credentials are stored atomically, together with their box, request id and event."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import grpc.aio
import pytest
from conftest import ORGANISATION, Deployment, open_deployment
from rpc.calls import read, refused

from strongroom.v1.credential_pb2 import Credential, CredentialData, TextData
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    CreateCredentialRequest,
    GetCredentialRequest,
)
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.node import embedded_postgres
from strongroom_server.store import audit

if TYPE_CHECKING:
    from datetime import datetime


def request(
    name: str = "n", expire_time: datetime | None = None, live_credential_id: str = ""
) -> CreateCredentialRequest:
    data = CredentialData(text=TextData(value="hunter2"))
    credential = Credential(name=name, data=data, live_credential_id=live_credential_id)
    if expire_time is not None:
        credential.expire_time.FromDatetime(expire_time)
    return CreateCredentialRequest(credential=credential, request_id=str(uuid.uuid4()))


async def create(deployment: Deployment, sent: CreateCredentialRequest | None = None) -> Credential:
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

    await create(own_deployment)
    for holder in own_deployment.service.database._pool._holders:  # type: ignore[attr-defined] # its stubs leave it out
        if holder._con is not None:
            holder._con.add_query_logger(note)
    await create(own_deployment)

    assert len([query for query in seen if "insert into" in query]) == 1
    assert len([query for query in seen if "credential_numbers" not in query]) == 1


async def test_killing_backends_during_creates_leaves_no_partial_credential(own_deployment: Deployment) -> None:
    names = [f"n{index}" for index in range(60)]
    calls = [asyncio.create_task(create(own_deployment, request(name))) for name in names]
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
                await create(deployment, request("first"))
                calls = [asyncio.create_task(create(deployment, request(f"n{index}"))) for index in range(100)]
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


async def test_an_access_without_its_event_is_refused_and_metadata_is_still_read(own_deployment: Deployment) -> None:
    credential = await create(own_deployment)
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
