"""Sessions of consent and the keys of the deployment, and how long a session is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from connections.consenting import (
    begin,
    completed,
    consented,
    exchanges_of,
    new_app,
    node,
    received,
    session_of,
    started,
)
from keys.rotating import OPERATOR, findings, keys_of, new_active_key, resealed
from rpc.calls import refused
from schemes.provider import provider, provider_process

from strongroom_server.jobs import sweeper
from strongroom_server.keys import sealing

if TYPE_CHECKING:
    import pytest
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def change(node: Deployment, session_id: str, assignments: str) -> None:
    """Change the row of a session as a superuser can."""
    async with node.sql() as sql:
        await sql.execute(f"update connection_sessions set {assignments} where id = $1", UUID(session_id))


async def test_a_session_that_was_changed_is_refused_and_found(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    begun = await begin(node, app.id)
    start = await started(node, begun)
    assert await findings(node) == []
    flip = "box = set_byte(box, 9, get_byte(box, 9) # 1)"
    await change(node, begun.session.id, flip)
    assert await findings(node) == [
        f"connection session {begun.session.id}: the box was changed: the row has another hash"
    ]
    assert (await refused(received(node, provider.consent(start.url), start.cookie))).reason == "CONSENT_UNKNOWN"
    await change(node, begun.session.id, flip)
    await change(node, begun.session.id, "user_id = 'x'")
    assert (await refused(session_of(node, begun.session.id))).reason == "SEAL_BROKEN"
    assert (await refused(started(node, begun))).reason == "CONSENT_UNKNOWN"
    assert len(await findings(node)) == 1
    await change(node, begun.session.id, "user_id = 'user-of-the-application'")
    assert await findings(node) == []


async def test_a_session_is_deleted_a_day_after_its_end(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    kept, gone = await begin(node, app.id), await begin(node, app.id)
    await change(node, gone.session.id, "expire_time = now() - interval '25 hours'")
    await change(node, kept.session.id, "expire_time = now() - interval '23 hours'")
    await sweeper.sweep(node.service.database, node.service.recorder)
    assert (await refused(session_of(node, gone.session.id))).reason == "CONNECTION_SESSION_NOT_FOUND"
    async with node.sql() as sql:
        assert await sql.fetchval("select count(*) from connection_sessions where id = $1", UUID(kept.session.id)) == 1
        await sql.execute("delete from connection_sessions where id = $1", UUID(kept.session.id))


async def test_a_session_outlives_a_rotation_but_not_the_destruction_of_its_key(
    node: Deployment, provider: Provider
) -> None:
    app = await new_app(node, provider)
    sessions = [await begin(node, app.id) for _ in range(2)]
    for begun in sessions:
        await consented(node, provider, begun)
    old, _ = await new_active_key(node)
    assert (await completed(node, sessions[0].session.id)).generation == 1
    async with keys_of(node) as context:
        await resealed(node, old)
        await sealing.retire(context, OPERATOR, old)
        await sealing.destroy(context, OPERATOR, old)
    await node.service.recorder.keyring.reload()
    failed = await refused(completed(node, sessions[1].session.id))
    assert failed.reason == "SEALING_KEY_DESTROYED"
    assert len(exchanges_of(provider)) == 1


async def test_a_session_of_a_retired_signer_fails_clearly(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    keyring = node.service.recorder.keyring
    signers, signer_id = keyring.keys.signers, keyring.signer_ids[0]
    monkeypatch.setitem(signers, signer_id, replace(signers[signer_id], is_retired=True))
    failed = await refused(session_of(node, begun.session.id))
    assert (failed.reason, "key_retired" in failed.message) == ("CONSENT_FAILED", True)
    assert (await refused(started(node, begun))).reason == "CONSENT_UNKNOWN"
