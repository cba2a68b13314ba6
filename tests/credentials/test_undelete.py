"""Tests that deleted credentials are hidden, and as they were after they are undeleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from credentials.undeleting import actions, gone, undelete
from gateway.apis import VendorApi, slashid, tines, versori
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import accessed, deleted, got, listed, other_organisation, read, refused, updated
from samples import created, named, samples

from strongroom.v1.credential_pb2 import (
    SURFACE_NATIVE,
    SURFACE_SLASHID,
    SURFACE_TINES,
    SURFACE_VERSORI,
    Credential,
    Surface,
)
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    AccessCredentialRequest,
    CreateCredentialRequest,
    DeleteCredentialRequest,
    DestroyCredentialVersionRequest,
    GetCredentialRequest,
    ListCredentialVersionsRequest,
    RestoreCredentialVersionRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import (
    CreateFolderRequest,
    CreateTeamRequest,
    DeleteFolderRequest,
    DeleteTeamRequest,
    Folder,
    Team,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from conftest import Deployment

SAMPLE = samples()["basic_auth"]


def calls_on(deployment: Deployment, credential_id: str) -> list[Awaitable[object]]:
    stub, metadata = deployment.credentials, deployment.metadata
    mask = FieldMask(paths=["name"])
    return [
        stub.GetCredential(GetCredentialRequest(id=credential_id), metadata=metadata),
        stub.GetCredential(GetCredentialRequest(id=credential_id, view=CREDENTIAL_VIEW_FULL), metadata=metadata),
        stub.AccessCredential(AccessCredentialRequest(id=credential_id, allow_invalid=True), metadata=metadata),
        stub.UpdateCredential(
            UpdateCredentialRequest(id=credential_id, credential=Credential(name="x"), update_mask=mask),
            metadata=metadata,
        ),
        stub.DeleteCredential(DeleteCredentialRequest(id=credential_id), metadata=metadata),
        stub.ListCredentialVersions(ListCredentialVersionsRequest(id=credential_id), metadata=metadata),
        stub.RestoreCredentialVersion(RestoreCredentialVersionRequest(id=credential_id, version=1), metadata=metadata),
        stub.DestroyCredentialVersion(DestroyCredentialVersionRequest(id=credential_id, version=1), metadata=metadata),
    ]


async def test_a_deleted_credential_is_hidden_from_every_method(deployment: Deployment) -> None:
    credential = await gone(deployment)
    for id_text in (credential.id, str(credential.number)):
        for call in calls_on(deployment, id_text):
            refusal = await refused(call)
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CREDENTIAL_NOT_FOUND")
    for view in (0, CREDENTIAL_VIEW_FULL):
        assert credential.id not in await listed(deployment, name_prefix=credential.name, view=view)
    test = CreateCredentialRequest(credential=named(live_credential_id=credential.id))
    refusal = await refused(deployment.credentials.CreateCredential(test, metadata=deployment.metadata))
    assert refusal.reason == "LIVE_CREDENTIAL_UNKNOWN"


APIS: dict[Any, tuple[Any, str, dict[str, Any]]] = {
    SURFACE_VERSORI: (versori, "basic_auth", {}),
    SURFACE_SLASHID: (slashid, "basic_auth", {"provider": 1}),
    SURFACE_TINES: (tines, "text", {"team_id": 1}),
}


@pytest.mark.parametrize("surface", APIS)
async def test_a_deleted_credential_is_hidden_at_its_vendors_endpoints_until_it_is_undeleted(
    deployment: Deployment, surface: Surface.ValueType
) -> None:
    open_api, variant, fields = APIS[surface]
    api: VendorApi = open_api(deployment)
    credential = await created(deployment, named(variant=variant, surface=surface, **fields))
    below = f"/{credential.number}" if surface == SURFACE_TINES else f"/{credential.id}"

    async def shown() -> tuple[int, bool]:
        single = await api.request("GET", below)
        whole = await api.request("GET", params={"per_page": "500"} if surface == SURFACE_TINES else {})
        assert whole.is_success
        return single.status_code, credential.name in whole.text

    before = await shown()
    assert before[1]
    await deleted(deployment, credential.id)
    hidden = await shown()
    assert not hidden[1]
    assert hidden[0] in {404, 405}
    await undelete(deployment, credential.id, surface=surface)
    assert await shown() == before


async def test_an_undeleted_credential_is_as_it_was(deployment: Deployment) -> None:
    credential = await created(
        deployment,
        named(data=SAMPLE, description="d", team_id=1, allowed_hosts=["a.example.com"], metadata_json='{"a": 1}'),
    )
    await updated(deployment, credential.id, "data", data=samples("two")["basic_auth"])
    before = await got(deployment, credential.id)
    await deleted(deployment, credential.id)

    after = await undelete(deployment, credential.id)

    assert not after.HasField("delete_time")
    assert after.etag not in (before.etag, credential.etag)
    assert after == await got(deployment, credential.id)
    for message in (before, after):
        message.ClearField("etag")
        message.ClearField("update_time")
    assert after == before
    # Opening a box verifies the row's signature first.
    for version, data in ((0, samples("two")["basic_auth"]), (1, SAMPLE)):
        assert (await accessed(deployment, credential.id, version=version, target_host="a.example.com")).data == data
    assert (await actions(deployment, credential.id))[-4:] == [
        "DeleteCredential",
        "UndeleteCredential",
        "AccessCredential",
        "AccessCredential",
    ]


async def test_a_credential_can_be_deleted_and_undeleted_repeatedly(deployment: Deployment) -> None:
    credential = await created(deployment)
    for _ in range(3):
        await deleted(deployment, credential.id)
        await undelete(deployment, str(credential.number))
    assert (await accessed(deployment, credential.id)).data == SAMPLE


async def test_more_concurrent_undeletes_than_connections_do_not_wait_for_each_other(deployment: Deployment) -> None:
    credential = await gone(deployment)
    # Without its own limit, a deadlock of the connections would end only with the database's timeout of 15 seconds.
    async with asyncio.timeout(10):
        answers = await asyncio.gather(
            *(undelete(deployment, credential.id) for _ in range(30)), return_exceptions=True
        )
    refusals = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert len(refusals) == len(answers) - 1
    assert {read(refusal).reason for refusal in refusals} == {"CREDENTIAL_NOT_DELETED"}


async def test_a_test_credential_is_undeleted_with_the_live_credential_that_it_was_deleted_with(
    deployment: Deployment,
) -> None:
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id, data=samples("test")["basic_auth"]))
    await deleted(deployment, live.id)
    for call in calls_on(deployment, test.id):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    assert (await undelete(deployment, live.id)).test_credential.id == test.id
    assert (await accessed(deployment, test.id)).data == samples("test")["basic_auth"]
    assert (await actions(deployment, test.id))[:3] == ["CreateCredential", "DeleteCredential", "UndeleteCredential"]


async def test_a_test_credential_that_was_deleted_earlier_stays_deleted(deployment: Deployment) -> None:
    live = await created(deployment)
    before = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, before.id)
    with_it = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, live.id)
    assert (await undelete(deployment, live.id)).test_credential.id == with_it.id
    assert (await refused(got(deployment, before.id))).reason == "CREDENTIAL_NOT_FOUND"
    refusal = await refused(undelete(deployment, before.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "TEST_CREDENTIAL_EXISTS")
    await deleted(deployment, with_it.id)
    assert (await undelete(deployment, before.id)).live_credential_id == live.id
    assert (await got(deployment, live.id)).test_credential.id == before.id


async def test_a_test_credential_is_undeleted_alone_only_if_its_live_credential_exists(deployment: Deployment) -> None:
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, live.id)
    assert (await refused(undelete(deployment, test.id))).reason == "LIVE_CREDENTIAL_UNKNOWN"
    assert (await refused(got(deployment, test.id))).reason == "CREDENTIAL_NOT_FOUND"
    await undelete(deployment, live.id)
    assert (await got(deployment, test.id)).live_credential_id == live.id


async def test_a_credential_of_a_deleted_team_is_undeleted_in_another_team(deployment: Deployment) -> None:
    stub, metadata = deployment.organisations, deployment.metadata
    team = await stub.CreateTeam(CreateTeamRequest(team=Team(name=f"gone {named().name}")), metadata=metadata)
    folder = await stub.CreateFolder(CreateFolderRequest(folder=Folder(name="f", team_id=team.id)), metadata=metadata)
    credential = await created(deployment, named(team_id=team.id, folder_id=folder.id))
    test = await created(deployment, named(live_credential_id=credential.id))
    await deleted(deployment, credential.id)
    await stub.DeleteFolder(DeleteFolderRequest(id=folder.id), metadata=metadata)
    without_folder = await undelete(deployment, credential.id)
    assert (without_folder.team_id, without_folder.folder_id) == (team.id, 0)
    await deleted(deployment, credential.id)
    await stub.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=metadata)
    for team_id in (0, team.id, 9999):
        refusal = await refused(undelete(deployment, credential.id, team_id=team_id))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "TEAM_UNKNOWN")
        assert list(refusal.fields) == ["team_id"]
    refusal = await refused(undelete(deployment, credential.id, team_id=-1))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["team_id"])
    after = await undelete(deployment, credential.id, team_id=2)
    assert (after.team_id, after.folder_id) == (2, 0)
    assert after.test_credential.id == test.id
    assert (await got(deployment, test.id)).team_id == 2
    assert (await accessed(deployment, credential.id)).data == SAMPLE


async def test_an_existing_credential_and_an_unknown_one_have_different_errors(deployment: Deployment) -> None:
    credential = await created(deployment)
    refusal = await refused(undelete(deployment, credential.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CREDENTIAL_NOT_DELETED")
    removed = await gone(deployment)
    async with deployment.sql() as sql:
        await sql.execute("delete from credentials where id = $1", removed.id)
    _, elsewhere = await other_organisation(deployment)
    other = await gone(deployment)
    for call in (
        undelete(deployment, removed.id),
        undelete(deployment, "999999999"),
        undelete(deployment, other.id, by=elsewhere),
        undelete(deployment, other.id, surface=SURFACE_TINES),
    ):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    await undelete(deployment, other.id, surface=SURFACE_NATIVE)


async def test_a_broken_row_is_not_undeleted(deployment: Deployment) -> None:
    credential = await gone(deployment)
    async with deployment.sql() as sql:
        await sql.execute("update credentials set allowed_hosts = '{*}' where id = $1", credential.id)
    refusal = await refused(undelete(deployment, credential.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")


async def test_a_row_that_was_undeleted_by_hand_is_refused(deployment: Deployment) -> None:
    credential = await gone(deployment)
    async with deployment.sql() as sql:
        await sql.execute("update credentials set delete_time = null where id = $1", credential.id)
    assert (await refused(accessed(deployment, credential.id))).reason == "SEAL_BROKEN"
