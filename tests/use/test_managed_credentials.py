"""What AccessCredential gives of a managed grant, how management begins and ends, and what other changes do to a grant."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from keys.rotating import findings
from rpc.calls import accessed, deleted, got, key_of, refused
from schemes.provider import provider, provider_process
from use.granting import change_row, managed, refresh_data, row_of
from use.minting import minted, node, stored

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import REFRESH_STATE_BACKOFF, Credential
from strongroom.v1.credential_service_pb2 import (
    CREDENTIAL_VIEW_FULL,
    RestoreCredentialVersionRequest,
    UndeleteCredentialRequest,
    UpdateCredentialRequest,
)
from strongroom.v1.organisation_service_pb2 import ROLE_USER, ROLE_WRITER
from strongroom_server.store import tokens

if TYPE_CHECKING:
    from conftest import Deployment
    from rpc.calls import Metadata
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def changed(
    node: Deployment, credential: Credential, *paths: str, by: Metadata = (), **fields: Any
) -> Credential:
    """Update fields of a credential."""
    request = UpdateCredentialRequest(id=credential.id, credential=Credential(**fields))
    request.update_mask.paths.extend(paths)
    return await node.credentials.UpdateCredential(request, metadata=by or node.metadata)


async def set_managed(node: Deployment, credential: Credential, *, value: bool, by: Metadata = ()) -> Credential:
    settings = Credential.UseSettings(managed=value)
    return await changed(node, credential, "use_settings.managed", by=by, use_settings=settings)


def family_of(refresh_token: str) -> str:
    return refresh_token.split("-")[1]


async def test_an_access_gives_the_access_token_and_no_refresh_token(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    before = await accessed(node, credential.id)
    assert (before.grant.access_token, before.data.oauth2_refresh.refresh_token) == ("", "")
    token = await minted(node, credential)
    after = await accessed(node, credential.id)
    assert after.grant.access_token == token.token
    assert after.grant.expire_time == token.expire_time
    assert (after.grant.generation, after.grant.token_type) == (1, "Bearer")
    assert not after.data.oauth2_refresh.HasField("refresh_token")
    assert after.data.oauth2_refresh.client_secret
    for view in (
        await accessed(node, credential.id, version=1),
        await got(node, credential.id, view=CREDENTIAL_VIEW_FULL),
    ):
        assert not view.data.oauth2_refresh.HasField("refresh_token")


async def test_an_access_says_why_there_is_no_token(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    provider.set(answer="status:503", retry_after="")
    await refused(minted(node, credential))
    shown = (await accessed(node, credential.id)).grant
    assert (shown.state, shown.access_token) == (REFRESH_STATE_BACKOFF, "")
    assert shown.retry_time.seconds >= shown.state_time.seconds


async def test_the_end_of_the_management_gives_the_current_refresh_token(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    ended = await accessed(node, credential.id, unmanage=True)
    current = ended.data.oauth2_refresh.refresh_token
    assert current.split("-")[2] == "2"
    assert (ended.version, ended.use_settings.managed) == (2, False)
    assert (await accessed(node, credential.id)).data.oauth2_refresh.refresh_token == current
    assert (await refused(minted(node, credential))).reason == "GRANT_UNMANAGED"
    async with node.sql() as sql:
        assert await sql.fetchval("select count(*) from tokens where credential_id = $1", credential.id) == 0
    events = await node.audit.ListAuditEvents(
        ListAuditEventsRequest(credential_id=credential.id, action="AccessCredential"), metadata=node.metadata
    )
    assert [event.subject for event in events.audit_events] == ["", "unmanaged"]
    assert (await refused(accessed(node, credential.id, unmanage=True))).reason == "GRANT_UNMANAGED"
    assert not [finding for finding in await findings(node) if credential.id in finding]
    # The grant goes on from the token that was handed out.
    await set_managed(node, credential, value=True)
    assert (await minted(node, credential)).generation == 1
    assert [each["generation"] for each in provider.log()] == [1, 2]


async def test_the_management_does_not_end_while_a_request_is_under_way(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    await change_row(node, credential, "lease_node = 999, lease_until = now() - interval '5 s'")
    assert (await refused(accessed(node, credential.id, unmanage=True))).reason == "REFRESH_PENDING"
    await change_row(node, credential, "lease_node = null, lease_until = null")
    assert (await accessed(node, credential.id, unmanage=True)).version == 2


@pytest.mark.parametrize("moment", ["before its row is there", "after the row was read"])
async def test_a_first_refresh_does_not_use_the_refresh_token_that_is_handed_out(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    credential = await managed(node, provider)
    add, read = tokens.add, tokens.read
    calls: list[asyncio.Future[Any]] = []

    async def adding(database: Any, key: Any) -> None:
        monkeypatch.setattr(tokens, "add", add)
        calls.append(asyncio.ensure_future(accessed(node, credential.id, unmanage=True)))
        await asyncio.wait(calls)
        await add(database, key)

    async def reading(database: Any, key: Any, *, lock: bool = False) -> Any:
        found = await read(database, key, lock=lock)
        if lock:
            calls.append(asyncio.ensure_future(refused(minted(node, credential))))
            await asyncio.wait(calls, timeout=0.5)
        return found

    if moment == "before its row is there":
        monkeypatch.setattr(tokens, "add", adding)
        refusal = await refused(minted(node, credential))
        ended = await calls[0]
    else:
        monkeypatch.setattr(tokens, "read", reading)
        ended = await accessed(node, credential.id, unmanage=True)
        refusal = await calls[0]
    assert refusal.reason == "GRANT_UNMANAGED"
    assert provider.log() == []
    assert ended.data.oauth2_refresh.refresh_token.split("-")[2] == "1"


async def test_a_caller_that_may_not_read_secrets_cannot_end_the_management(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    writer = await key_of(node, ROLE_WRITER)
    assert (await refused(accessed(node, credential.id, writer, unmanage=True))).reason == "ROLE_MISSING"
    refusal = await refused(accessed(node, credential.id, unmanage=True, version=1))
    assert (refusal.reason, list(refusal.fields)) == ("FIELD_INVALID", ["unmanage"])


async def test_a_setting_cannot_lose_the_current_refresh_token(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    for update in (
        set_managed(node, credential, value=False),
        changed(node, credential, "use_settings"),
    ):
        refusal = await refused(update)
        assert list(refusal.fields) == ["credential.use_settings.managed"]
        assert "unmanage" in refusal.fields["credential.use_settings.managed"]
    settings = Credential.UseSettings(managed=False)
    data = refresh_data(provider)
    await changed(
        node, credential, "use_settings.managed", "data.oauth2_refresh.refresh_token", use_settings=settings, data=data
    )
    assert (await accessed(node, credential.id)).data == data


async def test_a_writer_may_begin_the_management_and_learns_nothing(node: Deployment, provider: Provider) -> None:
    credential = await stored(node, refresh_data(provider))
    writer = await key_of(node, ROLE_WRITER)
    assert (await set_managed(node, credential, value=True, by=writer)).use_settings.managed
    assert (await refused(minted(node, credential, writer))).reason == "ROLE_MISSING"
    # A writer cannot have the refresh token sent to another endpoint.
    elsewhere = refresh_data(provider, "x", token_url="https://other.example.com/token")
    update = changed(node, credential, "data.oauth2_refresh.token_url", by=writer, data=elsewhere)
    assert (await refused(update)).reason == "SECRET_REQUIRED"
    user = await key_of(node, ROLE_USER)
    assert (await minted(node, credential, user)).generation == 1


async def test_a_restored_version_with_the_same_refresh_token_goes_on_and_another_begins_again(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    other = refresh_data(provider, auth_style="params")
    await changed(node, credential, "data.oauth2_refresh.auth_style", data=other)
    restore = RestoreCredentialVersionRequest(id=credential.id, version=1)
    await node.credentials.RestoreCredentialVersion(restore, metadata=node.metadata)
    assert (await minted(node, credential)).generation == 2
    await changed(node, credential, "data.oauth2_refresh.refresh_token", data=other)
    assert (await minted(node, credential)).generation == 3
    families = [each["family"] for each in provider.log()]
    assert [each["generation"] for each in provider.log()] == [1, 2, 1]
    assert families == [families[0], families[0], family_of(other.oauth2_refresh.refresh_token)]


async def test_a_grant_survives_a_deletion_until_the_credential_is_removed(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    token = await minted(node, credential)
    await deleted(node, credential.id)
    assert (await refused(minted(node, credential))).reason == "CREDENTIAL_NOT_FOUND"
    await node.credentials.UndeleteCredential(UndeleteCredentialRequest(id=credential.id), metadata=node.metadata)
    assert await minted(node, credential) == token
    assert (await row_of(node, credential))["generation"] == 1
    async with node.sql() as sql:
        await sql.execute("delete from credentials where id = $1", credential.id)
        assert await sql.fetchval("select count(*) from tokens where credential_id = $1", credential.id) == 0


@pytest.mark.parametrize("change", ["name", "labels"])
async def test_other_changes_leave_the_token_as_it_is(node: Deployment, provider: Provider, change: str) -> None:
    credential = await managed(node, provider)
    token = await minted(node, credential)
    await changed(node, credential, change, name="renamed", labels={"a": "b"})
    assert (await minted(node, credential)).token == token.token
    assert len(provider.log()) == 1
