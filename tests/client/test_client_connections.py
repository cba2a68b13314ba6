"""The client manages apps. Connections are covered by the command line and the example programs, which use the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import strongroom
from strongroom import Client
from strongroom.v1.connection_service_pb2 import App

if TYPE_CHECKING:
    from conftest import Deployment


async def test_an_app_is_created_read_changed_listed_and_deleted(deployment: Deployment) -> None:
    async with Client(deployment.grpc_target, deployment.api_key, plaintext=True) as client:
        sent = App(
            display_name="Drive",
            authorization_url="https://provider.example.com/authorize",
            token_url="https://provider.example.com/token",
            client_id="c",
            client_secret="hunter2",
        )
        made = await client.create_app(sent)
        assert made.client_secret == ""
        assert await client.get_app(made.id) == made
        changed = await client.update_app(made.id, App(display_name="Files", etag=made.etag), ["display_name"])
        assert [app async for app in client.list_apps()] == [changed]
        with pytest.raises(strongroom.AbortedError):
            await client.delete_app(made.id, etag=made.etag)
        await client.delete_app(made.id, etag=changed.etag)
        with pytest.raises(strongroom.NotFoundError):
            await client.get_app(made.id)
        with pytest.raises(strongroom.NotFoundError):
            await client.reconnect(made.id, "anna", loopback_redirect_uri="http://127.0.0.1:1234/callback")
