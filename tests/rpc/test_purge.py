"""A purge deletes all that a surface has, and nothing else, or nothing at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest
from msgspec import structs
from rpc.calls import Metadata, accessed, deleted, got, key_of, listed, other_organisation, refused
from samples import created, named
from waiting import until

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, SURFACE_NATIVE, SURFACE_TINES, SURFACE_VERSORI, Credential
from strongroom.v1.credential_service_pb2 import PurgeCredentialsRequest
from strongroom.v1.organisation_service_pb2 import (
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_USER,
    ROLE_WRITER,
    CreateTeamRequest,
    DeleteTeamRequest,
    Team,
)
from strongroom_server import records
from strongroom_server.errors import ServiceError
from strongroom_server.rpc import credential_servicer
from strongroom_server.sealing import key_files
from strongroom_server.sealing.keyring import Keyring
from strongroom_server.store import keys

if TYPE_CHECKING:
    from conftest import House

    from strongroom.v1.credential_pb2 import Surface

COLUMNS = ", ".join(records.Credential.__struct_fields__)


@pytest.fixture
async def organisation(house: House) -> tuple[str, Metadata]:
    """An organisation of the test's own."""
    return await other_organisation(house)


async def purged(house: House, by: Metadata, surface: Surface.ValueType = SURFACE_NATIVE) -> int:
    request = PurgeCredentialsRequest(surface=surface)
    return (await house.credentials.PurgeCredentials(request, metadata=by)).deleted_count


async def rows_of(house: House, organisation_id: str) -> dict[str, records.Credential]:
    """The organisation's rows by id, as they stand."""
    async with house.sql() as connection:
        found = await connection.fetch(f"select {COLUMNS} from credentials where organisation_id = $1", organisation_id)
    return {str(row["id"]): records.Credential(*row) for row in found}


async def keyring_of(house: House) -> Keyring:
    """The keys of the house's node."""
    database = house.service.database
    return Keyring(
        key_files.load(house.settings.keys_dir, opens=True),
        await keys.sealing_keys(database),
        await keys.signing_keys(database),
        lambda: keys.signing_keys(database),
    )


async def test_a_purge_takes_a_surface_with_its_test_credentials_and_leaves_the_rest(
    house: House, organisation: tuple[str, Metadata]
) -> None:
    _, by = organisation
    _, others = await other_organisation(house)
    live = [await created(house, named(team_id=team_id), by) for team_id in (0, 1, 2)]
    twins = [await created(house, named(live_credential_id=each.id), by) for each in live[:2]]
    stays = [
        await created(house, named(variant="text", surface=SURFACE_TINES), by),
        await created(house, named(surface=SURFACE_VERSORI), by),
    ]
    stays.append(await created(house, named(variant="text", surface=SURFACE_TINES, live_credential_id=stays[0].id), by))
    foreign = await created(house, named(), others)

    assert await purged(house, by) == len(live) + len(twins)
    for gone in (*live, *twins):
        assert (await refused(got(house, gone.id, by))).reason == "CREDENTIAL_NOT_FOUND"
        assert (await refused(accessed(house, str(gone.number), by))).reason == "CREDENTIAL_NOT_FOUND"
    assert await listed(house, by, with_total_size=True) == [stays[0].id, stays[1].id]
    for each in stays:
        after = await got(house, each.id, by)
        assert (after.etag, after.update_time) == (each.etag, each.update_time)
    assert (await got(house, stays[0].id, by)).test_credential.id == stays[2].id
    assert (await accessed(house, foreign.id, others)).etag == foreign.etag

    assert await purged(house, by) == 0
    assert await purged(house, by, SURFACE_TINES) == 2
    assert await listed(house, by) == [stays[1].id]


async def test_a_purge_leaves_signed_rows_and_an_event_for_each(
    house: House, organisation: tuple[str, Metadata]
) -> None:
    organisation_id, by = organisation
    before = await created(house, named(), by)
    await deleted(house, before.id, by)
    made = [await created(house, named(), by) for _ in range(3)]
    made += [await created(house, named(live_credential_id=made[0].id), by)]
    deleted_before = (await rows_of(house, organisation_id))[before.id]
    key = by[0][1].split("_")[1]

    assert await purged(house, by) == 4
    keyring, rows = await keyring_of(house), await rows_of(house, organisation_id)
    assert rows.pop(before.id) == deleted_before
    assert rows.keys() == {credential.id for credential in made}
    for row in rows.values():
        await keyring.verify(row)
        assert (row.revision, row.version) == (2, 1)
        assert row.delete_time == row.update_time
        assert row.delete_time is not None
        # What was not signed so would not be taken.
        with pytest.raises(ServiceError):
            await keyring.verify(structs.replace(row, delete_time=None))
    async with house.sql() as connection:
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
async def test_one_row_that_is_not_what_was_signed_keeps_all_of_them(
    house: House, organisation: tuple[str, Metadata], broken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_servicer, "_PURGED_AT_ONCE", 2)
    organisation_id, by = organisation
    made = [await created(house, named(), by) for _ in range(4)]
    made.append(await created(house, named(live_credential_id=made[1].id), by))
    async with house.sql() as connection:
        await connection.execute("update credentials set name = name || 'x' where id = $1", made[broken].id)
    before = await rows_of(house, organisation_id)
    refusal = await refused(purged(house, by))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
    assert await rows_of(house, organisation_id) == before
    async with house.sql() as connection:
        events = await connection.fetch(
            "select 1 from audit_events where organisation_id = $1 and action = 'DeleteCredential'", organisation_id
        )
        await connection.execute("update credentials set name = left(name, -1) where id = $1", made[broken].id)
    assert events == []
    assert await purged(house, by) == 5


async def test_a_purge_in_batches_takes_them_all(
    house: House, organisation: tuple[str, Metadata], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credential_servicer, "_PURGED_AT_ONCE", 3)
    _, by = organisation
    for _ in range(7):
        await created(house, named(), by)
    assert await purged(house, by) == 7
    assert await listed(house, by) == []


async def test_a_key_that_is_limited_to_teams_purges_nothing(house: House) -> None:
    shared = await created(house, named(team_id=1, read_access=READ_ACCESS_GLOBAL))
    # Also where its teams own all there is.
    for team_ids in ((1,), (1, 2)):
        limited = await key_of(house, ROLE_WRITER, team_ids=team_ids)
        refusal = await refused(purged(house, limited))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")
    assert (await got(house, shared.id)).id == shared.id


@pytest.mark.parametrize("role", [ROLE_READER, ROLE_USER, ROLE_ADMIN])
async def test_who_does_not_write_purges_nothing(house: House, role: int) -> None:
    refusal = await refused(purged(house, await key_of(house, role)))  # type: ignore[arg-type] # the table decides
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


@pytest.mark.parametrize("surface", [0, 99, -1])
async def test_a_purge_names_its_surface(house: House, surface: int) -> None:
    kept = await created(house)
    refusal = await refused(purged(house, house.metadata, surface))  # type: ignore[arg-type] # the table decides
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert list(refusal.fields) == ["surface"]
    assert (await got(house, kept.id)).id == kept.id


async def test_a_purge_of_another_organisation_is_refused(house: House, organisation: tuple[str, Metadata]) -> None:
    organisation_id, by = organisation
    kept = await created(house, named(), by)
    request = PurgeCredentialsRequest(organisation_id=organisation_id, surface=SURFACE_NATIVE)
    refusal = await refused(house.credentials.PurgeCredentials(request, metadata=house.metadata))
    assert refusal.reason == "ORGANISATION_MISMATCH"
    assert (await got(house, kept.id, by)).id == kept.id


async def test_what_was_purged_holds_no_team_back(house: House, organisation: tuple[str, Metadata]) -> None:
    _, by = organisation
    team = await house.organisations.CreateTeam(CreateTeamRequest(team=Team(name="t")), metadata=by)
    await created(house, named(team_id=team.id), by)
    delete = DeleteTeamRequest(id=team.id)
    assert (await refused(house.organisations.DeleteTeam(delete, metadata=by))).reason == "TEAM_NOT_EMPTY"
    await purged(house, by)
    await house.organisations.DeleteTeam(delete, metadata=by)


async def test_purges_at_once_delete_each_row_once(house: House, organisation: tuple[str, Metadata]) -> None:
    organisation_id, by = organisation
    for _ in range(4):
        live = await created(house, named(), by)
        await created(house, named(live_credential_id=live.id), by)
    counts = await asyncio.gather(*(purged(house, by) for _ in range(4)))
    assert sum(counts) == 8
    assert {row.revision for row in (await rows_of(house, organisation_id)).values()} == {2}


@pytest.mark.parametrize("first", ["purge", "create"])
async def test_a_test_credential_made_during_a_purge_is_not_left_alone(
    house: House, organisation: tuple[str, Metadata], first: str
) -> None:
    organisation_id, by = organisation
    live = await created(house, named(), by)
    async with house.sql() as holder, house.sql() as onlooker:

        async def wait_for_locks(count: int) -> None:
            async def waiting() -> bool:
                found = await onlooker.fetchval(
                    "select count(*) from pg_stat_activity"
                    " where datname = current_database() and wait_event_type = 'Lock'"
                )
                return bool(found == count)

            await until(waiting)

        # Both stand in a line for the live one, in the order of the test.
        started = {}
        async with holder.transaction():
            await holder.execute("select 1 from credentials where id = $1 for update", live.id)
            for count, name in enumerate((first, "create" if first == "purge" else "purge"), start=1):
                call = purged(house, by) if name == "purge" else created(house, named(live_credential_id=live.id), by)
                started[name] = asyncio.ensure_future(call)
                await wait_for_locks(count)
        results = await asyncio.gather(started["purge"], started["create"], return_exceptions=True)
    if isinstance(results[1], Credential):
        assert results[0] == 2
        assert (await refused(got(house, results[1].id, by))).reason == "CREDENTIAL_NOT_FOUND"
    else:
        assert results[0] == 1
        assert isinstance(results[1], grpc.aio.AioRpcError)
        assert results[1].code() == grpc.StatusCode.INVALID_ARGUMENT
    assert [row.id for row in (await rows_of(house, organisation_id)).values() if row.delete_time is None] == []
