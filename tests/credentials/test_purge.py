"""Tests that a purge deletes the credentials of one surface, in batches that are atomic."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest
from conftest import open_deployment
from msgspec import structs
from rpc.calls import Metadata, accessed, deleted, got, key_of, listed, other_organisation, refused
from samples import created, named
from waiting import until

import strongroom
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI, Credential
from strongroom.v1.credential_service_pb2 import (
    CreateCredentialRequest,
    PurgeCredentialsRequest,
    UndeleteCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    CreateTeamRequest,
    DeleteTeamRequest,
    Team,
)
from strongroom_server.core import records
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials import delete as credential_delete
from strongroom_server.sealing import key_files
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.sealing.trusted_keys import KeyRows
from strongroom_server.store import keys

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment

    from strongroom.v1.credential_pb2 import Surface

COLUMNS = ", ".join(records.Credential.__struct_fields__)


@pytest.fixture
async def organisation(deployment: Deployment) -> tuple[str, Metadata]:
    """A new organisation."""
    return await other_organisation(deployment)


async def purged(deployment: Deployment, by: Metadata, surface: Surface.ValueType = SURFACE_NATIVE) -> int:
    request = PurgeCredentialsRequest(surface=surface)
    return (await deployment.credentials.PurgeCredentials(request, metadata=by)).deleted_count


async def rows_of(deployment: Deployment, organisation_id: str) -> dict[str, records.Credential]:
    """The present rows of the organisation by id."""
    async with deployment.sql() as connection:
        found = await connection.fetch(f"select {COLUMNS} from credentials where organisation_id = $1", organisation_id)
    return {str(row["id"]): records.Credential(*row) for row in found}


async def keyring_of(deployment: Deployment) -> Keyring:
    """The keys of the deployment's node."""
    database = deployment.service.database

    async def read_rows() -> KeyRows:
        return KeyRows(await keys.sealing_keys(database), await keys.signing_keys(database))

    files = await key_files.load(deployment.settings.keys_dir, opens=True)
    return Keyring(files, await read_rows(), read_rows)


async def test_a_purge_deletes_a_surface_with_its_test_credentials_and_nothing_else(
    deployment: Deployment, organisation: tuple[str, Metadata]
) -> None:
    _, by = organisation
    _, others = await other_organisation(deployment)
    live = [await created(deployment, named(team_id=team_id), by) for team_id in (0, 1, 2)]
    twins = [await created(deployment, named(live_credential_id=each.id), by) for each in live[:2]]
    stays = [
        await created(deployment, named(variant="text", surface=SURFACE_TINES), by),
        await created(deployment, named(surface=SURFACE_VERSORI), by),
    ]
    stays.append(
        await created(deployment, named(variant="text", surface=SURFACE_TINES, live_credential_id=stays[0].id), by)
    )
    foreign = await created(deployment, named(), others)

    assert await purged(deployment, by) == len(live) + len(twins)
    for gone in (*live, *twins):
        assert (await refused(got(deployment, gone.id, by))).reason == "CREDENTIAL_NOT_FOUND"
        assert (await refused(accessed(deployment, str(gone.number), by))).reason == "CREDENTIAL_NOT_FOUND"
    assert await listed(deployment, by, with_total_size=True) == [stays[0].id, stays[1].id]
    for each in stays:
        after = await got(deployment, each.id, by)
        assert (after.etag, after.update_time) == (each.etag, each.update_time)
    assert (await got(deployment, stays[0].id, by)).test_credential.id == stays[2].id
    assert (await accessed(deployment, foreign.id, others)).etag == foreign.etag

    assert await purged(deployment, by) == 0
    assert await purged(deployment, by, SURFACE_TINES) == 2
    assert await listed(deployment, by) == [stays[1].id]


async def test_a_purge_signs_every_deleted_row_and_records_an_event_for_each(
    deployment: Deployment, organisation: tuple[str, Metadata]
) -> None:
    organisation_id, by = organisation
    before = await created(deployment, named(), by)
    await deleted(deployment, before.id, by)
    made = [await created(deployment, named(), by) for _ in range(3)]
    made += [await created(deployment, named(live_credential_id=made[0].id), by)]
    deleted_before = (await rows_of(deployment, organisation_id))[before.id]
    key = by[0][1].split("_")[1]

    assert await purged(deployment, by) == 4
    keyring, rows = await keyring_of(deployment), await rows_of(deployment, organisation_id)
    assert rows.pop(before.id) == deleted_before
    assert rows.keys() == {credential.id for credential in made}
    for row in rows.values():
        await keyring.verify(row)
        assert (row.revision, row.version) == (2, 1)
        assert row.delete_time == row.update_time
        assert row.delete_time is not None
        # Undelete verifies the signature.
        with pytest.raises(ServiceError):
            await keyring.verify(structs.replace(row, delete_time=None))
    async with deployment.sql() as connection:
        events = await connection.fetch(
            "select credential_id, event_id, key_id, version, credential_ids from audit_events"
            " where organisation_id = $1 and action = 'DeleteCredential' and credential_id <> $2",
            organisation_id,
            before.id,
        )
    assert sorted(str(event["credential_id"]) for event in events) == sorted(rows)
    assert len({event["event_id"] for event in events}) == 4
    assert {(event["key_id"], event["version"], tuple(event["credential_ids"])) for event in events} == {(key, 1, ())}


@pytest.mark.parametrize("broken", range(5))
async def test_a_row_with_a_broken_signature_fails_the_whole_call(
    deployment: Deployment, organisation: tuple[str, Metadata], broken: int
) -> None:
    organisation_id, by = organisation
    made = [await created(deployment, named(), by) for _ in range(4)]
    made.append(await created(deployment, named(live_credential_id=made[1].id), by))
    async with deployment.sql() as connection:
        await connection.execute("update credentials set name = name || 'x' where id = $1", made[broken].id)
    before = await rows_of(deployment, organisation_id)
    refusal = await refused(purged(deployment, by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
    assert await rows_of(deployment, organisation_id) == before
    async with deployment.sql() as connection:
        events = await connection.fetch(
            "select 1 from audit_events where organisation_id = $1 and action = 'DeleteCredential'", organisation_id
        )
        await connection.execute("update credentials set name = left(name, -1) where id = $1", made[broken].id)
    assert events == []
    assert await purged(deployment, by) == 5


async def test_each_call_deletes_one_batch_and_says_whether_more_are_left(
    deployment: Deployment, organisation: tuple[str, Metadata], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 3)
    organisation_id, by = organisation
    made = [await created(deployment, named(), by) for _ in range(6)]
    # A test credential is deleted in the same call as its live credential.
    await created(deployment, named(live_credential_id=made[2].id), by)
    request = PurgeCredentialsRequest(surface=SURFACE_NATIVE)
    calls = [await deployment.credentials.PurgeCredentials(request, metadata=by) for _ in range(3)]

    assert [(call.deleted_count, call.more) for call in calls] == [(4, True), (3, False), (0, False)]
    assert await listed(deployment, by) == []
    async with deployment.sql() as connection:
        events = await connection.fetch(
            "select subject from audit_events where organisation_id = $1 and action = 'PurgeCredentials'"
            " order by event_time",
            organisation_id,
        )
    assert [event["subject"] for event in events] == ["4", "3", "0"]


async def test_a_request_id_can_be_repeated_until_nothing_is_left_and_then_returns_the_last_response(
    deployment: Deployment, organisation: tuple[str, Metadata], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 2)
    _, by = organisation
    for _ in range(5):
        await created(deployment, named(), by)
    request = PurgeCredentialsRequest(surface=SURFACE_NATIVE, request_id="purge")
    calls = [await deployment.credentials.PurgeCredentials(request, metadata=by) for _ in range(3)]
    assert [(call.deleted_count, call.more) for call in calls] == [(2, True), (2, True), (1, False)]

    stays = await created(deployment, named(), by)
    again = await deployment.credentials.PurgeCredentials(request, metadata=by)
    assert again == calls[-1]
    assert await listed(deployment, by) == [stays.id]


async def test_a_failed_call_does_not_undo_the_calls_before_it(
    deployment: Deployment, organisation: tuple[str, Metadata], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 2)
    organisation_id, by = organisation
    # Credentials are purged in the order of their ids. After a pause of the machine that is not always the one of their creation.
    made = sorted([await created(deployment, named(), by) for _ in range(5)], key=lambda each: each.id)
    async with deployment.sql() as connection:
        await connection.execute("update credentials set name = name || 'x' where id = $1", made[3].id)
    assert await purged(deployment, by) == 2
    assert (await refused(purged(deployment, by))).reason == "SEAL_BROKEN"
    left = {key for key, row in (await rows_of(deployment, organisation_id)).items() if row.delete_time is None}
    assert left == {each.id for each in made[2:]}


async def test_other_calls_run_between_the_batches_of_a_large_purge(
    deployment: Deployment, organisation: tuple[str, Metadata], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 250)
    organisation_id, by = organisation
    creates = [CreateCredentialRequest(credential=named()) for _ in range(2000)]
    async with strongroom.Client(deployment.grpc_target, by[0][1].removeprefix("Bearer "), plaintext=True) as client:
        assert not [each.error async for each in client.import_credentials(creates) if each.error]
        purging = asyncio.create_task(client.purge_credentials(SURFACE_NATIVE))
        made = 0
        while not purging.done():
            await created(deployment, named(variant="text", surface=SURFACE_TINES), by)
            made += 1
        purged = await purging

    assert (purged.deleted_count, purged.more) == (2000, False)
    assert made > 8
    async with deployment.sql() as connection:
        steps = await connection.fetch(
            "select subject from audit_events where organisation_id = $1 and action = 'PurgeCredentials'",
            organisation_id,
        )
        deletions = await connection.fetchval(
            "select count(*) from audit_events where organisation_id = $1 and action = 'DeleteCredential'",
            organisation_id,
        )
    assert [step["subject"] for step in steps] == ["250"] * 8
    assert deletions == 2000


async def test_only_the_last_call_waits_for_the_regions(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_delete, "PURGED_BY_A_CALL", 1)
    async with open_deployment(database_url, tmp_path / "deployment", regions=("nowhere",)) as deployment:
        for _ in range(2):
            await created(deployment, named())
        request = PurgeCredentialsRequest(surface=SURFACE_NATIVE, all_regions_timeout_seconds=1)
        assert (await deployment.credentials.PurgeCredentials(request, metadata=deployment.metadata)).more
        last = await refused(deployment.credentials.PurgeCredentials(request, metadata=deployment.metadata))
        assert last.reason == "REGIONS_BEHIND"
        assert await listed(deployment) == []


async def test_a_purged_credential_is_undeleted_with_its_test_credential(
    deployment: Deployment, organisation: tuple[str, Metadata]
) -> None:
    _, by = organisation
    live = await created(deployment, named(), by)
    test = await created(deployment, named(live_credential_id=live.id), by)
    await purged(deployment, by)
    await deployment.credentials.UndeleteCredential(UndeleteCredentialRequest(id=live.id), metadata=by)
    assert (await got(deployment, live.id, by)).test_credential.id == test.id


async def test_a_key_that_is_limited_to_teams_purges_nothing(deployment: Deployment) -> None:
    shared = await created(deployment, named(team_id=1, read_access=READ_ACCESS_GLOBAL))
    # Even if its teams own every credential.
    for team_ids in ((1,), (1, 2)):
        limited = await key_of(deployment, ROLE_WRITER, team_ids=team_ids)
        refusal = await refused(purged(deployment, limited))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")
    assert (await got(deployment, shared.id)).id == shared.id


@pytest.mark.parametrize("role", [ROLE_READER, ROLE_USER, ROLE_ADMIN])
async def test_a_key_without_the_role_writer_cannot_purge(deployment: Deployment, role: int) -> None:
    refusal = await refused(purged(deployment, await key_of(deployment, role)))  # type: ignore[arg-type] # the table decides
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


@pytest.mark.parametrize("surface", [0, 99, -1])
async def test_a_purge_without_a_known_surface_is_refused(deployment: Deployment, surface: int) -> None:
    kept = await created(deployment)
    refusal = await refused(purged(deployment, deployment.metadata, surface))  # type: ignore[arg-type] # the table decides
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert list(refusal.fields) == ["surface"]
    assert (await got(deployment, kept.id)).id == kept.id


async def test_a_team_can_be_deleted_after_its_credentials_were_purged(
    deployment: Deployment, organisation: tuple[str, Metadata]
) -> None:
    _, by = organisation
    team = await deployment.organisations.CreateTeam(CreateTeamRequest(team=Team(name="t")), metadata=by)
    await created(deployment, named(team_id=team.id), by)
    delete = DeleteTeamRequest(id=team.id)
    assert (await refused(deployment.organisations.DeleteTeam(delete, metadata=by))).reason == "TEAM_NOT_EMPTY"
    await purged(deployment, by)
    await deployment.organisations.DeleteTeam(delete, metadata=by)


async def test_concurrent_purges_delete_each_row_once(
    deployment: Deployment, organisation: tuple[str, Metadata]
) -> None:
    organisation_id, by = organisation
    for _ in range(4):
        live = await created(deployment, named(), by)
        await created(deployment, named(live_credential_id=live.id), by)
    counts = await asyncio.gather(*(purged(deployment, by) for _ in range(4)))
    assert sum(counts) == 8
    assert {row.revision for row in (await rows_of(deployment, organisation_id)).values()} == {2}


@pytest.mark.parametrize("first", ["purge", "create"])
async def test_a_test_credential_created_during_a_purge_does_not_remain_without_its_live_credential(
    deployment: Deployment, organisation: tuple[str, Metadata], first: str
) -> None:
    organisation_id, by = organisation
    live = await created(deployment, named(), by)
    async with deployment.sql() as holder, deployment.sql() as onlooker:

        async def wait_for_locks(count: int) -> None:
            async def waiting() -> bool:
                found = await onlooker.fetchval(
                    "select count(*) from pg_stat_activity"
                    " where datname = current_database() and wait_event_type = 'Lock'"
                )
                return bool(found == count)

            await until(waiting)

        # Both wait for the lock on the live credential, in the order of the test.
        started = {}
        async with holder.transaction():
            await holder.execute("select 1 from credentials where id = $1 for update", live.id)
            for count, name in enumerate((first, "create" if first == "purge" else "purge"), start=1):
                call = (
                    purged(deployment, by)
                    if name == "purge"
                    else created(deployment, named(live_credential_id=live.id), by)
                )
                started[name] = asyncio.ensure_future(call)
                await wait_for_locks(count)
        results = await asyncio.gather(started["purge"], started["create"], return_exceptions=True)
    if isinstance(results[1], Credential):
        assert results[0] == 2
        assert (await refused(got(deployment, results[1].id, by))).reason == "CREDENTIAL_NOT_FOUND"
    else:
        assert results[0] == 1
        assert isinstance(results[1], grpc.aio.AioRpcError)
        assert results[1].code() == grpc.StatusCode.INVALID_ARGUMENT
    assert [row.id for row in (await rows_of(deployment, organisation_id)).values() if row.delete_time is None] == []
