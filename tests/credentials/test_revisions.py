"""A node refuses a credential row that is older than one it has seen, and remembers a bounded number of credentials."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from rpc.calls import accessed, deleted, refused, updated
from samples import created
from sealing.test_signatures import CREDENTIAL

from strongroom.v1.credential_service_pb2 import UndeleteCredentialRequest
from strongroom_server.credentials.revisions import SeenRevisions
from strongroom_server.store import credentials

if TYPE_CHECKING:
    import pytest
    from conftest import Deployment


def key(number: int) -> bytes:
    return UUID(int=number).bytes


def test_the_highest_revision_is_remembered() -> None:
    seen = SeenRevisions()
    assert [seen.see(key(1), revision) for revision in (3, 5, 4, 5)] == [3, 5, 5, 5]
    assert seen.see(key(2), 1) == 1


def test_the_memory_is_bounded_and_forgets_what_was_not_seen_for_longest() -> None:
    seen = SeenRevisions(most=10)
    for number in range(100):
        seen.see(key(number), 7)
        # Credential 0 is in use all the time.
        assert seen.see(key(0), 6) == 7
        assert len(seen) <= 10
    assert seen.see(key(99), 6) == 7
    assert seen.see(key(50), 6) == 6


async def test_a_row_that_was_put_back_is_refused_after_each_kind_of_write(own_deployment: Deployment) -> None:
    credential_id = (await created(own_deployment)).id
    undelete = UndeleteCredentialRequest(id=credential_id)
    async with own_deployment.sql() as sql:

        async def put_back() -> None:
            await sql.execute("delete from boxes")
            await sql.execute("delete from credentials")
            columns = ", ".join(CREDENTIAL.__struct_fields__)
            await sql.execute(f"insert into credentials ({columns}) select {columns} from old_credentials")
            await sql.execute("insert into boxes select * from old_boxes")

        async def keep() -> None:
            await sql.execute("drop table if exists old_credentials, old_boxes")
            await sql.execute("create table old_credentials as select * from credentials")
            await sql.execute("create table old_boxes as select * from boxes")

        async def write(step: int) -> None:
            if step == 0:
                await updated(own_deployment, credential_id, "description", description="x")
            elif step == 1:
                await deleted(own_deployment, credential_id)
            else:
                await own_deployment.credentials.UndeleteCredential(undelete, metadata=own_deployment.metadata)

        for step in range(3):
            await keep()
            await write(step)
            await sql.execute("create table present_credentials as select * from credentials")
            await put_back()
            call = (
                own_deployment.credentials.UndeleteCredential(undelete, metadata=own_deployment.metadata)
                if step == 2
                else accessed(own_deployment, credential_id)
            )
            assert (await refused(call)).reason == "SEAL_BROKEN"
            await sql.execute("alter table old_credentials rename to older")
            await sql.execute("alter table present_credentials rename to old_credentials")
            await put_back()
            await sql.execute("drop table older, old_credentials")
        await accessed(own_deployment, credential_id)


async def test_a_call_that_read_a_row_before_a_concurrent_update_is_not_refused(
    own_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential_id = (await created(own_deployment)).id
    get, read, go_on = credentials.get, asyncio.Event(), asyncio.Event()

    async def slow_get(*arguments: object, **options: object) -> object:
        found = await get(*arguments, **options)  # type: ignore[arg-type] # as they came
        if not read.is_set():
            read.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(credentials, "get", slow_get)
    slow = asyncio.create_task(accessed(own_deployment, credential_id))
    await read.wait()
    await updated(own_deployment, credential_id, "description", description="x")
    go_on.set()
    assert (await slow).description == ""
