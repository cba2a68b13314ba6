"""Leases that are lost, given back or taken from a node that is gone, and doubt that is of an earlier grant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rpc.calls import refused
from schemes.provider import provider, provider_process
from use.granting import change_row, managed, refresh_data, row_of
from use.minting import minted, node
from use.test_managed_grants import changed, session_of

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import REFRESH_STATE_BACKOFF
from strongroom_server.core.errors import ServiceError
from strongroom_server.credentials.pairs import sha256_of
from strongroom_server.store import tokens as store
from strongroom_server.use.trail import Trail

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]


async def test_doubt_of_an_earlier_grant_does_not_count_for_a_new_refresh_token(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    await change_row(node, credential, "in_doubt = true")
    refresh_token = refresh_data(provider).oauth2_refresh.refresh_token
    await changed(node, credential, ["refresh_token"], refresh_token=refresh_token)
    provider.set(answer="error:invalid_grant", times=1)
    assert (await refused(minted(node, credential))).reason == "PROVIDER_REFUSED"
    row = await row_of(node, credential)
    assert (row["state"], row["in_doubt"]) == (REFRESH_STATE_BACKOFF, False)


async def test_a_lease_that_is_lost_between_two_requests_is_given_back(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(client_authentication="body")
    credential, extend = await managed(node, provider), store.extend
    lost: list[object] = []

    async def lose(*arguments: Any) -> bool:
        if lost:
            return await extend(*arguments)
        lost.append(arguments[0])
        return False

    monkeypatch.setattr(store, "extend", lose)
    assert (await minted(node, credential)).generation == 1
    assert len(lost) == 1
    assert [each["authentication"] for each in provider.log()] == ["basic", "basic", "body"]


async def test_a_lease_that_the_database_does_not_extend_is_given_back_without_doubt(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(client_authentication="body")
    credential = await managed(node, provider)

    async def fail(*_: Any) -> bool:
        raise ServiceError(reasons.ERROR_REASON_DATABASE_UNAVAILABLE)

    with monkeypatch.context() as patched:
        patched.setattr(store, "extend", fail)
        assert (await refused(minted(node, credential))).reason == "DATABASE_UNAVAILABLE"
    row = await row_of(node, credential)
    assert (row["lease_node"], row["lease_until"], row["in_doubt"], row["reason"]) == (None, None, False, "")
    assert (await minted(node, credential)).generation == 1


@pytest.mark.parametrize("is_new", [True, False])
async def test_what_an_earlier_session_found_gone_is_waited_for_after_a_promotion(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch, *, is_new: bool
) -> None:
    credential, session, taken = await managed(node, provider), session_of(node), []
    first = await minted(node, credential)
    await change_row(node, credential, "lease_node = 999, lease_until = now() + interval '1 minute'")
    held, started, take = session.held, Trail.started, store.take

    async def gone(*_: Any) -> bool:
        return True

    async def start(trail: Trail) -> None:
        if is_new:
            session._held = held._replace(since=held.since + 1)
        await started(trail)

    async def take_and_stop(*arguments: Any) -> Any:
        taken.append(arguments[-1].gone_node)
        session._held = held
        await change_row(node, credential, "lease_node = null, lease_until = null")
        return await take(*arguments)

    monkeypatch.setattr(session, "is_gone", gone)
    monkeypatch.setattr(Trail, "started", start)
    monkeypatch.setattr(store, "take", take_and_stop)
    assert (await minted(node, credential, rejected_token_sha256=sha256_of(first.token))).generation == 2
    assert taken[0] == (None if is_new else 999)
