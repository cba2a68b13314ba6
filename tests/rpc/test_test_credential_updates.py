"""Test credentials are turned on and off, updated and moved through their live ones."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import Metadata, accessed, deleted, got, key_of, refused, updated
from samples import created, named, samples
from waiting import until

from strongroom.v1.credential_pb2 import (
    READ_ACCESS_GLOBAL,
    READ_ACCESS_SPECIFIC_TEAMS,
    READ_ACCESS_TEAM,
    SURFACE_TINES,
    BasicAuthData,
    Credential,
    CredentialData,
    MultiRequestData,
)
from strongroom.v1.credential_service_pb2 import UpdateCredentialRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_USER, ROLE_WRITER, CreateFolderRequest, Folder

if TYPE_CHECKING:
    from conftest import House

ENABLED = "test_credential.enabled"
ON, OFF = Credential.TestCredential(enabled=True), Credential.TestCredential(enabled=False)


async def pair(house: House, variant: str = "basic_auth", **fields: Any) -> tuple[Credential, Credential]:
    """A live credential as it is once it has a test credential, and that."""
    made = await created(house, named(variant=variant, **fields))
    test = await created(house, named(variant=variant, surface=made.surface, live_credential_id=made.id))
    return await got(house, made.id), await got(house, test.id)


async def changed(
    house: House, live_id: str, *paths: str, by: Metadata = (), of_test: bool = True, variant: str = "", **fields: Any
) -> Credential:
    """Update the test credential of a live one, or with `of_test` false the live one."""
    request = UpdateCredentialRequest(
        id=live_id,
        credential=Credential(**fields),
        update_mask=FieldMask(paths=paths),
        test_credential=of_test,
        variant=variant,
    )
    return await house.credentials.UpdateCredential(request, metadata=by or house.metadata)


async def disabled_pair(house: House) -> tuple[Credential, Credential]:
    live, test = await pair(house)
    await updated(house, live.id, ENABLED, test_credential=OFF)
    return live, await got(house, test.id)


async def events_of(house: House, *credential_ids: str) -> list[tuple[str, str, int, bool]]:
    """What was done to these credentials, and whether it brought a box, in the order of time."""
    async with house.sql() as connection:
        found = await connection.fetch(
            "select credential_id, action, version, box_sha256 is not null from audit_events"
            " where credential_id = any($1::uuid[]) order by event_time, event_id",
            credential_ids,
        )
    return [(str(row[0]), *row[1:]) for row in found]


async def made_folder(house: House, team_id: int) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f"))
    return (await house.organisations.CreateFolder(request, metadata=house.metadata)).id


async def test_a_test_credential_is_on_when_made_and_turned_off_and_on_by_its_live_one(house: House) -> None:
    live, test = await pair(house)
    assert live.test_credential.enabled
    for shown in (OFF, OFF, ON):
        after = await updated(house, live.id, ENABLED, test_credential=shown)
        assert (after.id, after.test_credential.id) == (live.id, test.id)
        assert after.test_credential.enabled == shown.enabled
        assert await got(house, live.id) == after
        # The live one is as it was.
        assert (after.etag, after.update_time, after.version) == (live.etag, live.update_time, live.version)
        # Being off keeps nobody from using it by its own id.
        assert (await accessed(house, test.id)).data == samples()["basic_auth"]
    assert events_without_boxes(await events_of(house, live.id, test.id)) == [
        (live.id, "CreateCredential"),
        (test.id, "CreateCredential"),
        *itertools.chain.from_iterable(
            [(test.id, "UpdateCredential"), (test.id, "AccessCredential")] for _ in range(3)
        ),
    ]


def events_without_boxes(events: list[tuple[str, str, int, bool]]) -> list[tuple[str, str]]:
    return [event[:2] for event in events]


async def test_turning_it_off_in_the_same_update_changes_both(house: House) -> None:
    live, test = await pair(house)
    after = await updated(house, live.id, "name", ENABLED, name="other", test_credential=OFF)
    assert (after.name, after.test_credential.enabled) == ("other", False)
    assert await got(house, live.id) == after
    assert (await got(house, test.id)).name == test.name
    assert (await got(house, test.id)).etag != test.etag


async def test_of_the_test_credential_nothing_else_can_be_set_through_the_live_ones_fields(house: House) -> None:
    live, _ = await pair(house)
    for path in ("test_credential", "test_credential.id", "test_credential.create_time", "live_credential_id"):
        refusal = await refused(updated(house, live.id, path, test_credential=OFF))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["update_mask.paths[0]"])


async def test_an_update_reaches_the_test_credential_and_answers_the_live_one(house: House) -> None:
    live, test = await pair(house)
    after = await changed(
        house, live.id, "name", "description", "allowed_hosts", name="n", description="d", allowed_hosts=["a.com"]
    )
    assert after.test_credential.update_time != live.test_credential.update_time
    after.test_credential.update_time.CopyFrom(live.test_credential.update_time)
    assert after == live
    test_after = await got(house, test.id)
    assert (test_after.name, test_after.description, list(test_after.allowed_hosts)) == ("n", "d", ["a.com"])
    assert test_after.version == 1
    by_number = await changed(house, str(live.number), "name", name="m")
    assert (by_number.id, (await got(house, test.id)).name) == (live.id, "m")


async def test_data_of_the_test_credential_is_another_than_the_live_ones(house: House) -> None:
    live, test = await pair(house)
    whole = samples("test only")["basic_auth"]
    after = await changed(house, live.id, "data", data=whole)
    assert (after.version, after.HasField("data")) == (1, False)
    assert (await accessed(house, test.id)).data == whole
    sent = CredentialData(basic_auth=BasicAuthData(username="otto"))
    await changed(house, live.id, "data.basic_auth.username", data=sent)
    whole.basic_auth.username = "otto"
    assert (await accessed(house, test.id)).data == whole
    assert (await accessed(house, live.id)).data == samples()["basic_auth"]
    assert ((await got(house, test.id)).version, (await got(house, live.id)).version) == (3, 1)
    assert [event for event in await events_of(house, live.id, test.id) if event[1] == "UpdateCredential"] == [
        (test.id, "UpdateCredential", 2, True),
        (test.id, "UpdateCredential", 3, True),
    ]


async def test_secrets_of_requests_that_are_not_sent_again_stay(house: House) -> None:
    live, test = await pair(house, "multi_request")
    options = '{"url": "https://other.example.com"}'
    Request = MultiRequestData.Request  # noqa: N806 - a message
    sent = CredentialData(
        multi_request=MultiRequestData(
            requests=[Request(options_json=options), Request(options_json=options, secret="new")]
        )
    )
    await changed(house, live.id, "data.multi_request.requests", data=sent)
    stored = (await accessed(house, test.id)).data.multi_request
    assert [(each.options_json, each.secret) for each in stored.requests] == [(options, "hunter2"), (options, "new")]
    assert stored.location_of_token == "=body.token"
    assert (await accessed(house, live.id)).data == samples()["multi_request"]
    # Whole data brings what it brings.
    sent = samples()["multi_request"]
    sent.multi_request.requests[0].ClearField("secret")
    await updated(house, test.id, "data", accept_invalid=True, data=sent)
    assert not (await accessed(house, test.id, allow_invalid=True)).data.multi_request.requests[0].HasField("secret")


async def test_invalid_data_of_the_test_credential_leaves_the_live_one_active(house: House) -> None:
    live, test = await pair(house)
    broken = CredentialData(basic_auth=BasicAuthData(username="u"))
    refusal = await refused(changed(house, live.id, "data", data=broken))
    assert (refusal.reason, list(refusal.fields)) == ("DATA_INVALID", ["credential.data.basic_auth.password"])
    request = UpdateCredentialRequest(
        id=live.id,
        credential=Credential(data=broken),
        update_mask=FieldMask(paths=["data"]),
        test_credential=True,
        accept_invalid=True,
    )
    after = await house.credentials.UpdateCredential(request, metadata=house.metadata)
    assert (after.state, list(after.violations)) == (live.state, [])
    assert (await refused(accessed(house, test.id))).reason == "CREDENTIAL_INVALID"


async def test_the_etag_is_the_live_ones(house: House) -> None:
    live, test = await pair(house)
    test = await updated(house, test.id, "name", name="own")
    assert test.etag != live.etag
    refusal = await refused(changed(house, live.id, "name", name="x", etag=test.etag))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    after = await changed(house, live.id, "name", name="x", etag=live.etag)
    assert after.etag == live.etag
    await updated(house, live.id, "name", name="newer")
    assert (await refused(changed(house, live.id, "name", name="y", etag=live.etag))).reason == "ETAG_MISMATCH"
    assert (await refused(updated(house, live.id, ENABLED, test_credential=OFF, etag=live.etag))).reason == (
        "ETAG_MISMATCH"
    )
    assert (await got(house, test.id)).name == "x"


async def test_without_a_test_credential_that_is_on_there_is_nothing_to_update(house: House) -> None:
    alone = await created(house)
    live, test = await pair(house)
    deleted_live, gone = await pair(house)
    await deleted(house, gone.id)
    off, off_test = await disabled_pair(house)
    for credential_id in (alone.id, test.id, deleted_live.id, off.id):
        for update in (
            changed(house, credential_id, "name", name="n"),
            changed(house, credential_id, "name", ENABLED, name="n", test_credential=OFF),
        ):
            refusal = await refused(update)
            assert (refusal.code, refusal.reason) == (
                grpc.StatusCode.FAILED_PRECONDITION,
                "TEST_CREDENTIAL_ABSENT",
            )
    assert await got(house, off_test.id) == off_test
    assert (await got(house, live.id)).test_credential.enabled


async def test_what_is_not_there_is_not_turned_on(house: House) -> None:
    alone = await got(house, (await created(house)).id)
    _, test = await pair(house)
    for credential_id in (alone.id, test.id):
        for paths in ((ENABLED,), (ENABLED, "name")):
            refusal = await refused(updated(house, credential_id, *paths, name="n", test_credential=ON))
            assert refusal.reason == "TEST_CREDENTIAL_ABSENT"
    assert (await got(house, alone.id)) == alone
    # And off it is already.
    assert await updated(house, alone.id, ENABLED, test_credential=OFF) == alone


async def test_an_update_may_turn_on_what_it_updates(house: House) -> None:
    live, test = await disabled_pair(house)
    after = await changed(house, live.id, "name", ENABLED, name="back", test_credential=ON)
    assert after.test_credential.enabled
    assert await got(house, live.id) == after
    assert ((await got(house, test.id)).name, (await got(house, live.id)).name) == ("back", live.name)


async def test_the_variant_of_both_stays_and_can_be_asked_for(house: House) -> None:
    live, test = await pair(house)
    for credential_id, of_test in ((live.id, True), (live.id, False), (test.id, False)):
        refusal = await refused(changed(house, credential_id, "data", data=samples()["text"], of_test=of_test))
        assert refusal.reason == "LIVE_CREDENTIAL_MISMATCH"
        refusal = await refused(changed(house, credential_id, "name", name="n", variant="text", of_test=of_test))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["variant"])
        await changed(house, credential_id, "name", name="n", variant="basic_auth", of_test=of_test)


async def test_a_variant_that_is_none_is_refused_whatever_the_credential_has(house: House) -> None:
    answer = await got(house, (await created(house)).id)
    for variant in ("basic", "BASIC_AUTH", "data", "\0"):
        refusal = await refused(changed(house, answer.id, "name", name="n", variant=variant, of_test=False))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["variant"])
    assert await got(house, answer.id) == answer


async def test_a_test_credential_gets_no_expiry_through_its_live_one(house: House) -> None:
    live, test = await pair(house)
    later = Timestamp(seconds=4_000_000_000)
    refusal = await refused(changed(house, live.id, "expire_time", expire_time=later))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["credential.expire_time"])
    assert await got(house, test.id) == test


async def test_a_test_credential_of_another_surface_than_asked_for_is_not_found(house: House) -> None:
    live, _ = await pair(house)
    request = UpdateCredentialRequest(
        id=live.id,
        credential=Credential(name="n"),
        update_mask=FieldMask(paths=["name"]),
        test_credential=True,
        surface=SURFACE_TINES,
    )
    refusal = await refused(house.credentials.UpdateCredential(request, metadata=house.metadata))
    assert refusal.reason == "CREDENTIAL_NOT_FOUND"


async def test_a_test_credential_of_the_same_team_moves_along_and_leaves_its_folder(house: House) -> None:
    first, second = await made_folder(house, 1), await made_folder(house, 2)
    live, test = await pair(house, team_id=1, folder_id=first)
    assert (test.team_id, test.folder_id) == (1, first)

    async def places(*paths: str, **fields: Any) -> list[tuple[int, int]]:
        answer = await updated(house, live.id, *paths, **fields)
        both = [await got(house, live.id), await got(house, test.id)]
        assert both[0] == answer
        return [(each.team_id, each.folder_id) for each in both]

    assert await places("team_id", team_id=2) == [(2, 0)] * 2
    assert await places("team_id", "folder_id", team_id=1, folder_id=first) == [(1, first)] * 2
    assert await places("team_id", "folder_id", team_id=2, folder_id=second) == [(2, second)] * 2
    # To no team, and from none.
    assert await places("team_id") == [(0, 0)] * 2
    assert await places("team_id", team_id=1) == [(1, 0)] * 2
    # Another folder of the same team is no move.
    assert await places("folder_id", folder_id=first) == [(1, first), (1, 0)]
    assert await places("team_id", team_id=1) == [(1, first), (1, 0)]


async def test_a_test_credential_that_went_elsewhere_stays_there(house: House) -> None:
    live, test = await pair(house, team_id=1)
    await changed(house, live.id, "team_id", team_id=2)
    elsewhere = await got(house, test.id)
    assert (elsewhere.team_id, (await got(house, live.id)).team_id) == (2, 1)
    await updated(house, live.id, "team_id")
    assert await got(house, test.id) == elsewhere
    # There they meet, and go on together.
    await updated(house, live.id, "team_id", team_id=2)
    await updated(house, live.id, "team_id", team_id=1)
    assert (await got(house, test.id)).team_id == 1


async def test_turning_it_off_moves_a_test_credential_nowhere(house: House) -> None:
    folder = await made_folder(house, 1)
    live, test = await pair(house, team_id=1)
    await updated(house, live.id, "folder_id", ENABLED, folder_id=folder, test_credential=OFF)
    await updated(house, live.id, ENABLED, test_credential=ON)
    assert ((await got(house, live.id)).folder_id, (await got(house, test.id)).folder_id) == (folder, 0)


async def test_a_move_keeps_what_else_a_test_credential_has(house: House) -> None:
    made = await created(house, named(team_id=1))
    twin = named(
        live_credential_id=made.id,
        description="own",
        read_access=READ_ACCESS_SPECIFIC_TEAMS,
        shared_team_slugs=["team_2"],
        allowed_hosts=["a.com"],
    )
    test = await created(house, twin)
    await updated(house, made.id, "team_id", "description", team_id=2, description="live")
    moved = await got(house, test.id)
    assert moved.team_id == 2
    for name in ("description", "read_access", "shared_team_slugs", "allowed_hosts", "version", "variant", "name"):
        assert getattr(moved, name) == getattr(test, name)
    assert (await accessed(house, test.id, target_host="a.com")).data == samples()["basic_auth"]


async def test_each_row_that_changes_leaves_its_event(house: House) -> None:
    live, test = await pair(house, team_id=1)
    await updated(house, live.id, "team_id", "data", team_id=2, data=samples("new")["basic_auth"])
    assert sorted(event for event in await events_of(house, live.id, test.id) if event[1] == "UpdateCredential") == (
        sorted([(live.id, "UpdateCredential", 2, True), (test.id, "UpdateCredential", 1, False)])
    )


async def test_a_broken_row_of_the_test_credential_keeps_the_live_one_where_it_is(house: House) -> None:
    live, test = await pair(house, team_id=1)
    async with house.sql() as connection:
        await connection.execute("update credentials set name = 'forged' where id = $1", test.id)
    before = await got(house, live.id)
    for paths, fields in ((("team_id",), {"team_id": 2}), ((ENABLED, "name"), {"name": "n"})):
        refusal = await refused(updated(house, live.id, *paths, **fields))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
        assert await got(house, live.id) == before


@pytest.mark.parametrize("meanwhile", ["live", "test"])
async def test_a_move_that_meets_another_change_changes_both_or_neither(house: House, meanwhile: str) -> None:
    live, test = await pair(house, team_id=1)
    named_row = {"live": live, "test": test}[meanwhile]
    async with house.sql() as holder, house.sql() as onlooker:

        async def waiting() -> bool:
            found = await onlooker.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            return bool(found)

        # The move has read both, and stands before one of them when it changes under it.
        async with holder.transaction():
            await holder.execute("select 1 from credentials where id = $1 for update", named_row.id)
            move = asyncio.ensure_future(updated(house, live.id, "team_id", team_id=2))
            await until(waiting)
            seen = await onlooker.fetch(
                "select team_id, revision from credentials where id = any($1::uuid[])", [live.id, test.id]
            )
            # Only this makes what the move has read stale: a name and a revision that nobody signed.
            await holder.execute("update credentials set revision = revision + 1 where id = $1", named_row.id)
        assert {tuple(row) for row in seen} == {(1, 1)}
        refusal = await refused(move)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
        rows = await onlooker.fetch("select team_id from credentials where id = any($1::uuid[])", [live.id, test.id])
    assert [row[0] for row in rows] == [1, 1]
    assert not [event for event in await events_of(house, live.id, test.id) if event[1] == "UpdateCredential"]


async def test_moves_and_changes_at_once_leave_both_in_the_same_team(house: House) -> None:
    for _ in range(5):
        live, test = await pair(house, team_id=1)
        results = await asyncio.gather(
            *(updated(house, live.id, "team_id", team_id=1 + index % 2) for index in range(6)),
            *(changed(house, live.id, "name", name=f"n{index}") for index in range(3)),
            *(updated(house, test.id, "description", description=f"d{index}") for index in range(3)),
            return_exceptions=True,
        )
        for result in results:
            if not isinstance(result, Credential):
                assert isinstance(result, grpc.aio.AioRpcError)
                assert result.code() == grpc.StatusCode.ABORTED
        assert (await got(house, live.id)).team_id == (await got(house, test.id)).team_id
        assert (await accessed(house, test.id)).data == samples()["basic_auth"]


async def test_a_live_credential_is_moved_whatever_becomes_of_its_test_credential(house: House) -> None:
    for _ in range(10):
        live, test = await pair(house, team_id=1)
        results: list[Any] = await asyncio.gather(
            deleted(house, test.id),
            *(updated(house, live.id, "team_id", team_id=team_id) for team_id in (2, 1, 2)),
            return_exceptions=True,
        )
        for result in results[1:]:
            if isinstance(result, grpc.aio.AioRpcError):
                assert result.code() == grpc.StatusCode.ABORTED


async def test_a_limited_key_changes_the_test_credentials_of_its_own_teams_alone(house: House) -> None:
    writer = await key_of(house, ROLE_WRITER, team_ids=(1,))
    live, test = await pair(house, team_id=1)
    foreign_live, foreign_test = await pair(house, team_id=2, read_access=READ_ACCESS_GLOBAL)
    hidden_live, _ = await pair(house, team_id=2)

    after = await changed(house, live.id, "name", ENABLED, by=writer, name="n", test_credential=ON)
    assert (after.id, (await got(house, test.id)).name) == (live.id, "n")
    for update in (
        changed(house, foreign_live.id, "name", by=writer, name="n"),
        updated(house, foreign_live.id, ENABLED, by=writer, test_credential=OFF),
        changed(house, live.id, "team_id", by=writer, team_id=2),
        updated(house, live.id, "team_id", by=writer, team_id=2),
        updated(house, live.id, "team_id", by=writer),
    ):
        refusal = await refused(update)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")
    assert (await refused(changed(house, hidden_live.id, "name", by=writer, name="n"))).reason == "CREDENTIAL_NOT_FOUND"
    assert await got(house, foreign_test.id) == foreign_test


async def test_a_limited_key_turns_off_but_does_not_change_a_test_credential_of_another_team(house: House) -> None:
    writer = await key_of(house, ROLE_WRITER, team_ids=(1,))
    for read_access, reason in ((READ_ACCESS_GLOBAL, "TEAM_NOT_ALLOWED"), (READ_ACCESS_TEAM, "CREDENTIAL_NOT_FOUND")):
        live = await created(house, named(team_id=1))
        test = await created(house, named(team_id=2, live_credential_id=live.id, read_access=read_access))
        assert (await refused(changed(house, live.id, "name", by=writer, name="n"))).reason == reason
        assert (await got(house, test.id)).name == test.name
        after = await updated(house, live.id, ENABLED, by=writer, test_credential=OFF)
        assert not after.test_credential.enabled
        # Nor does it follow where the key would take it.
        assert (await got(house, test.id)).team_id == 2


@pytest.mark.parametrize("role", [ROLE_READER, ROLE_USER])
async def test_who_does_not_write_turns_nothing_off(house: House, role: int) -> None:
    live, _ = await pair(house)
    by = await key_of(house, role)  # type: ignore[arg-type] # the table decides
    assert (await refused(updated(house, live.id, ENABLED, by=by, test_credential=OFF))).reason == "ROLE_MISSING"
