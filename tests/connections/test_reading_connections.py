"""GetConnection and ListConnections: who sees which connections, and in which pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from connections.consenting import connected, new_app, node, stub_of
from rpc.calls import deleted, key_of, refused
from schemes.provider import provider, provider_process
from use.granting import change_row

from strongroom.v1.connection_service_pb2 import App, Connection, GetConnectionRequest, ListConnectionsRequest
from strongroom.v1.credential_pb2 import (
    READ_ACCESS_GLOBAL,
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_REAUTH_REQUIRED,
    SURFACE_TINES,
    Credential,
)
from strongroom.v1.organisation_service_pb2 import ROLE_READER, Scope

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def ids_of(node: Deployment, by: Any = (), **fields: Any) -> list[str]:
    """The ids of all connections that a list shows, read in pages of two."""
    found, token = [], ""
    while True:
        request = ListConnectionsRequest(page_size=2, page_token=token, **fields)
        page = await stub_of(node).ListConnections(request, metadata=by or node.metadata)
        assert len(page.connections) <= 2
        found += [each.id for each in page.connections]
        if not (token := page.next_page_token):
            return found


@pytest.fixture(scope="module")
async def app(node: Deployment, provider_process: Provider) -> App:
    provider_process.reset()
    return await new_app(node, provider_process)


@pytest.fixture(scope="module")
async def three(node: Deployment, provider_process: Provider, app: App) -> list[Connection]:
    """Three connections: without a team, of team 1, and of another user."""
    return [
        await connected(node, provider_process, app),
        await connected(node, provider_process, app, credential=Credential(name="of a team", team_id=1)),
        await connected(
            node, provider_process, app, credential=Credential(name="of all", read_access=READ_ACCESS_GLOBAL)
        ),
    ]


async def test_a_list_has_each_connection_once_by_number(node: Deployment, app: App, three: list[Connection]) -> None:
    assert await ids_of(node, app_id=app.id) == [each.id for each in three]
    assert await ids_of(node, app_id=three[0].id) == []
    assert await ids_of(node, user=three[0].user, app_id=app.id) == [each.id for each in three]
    assert await ids_of(node, user="nobody") == []


async def test_a_list_shows_what_get_shows(node: Deployment, app: App, three: list[Connection]) -> None:
    request = ListConnectionsRequest(app_id=app.id)
    listed = (await stub_of(node).ListConnections(request, metadata=node.metadata)).connections
    for id_or_number in (three[1].id, str(three[1].number)):
        get = GetConnectionRequest(id=id_or_number)
        shown = await stub_of(node).GetConnection(get, metadata=node.metadata)
        assert shown == listed[1]
    assert (shown.name, shown.app_id, shown.variant) == ("of a team", app.id, "oauth2_refresh")
    assert shown.consent_time == shown.create_time
    assert shown.HasField("token_expire_time")


async def test_keys_of_a_team_or_a_scope_see_what_they_see_of_credentials(
    node: Deployment, app: App, three: list[Connection]
) -> None:
    of_team = await key_of(node, ROLE_READER, team_ids=[1])
    scoped = await key_of(node, ROLE_READER, scope=Scope(credential_ids=[three[0].id]))
    tines = await key_of(node, ROLE_READER, scope=Scope(surfaces=[SURFACE_TINES]))
    for key, seen in ((of_team, three[1:]), (scoped, three[:1]), (tines, [])):
        assert await ids_of(node, key, app_id=app.id) == [each.id for each in seen]
        for each in three:
            call = stub_of(node).GetConnection(GetConnectionRequest(id=each.id), metadata=key)
            if each in seen:
                assert (await call).id == each.id
            else:
                assert (await refused(call)).reason == "CONNECTION_NOT_FOUND"


async def test_a_page_token_is_of_one_list(node: Deployment, app: App, three: list[Connection]) -> None:
    request = ListConnectionsRequest(app_id=app.id, page_size=1)
    token = (await stub_of(node).ListConnections(request, metadata=node.metadata)).next_page_token
    other = ListConnectionsRequest(user=three[0].user, page_token=token)
    error = await refused(stub_of(node).ListConnections(other, metadata=node.metadata))
    assert error.reason == "PAGE_TOKEN_INVALID"


async def test_a_list_is_filtered_by_refresh_state(
    node: Deployment, provider: Provider, app: App, three: list[Connection]
) -> None:
    lost = await connected(node, provider, app)
    await change_row(node, lost, f"state = {REFRESH_STATE_REAUTH_REQUIRED}, reason = 'invalid_grant'")
    assert await ids_of(node, app_id=app.id, refresh_states=[REFRESH_STATE_REAUTH_REQUIRED]) == [lost.id]
    active = [each.id for each in three]
    assert await ids_of(node, app_id=app.id, refresh_states=[REFRESH_STATE_ACTIVE]) == active
    await deleted(node, lost.id)
    assert await ids_of(node, app_id=app.id) == active


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"app_id": "7"}, "app_id"),
        ({"user": "x" * 256}, "user"),
        ({"refresh_states": [77]}, "refresh_states[0]"),
        ({"page_size": -1}, "page_size"),
    ],
)
async def test_a_wrong_field_of_a_list_is_named(node: Deployment, fields: dict[str, Any], named: str) -> None:
    call = stub_of(node).ListConnections(ListConnectionsRequest(**fields), metadata=node.metadata)
    assert (await refused(call)).fields.keys() == {named}


async def test_a_row_that_was_changed_is_refused_and_listed_without_what_it_says(
    node: Deployment, provider: Provider
) -> None:
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    async with node.sql() as sql:
        await sql.execute("update connections set user_id = 'x' where credential_id = $1", connection.id)
    get = stub_of(node).GetConnection(GetConnectionRequest(id=connection.id), metadata=node.metadata)
    assert (await refused(get)).reason == "SEAL_BROKEN"
    request = ListConnectionsRequest(app_id=app.id)
    [listed] = (await stub_of(node).ListConnections(request, metadata=node.metadata)).connections
    assert (listed.id, listed.user, listed.app_id, listed.account.subject) == (connection.id, "", "", "")
