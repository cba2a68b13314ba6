"""The way of a consent from BeginConnection to the stored connection, and every way in which it must not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connections.consenting import (
    USER,
    begin,
    completed,
    consented,
    counts,
    new_app,
    node,
    session_of,
)
from schemes.provider import provider, provider_process

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_COMPLETED,
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_PENDING,
)

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def test_a_consent_becomes_a_connection_once_its_caller_completes_it(
    node: Deployment, provider: Provider
) -> None:
    app = await new_app(node, provider)
    before = await counts(node)
    begun = await begin(node, app.id)
    assert begun.session.state == CONNECTION_SESSION_STATE_PENDING
    answer = await consented(node, provider, begun)
    assert answer.consented
    assert answer.return_url == ""
    assert (await session_of(node, begun.session.id)).state == CONNECTION_SESSION_STATE_CONSENTED
    assert provider.log() == []

    connection = await completed(node, begun.session.id)

    assert connection.app_id == app.id
    assert connection.user == USER
    assert (connection.account.subject, connection.account.issuer) == ("user-1", provider.url)
    assert list(connection.scopes) == ["openid", "files.read"]
    assert connection.generation == 1
    session = await session_of(node, begun.session.id)
    assert (session.state, session.connection_id) == (CONNECTION_SESSION_STATE_COMPLETED, connection.id)
    assert [each["grant"] for each in provider.log()] == ["authorization_code"]
    after = await counts(node)
    assert after.connections == before.connections + 1
    assert after.events == before.events + 1
