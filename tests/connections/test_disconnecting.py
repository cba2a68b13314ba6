"""What Disconnect does at the provider, and what is left of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from connections.consenting import completed, connected, consented, new_app, node, reconnect, stub_of
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import key_of, refused
from schemes.provider import provider, provider_process
from use.granting import row_of
from use.minting import minted

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.connection_service_pb2 import (
    REVOCATION_OUTCOME_FAILED,
    REVOCATION_OUTCOME_NOT_SUPPORTED,
    REVOCATION_OUTCOME_REVOKED,
    App,
    DeleteAppRequest,
    DisconnectRequest,
    GetConnectionRequest,
    UpdateAppRequest,
)
from strongroom.v1.credential_service_pb2 import GetCredentialRequest, UndeleteCredentialRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER, Organisation, UpdateOrganisationRequest
from strongroom_server.connections import disconnecting

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.connection_service_pb2 import Connection, DisconnectResponse

__all__ = ["node", "provider", "provider_process"]


async def disconnected(node: Deployment, connection: Connection, by: Any = (), **fields: Any) -> DisconnectResponse:
    request = DisconnectRequest(id=connection.id, **fields)
    return await stub_of(node).Disconnect(request, metadata=by or node.metadata)


async def test_a_connection_is_revoked_and_deleted_and_undeleted_it_needs_a_consent(
    node: Deployment, provider: Provider
) -> None:
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    token = (await minted(node, connection)).token
    assert (await refused(stub_of(node).DeleteApp(DeleteAppRequest(id=app.id), metadata=node.metadata))).reason == (
        "APP_IN_USE"
    )
    assert (await disconnected(node, connection)).revocation == REVOCATION_OUTCOME_REVOKED
    [revocation] = provider.log("/revoke")
    assert revocation["status"] == 200
    assert (await refused(minted(node, connection))).reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(disconnected(node, connection))).reason == "CONNECTION_NOT_FOUND"

    before = len(provider.log())
    await node.credentials.UndeleteCredential(UndeleteCredentialRequest(id=connection.id), metadata=node.metadata)
    error = await refused(minted(node, connection))
    assert error.reason == "REAUTH_REQUIRED"
    assert "disconnected" in error.message
    assert len(provider.log()) == before
    shown = await stub_of(node).GetConnection(GetConnectionRequest(id=connection.id), metadata=node.metadata)
    assert shown.refresh_reason == "disconnected"

    begun = await reconnect(node, connection)
    await consented(node, provider, begun)
    again = await completed(node, begun.session.id)
    fresh = await minted(node, connection)
    assert fresh.token != token
    assert fresh.generation == again.generation > connection.generation


async def test_an_app_can_be_deleted_once_its_connections_are(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    await disconnected(node, await connected(node, provider, app))
    await stub_of(node).DeleteApp(DeleteAppRequest(id=app.id), metadata=node.metadata)


@pytest.mark.parametrize("revocation", ["status:503", "error:invalid_client", "drop"])
async def test_a_connection_is_deleted_whatever_the_provider_says(
    node: Deployment, provider: Provider, revocation: str
) -> None:
    provider.set(revocation=revocation)
    connection = await connected(node, provider, await new_app(node, provider))
    assert (await disconnected(node, connection)).revocation == REVOCATION_OUTCOME_FAILED
    assert (await refused(minted(node, connection))).reason == "CREDENTIAL_NOT_FOUND"
    row = await row_of(node, connection)
    assert (row["box"], row["reason"]) == (None, "disconnected")


async def test_without_an_endpoint_for_that_nothing_is_sent(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    await changed_revocation_url(node, app, "")
    connection = await connected(node, provider, app)
    assert (await disconnected(node, connection)).revocation == REVOCATION_OUTCOME_NOT_SUPPORTED
    assert provider.log("/revoke") == []


async def test_tokens_are_not_revoked_at_another_origin_than_issued_them(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(disconnecting, "revoke_token", lambda *sent: asked.append(sent))
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    await changed_revocation_url(node, app, "https://api.example.com/revoke")
    assert (await disconnected(node, connection)).revocation == REVOCATION_OUTCOME_FAILED
    assert asked == []


async def test_a_pair_that_was_changed_in_the_database_does_not_keep_a_connection(
    node: Deployment, provider: Provider
) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    async with node.sql() as sql:
        await sql.execute(
            "update tokens set box = set_byte(box, 60, get_byte(box, 60) # 1) where credential_id = $1", connection.id
        )
    assert (await disconnected(node, connection)).revocation == REVOCATION_OUTCOME_FAILED
    assert provider.log("/revoke") == []
    assert (await refused(disconnected(node, connection))).reason == "CONNECTION_NOT_FOUND"


async def test_only_a_writer_of_the_team_disconnects_and_a_request_id_does_it_once(
    node: Deployment, provider: Provider
) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    reader, of_team = await key_of(node, ROLE_READER), await key_of(node, ROLE_WRITER, team_ids=[1])
    assert (await refused(disconnected(node, connection, reader))).reason == "ROLE_MISSING"
    assert (await refused(disconnected(node, connection, of_team))).reason in {
        "TEAM_NOT_ALLOWED",
        "CONNECTION_NOT_FOUND",
    }
    assert provider.log("/revoke") == []
    first = await disconnected(node, connection, request_id="disconnect-once")
    assert first.revocation == REVOCATION_OUTCOME_REVOKED
    await disconnected(node, connection, request_id="disconnect-once")
    assert len(provider.log("/revoke")) == 1
    page = await node.audit.ListAuditEvents(
        ListAuditEventsRequest(credential_id=connection.id, page_size=500), metadata=node.metadata
    )
    events = {(event.action, event.subject) for event in page.audit_events}
    assert {("Disconnect", "revoked"), ("DeleteCredential", "")} <= events


async def changed_revocation_url(node: Deployment, app: App, url: str) -> None:
    request = UpdateAppRequest(id=app.id, app=App(revocation_url=url), update_mask=FieldMask(paths=["revocation_url"]))
    await stub_of(node).UpdateApp(request, metadata=node.metadata)


async def test_the_credential_of_an_app_is_no_connection(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    request = GetConnectionRequest(id=app.id)
    assert (
        await refused(stub_of(node).GetConnection(request, metadata=node.metadata))
    ).reason == "CONNECTION_NOT_FOUND"
    assert (await node.credentials.GetCredential(GetCredentialRequest(id=app.id), metadata=node.metadata)).id == app.id


async def test_without_an_undelete_window_nothing_is_left_of_a_connection(node: Deployment, provider: Provider) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    await set_window(node, 0)
    try:
        assert (await disconnected(node, connection)).revocation == REVOCATION_OUTCOME_REVOKED
    finally:
        await set_window(node, 7)
    async with node.sql() as sql:
        for table in ("connections", "tokens"):
            assert not await sql.fetchval(f"select count(*) from {table} where credential_id = $1", connection.id)


async def set_window(node: Deployment, days: int) -> None:
    organisation = Organisation(undelete_window=Duration(seconds=days * 86_400))
    request = UpdateOrganisationRequest(organisation=organisation, update_mask=FieldMask(paths=["undelete_window"]))
    await node.organisations.UpdateOrganisation(request, metadata=node.metadata)
