"""Tests the rules that connect a test credential with its live credential."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from rpc.calls import accessed, deleted, got, key_of, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, SURFACE_TINES, Credential
from strongroom.v1.organisation_service_pb2 import ROLE_WRITER, CreateFolderRequest, Folder

if TYPE_CHECKING:
    from conftest import Deployment

LATER = Timestamp(seconds=4_000_000_000)


async def folder(deployment: Deployment, team_id: int) -> int:
    request = CreateFolderRequest(folder=Folder(team_id=team_id, name="f"))
    return (await deployment.organisations.CreateFolder(request, metadata=deployment.metadata)).id


async def test_the_folder_is_inherited_only_with_its_team(deployment: Deployment) -> None:
    live_folder, other_folder = await folder(deployment, 1), await folder(deployment, 2)
    live = await created(deployment, named(team_id=1, folder_id=live_folder))

    async def twin(**fields: Any) -> tuple[int, int]:
        test = await created(deployment, named(live_credential_id=live.id, **fields))
        await deleted(deployment, test.id)
        return test.team_id, test.folder_id

    assert await twin() == (1, live_folder)
    assert await twin(team_id=1) == (1, live_folder)
    assert await twin(team_id=2) == (2, 0)
    assert await twin(team_id=2, folder_id=other_folder) == (2, other_folder)


async def test_fields_that_a_test_credential_sets_are_not_inherited(deployment: Deployment) -> None:
    live = await created(deployment, named(team_id=1, description="live", allowed_hosts=["a.com"], redact_fields=["x"]))
    test = await created(
        deployment, named(live_credential_id=live.id, description="test", read_access=READ_ACCESS_GLOBAL, team_id=2)
    )
    assert (test.description, test.read_access, test.team_id) == ("test", READ_ACCESS_GLOBAL, 2)
    assert (list(test.allowed_hosts), list(test.redact_fields)) == ([], [])
    assert (await accessed(deployment, test.id)).data == samples()["basic_auth"]


async def test_a_live_credential_of_another_surface_is_refused(deployment: Deployment) -> None:
    live = await created(deployment, named(variant="text"))
    refusal = await refused(
        created(deployment, named(variant="text", surface=SURFACE_TINES, live_credential_id=live.id))
    )
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "LIVE_CREDENTIAL_MISMATCH")
    assert list(refusal.fields) == ["credential.live_credential_id"]


async def test_a_live_credential_that_the_key_may_not_change_is_unknown_to_it(deployment: Deployment) -> None:
    shared = await created(deployment, named(team_id=1, read_access=READ_ACCESS_GLOBAL))
    hidden = await created(deployment, named(team_id=1))
    writer = await key_of(deployment, ROLE_WRITER, team_ids=(2,))
    refusals = [
        await refused(created(deployment, named("n", team_id=2, live_credential_id=live_id), writer))
        for live_id in (shared.id, hidden.id, str(uuid.uuid4()))
    ]
    assert refusals[0] == refusals[1] == refusals[2]
    assert refusals[0].reason == "LIVE_CREDENTIAL_UNKNOWN"


async def test_a_test_credential_has_no_expiry_of_its_own(deployment: Deployment) -> None:
    live = await created(deployment, named(expire_time=LATER))
    refusal = await refused(created(deployment, named(live_credential_id=live.id, expire_time=LATER)))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["credential.expire_time"])
    test = await created(deployment, named(live_credential_id=live.id))
    refusal = await refused(updated(deployment, test.id, "expire_time", expire_time=LATER))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["credential.expire_time"])
    assert (await updated(deployment, test.id, "name", "expire_time", name="n")).name == "n"


async def test_metadata_of_a_test_credential_is_checked_like_any_other(deployment: Deployment) -> None:
    live = await created(deployment)
    sent = Credential(live_credential_id=live.id, allowed_hosts=["https://a"], data=samples()["basic_auth"])
    refusal = await refused(created(deployment, sent))
    assert set(refusal.fields) == {"credential.name", "credential.allowed_hosts[0]"}


async def test_a_repeated_create_of_a_test_credential_has_the_same_response(deployment: Deployment) -> None:
    live = await created(deployment)
    credential, request_id = named(live_credential_id=live.id), str(uuid.uuid4())
    first = await created(deployment, credential, request_id=request_id)
    assert await created(deployment, credential, request_id=request_id) == first
    credential.description = "other"
    assert (await refused(created(deployment, credential, request_id=request_id))).reason == "REQUEST_ID_REUSED"


async def test_a_live_credential_can_have_another_test_credential_after_the_first_is_deleted(
    deployment: Deployment,
) -> None:
    live = await created(deployment)
    first = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, first.id)
    assert not (await got(deployment, live.id)).HasField("test_credential")
    second = await created(deployment, named(live_credential_id=live.id))
    assert (await got(deployment, live.id)).test_credential.id == second.id


async def test_a_delete_includes_the_test_credential_even_if_that_changes_concurrently(
    deployment: Deployment,
) -> None:
    for _ in range(5):
        live = await created(deployment)
        test = await created(deployment, named(live_credential_id=live.id))
        await asyncio.gather(
            deleted(deployment, live.id),
            *(updated(deployment, test.id, "name", name=f"n{index}") for index in range(3)),
            return_exceptions=True,
        )
        assert (await refused(got(deployment, live.id))).reason == "CREDENTIAL_NOT_FOUND"
        assert (await refused(got(deployment, test.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_a_concurrent_delete_and_create_leave_no_test_credential_without_its_live_credential(
    deployment: Deployment,
) -> None:
    for _ in range(5):
        live = await created(deployment)
        _, made = await asyncio.gather(
            deleted(deployment, live.id), created(deployment, named(live_credential_id=live.id)), return_exceptions=True
        )
        if isinstance(made, Credential):
            assert (await refused(got(deployment, made.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_a_test_credential_expires_with_its_live_credential(own_deployment: Deployment) -> None:
    live = await created(own_deployment, named(expire_time=LATER))
    test = await created(own_deployment, named(live_credential_id=live.id))
    async with own_deployment.sql() as connection:
        await connection.execute(
            "create or replace function strongroom_now() returns timestamptz language sql stable as"
            " $$select timestamptz '2096-10-02 07:06:40+00'$$"
        )
    for credential_id in (live.id, test.id):
        assert (await refused(got(own_deployment, credential_id))).reason == "CREDENTIAL_NOT_FOUND"
        assert (await refused(accessed(own_deployment, credential_id))).reason == "CREDENTIAL_NOT_FOUND"
