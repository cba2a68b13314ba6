"""How the grant of a connection is refreshed: with the present client of its app, to the origin that issued it, or not at all."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

from connections.consenting import completed, connected, consented, new_app, node, reconnect, stub_of
from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import refused, updated
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process
from use.granting import change_row, row_of
from use.minting import later, minted
from use.test_managed_grants import session_of
from waiting import until

from strongroom.v1.connection_service_pb2 import App, GetConnectionRequest, UpdateAppRequest
from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_BACKOFF,
    REFRESH_STATE_MISCONFIGURED,
    REFRESH_STATE_REAUTH_REQUIRED,
    CredentialData,
    OAuth2RefreshData,
)
from strongroom.v1.credential_service_pb2 import (
    AccessCredentialRequest,
    DeleteCredentialRequest,
    UndeleteCredentialRequest,
)
from strongroom_server.use import grants
from strongroom_server.use.connected import client_of

if TYPE_CHECKING:
    import pytest
    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.connection_service_pb2 import Connection
    from strongroom_server.use.connected import Client

__all__ = ["node", "provider", "provider_process"]

SHORT = 5


async def changed_app(node: Deployment, app: App, **fields: Any) -> None:
    """Change fields of an app."""
    request = UpdateAppRequest(id=app.id, app=App(**fields), update_mask=FieldMask(paths=list(fields)))
    await stub_of(node).UpdateApp(request, metadata=node.metadata)


async def short_lived(node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> tuple[App, Connection]:
    """An app and its connection, each of whose tokens is near its end."""
    provider.set(expires_in=SHORT)
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    later(node, monkeypatch, 3)
    return app, connection


async def get(node: Deployment, connection: Connection) -> Connection:
    return await stub_of(node).GetConnection(GetConnectionRequest(id=connection.id), metadata=node.metadata)


def refreshes(provider: Provider) -> list[str]:
    """The client of each refresh."""
    return [each["client_id"] for each in provider.log() if each["grant"] == "refresh_token"]


async def test_the_pair_of_a_consent_is_served_without_a_request_and_then_refreshed(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=SHORT)
    connection = await connected(node, provider, await new_app(node, provider))
    assert (await minted(node, connection, min_remaining_seconds=1)).generation == 1
    assert refreshes(provider) == []
    later(node, monkeypatch, 3)
    assert [(await minted(node, connection)).generation for _ in range(2)] == [2, 3]
    assert (await get(node, connection)).generation == 3


async def test_a_refresh_uses_the_present_client_of_the_app_at_once_after_its_mend(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = await short_lived(node, provider, monkeypatch)
    await changed_app(node, app, client_secret="not the provider's")
    assert (await minted(node, connection)).refresh_state == REFRESH_STATE_MISCONFIGURED
    assert (await get(node, connection)).refresh_reason == "invalid_client"
    await changed_app(node, app, client_secret=CLIENT_SECRET)
    assert (await minted(node, connection)).generation == 2
    assert (await get(node, connection)).refresh_state == REFRESH_STATE_ACTIVE


async def test_an_app_that_is_repaired_while_the_provider_refuses_its_client_is_tried_at_once(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = await short_lived(node, provider, monkeypatch)
    await changed_app(node, app, client_secret="not the provider's")
    # Longer than a pause of a busy machine.
    provider.set(latency=1.0)
    call = asyncio.create_task(minted(node, connection))
    await until(lambda: refreshes(provider))
    await changed_app(node, app, client_secret=CLIENT_SECRET)
    provider.set(latency=0.0)
    response = await call
    assert (response.generation, response.refresh_state) == (2, REFRESH_STATE_ACTIVE)
    assert len(refreshes(provider)) == 2


async def test_an_app_that_changes_with_each_request_is_tried_three_times_and_again_after_a_second(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = await short_lived(node, provider, monkeypatch)
    wrong = (f"not the provider's {index}" for index in itertools.count())
    await changed_app(node, app, client_secret=next(wrong))

    async def then_changed(*arguments: Any) -> Client:
        client = await client_of(*arguments)
        # In case nothing ends the loop, the provider takes the client in the end.
        secret = next(wrong) if len(refreshes(provider)) < 9 else CLIENT_SECRET
        await changed_app(node, app, client_secret=secret)
        return client

    with monkeypatch.context() as changing:
        changing.setattr(grants, "client_of", then_changed)
        assert (await minted(node, connection)).refresh_state == REFRESH_STATE_BACKOFF
        assert len(refreshes(provider)) == 3
        later(node, monkeypatch, SHORT + 1)
        assert (await refused(minted(node, connection))).reason == "CONCURRENT_CHANGE"
    await changed_app(node, app, client_secret=CLIENT_SECRET)
    later(node, monkeypatch, 2 * SHORT)
    assert (await minted(node, connection)).generation == 2


async def test_a_token_url_that_is_changed_back_needs_no_new_consent(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = await short_lived(node, provider, monkeypatch)
    await changed_app(node, app, token_url=provider.token_url.replace("127.0.0.1", "localhost"))
    assert (await minted(node, connection)).refresh_state == REFRESH_STATE_REAUTH_REQUIRED
    await changed_app(node, app, token_url=provider.token_url)
    assert (await minted(node, connection)).refresh_state == REFRESH_STATE_ACTIVE


async def test_without_its_app_a_connection_goes_on_with_the_client_of_its_beginning(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = await short_lived(node, provider, monkeypatch)
    # DeleteApp refuses this.
    await node.credentials.DeleteCredential(DeleteCredentialRequest(id=app.id), metadata=node.metadata)
    assert (await minted(node, connection)).generation == 2


async def test_a_refresh_token_is_not_sent_to_another_origin_than_issued_it(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, connection = await short_lived(node, provider, monkeypatch)
    await changed_app(node, app, token_url=provider.token_url.replace("127.0.0.1", "localhost"))
    assert (await minted(node, connection)).refresh_state == REFRESH_STATE_REAUTH_REQUIRED
    assert (await get(node, connection)).refresh_reason == "token_url_changed"
    assert refreshes(provider) == []


async def test_a_connection_without_a_refresh_token_asks_for_a_new_consent_without_a_request(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(refresh_token="absent", expires_in=SHORT)
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    assert (await minted(node, connection, min_remaining_seconds=0)).refresh_state == REFRESH_STATE_ACTIVE
    later(node, monkeypatch, SHORT + 1)
    error = await refused(minted(node, connection))
    assert error.reason == "REAUTH_REQUIRED"
    assert "no_refresh_token" in error.message
    shown = await get(node, connection)
    assert (shown.refresh_state, shown.refresh_reason) == (REFRESH_STATE_REAUTH_REQUIRED, "no_refresh_token")
    assert refreshes(provider) == []
    begun = await reconnect(node, connection)
    provider.set(expires_in=3600)
    await consented(node, provider, begun)
    again = await completed(node, begun.session.id)
    assert (again.id, again.generation, again.refresh_state) == (connection.id, 2, REFRESH_STATE_ACTIVE)
    assert (await minted(node, connection)).generation == 2


async def test_a_token_of_unknown_life_without_a_refresh_token_is_used_until_a_receiver_rejects_it(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(refresh_token="absent", expires_in="missing")
    connection = await connected(node, provider, await new_app(node, provider))
    later(node, monkeypatch, 100 * 86_400)
    assert (await minted(node, connection)).refresh_state == REFRESH_STATE_ACTIVE
    # A change of the policy must not lose the only token.
    await updated(node, connection.id, "use_settings.scopes", use_settings={"managed": True, "scopes": ["files.read"]})
    assert (await minted(node, connection)).generation == 1


async def test_a_new_consent_replaces_the_pair_of_a_grant_whose_refresh_is_lost(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, connection = await short_lived(node, provider, monkeypatch)
    provider.set(answer="error:invalid_grant", times=1)
    assert (await minted(node, connection)).refresh_state == REFRESH_STATE_BACKOFF
    await change_row(node, connection, "state = 5, reason = 'invalid_grant', in_doubt = true")
    begun = await reconnect(node, connection)
    await consented(node, provider, begun)
    assert (await completed(node, begun.session.id)).generation == 2
    row = await row_of(node, connection)
    assert (row["state"], row["in_doubt"], row["failures"], row["reason"]) == (1, False, 0, "")


async def test_a_grant_that_recovers_by_a_new_consent_is_told_once_with_its_user(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, connection = await short_lived(node, provider, monkeypatch)
    for _ in range(2):
        await change_row(node, connection, "state = 4, reason = 'invalid_grant', failure_time = now()")
        await consented(node, provider, begun := await reconnect(node, connection))
        await completed(node, begun.session.id)
    await consented(node, provider, begun := await reconnect(node, connection))
    await completed(node, begun.session.id)
    async with node.sql() as sql:
        rows = await sql.fetch(
            "select event_type, data_json from events where credential_id = $1 and event_type like 'grant.%'",
            connection.id,
        )
    assert [(row[0], json.loads(row[1])["user"]) for row in rows] == [("grant.recovered", connection.user)] * 2


async def test_an_old_connection_is_refused_until_a_promotion_may_have_lost_the_new_one(
    node: Deployment, provider: Provider
) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    names = "consent_time, revision, signature"
    async with node.sql() as sql:
        old = await sql.fetchrow(f"select {names} from connections where credential_id = $1", connection.id)
        assert old is not None
        await consented(node, provider, begun := await reconnect(node, connection))
        await completed(node, begun.session.id)
        await get(node, connection)
        replace = f"update connections set ({names}) = row($2, $3, $4) where credential_id = $1"
        await sql.execute(replace, connection.id, *old)
    assert (await refused(get(node, connection))).reason == "SEAL_BROKEN"
    for act in session_of(node)._on_new_timeline:
        act()
    assert (await get(node, connection)).id == connection.id


async def test_the_data_of_a_connection_is_changed_by_nobody_else(node: Deployment, provider: Provider) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    before = await minted(node, connection)
    data = CredentialData(oauth2_refresh=OAuth2RefreshData(refresh_token="x", client_secret="y"))
    for path in ("data.oauth2_refresh.refresh_token", "data.oauth2_refresh.client_secret"):
        error = await refused(updated(node, connection.id, path, data=data))
        assert error.fields.keys() == {"update_mask"}
    access = AccessCredentialRequest(id=connection.id, unmanage=True)
    error = await refused(node.credentials.AccessCredential(access, metadata=node.metadata))
    assert error.fields.keys() == {"unmanage"}
    await updated(node, connection.id, "name", name="another")
    assert await minted(node, connection) == before
    assert (await get(node, connection)).name == "another"


async def test_an_access_to_a_connection_gives_the_access_token_and_no_secret_of_its_app(
    node: Deployment, provider: Provider
) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    access = AccessCredentialRequest(id=connection.id)
    accessed = await node.credentials.AccessCredential(access, metadata=node.metadata)
    assert accessed.grant.access_token == (await minted(node, connection)).token
    data = accessed.data.oauth2_refresh
    assert (data.client_id, data.HasField("client_secret"), data.HasField("refresh_token")) == (CLIENT_ID, False, False)
    # A row that is missing does not make more of it.
    async with node.sql() as sql:
        await sql.execute("delete from connections where credential_id = $1", connection.id)
    accessed = await node.credentials.AccessCredential(access, metadata=node.metadata)
    assert CLIENT_SECRET not in str(json_format.MessageToDict(accessed))
    access.unmanage = True
    error = await refused(node.credentials.AccessCredential(access, metadata=node.metadata))
    assert error.fields.keys() == {"unmanage"}


async def test_a_deleted_connection_that_is_undeleted_goes_on(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, connection = await short_lived(node, provider, monkeypatch)
    await node.credentials.DeleteCredential(DeleteCredentialRequest(id=connection.id), metadata=node.metadata)
    assert (await refused(get(node, connection))).reason == "CONNECTION_NOT_FOUND"
    await node.credentials.UndeleteCredential(UndeleteCredentialRequest(id=connection.id), metadata=node.metadata)
    assert (await minted(node, connection)).generation == 2
    assert (await get(node, connection)).user == connection.user
