"""Backends are killed at random times: each acknowledged change is stored once with its event, any other once or not at all."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import TYPE_CHECKING

import grpc.aio
import pytest
from rpc.calls import read
from samples import created, named

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, CreateCredentialRequest

if TYPE_CHECKING:
    from conftest import Deployment

KILL = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'strongroom' and random() < 0.5
"""
# Each credential with the number of its boxes and of its create events, by the request that created it.
MADE = """
    select r.request_id, count(distinct c.id), count(distinct b.version),
        count(distinct e.event_id) filter (where e.action = 'CreateCredential')
    from request_ids r
    left join credentials c on c.id = r.credential_id
    left join boxes b on b.credential_id = r.credential_id
    left join audit_events e on e.credential_id = r.credential_id and e.request_id = r.request_id
    group by r.request_id
"""


async def killed_under_load(deployment: Deployment, calls: int) -> None:
    accessed = await created(deployment, named())
    requests = [CreateCredentialRequest(credential=named(), request_id=f"kill-{uuid.uuid4()}") for _ in range(calls)]

    async def create(request: CreateCredentialRequest) -> Credential:
        return await deployment.credentials.CreateCredential(request, metadata=deployment.metadata)

    async def access() -> Credential:
        request = AccessCredentialRequest(id=accessed.id)
        return await deployment.credentials.AccessCredential(request, metadata=deployment.metadata)

    creates = [asyncio.create_task(create(request)) for request in requests]
    accesses = [asyncio.create_task(access()) for _ in range(calls)]
    async with deployment.sql() as connection:
        while not all(task.done() for task in (*creates, *accesses)):
            await connection.execute(KILL)
            # The time of the kill is random.
            await asyncio.sleep(random.uniform(0, 0.02))
        answers = await asyncio.gather(*creates, return_exceptions=True)
        handed_out = await asyncio.gather(*accesses, return_exceptions=True)

        refusals = [read(each) for each in (*answers, *handed_out) if isinstance(each, grpc.aio.AioRpcError)]
        assert {refusal.reason for refusal in refusals} <= {"DATABASE_UNAVAILABLE", "AUDIT_UNAVAILABLE"}

        made = {row[0]: tuple(row)[1:] for row in await connection.fetch(MADE)}
        for request, answer in zip(requests, answers, strict=True):
            whole = made.get(request.request_id)
            assert whole in ((1, 1, 1), None)
            assert whole is not None or not isinstance(answer, Credential)
        events = await connection.fetchval(
            "select count(*) from audit_events where action = 'AccessCredential' and credential_id = $1",
            uuid.UUID(accessed.id),
        )
        assert events >= sum(isinstance(answer, Credential) for answer in handed_out)

        for request, answer in zip(requests, answers, strict=True):
            again = await create(request)
            assert not isinstance(answer, Credential) or again.id == answer.id
        made = {row[0]: tuple(row)[1:] for row in await connection.fetch(MADE)}
        assert [made[request.request_id] for request in requests] == [(1, 1, 1)] * calls
        assert await connection.fetchval("select count(*) from credentials") == calls + 1


async def test_each_change_is_stored_once_with_its_event_or_not_at_all(own_deployment: Deployment) -> None:
    await killed_under_load(own_deployment, 40)


@pytest.mark.soak
@pytest.mark.parametrize("_", range(10))
async def test_hundreds_of_changes_are_stored_once_with_their_events_or_not_at_all(
    own_deployment: Deployment, _: int
) -> None:
    await killed_under_load(own_deployment, 200)
