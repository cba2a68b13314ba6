"""The example programs of connections work as they are."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from connections.consenting import connected, link_of, new_app, node, received
from schemes.provider import provider_process

from strongroom.v1.connection_service_pb2 import StartConsentRequest
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom_server.audit import outbox
from strongroom_server.store import events

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider_process"]

EXAMPLES = Path(__file__).parents[2] / "examples"


async def start(node: Deployment, program: str, **further: str) -> Process:
    environment = {"STRONGROOM_TARGET": node.grpc_target, "STRONGROOM_API_KEY": node.api_key, **further}
    return await asyncio.create_subprocess_exec(
        sys.executable, EXAMPLES / program, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )  # fmt: skip


async def line_of(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(20):
        return (await process.stdout.readline()).decode().strip()


async def test_the_account_of_a_user_is_connected_and_used(node: Deployment, provider_process: Provider) -> None:
    app = await new_app(node, provider_process)
    process = await start(node, "connect.py", STRONGROOM_APP=app.id)
    opened, _, url = (await line_of(process)).partition(" ")
    assert opened == "open"
    begun = await ConnectionServiceStub(node.grpc).StartConsent(StartConsentRequest(link=link_of(url)))
    await received(node, provider_process.consent(begun.url, "allow"), begun.cookie)
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    first, second = out.decode().splitlines()
    assert first.startswith("connected ")
    assert first.endswith(" with openid, files.read")
    assert second.startswith("a token until 20")


async def test_a_connection_that_needs_a_person_names_the_user(node: Deployment, provider_process: Provider) -> None:
    connection = await connected(node, provider_process, await new_app(node, provider_process))
    data = {"state": "REAUTH_REQUIRED", "reason": "invalid_grant", "app_id": connection.app_id, "user": connection.user}
    event = outbox.prepare_event(
        node.service.recorder, connection.organisation_id, outbox.GRANT_REAUTH_REQUIRED, UUID(connection.id), data
    )
    await events.add(node.service.database, event)
    process = await start(node, "reconnect.py")
    try:
        words = (await line_of(process)).split()
        assert words[1:5] == ["ask", connection.user, "to", "open"]
        assert link_of(words[5])
    finally:
        process.terminate()
        await process.communicate()
