"""Letting go of old audit events: a month at a time, once it is chained; the chain and old versions lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask
from samples import created, named, samples
from waiting import until

from strongroom.v1.credential_pb2 import Credential
from strongroom.v1.credential_service_pb2 import AccessCredentialRequest, UpdateCredentialRequest
from strongroom_server.audit_verifier import verify
from strongroom_server.jobs.chainer import chain_all
from strongroom_server.jobs.retention import drop_old_months
from strongroom_server.store import audit_chain

if TYPE_CHECKING:
    from conftest import House

CLOCK = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"
THEN = "statement_timestamp() - interval '100 days'"


async def updated(house: House, credential: Credential, marker: str) -> Credential:
    request = UpdateCredentialRequest(
        id=credential.id,
        credential=Credential(data=samples(marker)["basic_auth"]),
        update_mask=FieldMask(paths=["data"]),
    )
    return await house.credentials.UpdateCredential(request, metadata=house.metadata)


async def test_an_old_month_goes_and_the_trail_and_old_versions_stay_whole(own_house: House) -> None:
    database, recorder = own_house.service.database, own_house.service.recorder
    keyring = recorder.keyring
    async with own_house.sql() as connection:

        async def all_chained() -> bool:
            await chain_all(database, recorder)
            return not await connection.fetchval("select count(*) from audit_events where chain_position is null")

        present = own_house.service.watch.now()
        await connection.execute(CLOCK.format(THEN))
        await connection.execute("select strongroom_add_audit_partitions(strongroom_now() + interval '1 day')")
        await until(lambda: own_house.service.watch.now() < present)
        credential = await created(own_house, named(data=samples("old")["basic_auth"]))
        await updated(own_house, credential, "second")
        await until(all_chained)
        months = await connection.fetch(
            "select distinct tableoid::regclass::text as name from audit_events where revision is not null"
        )
        old = [row["name"] for row in months]
        await connection.execute(CLOCK.format("statement_timestamp()"))
        await until(lambda: own_house.service.watch.now() >= present)
        await updated(own_house, credential, "third")
        await until(all_chained)
        before = await connection.fetchval("select count(*) from audit_events")

        await drop_old_months(database, recorder, 1000)
        assert await connection.fetchval("select count(*) from audit_events") == before
        await drop_old_months(database, recorder, 30)

        assert await connection.fetchval("select to_regclass($1)", old[0]) is None
        dropped = await audit_chain.head(database, "default", "dropped")
        assert dropped is not None
        assert dropped.position >= 2
        await until(all_chained)
        kept = await connection.fetch("select version from audit_events where action = 'KeepVersion' order by 1")
        assert [row["version"] for row in kept] == [1, 2]
        assert await verify(database, keyring) == []

        for version, marker in ((1, "old"), (2, "second"), (3, "third")):
            access = AccessCredentialRequest(id=credential.id, version=version)
            answer = await own_house.credentials.AccessCredential(access, metadata=own_house.metadata)
            assert answer.data.basic_auth.password == marker

        await connection.execute("update audit_heads set position = position + 1 where kind = 'dropped'")
        assert [finding.organisation_id for finding in await verify(database, keyring)] == ["default"]
