"""No secret of a consent is in a log, an error, an event or, unsealed, in the database: links, states, cookies, codes, tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import grpc.aio
import pytest
import structlog
from canary import MARKER, assert_absent, rows_of
from conftest import open_deployment
from connections.consenting import (
    PUBLIC_URL,
    begin,
    completed,
    consented,
    link_of,
    new_app,
    received,
    reconnect,
    started,
)
from schemes.provider import provider, provider_process
from use.minting import reaching

from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom_server.connections import session_rows

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom_server.connections.session_rows import Content
    from strongroom_server.node.embedded_postgres import EmbeddedPostgres

__all__ = ["provider", "provider_process"]


@dataclass(slots=True)
class World:
    """A node, what its callers were told when calls failed, and the secrets of the consents."""

    node: Deployment
    provider: Provider
    secrets: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    async def fail(self, call: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        error = caught.value
        self.told.append(f"{error.details()} {error.debug_error_string()} {error.trailing_metadata()!r}")

    async def consent(self, begun: Any) -> None:
        """Let a person consent, after callbacks that are refused."""
        start = await started(self.node, begun)
        callback = self.provider.consent(start.url)
        given = dict(parse_qsl(urlsplit(callback).query))
        self.secrets |= {link_of(begun.url), start.cookie, given["state"], given["code"]}
        await self.fail(received(self.node, callback, "another"))
        await self.fail(received(self.node, f"{callback}&code=again", start.cookie))
        await received(self.node, callback, start.cookie)
        await self.fail(received(self.node, callback, start.cookie))


async def every_way(world: World) -> None:
    """Connect, reconnect, and fail in each way."""
    node, provider = world.node, world.provider
    app = await new_app(node, provider)
    begun = await begin(node, app.id)
    assert link_of(begun.url) not in repr(session_rows.EMPTY)
    await world.consent(begun)
    connection = await completed(node, begun.session.id)
    provider.set(subject="user-2")
    begun = await reconnect(node, connection)
    await world.consent(begun)
    await world.fail(completed(node, begun.session.id))
    for answer in ("error:invalid_grant", "error_beside_token", "html", "drop", "status:503", "no_token"):
        provider.reset()
        begun = await begin(node, app.id)
        await world.consent(begun)
        provider.set(answer=answer)
        await world.fail(completed(node, begun.session.id))
    provider.reset()
    begun = await begin(node, app.id)
    await world.consent(begun)
    provider.set(id_token="wrong_nonce")
    await world.fail(completed(node, begun.session.id))
    provider.reset()
    await consented(node, provider, await begin(node, app.id), "deny")
    begun = await begin(node, app.id, loopback_redirect_uri="http://127.0.0.1:1/")
    query = urlsplit(provider.consent(begun.url)).query
    given = dict(parse_qsl(query))
    world.secrets |= {given["state"], given["code"]}
    await world.fail(completed(node, begun.session.id, callback_query=f"{query}&state={MARKER}"))
    await completed(node, begun.session.id, callback_query=query)
    begun = await begin(node, app.id, parameters={"login_hint": "somebody"})
    world.secrets.add(link_of(begun.url))


async def test_what_a_consent_needs_is_shown_to_nobody_else(
    database_url: str,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    provider: Provider,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets: set[str] = {MARKER}
    prepare = session_rows.prepare

    def noted(context: Any, session: Any, content: Content) -> Any:
        secrets.update({content.verifier, content.nonce, content.code} - {""})
        return prepare(context, session, content)

    monkeypatch.setattr(session_rows, "prepare", noted)
    settings = {**reaching(provider), "public_url": PUBLIC_URL}
    with structlog.testing.capture_logs() as lines:
        async with open_deployment(database_url, tmp_path / "node", **settings) as node:
            world = World(node, provider, secrets)
            await every_way(world)
            metrics = (await node.http.get("/metrics")).text
            events = await node.audit.ListAuditEvents(ListAuditEventsRequest(page_size=500), metadata=node.metadata)
            rows = [each async for each in rows_of(node)]
            shown = repr(node.service)
    out, err = capfd.readouterr()
    assert len(world.told) > 30
    assert len(secrets) > 60
    assert {"connection_sessions", "connections", "tokens"} <= {table for table, _ in rows}
    found: list[tuple[str, str | bytes]] = [
        *(("an error", text) for text in world.told), *((f"the table {table}", row) for table, row in rows),
        ("the log", repr(lines) + repr(caplog.records)), ("the output", out + err), ("the metrics", metrics),
        ("the events", events.SerializeToString()), ("a repr", shown),
        ("the database's log", (postgres.home / "log").read_bytes()),
    ]  # fmt: skip
    for where, text in found:
        assert_absent(where, text, secrets)
