"""Tests that deleted credentials are listed until the undelete window ends, and are removed after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from credentials.undeleting import actions, deleted_page, go_on, gone, rows, set_window, undelete
from rpc.calls import accessed, deleted, got, listed, other_organisation, refused
from samples import created, named, samples

from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_TINES
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    CreateCredentialRequest,
    ListCredentialsRequest,
    PurgeCredentialsRequest,
)
from strongroom_server.jobs import sweeper

if TYPE_CHECKING:
    from conftest import Deployment


async def test_deleted_credentials_are_listed_with_their_purge_time_in_pages_and_by_filters(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    names = [f"n{index}" for index in range(5)]
    made = [await gone(deployment, name=name, team_id=1 + index % 2) for index, name in enumerate(names)]
    live = await created(deployment, named(name="with test"))
    await created(deployment, named(name="test", live_credential_id=live.id))
    await deleted(deployment, live.id)
    there = await created(deployment, named(name="there"))
    await set_window(deployment, 7200)

    whole = await deleted_page(deployment, with_total_size=True)
    assert [credential.id for credential in whole.credentials] == [*(credential.id for credential in made), live.id]
    assert whole.total_size == 6
    for credential in whole.credentials:
        deleted_at = credential.delete_time.ToDatetime(UTC)
        assert credential.purge_time.ToDatetime(UTC) == deleted_at + timedelta(hours=2)
    assert there.id not in {credential.id for credential in whole.credentials}
    assert await listed(deployment) == [there.id]
    narrowed: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"team_id": 2}, ["n1", "n3"]),
        ({"name_prefix": "n"}, names),
        ({"order_by": "name desc", "page_size": 2}, ["with test", "n4"]),
        ({"surface": SURFACE_TINES}, []),
        ({"variant": "text"}, []),
        ({"skip": 4}, ["n4", "with test"]),
    )
    for filters, expected in narrowed:
        page = await deleted_page(deployment, **filters)
        assert [credential.name for credential in page.credentials] == expected
    seen, token = [], ""
    while True:
        page = await deleted_page(deployment, page_size=4, page_token=token)
        seen += [credential.name for credential in page.credentials]
        token = page.next_page_token
        if not token:
            break
    assert seen == [*names, "with test"]
    first = await deleted_page(deployment, page_size=4)
    other = ListCredentialsRequest(page_size=4, page_token=first.next_page_token)
    refusal = await refused(deployment.credentials.ListCredentials(other, metadata=deployment.metadata))
    assert refusal.reason == "PAGE_TOKEN_INVALID"
    refusal = await refused(deleted_page(deployment, view=CREDENTIAL_VIEW_FULL))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["view"])
    assert not (await got(deployment, there.id)).HasField("purge_time")


async def test_a_new_credential_does_not_affect_a_deleted_one(deployment: Deployment) -> None:
    credential = await gone(deployment, name="the same name")
    newer = await created(deployment, named(name="the same name", data=samples("new")["basic_auth"]))
    assert newer.id != credential.id
    await undelete(deployment, credential.id)
    assert (await accessed(deployment, credential.id)).data == samples()["basic_auth"]
    assert (await accessed(deployment, newer.id)).data == samples("new")["basic_auth"]


async def test_after_the_undelete_window_a_credential_is_hidden_at_once_and_removed_by_the_sweeper(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    await deleted(deployment, live.id)
    kept = await created(deployment)
    await set_window(deployment, 3600)
    await go_on(deployment, "59 minutes")
    assert [credential.id for credential in (await deleted_page(deployment)).credentials] == [live.id]
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    assert await rows(deployment, live.id, test.id) == (2, 2)
    await go_on(deployment, "61 minutes")
    assert not (await deleted_page(deployment)).credentials
    assert (await refused(undelete(deployment, live.id))).reason == "CREDENTIAL_NOT_FOUND"
    await sweeper.sweep(deployment.service.database, deployment.service.recorder)
    assert await rows(deployment, live.id, test.id) == (0, 0)
    assert await rows(deployment, kept.id) == (1, 1)
    for credential in (live, test):
        assert (await actions(deployment, credential.id))[-2:] == ["DeleteCredential", "RemoveCredential"]


async def test_a_credential_that_expires_while_deleted_cannot_be_undeleted(own_deployment: Deployment) -> None:
    deployment = own_deployment
    credential = named()
    credential.expire_time.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    credential = await created(deployment, credential)
    await deleted(deployment, credential.id)
    await go_on(deployment, "2 hours")
    assert not (await deleted_page(deployment)).credentials
    assert (await refused(undelete(deployment, credential.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_an_undelete_window_of_0_removes_rows_and_boxes_at_once(own_deployment: Deployment) -> None:
    deployment = own_deployment
    await set_window(deployment, 0)
    live = await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    purged = await created(deployment)
    kept = await created(deployment, named(variant="text", surface=SURFACE_TINES, team_id=1))
    await deleted(deployment, live.id)
    assert await rows(deployment, live.id, test.id) == (0, 0)
    assert await rows(deployment, purged.id, kept.id) == (2, 2)
    await deployment.credentials.PurgeCredentials(
        PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=deployment.metadata
    )
    assert await rows(deployment, purged.id) == (0, 0)
    assert await rows(deployment, kept.id) == (1, 1)
    for credential in (live, test, purged):
        assert (await refused(undelete(deployment, credential.id))).reason == "CREDENTIAL_NOT_FOUND"
        assert "DeleteCredential" in await actions(deployment, credential.id)


async def test_each_organisation_has_its_own_undelete_window(own_deployment: Deployment) -> None:
    deployment = own_deployment
    _, elsewhere = await other_organisation(deployment)
    from_elsewhere = await deployment.credentials.CreateCredential(
        CreateCredentialRequest(credential=named()), metadata=elsewhere
    )
    await set_window(deployment, 0)
    await deleted(deployment, from_elsewhere.id, by=elsewhere)
    assert (await undelete(deployment, from_elsewhere.id, by=elsewhere)).id == from_elsewhere.id


async def test_purged_credentials_are_undeleted_one_by_one_with_their_test_credentials(
    own_deployment: Deployment,
) -> None:
    deployment = own_deployment
    live, other = await created(deployment), await created(deployment)
    test = await created(deployment, named(live_credential_id=live.id))
    answer = await deployment.credentials.PurgeCredentials(
        PurgeCredentialsRequest(surface=SURFACE_NATIVE), metadata=deployment.metadata
    )
    assert answer.deleted_count == 3
    assert (await undelete(deployment, live.id)).test_credential.id == test.id
    assert await listed(deployment) == [live.id]
    assert [credential.id for credential in (await deleted_page(deployment)).credentials] == [other.id]
