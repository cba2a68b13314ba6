"""Tests that test credentials are enabled, disabled, updated and moved through their live credentials."""

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
    from conftest import Deployment

ENABLED = "test_credential.enabled"
ON, OFF = Credential.TestCredential(enabled=True), Credential.TestCredential(enabled=False)


async def pair(deployment: Deployment, variant: str = "basic_auth", **fields: Any) -> tuple[Credential, Credential]:
    """A live credential and its test credential."""
    made = await created(deployment, named(variant=variant, **fields))
    test = await created(deployment, named(variant=variant, surface=made.surface, live_credential_id=made.id))
    return await got(deployment, made.id), await got(deployment, test.id)


async def changed(
    deployment: Deployment,
    live_id: str,
    *paths: str,
    by: Metadata = (),
    of_test: bool = True,
    variant: str = "",
    **fields: Any,
) -> Credential:
    """Update the test credential of a live one, or with `of_test` false the live one."""
    request = UpdateCredentialRequest(
        id=live_id,
        credential=Credential(**fields),
        update_mask=FieldMask(paths=paths),
        test_credential=of_test,
        variant=variant,
    )
    return await deployment.credentials.UpdateCredential(request, metadata=by or deployment.metadata)


async def disabled_pair(deployment: Deployment) -> tuple[Credential, Credential]:
    live, test = await pair(deployment)
    await updated(deployment, live.id, ENABLED, test_credential=OFF)
    return live, await got(deployment, test.id)


async def events_of(deployment: Deployment, *credential_ids: str) -> list[tuple[str, str, int, bool]]:
    """The actions on these credentials in order, each with whether it stored a box."""
    async with deployment.sql() as connection:
        found = await connection.fetch(
            "select credential_id, action, version, box_sha256 is not null from audit_events"
            " where credential_id = any($1::uuid[]) order by event_time, event_id",
            credential_ids,
        )
    return [(str(row[0]), *row[1:]) for row in found]


async def made_folder(deployment: Deployment, team_id: int) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f"))
    return (await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)).id


async def test_a_new_test_credential_is_enabled_and_can_be_disabled_through_its_live_credential(
    deployment: Deployment,
) -> None:
    live, test = await pair(deployment)
    assert live.test_credential.enabled
    for shown in (OFF, OFF, ON):
        after = await updated(deployment, live.id, ENABLED, test_credential=shown)
        assert (after.id, after.test_credential.id) == (live.id, test.id)
        assert after.test_credential.enabled == shown.enabled
        assert await got(deployment, live.id) == after
        # The live credential has not changed.
        assert (after.etag, after.update_time, after.version) == (live.etag, live.update_time, live.version)
        # A disabled test credential can still be used by its own id.
        assert (await accessed(deployment, test.id)).data == samples()["basic_auth"]
    assert events_without_boxes(await events_of(deployment, live.id, test.id)) == [
        (live.id, "CreateCredential"),
        (test.id, "CreateCredential"),
        *itertools.chain.from_iterable(
            [(test.id, "UpdateCredential"), (test.id, "AccessCredential")] for _ in range(3)
        ),
    ]


def events_without_boxes(events: list[tuple[str, str, int, bool]]) -> list[tuple[str, str]]:
    return [event[:2] for event in events]


async def test_an_update_can_disable_the_test_credential_and_change_the_live_one(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    after = await updated(deployment, live.id, "name", ENABLED, name="other", test_credential=OFF)
    assert (after.name, after.test_credential.enabled) == ("other", False)
    assert await got(deployment, live.id) == after
    assert (await got(deployment, test.id)).name == test.name
    assert (await got(deployment, test.id)).etag != test.etag


async def test_only_enabled_can_be_set_in_the_field_test_credential(
    deployment: Deployment,
) -> None:
    live, _ = await pair(deployment)
    for path in ("test_credential", "test_credential.id", "test_credential.create_time", "live_credential_id"):
        refusal = await refused(updated(deployment, live.id, path, test_credential=OFF))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["update_mask.paths[0]"])


async def test_an_update_of_the_test_credential_returns_the_live_one(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    after = await changed(
        deployment, live.id, "name", "description", "allowed_hosts", name="n", description="d", allowed_hosts=["a.com"]
    )
    assert after.test_credential.update_time != live.test_credential.update_time
    after.test_credential.update_time.CopyFrom(live.test_credential.update_time)
    assert after == live
    test_after = await got(deployment, test.id)
    assert (test_after.name, test_after.description, list(test_after.allowed_hosts)) == ("n", "d", ["a.com"])
    assert test_after.version == 1
    by_number = await changed(deployment, str(live.number), "name", name="m")
    assert (by_number.id, (await got(deployment, test.id)).name) == (live.id, "m")


async def test_new_data_of_the_test_credential_leaves_that_of_the_live_one(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    whole = samples("test only")["basic_auth"]
    after = await changed(deployment, live.id, "data", data=whole)
    assert (after.version, after.HasField("data")) == (1, False)
    assert (await accessed(deployment, test.id)).data == whole
    sent = CredentialData(basic_auth=BasicAuthData(username="otto"))
    await changed(deployment, live.id, "data.basic_auth.username", data=sent)
    whole.basic_auth.username = "otto"
    assert (await accessed(deployment, test.id)).data == whole
    assert (await accessed(deployment, live.id)).data == samples()["basic_auth"]
    assert ((await got(deployment, test.id)).version, (await got(deployment, live.id)).version) == (3, 1)
    assert [event for event in await events_of(deployment, live.id, test.id) if event[1] == "UpdateCredential"] == [
        (test.id, "UpdateCredential", 2, True),
        (test.id, "UpdateCredential", 3, True),
    ]


async def test_secrets_of_requests_are_kept_if_they_are_not_sent_again(deployment: Deployment) -> None:
    live, test = await pair(deployment, "multi_request")
    options = '{"url": "https://other.example.com"}'
    Request = MultiRequestData.Request  # noqa: N806 - a message
    sent = CredentialData(
        multi_request=MultiRequestData(
            requests=[Request(options_json=options), Request(options_json=options, secret="new")]
        )
    )
    await changed(deployment, live.id, "data.multi_request.requests", data=sent)
    stored = (await accessed(deployment, test.id)).data.multi_request
    assert [(each.options_json, each.secret) for each in stored.requests] == [(options, "hunter2"), (options, "new")]
    assert stored.location_of_token == "=body.token"
    assert (await accessed(deployment, live.id)).data == samples()["multi_request"]
    # Replacing all data keeps nothing.
    sent = samples()["multi_request"]
    sent.multi_request.requests[0].ClearField("secret")
    await updated(deployment, test.id, "data", accept_invalid=True, data=sent)
    assert (
        not (await accessed(deployment, test.id, allow_invalid=True)).data.multi_request.requests[0].HasField("secret")
    )


async def test_invalid_data_of_the_test_credential_leaves_the_live_one_active(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    broken = CredentialData(basic_auth=BasicAuthData(username="u"))
    refusal = await refused(changed(deployment, live.id, "data", data=broken))
    assert (refusal.reason, list(refusal.fields)) == ("DATA_INVALID", ["credential.data.basic_auth.password"])
    request = UpdateCredentialRequest(
        id=live.id,
        credential=Credential(data=broken),
        update_mask=FieldMask(paths=["data"]),
        test_credential=True,
        accept_invalid=True,
    )
    after = await deployment.credentials.UpdateCredential(request, metadata=deployment.metadata)
    assert (after.state, list(after.violations)) == (live.state, [])
    assert (await refused(accessed(deployment, test.id))).reason == "CREDENTIAL_INVALID"


async def test_the_etag_is_that_of_the_live_credential(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    test = await updated(deployment, test.id, "name", name="own")
    assert test.etag != live.etag
    refusal = await refused(changed(deployment, live.id, "name", name="x", etag=test.etag))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    after = await changed(deployment, live.id, "name", name="x", etag=live.etag)
    assert after.etag == live.etag
    await updated(deployment, live.id, "name", name="newer")
    assert (await refused(changed(deployment, live.id, "name", name="y", etag=live.etag))).reason == "ETAG_MISMATCH"
    assert (await refused(updated(deployment, live.id, ENABLED, test_credential=OFF, etag=live.etag))).reason == (
        "ETAG_MISMATCH"
    )
    assert (await got(deployment, test.id)).name == "x"


async def test_an_absent_or_disabled_test_credential_cannot_be_updated(deployment: Deployment) -> None:
    alone = await created(deployment)
    live, test = await pair(deployment)
    deleted_live, gone = await pair(deployment)
    await deleted(deployment, gone.id)
    off, off_test = await disabled_pair(deployment)
    for credential_id in (alone.id, test.id, deleted_live.id, off.id):
        for update in (
            changed(deployment, credential_id, "name", name="n"),
            changed(deployment, credential_id, "name", ENABLED, name="n", test_credential=OFF),
        ):
            refusal = await refused(update)
            assert (refusal.code, refusal.reason) == (
                grpc.StatusCode.FAILED_PRECONDITION,
                "TEST_CREDENTIAL_ABSENT",
            )
    assert await got(deployment, off_test.id) == off_test
    assert (await got(deployment, live.id)).test_credential.enabled


async def test_an_absent_test_credential_cannot_be_enabled(deployment: Deployment) -> None:
    alone = await got(deployment, (await created(deployment)).id)
    _, test = await pair(deployment)
    for credential_id in (alone.id, test.id):
        for paths in ((ENABLED,), (ENABLED, "name")):
            refusal = await refused(updated(deployment, credential_id, *paths, name="n", test_credential=ON))
            assert refusal.reason == "TEST_CREDENTIAL_ABSENT"
    assert (await got(deployment, alone.id)) == alone
    # An absent test credential counts as disabled.
    assert await updated(deployment, alone.id, ENABLED, test_credential=OFF) == alone


async def test_an_update_may_enable_the_test_credential_that_it_changes(deployment: Deployment) -> None:
    live, test = await disabled_pair(deployment)
    after = await changed(deployment, live.id, "name", ENABLED, name="back", test_credential=ON)
    assert after.test_credential.enabled
    assert await got(deployment, live.id) == after
    assert ((await got(deployment, test.id)).name, (await got(deployment, live.id)).name) == ("back", live.name)


async def test_the_variant_of_both_is_fixed_and_can_be_required(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    for credential_id, of_test in ((live.id, True), (live.id, False), (test.id, False)):
        refusal = await refused(changed(deployment, credential_id, "data", data=samples()["text"], of_test=of_test))
        assert refusal.reason == "LIVE_CREDENTIAL_MISMATCH"
        refusal = await refused(changed(deployment, credential_id, "name", name="n", variant="text", of_test=of_test))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["variant"])
        await changed(deployment, credential_id, "name", name="n", variant="basic_auth", of_test=of_test)


async def test_an_unknown_variant_is_refused(deployment: Deployment) -> None:
    answer = await got(deployment, (await created(deployment)).id)
    for variant in ("basic", "BASIC_AUTH", "data", "\0"):
        refusal = await refused(changed(deployment, answer.id, "name", name="n", variant=variant, of_test=False))
        assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["variant"])
    assert await got(deployment, answer.id) == answer


async def test_a_test_credential_cannot_get_an_expire_time_through_its_live_credential(deployment: Deployment) -> None:
    live, test = await pair(deployment)
    later = Timestamp(seconds=4_000_000_000)
    refusal = await refused(changed(deployment, live.id, "expire_time", expire_time=later))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["credential.expire_time"])
    assert await got(deployment, test.id) == test


async def test_a_test_credential_of_another_surface_is_not_found(deployment: Deployment) -> None:
    live, _ = await pair(deployment)
    request = UpdateCredentialRequest(
        id=live.id,
        credential=Credential(name="n"),
        update_mask=FieldMask(paths=["name"]),
        test_credential=True,
        surface=SURFACE_TINES,
    )
    refusal = await refused(deployment.credentials.UpdateCredential(request, metadata=deployment.metadata))
    assert refusal.reason == "CREDENTIAL_NOT_FOUND"


async def test_a_test_credential_of_the_same_team_moves_with_its_live_credential_and_leaves_its_folder(
    deployment: Deployment,
) -> None:
    first, second = await made_folder(deployment, 1), await made_folder(deployment, 2)
    live, test = await pair(deployment, team_id=1, folder_id=first)
    assert (test.team_id, test.folder_id) == (1, first)

    async def places(*paths: str, **fields: Any) -> list[tuple[int, int]]:
        answer = await updated(deployment, live.id, *paths, **fields)
        both = [await got(deployment, live.id), await got(deployment, test.id)]
        assert both[0] == answer
        return [(each.team_id, each.folder_id) for each in both]

    assert await places("team_id", team_id=2) == [(2, 0)] * 2
    assert await places("team_id", "folder_id", team_id=1, folder_id=first) == [(1, first)] * 2
    assert await places("team_id", "folder_id", team_id=2, folder_id=second) == [(2, second)] * 2
    # To no team and back.
    assert await places("team_id") == [(0, 0)] * 2
    assert await places("team_id", team_id=1) == [(1, 0)] * 2
    # Another folder of the same team does not move the test credential.
    assert await places("folder_id", folder_id=first) == [(1, first), (1, 0)]
    assert await places("team_id", team_id=1) == [(1, first), (1, 0)]


async def test_a_test_credential_of_another_team_does_not_move_with_its_live_credential(deployment: Deployment) -> None:
    live, test = await pair(deployment, team_id=1)
    await changed(deployment, live.id, "team_id", team_id=2)
    elsewhere = await got(deployment, test.id)
    assert (elsewhere.team_id, (await got(deployment, live.id)).team_id) == (2, 1)
    await updated(deployment, live.id, "team_id")
    assert await got(deployment, test.id) == elsewhere
    # Now both are in the same team, so they move together.
    await updated(deployment, live.id, "team_id", team_id=2)
    await updated(deployment, live.id, "team_id", team_id=1)
    assert (await got(deployment, test.id)).team_id == 1


async def test_disabling_a_test_credential_does_not_move_it(deployment: Deployment) -> None:
    folder = await made_folder(deployment, 1)
    live, test = await pair(deployment, team_id=1)
    await updated(deployment, live.id, "folder_id", ENABLED, folder_id=folder, test_credential=OFF)
    await updated(deployment, live.id, ENABLED, test_credential=ON)
    assert ((await got(deployment, live.id)).folder_id, (await got(deployment, test.id)).folder_id) == (folder, 0)


async def test_a_move_changes_only_the_team_of_the_test_credential(deployment: Deployment) -> None:
    made = await created(deployment, named(team_id=1))
    twin = named(
        live_credential_id=made.id,
        description="own",
        read_access=READ_ACCESS_SPECIFIC_TEAMS,
        shared_team_slugs=["team_2"],
        allowed_hosts=["a.com"],
    )
    test = await created(deployment, twin)
    await updated(deployment, made.id, "team_id", "description", team_id=2, description="live")
    moved = await got(deployment, test.id)
    assert moved.team_id == 2
    for name in ("description", "read_access", "shared_team_slugs", "allowed_hosts", "version", "variant", "name"):
        assert getattr(moved, name) == getattr(test, name)
    assert (await accessed(deployment, test.id, target_host="a.com")).data == samples()["basic_auth"]


async def test_each_changed_row_has_its_event(deployment: Deployment) -> None:
    live, test = await pair(deployment, team_id=1)
    await updated(deployment, live.id, "team_id", "data", team_id=2, data=samples("new")["basic_auth"])
    assert sorted(
        event for event in await events_of(deployment, live.id, test.id) if event[1] == "UpdateCredential"
    ) == (sorted([(live.id, "UpdateCredential", 2, True), (test.id, "UpdateCredential", 1, False)]))


async def test_a_broken_row_of_the_test_credential_prevents_a_move_of_the_live_one(deployment: Deployment) -> None:
    live, test = await pair(deployment, team_id=1)
    async with deployment.sql() as connection:
        await connection.execute("update credentials set name = 'forged' where id = $1", test.id)
    before = await got(deployment, live.id)
    for paths, fields in ((("team_id",), {"team_id": 2}), ((ENABLED, "name"), {"name": "n"})):
        refusal = await refused(updated(deployment, live.id, *paths, **fields))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
        assert await got(deployment, live.id) == before


@pytest.mark.parametrize("meanwhile", ["live", "test"])
async def test_a_move_during_another_change_moves_both_or_neither(deployment: Deployment, meanwhile: str) -> None:
    live, test = await pair(deployment, team_id=1)
    named_row = {"live": live, "test": test}[meanwhile]
    async with deployment.sql() as holder, deployment.sql() as onlooker:

        async def waiting() -> bool:
            found = await onlooker.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            return bool(found)

        # The move has read both rows and waits for a lock while one of them changes.
        async with holder.transaction():
            await holder.execute("select 1 from credentials where id = $1 for update", named_row.id)
            move = asyncio.ensure_future(updated(deployment, live.id, "team_id", team_id=2))
            await until(waiting)
            seen = await onlooker.fetch(
                "select team_id, revision from credentials where id = any($1::uuid[])", [live.id, test.id]
            )
            # Only an unsigned change of the row makes the move's read stale here.
            await holder.execute("update credentials set revision = revision + 1 where id = $1", named_row.id)
        assert {tuple(row) for row in seen} == {(1, 1)}
        refusal = await refused(move)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
        rows = await onlooker.fetch("select team_id from credentials where id = any($1::uuid[])", [live.id, test.id])
    assert [row[0] for row in rows] == [1, 1]
    assert not [event for event in await events_of(deployment, live.id, test.id) if event[1] == "UpdateCredential"]


async def test_concurrent_moves_and_changes_leave_both_in_the_same_team(deployment: Deployment) -> None:
    for _ in range(5):
        live, test = await pair(deployment, team_id=1)
        results = await asyncio.gather(
            *(updated(deployment, live.id, "team_id", team_id=1 + index % 2) for index in range(6)),
            *(changed(deployment, live.id, "name", name=f"n{index}") for index in range(3)),
            *(updated(deployment, test.id, "description", description=f"d{index}") for index in range(3)),
            return_exceptions=True,
        )
        for result in results:
            if not isinstance(result, Credential):
                assert isinstance(result, grpc.aio.AioRpcError)
                assert result.code() == grpc.StatusCode.ABORTED
        assert (await got(deployment, live.id)).team_id == (await got(deployment, test.id)).team_id
        assert (await accessed(deployment, test.id)).data == samples()["basic_auth"]


async def test_a_live_credential_moves_even_if_its_test_credential_is_deleted_concurrently(
    deployment: Deployment,
) -> None:
    for _ in range(10):
        live, test = await pair(deployment, team_id=1)
        results: list[Any] = await asyncio.gather(
            deleted(deployment, test.id),
            *(updated(deployment, live.id, "team_id", team_id=team_id) for team_id in (2, 1, 2)),
            return_exceptions=True,
        )
        for result in results[1:]:
            if isinstance(result, grpc.aio.AioRpcError):
                assert result.code() == grpc.StatusCode.ABORTED


async def test_a_key_that_is_limited_to_teams_changes_only_the_test_credentials_of_its_teams(
    deployment: Deployment,
) -> None:
    writer = await key_of(deployment, ROLE_WRITER, team_ids=(1,))
    live, test = await pair(deployment, team_id=1)
    foreign_live, foreign_test = await pair(deployment, team_id=2, read_access=READ_ACCESS_GLOBAL)
    hidden_live, _ = await pair(deployment, team_id=2)

    after = await changed(deployment, live.id, "name", ENABLED, by=writer, name="n", test_credential=ON)
    assert (after.id, (await got(deployment, test.id)).name) == (live.id, "n")
    for update in (
        changed(deployment, foreign_live.id, "name", by=writer, name="n"),
        updated(deployment, foreign_live.id, ENABLED, by=writer, test_credential=OFF),
        changed(deployment, live.id, "team_id", by=writer, team_id=2),
        updated(deployment, live.id, "team_id", by=writer, team_id=2),
        updated(deployment, live.id, "team_id", by=writer),
    ):
        refusal = await refused(update)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TEAM_NOT_ALLOWED")
    assert (
        await refused(changed(deployment, hidden_live.id, "name", by=writer, name="n"))
    ).reason == "CREDENTIAL_NOT_FOUND"
    assert await got(deployment, foreign_test.id) == foreign_test


async def test_a_key_that_is_limited_to_teams_may_disable_a_test_credential_of_another_team(
    deployment: Deployment,
) -> None:
    writer = await key_of(deployment, ROLE_WRITER, team_ids=(1,))
    for read_access, reason in ((READ_ACCESS_GLOBAL, "TEAM_NOT_ALLOWED"), (READ_ACCESS_TEAM, "CREDENTIAL_NOT_FOUND")):
        live = await created(deployment, named(team_id=1))
        test = await created(deployment, named(team_id=2, live_credential_id=live.id, read_access=read_access))
        assert (await refused(changed(deployment, live.id, "name", by=writer, name="n"))).reason == reason
        assert (await got(deployment, test.id)).name == test.name
        after = await updated(deployment, live.id, ENABLED, by=writer, test_credential=OFF)
        assert not after.test_credential.enabled
        # It does not move with the live credential either.
        assert (await got(deployment, test.id)).team_id == 2


@pytest.mark.parametrize("role", [ROLE_READER, ROLE_USER])
async def test_a_key_without_the_role_writer_cannot_disable_a_test_credential(
    deployment: Deployment, role: int
) -> None:
    live, _ = await pair(deployment)
    by = await key_of(deployment, role)  # type: ignore[arg-type] # the table decides
    assert (await refused(updated(deployment, live.id, ENABLED, by=by, test_credential=OFF))).reason == "ROLE_MISSING"
