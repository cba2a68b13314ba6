"""Old audit events are dropped by months once they are chained, and the chain and older versions can still be verified."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conftest import open_deployment
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import bearer, key_of, make_key, refused, revoke_key
from samples import created, named, samples
from waiting import until

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, Credential
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    DestroyCredentialVersionRequest,
    ListCredentialsRequest,
    RestoreCredentialVersionRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_WRITER,
    CreateTeamRequest,
    DeleteTeamRequest,
    GetTeamRequest,
    Team,
)
from strongroom_server.audit.chain import chain_all
from strongroom_server.audit.retention import drop_old_months
from strongroom_server.audit.verify import verify
from strongroom_server.core import records
from strongroom_server.jobs import sweeper
from strongroom_server.node import service as node
from strongroom_server.store import audit_chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import asyncpg
    from conftest import Deployment
    from rpc.calls import Metadata

CLOCK = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"
THEN = "statement_timestamp() - interval '100 days'"


async def updated(deployment: Deployment, credential: Credential, marker: str, by: Metadata = ()) -> Credential:
    """Update a credential's data, and with a key that is given also its policy, to a wider one."""
    request = UpdateCredentialRequest(
        id=credential.id,
        credential=Credential(data=samples(marker)["basic_auth"], read_access=READ_ACCESS_GLOBAL),
        update_mask=FieldMask(paths=["data", "read_access"] if by else ["data"]),
    )
    return await deployment.credentials.UpdateCredential(request, metadata=by or deployment.metadata)


async def test_a_destroyed_version_stays_destroyed_after_its_events_were_dropped(still_deployment: Deployment) -> None:
    deployment = still_deployment
    database, recorder = deployment.service.database, deployment.service.recorder
    async with deployment.sql() as connection:
        await acted_ago(deployment, connection, 100)
        credential = await created(deployment, named(data=samples("old")["basic_auth"]))
        await updated(deployment, credential, "second")
        box = await connection.fetchval("select box from boxes where credential_id = $1 and version = 1", credential.id)
        destroy = DestroyCredentialVersionRequest(id=credential.id, version=1)
        await deployment.credentials.DestroyCredentialVersion(destroy, metadata=deployment.metadata)
        # The box comes back from a backup, as if it had not been destroyed, before the events of both are dropped.
        await connection.execute(
            "update boxes set box = $2, destroy_time = null where credential_id = $1 and version = 1",
            credential.id,
            box,
        )
        await acted_ago(deployment, connection, 0)
        await chain_all(database, recorder)
        await drop_old_months(database, recorder, 65)
        kept = await connection.fetch(
            "select version, action from audit_events where credential_id = $1 order by version, action", credential.id
        )
    assert [tuple(row) for row in kept] == [(1, "KeepDestroyedVersion"), (1, "KeepVersion"), (2, "KeepVersion")]
    access = AccessCredentialRequest(id=credential.id, version=1)
    refusal = await refused(deployment.credentials.AccessCredential(access, metadata=deployment.metadata))
    assert refusal.reason == "SEAL_BROKEN"


async def test_an_old_month_is_dropped_and_the_trail_and_older_versions_can_be_verified(
    own_deployment: Deployment,
) -> None:
    database, recorder = own_deployment.service.database, own_deployment.service.recorder
    keyring = recorder.keyring
    async with own_deployment.sql() as connection:

        async def all_chained() -> bool:
            await chain_all(database, recorder)
            return not await connection.fetchval("select count(*) from audit_events where chain_position is null")

        present = own_deployment.service.watch.now()
        await connection.execute(CLOCK.format(THEN))
        await connection.execute("select strongroom_add_audit_partitions(strongroom_now() + interval '1 day')")
        await until(lambda: own_deployment.service.watch.now() < present)
        credential = await created(own_deployment, named(data=samples("old")["basic_auth"]))
        writer = await key_of(own_deployment, ROLE_WRITER)
        await updated(own_deployment, credential, "second", by=writer)
        await until(all_chained)
        months = await connection.fetch(
            "select distinct tableoid::regclass::text as name from audit_events where credential_id is not null"
        )
        old = [row["name"] for row in months]
        await connection.execute(CLOCK.format("statement_timestamp()"))
        await until(lambda: own_deployment.service.watch.now() >= present)
        await updated(own_deployment, credential, "third")
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
            answer = await own_deployment.credentials.AccessCredential(access, metadata=own_deployment.metadata)
            assert answer.data.basic_auth.password == marker
        restore = RestoreCredentialVersionRequest(id=credential.id, version=1)
        refusal = await refused(own_deployment.credentials.RestoreCredentialVersion(restore, metadata=writer))
        assert refusal.reason == "SECRET_REQUIRED"

        await connection.execute("update audit_heads set position = position + 1 where kind = 'dropped'")
        assert [finding.organisation_id for finding in await verify(database, keyring)] == ["default"]


@pytest.fixture
async def still_deployment(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Deployment]:
    """A node that does not chain by itself. The events of its setup are chained."""

    async def chain_never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(node, "chain_forever", chain_never)
    async with open_deployment(database_url, tmp_path / "deployment") as deployment:
        assert await chain_all(deployment.service.database, deployment.service.recorder) > 0
        yield deployment


async def months(connection: asyncpg.Connection[asyncpg.Record]) -> set[str]:
    """The names of the partitions."""
    found = await connection.fetch(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_events'::regclass"
    )
    return {row["name"] for row in found}


async def acted_ago(deployment: Deployment, connection: asyncpg.Connection[asyncpg.Record], days: int) -> str:
    """Create a credential so many days ago, and return the partition of its event."""
    clock = f"statement_timestamp() - interval '{days} days'"
    await connection.execute(CLOCK.format(clock))
    await connection.execute("select strongroom_add_audit_partitions(strongroom_now() + interval '1 day')")
    then = await connection.fetchval("select strongroom_now()")
    await until(lambda: abs(deployment.service.watch.now() - then) < timedelta(days=1))
    credential = await created(deployment, named())
    month = await connection.fetchval(
        "select tableoid::regclass::text from audit_events where credential_id::text = $1", credential.id
    )
    assert isinstance(month, str)
    return month


async def test_only_old_months_are_dropped_and_only_once_all_their_events_are_chained(
    still_deployment: Deployment,
) -> None:
    database, recorder = still_deployment.service.database, still_deployment.service.recorder
    async with still_deployment.sql() as connection:
        oldest = await acted_ago(still_deployment, connection, 200)
        old = await acted_ago(still_deployment, connection, 100)
        younger = await acted_ago(still_deployment, connection, 40)
        present = await acted_ago(still_deployment, connection, 0)
        there = await months(connection)
        assert len({oldest, old, younger, present} & there) == 4

        await drop_old_months(database, recorder, 65)
        assert await months(connection) == there
        assert await connection.fetchval("select count(*) from audit_heads where kind = 'dropped'") == 0

        # Only the oldest month has an event that is not chained.
        await chain_all(database, recorder)
        event = await connection.fetchrow(f"select event_id, chain_position, chain_hash from {oldest}")
        assert event is not None
        await connection.execute(f"update {oldest} set chain_position = null")
        await drop_old_months(database, recorder, 65)
        assert await months(connection) == there

        await connection.execute(f"update {oldest} set chain_position = $1", event["chain_position"])
        await drop_old_months(database, recorder, 65)
        left = await months(connection)
        assert not {oldest, old} & left
        assert {younger, present} <= left
        dropped = await audit_chain.head(database, "default", "dropped")
        assert dropped is not None
        assert dropped.position == event["chain_position"] + 1
        assert (
            await connection.fetchval("select min(chain_position) from audit_events where organisation_id = 'default'")
            > 0
        )
        await chain_all(database, recorder)
        assert await verify(database, recorder.keyring) == []


async def test_a_retention_of_no_days_keeps_events_forever(
    still_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, recorder = still_deployment.service.database, still_deployment.service.recorder
    async with still_deployment.sql() as connection:
        old = await acted_ago(still_deployment, connection, 200)
        await acted_ago(still_deployment, connection, 0)
        await chain_all(database, recorder)
        monkeypatch.setattr(sweeper, "EVERY_SECONDS", 0.01)
        turns: list[int] = []
        sweep = sweeper.sweep

        async def counted(*arguments: object) -> int:
            turns.append(await sweep(*arguments))  # type: ignore[arg-type] # as they came
            return turns[-1]

        monkeypatch.setattr(sweeper, "sweep", counted)
        for days, stays in ((0, True), (65, False)):
            turns.clear()
            sweeping = asyncio.create_task(sweeper.sweep_forever(database, recorder, days, lambda: True))
            try:
                # When the third turn starts, the first has ended.
                await until(lambda: len(turns) > 2)
            finally:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)
            assert (old in await months(connection)) is stays


async def test_the_last_revisions_are_kept_when_the_month_of_their_events_is_dropped(
    still_deployment: Deployment,
) -> None:
    deployment = still_deployment
    database, recorder = deployment.service.database, deployment.service.recorder
    async with deployment.sql() as connection:
        await acted_ago(deployment, connection, 100)
        credential = await created(deployment, named(data=samples("old")["basic_auth"]))
        columns = ", ".join(records.Credential.__struct_fields__)
        await connection.execute("create table old_credentials as select * from credentials")
        rename = UpdateCredentialRequest(
            id=credential.id, credential=Credential(name="renamed"), update_mask=FieldMask(paths=["name"])
        )
        await deployment.credentials.UpdateCredential(rename, metadata=deployment.metadata)
        key = await make_key(deployment, ROLE_WRITER)
        await connection.execute("create table old_keys as select * from api_keys")
        await revoke_key(deployment, key.id)
        team = await deployment.organisations.CreateTeam(
            CreateTeamRequest(team=Team(name="gone")), metadata=deployment.metadata
        )
        await connection.execute("create table old_teams as select * from teams")
        await deployment.organisations.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=deployment.metadata)
        await acted_ago(deployment, connection, 0)
        await chain_all(database, recorder)
        await drop_old_months(database, recorder, 65)
        await chain_all(database, recorder)
        assert await verify(database, recorder.keyring) == []
        kept = await connection.fetch(
            "select action, subject, revision from audit_events where action like 'Keep%' and action <> 'KeepVersion'"
            " and (credential_id is null or credential_id = $1) order by action, subject",
            credential.id,
        )
        assert {("KeepApiKey", key.id, 2), ("KeepDeletedTeam", str(team.id), 2), ("KeepRevision", None, 2)} <= {
            tuple(row) for row in kept
        }

        await connection.execute(
            f"update credentials c set ({columns}) = (select {columns} from old_credentials o where o.id = c.id)"
            " where id = $1",
            credential.id,
        )
        await connection.execute("delete from api_keys where id = $1", key.id)
        await connection.execute("insert into api_keys select * from old_keys where id = $1", key.id)
        await connection.execute("insert into teams select * from old_teams where team_id = $1", team.id)
        found = [finding.text for finding in await verify(database, recorder.keyring)]
        assert found == [
            f"credential {credential.id} is older than its events: revision 1, they say 2",
            f"API key {key.id} is older than its events: revision 1, they say 2",
            f"team {team.id} exists, although its events say that it was deleted",
        ]
        deployment.service.pipeline._authenticator._api_keys.forget(None)
        get_team = deployment.organisations.GetTeam(GetTeamRequest(id=team.id), metadata=deployment.metadata)
        assert (await refused(get_team)).reason == "SEAL_BROKEN"
        listing = deployment.credentials.ListCredentials(ListCredentialsRequest(), metadata=bearer(key.key))
        assert (await refused(listing)).reason == "API_KEY_INVALID"
