"""Organisations are told of the times of their credentials and of INVALID ones, each once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from credentials.test_import import exchanged
from key_samples import certificate_that_expires, mtls
from rpc.calls import deleted, updated
from samples import created, named
from waiting import until
from writer_nodes import writer_role, writer_settings

from strongroom.v1.credential_pb2 import Credential, CredentialData, RawData
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    GetCredentialRequest,
    UndeleteCredentialRequest,
)
from strongroom.v1.credential_service_pb2_grpc import CredentialServiceStub
from strongroom_server import store
from strongroom_server.jobs import notices, sweeper
from strongroom_server.node import service as node
from strongroom_server.store import database as databases

if TYPE_CHECKING:
    from conftest import Deployment

CLOCK = "create or replace function strongroom_now() returns timestamptz language sql stable as $$ select {} $$"
MIGRATION = Path(store.__path__[0]) / "migrations" / "0031_notices.sql"
NOW = datetime(2041, 1, 1, tzinfo=UTC)
IN_FIVE_MINUTES = NOW + timedelta(minutes=5)


def timed(**times: datetime) -> Credential:
    sent = named()
    for field, time in times.items():
        getattr(sent, field).FromDatetime(time)
    return sent


async def begin(deployment: Deployment) -> None:
    """Set the clock to NOW, for the node too."""
    await at(deployment, NOW)
    await deployment.hear()


async def at(deployment: Deployment, time: datetime) -> None:
    """Freeze the database's clock."""
    async with deployment.sql() as connection:
        await connection.execute(CLOCK.format(f"timestamptz '{time.isoformat()}'"))


async def due_told(deployment: Deployment) -> None:
    """Wait until everything that is due was told: by the node's own job, or by this call."""
    async with deployment.sql() as connection:

        async def none_is_due() -> bool:
            # It passes over what the node's own job is telling.
            await notices.tell_due(deployment.service.database, deployment.service.recorder)
            due: int = await connection.fetchval(
                "select count(*) from notices n join credentials c on c.id = n.credential_id"
                " where n.due_time <= strongroom_now() and c.delete_time is null"
            )
            return due == 0

        await until(none_is_due)


async def told(deployment: Deployment, *ids: str) -> list[tuple[str, dict[str, Any]]]:
    """Tell what is due. Returns the types and the data of all events about these credentials, in the order of their times."""
    await due_told(deployment)
    async with deployment.sql() as connection:
        found = await connection.fetch(
            "select event_type, data_json from events where credential_id = any($1::uuid[]) order by create_time, event_id",
            ids,
        )
    return [(row[0], json.loads(row[1])) for row in found]


async def kinds(deployment: Deployment, *ids: str) -> list[str]:
    return [event_type.removeprefix("credential.") for event_type, _ in await told(deployment, *ids)]


async def test_the_end_of_a_credential_is_told_30_7_and_1_days_before_and_when_it_has_come(
    deployment: Deployment,
) -> None:
    end = NOW + timedelta(days=40)
    await begin(deployment)
    sent = timed(expire_time=end)
    made = await created(deployment, sent)
    for before, expected in (
        (timedelta(days=30, seconds=1), 0),
        (timedelta(days=30), 1),
        (timedelta(days=8), 1),
        (timedelta(days=7), 2),
        (timedelta(days=1), 3),
        (timedelta(minutes=1), 3),
    ):
        await at(deployment, end - before)
        assert await kinds(deployment, made.id) == ["expiring"] * expected
    await at(deployment, end)
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    *expiring, expired = await told(deployment, made.id)
    data = {"name": sent.name, "time": end.isoformat(), "field": "expire_time"}
    assert expiring == [("credential.expiring", data)] * 3
    assert expired == ("credential.expired", data)


async def test_the_end_of_a_client_certificate_is_told_while_the_credential_stays(deployment: Deployment) -> None:
    end = NOW + timedelta(days=10)
    await begin(deployment)
    made = await created(deployment, named(data=mtls(*certificate_that_expires(end))))
    found = []
    for days in (10, 7, 1, 0, -1):
        await at(deployment, end - timedelta(days=days))
        found.append(len(await told(deployment, made.id)))
    assert found == [1, 2, 3, 4, 4]
    assert await kinds(deployment, made.id) == ["expiring", "expiring", "expiring", "expired"]
    assert {data["field"] for _, data in await told(deployment, made.id)} == {"certificate_expire_time"}
    request = GetCredentialRequest(id=made.id)
    assert await deployment.credentials.GetCredential(request, metadata=deployment.metadata)


async def test_of_lead_times_that_have_passed_together_one_is_told(deployment: Deployment) -> None:
    await begin(deployment)
    soon = await created(deployment, timed(expire_time=IN_FIVE_MINUTES))
    past = await created(deployment, named(data=mtls(*certificate_that_expires(NOW - timedelta(days=1)))))
    assert await kinds(deployment, soon.id) == ["expiring"]
    assert await kinds(deployment, past.id) == ["expired"]
    await at(deployment, NOW + timedelta(minutes=4))
    assert await kinds(deployment, soon.id) == ["expiring"]


async def test_the_reminder_is_told_when_its_time_has_come(deployment: Deployment) -> None:
    time = NOW + timedelta(days=2)
    await begin(deployment)
    sent = timed(reminder_time=time)
    made = await created(deployment, sent)
    assert await told(deployment, made.id) == []
    await at(deployment, time)
    assert await told(deployment, made.id) == [("credential.reminder", {"name": sent.name, "time": time.isoformat()})]


async def test_each_invalid_version_is_told_once(deployment: Deployment) -> None:
    await begin(deployment)

    async def kinds_after(changed: Credential) -> list[str]:
        await at(deployment, changed.update_time.ToDatetime(UTC))
        return await kinds(deployment, changed.id)

    sent, invalid = named(data=CredentialData(raw=RawData())), CredentialData(raw=RawData())
    made = await created(deployment, sent, accept_invalid=True)
    assert await kinds_after(made) == ["invalid"]
    ((_, data),) = await told(deployment, made.id)
    assert data == {"name": sent.name, "time": made.create_time.ToDatetime(UTC).isoformat()}
    assert await kinds_after(await updated(deployment, made.id, "description", description="d")) == ["invalid"]
    again = await updated(deployment, made.id, "data", accept_invalid=True, data=invalid)
    assert await kinds_after(again) == ["invalid", "invalid"]
    # One that becomes valid before it was told is not told.
    await updated(deployment, made.id, "data", accept_invalid=True, data=invalid)
    valid = await updated(deployment, made.id, "data", data=CredentialData(raw=RawData(value=b"hunter2")))
    assert await kinds_after(valid) == ["invalid", "invalid"]


async def test_a_changed_time_is_told_again_and_an_unchanged_one_is_not(deployment: Deployment) -> None:
    await begin(deployment)
    made = await created(deployment, timed(expire_time=IN_FIVE_MINUTES))
    assert len(await told(deployment, made.id)) == 1
    await updated(deployment, made.id, "name", name="renamed")
    await updated(deployment, made.id, "data", data=CredentialData(raw=RawData(value=b"hunter3")))
    assert len(await told(deployment, made.id)) == 1
    later = IN_FIVE_MINUTES + timedelta(minutes=1)
    await updated(deployment, made.id, "expire_time", expire_time=timed(expire_time=later).expire_time)
    assert [data["time"] for _, data in await told(deployment, made.id)] == [
        IN_FIVE_MINUTES.isoformat(),
        later.isoformat(),
    ]
    await updated(deployment, made.id, "expire_time")
    await updated(deployment, made.id, "expire_time", expire_time=timed(expire_time=later).expire_time)
    assert len(await told(deployment, made.id)) == 3


async def test_a_deleted_credential_is_left_alone_until_it_is_undeleted(deployment: Deployment) -> None:
    await begin(deployment)
    made = await created(deployment, timed(reminder_time=NOW + timedelta(minutes=1)))
    await deleted(deployment, made.id)
    await at(deployment, NOW + timedelta(minutes=2))
    assert await told(deployment, made.id) == []
    request = UndeleteCredentialRequest(id=made.id)
    await deployment.credentials.UndeleteCredential(request, metadata=deployment.metadata)
    await at(deployment, NOW + timedelta(hours=2))
    assert await kinds(deployment, made.id) == ["reminder"]


async def test_what_is_swept_for_another_reason_has_not_expired(deployment: Deployment) -> None:
    await begin(deployment)
    live = await created(deployment, timed(expire_time=IN_FIVE_MINUTES))
    test = await created(deployment, named(live_credential_id=live.id))
    gone = await created(deployment, timed(expire_time=NOW + timedelta(days=50)))
    await deleted(deployment, gone.id)
    for time in (IN_FIVE_MINUTES, NOW + timedelta(days=51)):
        await at(deployment, time)
        await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    async with deployment.sql() as connection:
        ids = [live.id, test.id, gone.id]
        assert not await connection.fetchval("select count(*) from credentials where id = any($1::uuid[])", ids)
    assert await kinds(deployment, live.id) == ["expired"]
    assert await kinds(deployment, test.id, gone.id) == []


async def test_a_row_that_nobody_signed_is_not_told(deployment: Deployment) -> None:
    await begin(deployment)
    made = await created(deployment, named())
    async with deployment.sql() as connection:
        await connection.execute(
            "update credentials set reminder_time = strongroom_now(), certificate_expire_time = '0001-01-02 00:00Z', state = 2,"
            " version = 2 where id = $1",
            made.id,
        )
        assert await connection.fetchval("select count(*) from notices where credential_id = $1", made.id) == 3
        assert await told(deployment, made.id) == []
        # A row of notices cannot make what is not signed.
        await connection.execute(
            "update credentials set reminder_time = null, certificate_expire_time = null, state = 1, version = 1 where id = $1",
            made.id,
        )
        await connection.execute(
            "insert into notices select organisation_id, id, 'reminder_time', create_time, create_time from credentials"
            " where id = $1",
            made.id,
        )
    assert await told(deployment, made.id) == []


async def test_thousands_are_told_once_by_several_nodes(deployment: Deployment) -> None:
    await begin(deployment)
    creates = [CreateCredentialRequest(credential=timed(expire_time=IN_FIVE_MINUTES)) for _ in range(64)]
    results = await exchanged(deployment, *[creates] * 32)
    ids = [result.created.id for several in results for result in several]
    pools = [await databases.connect(deployment.database_url, size=1) for _ in range(3)]
    try:
        await asyncio.gather(*(notices.tell_due(pool, deployment.service.recorder) for pool in pools))
    finally:
        for pool in pools:
            await pool.close()
    assert len(set(ids)) == 2048
    assert await kinds(deployment, *ids) == ["expiring"] * 2048


async def test_after_an_upgrade_only_what_comes_due_later_is_told(own_deployment: Deployment) -> None:
    await begin(own_deployment)
    soon = await created(own_deployment, timed(expire_time=NOW + timedelta(days=3)))
    reminded = await created(own_deployment, timed(reminder_time=NOW - timedelta(days=365)))
    coming = await created(own_deployment, timed(reminder_time=NOW + timedelta(days=1)))
    expired = await created(own_deployment, named(data=mtls(*certificate_that_expires(NOW - timedelta(days=1)))))
    expiring = await created(own_deployment, named(data=mtls(*certificate_that_expires(NOW + timedelta(days=1)))))
    invalid = await created(own_deployment, named(data=CredentialData(raw=RawData())), accept_invalid=True)
    async with own_deployment.sql() as connection, connection.transaction():
        # As if the earlier version had stored them.
        await connection.execute(
            "drop trigger strongroom_notices_of_new on credentials; drop trigger strongroom_notices_of_changed on credentials;"
            "drop function strongroom_schedule_notices; drop table notices; drop type new_events; drop index credentials_by_end;"
            "delete from events"
        )
        await connection.execute(MIGRATION.read_text())
    everything = (soon.id, reminded.id, coming.id, expired.id, expiring.id, invalid.id)
    assert await told(own_deployment, *everything) == []
    await at(own_deployment, NOW + timedelta(days=2))
    assert await kinds(own_deployment, soon.id) == ["expiring"]
    assert await kinds(own_deployment, coming.id) == ["reminder"]
    assert await kinds(own_deployment, expiring.id) == ["expired"]
    assert await kinds(own_deployment, reminded.id, expired.id, invalid.id) == []


async def test_the_trigger_and_the_job_have_the_same_first_lead_time(deployment: Deployment) -> None:
    await begin(deployment)
    end = NOW + timedelta(days=100)
    made = await created(deployment, timed(expire_time=end))
    async with deployment.sql() as connection:
        await connection.execute("set timezone = 'Europe/Berlin'")
        due_time = await connection.fetchval("select due_time from notices where credential_id = $1", made.id)
    assert due_time == end - notices.LEADS[0]


async def test_credentials_that_a_writer_node_stores_are_told(deployment: Deployment, tmp_path: Path) -> None:
    await begin(deployment)
    settings = await writer_settings(deployment, tmp_path)
    async with (
        writer_role(deployment.database_url, "writer of notices") as url,
        node.service(settings, url, opens=False) as writer,
    ):
        stub = CredentialServiceStub(writer.channel())
        request = CreateCredentialRequest(credential=timed(expire_time=IN_FIVE_MINUTES))
        made = await stub.CreateCredential(request, metadata=deployment.metadata)
        assert await kinds(deployment, made.id) == ["expiring"]


async def test_nothing_is_told_while_the_clock_is_wrong(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "EVERY_SECONDS", 0.01)
    database, recorder = deployment.service.database, deployment.service.recorder
    told_by: list[object] = []
    turns: list[int] = []

    async def tell(told: object, *_: object) -> None:
        told_by.append(told)  # of the node's own job too, whose clock is right

    def clock_is_right() -> bool:
        turns.append(len(turns))
        return False

    monkeypatch.setattr(notices, "tell_due", tell)
    telling = asyncio.create_task(notices.tell_forever(database, recorder, clock_is_right))
    await until(lambda: len(turns) > 1)
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    assert database not in told_by


async def test_an_error_ends_only_the_turn(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []
    done = asyncio.Event()

    async def fail(database: object, *_: object) -> None:
        if database is deployment.service.database:  # not a turn of the node's own job
            turns.append(len(turns))
            if len(turns) == 2:
                done.set()
        raise RuntimeError

    monkeypatch.setattr(notices, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(notices, "tell_due", fail)
    telling = asyncio.create_task(
        notices.tell_forever(deployment.service.database, deployment.service.recorder, lambda: True)
    )
    async with asyncio.timeout(10):
        await done.wait()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
