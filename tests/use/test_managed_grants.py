"""Managed refresh tokens: which request is sent when, and what is served meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rpc.calls import refused
from schemes.provider import provider, provider_process
from use.granting import change_row, managed, refresh_data, row_of
from use.minting import later, minted, node, stored, uses_of
from waiting import until

from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_BACKOFF,
    REFRESH_STATE_MISCONFIGURED,
    REFRESH_STATE_REAUTH_REQUIRED,
    REFRESH_STATE_REAUTH_SUSPECTED,
    Credential,
    CredentialData,
    OAuth2RefreshData,
)
from strongroom.v1.credential_service_pb2 import UpdateCredentialRequest
from strongroom_server.credentials.pairs import sha256_of
from strongroom_server.store import tokens as store
from strongroom_server.store.node_session import boot_time
from strongroom_server.use import grants, tokens
from strongroom_server.use.asking import Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

# The life of a token, in seconds. Three seconds after it came less than half is left: with `hurried` each call refreshes.
SHORT = 5
RETRY_NOW = "retry_time = now() - interval '1 s', failure_time = now()"


@pytest.fixture
def hurried(node: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that is three seconds ahead."""
    later(node, monkeypatch, 3)


hurry = pytest.mark.usefixtures("hurried")


def generations(provider: Provider) -> list[int]:
    """The generation of the refresh token of each request."""
    return [each["generation"] for each in provider.log()]


def tokens_of(node: Deployment) -> Any:
    servicer: Any = node.service.methods["/strongroom.v1.UseService/MintToken"].handle.__self__  # type: ignore[attr-defined]
    return servicer._context.tokens


def session_of(node: Deployment) -> Any:
    return tokens_of(node)._session


def age_session(node: Deployment, since: float) -> None:
    """Have the session of a node begin at another time."""
    session = session_of(node)
    session._held = session._held._replace(since=since)


async def changed(node: Deployment, credential: Credential, paths: Sequence[str], **fields: object) -> Credential:
    """Update a part of a credential's data."""
    data = CredentialData(oauth2_refresh=OAuth2RefreshData(**fields))  # type: ignore[arg-type]
    request = UpdateCredentialRequest(id=credential.id, credential=Credential(data=data))
    request.update_mask.paths.extend(f"data.oauth2_refresh.{path}" for path in paths)
    return await node.credentials.UpdateCredential(request, metadata=node.metadata)


async def test_an_unmanaged_refresh_token_is_never_used(node: Deployment, provider: Provider) -> None:
    credential = await stored(node, refresh_data(provider))
    assert (await refused(minted(node, credential))).reason == "GRANT_UNMANAGED"
    assert provider.log() == []


async def test_a_managed_grant_is_refreshed_once_and_then_served(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    first, second = await minted(node, credential), await minted(node, credential)
    assert (first.generation, first.refresh_state) == (1, REFRESH_STATE_ACTIVE)
    assert first == second
    [request] = provider.log()
    assert (request["grant"], request["generation"], request["authentication"]) == ("refresh_token", 1, "basic")


async def test_fifty_callers_cause_one_request(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.3)
    credential = await managed(node, provider)
    responses = await asyncio.gather(*(minted(node, credential) for _ in range(50)))
    assert len({response.token for response in responses}) == 1
    assert len(provider.log()) == 1


@hurry
async def test_each_refresh_sends_the_refresh_token_of_the_one_before(node: Deployment, provider: Provider) -> None:
    provider.set(expires_in=SHORT)
    credential = await managed(node, provider)
    assert [(await minted(node, credential)).generation for _ in range(3)] == [1, 2, 3]
    assert generations(provider) == [1, 2, 3]


@hurry
@pytest.mark.parametrize("refresh_token", ["absent", "empty"])
async def test_without_a_new_refresh_token_the_old_one_stays(
    node: Deployment, provider: Provider, refresh_token: str
) -> None:
    provider.set(expires_in=SHORT, rotation="none", refresh_token=refresh_token)
    credential = await managed(node, provider)
    assert [(await minted(node, credential)).generation for _ in range(2)] == [1, 2]
    assert generations(provider) == [1, 1]


async def test_a_rejected_token_is_replaced_at_most_once_a_minute(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    first = await minted(node, credential)
    second = await minted(node, credential, rejected_token_sha256=sha256_of(first.token))
    assert second.generation == 2
    assert await minted(node, credential, rejected_token_sha256=sha256_of(first.token)) == second
    limited = await refused(minted(node, credential, rejected_token_sha256=sha256_of(second.token)))
    assert limited.reason == "REFRESH_LIMITED"
    assert len(provider.log()) == 2


@hurry
async def test_a_rejected_token_that_must_be_replaced_anyway_is_not_limited(
    node: Deployment, provider: Provider
) -> None:
    provider.set(expires_in=SHORT)
    credential = await managed(node, provider)
    token = await minted(node, credential)
    for generation in (2, 3):
        token = await minted(node, credential, rejected_token_sha256=sha256_of(token.token))
        assert token.generation == generation


@pytest.mark.parametrize("answer", ["status:503", "status:429"])
async def test_a_provider_that_is_busy_gets_time_and_the_token_is_served_while_it_lives(
    node: Deployment, provider: Provider, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=SHORT)
    credential = await managed(node, provider)
    first = await minted(node, credential)
    later(node, monkeypatch, 3)
    provider.set(answer=answer, retry_after="40")
    served = await minted(node, credential)
    assert (served.token, served.refresh_state) == (first.token, REFRESH_STATE_BACKOFF)
    assert 30 < served.retry_time.seconds - served.refresh_state_time.seconds <= 41
    assert (await minted(node, credential)).token == first.token
    assert len(provider.log()) == 2
    # No token lives any more.
    pending = await refused(minted(node, credential, rejected_token_sha256=sha256_of(first.token)))
    assert pending.reason == "REFRESH_PENDING"
    await change_row(node, credential, RETRY_NOW)
    provider.set(answer="token")
    assert (await minted(node, credential)).refresh_state == REFRESH_STATE_ACTIVE


async def test_a_provider_that_asks_for_no_time_is_not_asked_again_at_once(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    provider.set(answer="status:503", retry_after="0", times=5)
    assert (await refused(minted(node, credential))).reason == "PROVIDER_FAILED"
    assert len(provider.log()) == 1


async def test_backoff_doubles(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    provider.set(answer="status:503", retry_after="")
    waits = []
    for _ in range(4):
        assert (await refused(minted(node, credential))).reason == "PROVIDER_FAILED"
        row = await row_of(node, credential)
        waits.append((row["retry_time"] - row["failure_time"]).total_seconds())
        await change_row(node, credential, RETRY_NOW)
    for wait, least in zip(waits, (1, 2, 4, 8), strict=True):
        assert least <= wait <= least * 1.25


async def test_a_grant_that_the_provider_refuses_twice_needs_a_new_consent(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    provider.revoke()
    assert (await refused(minted(node, credential))).reason == "PROVIDER_REFUSED"
    row = await row_of(node, credential)
    assert (row["state"], row["reason"]) == (REFRESH_STATE_BACKOFF, "invalid_grant")
    assert (row["retry_time"] - row["failure_time"]).total_seconds() == 60
    await change_row(node, credential, RETRY_NOW)
    for _ in range(2):
        required = await refused(minted(node, credential))
        assert required.reason == "REAUTH_REQUIRED"
    assert len(provider.log()) == 2
    # A new refresh token begins a new grant at once.
    await changed(node, credential, ["refresh_token"], refresh_token=provider.grant())
    assert (await minted(node, credential)).refresh_state == REFRESH_STATE_ACTIVE


async def test_a_failure_of_the_previous_refresh_token_does_not_delay_a_new_one(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential, fail = await managed(node, provider), store.fail

    async def failing(*arguments: Any) -> None:
        await changed(node, credential, ["refresh_token"], refresh_token=provider.grant())
        await fail(*arguments)

    monkeypatch.setattr(store, "fail", failing)
    provider.set(answer="error:invalid_grant", times=1)
    assert (await refused(minted(node, credential))).reason == "PROVIDER_REFUSED"
    assert (await minted(node, credential)).refresh_state == REFRESH_STATE_ACTIVE
    assert generations(provider) == [1, 1]


@pytest.mark.parametrize(
    ("rotation", "answer", "requests"),
    [("strict", "close", [1, 1]), ("grace:10", "drop", [1, 1]), ("none", "drop", [1, 1])],
)
async def test_a_request_in_doubt_is_repeated_at_once(
    node: Deployment, provider: Provider, rotation: str, answer: str, requests: list[int]
) -> None:
    provider.set(rotation=rotation, answer=answer, times=1)
    credential = await managed(node, provider)
    assert (await minted(node, credential)).refresh_state == REFRESH_STATE_ACTIVE
    assert generations(provider) == requests


async def test_a_forced_refresh_in_doubt_is_repeated_at_once_too(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    first = await minted(node, credential)
    provider.set(rotation="grace:60", answer="drop", times=1)
    assert (await minted(node, credential, rejected_token_sha256=sha256_of(first.token))).generation == 2
    assert generations(provider) == [1, 2, 2]


@pytest.mark.parametrize("left", ["in_doubt = true", "lease_node = 999, lease_until = now() - interval '1 minute'"])
async def test_a_request_in_doubt_is_repeated_though_the_token_still_lives(
    node: Deployment, provider: Provider, left: str
) -> None:
    credential = await managed(node, provider)
    first = await minted(node, credential)
    age_session(node, float("-inf"))
    await change_row(node, credential, left)
    assert (await minted(node, credential)).token == first.token

    async def is_replaced() -> bool:
        return bool((await row_of(node, credential))["generation"] == 2)

    await until(is_replaced)


async def test_after_a_reconnect_the_lease_of_a_silent_holder_is_left_until_it_can_have_stored_its_response(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    provider.set(answer="status:503", times=1)
    await refused(minted(node, credential))
    await change_row(node, credential, f"{RETRY_NOW}, lease_node = 999, lease_until = now() - interval '1 minute'")
    age_session(node, boot_time())
    call = asyncio.create_task(minted(node, credential))
    await asyncio.wait({call}, timeout=0.5)
    assert len(provider.log()) == 1
    age_session(node, boot_time() - tokens.SETTLE_SECONDS)
    assert (await call).generation == 1


async def test_a_response_that_comes_after_its_lease_is_stored(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "_CAREFUL", Patience(timedelta(seconds=0.1), timedelta(seconds=10)))
    provider.set(latency=0.6)
    credential = await managed(node, provider)
    assert (await minted(node, credential)).generation == 1
    assert len(provider.log()) == 1


@hurry
async def test_a_response_is_stored_though_the_pair_that_was_sent_is_lost_in_a_promotion(
    node: Deployment, provider: Provider
) -> None:
    provider.set(expires_in=SHORT)
    credential = await managed(node, provider)
    await minted(node, credential)
    async with node.sql() as sql:
        await sql.execute("create temp table earlier as select * from tokens where credential_id = $1", credential.id)
        await minted(node, credential)
        provider.set(latency=0.5)
        call = asyncio.create_task(minted(node, credential))

        async def is_sent() -> bool:
            return (await row_of(node, credential))["lease_until"] is not None

        await until(is_sent)
        columns = "generation, box, box_sha256, signature, create_time, expire_time"
        await sql.execute(
            f"update tokens set ({columns}) = (select {columns} from earlier) where credential_id = $1", credential.id
        )
    tokens_of(node)._seen.forget()
    await call
    provider.set(latency=0)
    await minted(node, credential)
    # The provider takes each of them once.
    assert generations(provider) == [1, 2, 3, 4, 5]


@hurry
async def test_a_response_is_not_stored_in_a_grant_that_was_disconnected_though_a_promotion_has_lost_generations(
    node: Deployment, provider: Provider
) -> None:
    provider.set(expires_in=SHORT)
    credential = await managed(node, provider)
    for _ in range(3):
        await minted(node, credential)
    provider.set(latency=0.5)
    call = asyncio.create_task(minted(node, credential))

    async def is_sent() -> bool:
        return (await row_of(node, credential))["lease_until"] is not None

    await until(is_sent)
    await change_row(node, credential, "generation = 2, fence = fence + 1, box = null")
    tokens_of(node)._seen.forget()
    [flight] = tokens_of(node)._flights.values()
    call.cancel()
    await flight.task
    row = await row_of(node, credential)
    assert (row["generation"], row["box"]) == (2, None)


async def test_nothing_is_sent_without_the_lock_of_the_node(node: Deployment, provider: Provider) -> None:
    credential, session = await managed(node, provider), session_of(node)
    held = session.held
    session._held = held._replace(pid=0)
    call = asyncio.create_task(minted(node, credential))
    await asyncio.wait({call}, timeout=0.5)
    assert provider.log() == []
    session._held = held
    assert (await call).generation == 1


async def test_a_node_that_has_not_seen_a_rejection_by_another_is_limited_too(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential, forced_time, times = await managed(node, provider), store.forced_time, []

    async def late(*arguments: Any) -> Any:
        times.append(await forced_time(*arguments))
        return times[-1] if len(times) > 2 else None

    monkeypatch.setattr(store, "forced_time", late)
    token = await minted(node, credential)
    token = await minted(node, credential, rejected_token_sha256=sha256_of(token.token))
    limited = await refused(minted(node, credential, rejected_token_sha256=sha256_of(token.token)))
    assert (limited.reason, len(times)) == ("REFRESH_LIMITED", 3)
    assert len(provider.log()) == 2


async def test_a_lost_answer_of_a_strict_provider_needs_a_new_consent(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    provider.set(answer="drop", times=1)
    assert (await refused(minted(node, credential))).reason == "REAUTH_REQUIRED"
    assert (await row_of(node, credential))["state"] == REFRESH_STATE_REAUTH_REQUIRED


async def test_doubt_stays_while_the_provider_is_busy(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider)
    provider.set(answer="drop", times=2, rotation="grace:60")
    assert (await refused(minted(node, credential))).reason == "PROVIDER_FAILED"
    row = await row_of(node, credential)
    assert (row["state"], row["in_doubt"]) == (REFRESH_STATE_REAUTH_SUSPECTED, True)
    provider.set(answer="status:503", times=1)
    await change_row(node, credential, RETRY_NOW)
    assert (await refused(minted(node, credential))).reason == "PROVIDER_FAILED"
    assert (await row_of(node, credential))["state"] == REFRESH_STATE_REAUTH_SUSPECTED
    await change_row(node, credential, RETRY_NOW)
    assert (await minted(node, credential)).refresh_state == REFRESH_STATE_ACTIVE


async def test_a_wrong_client_is_tried_hourly_and_at_once_after_a_change(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider, client_secret="wrong")
    wrong = await refused(minted(node, credential))
    assert wrong.reason == "PROVIDER_REFUSED"
    row = await row_of(node, credential)
    assert row["state"] == REFRESH_STATE_MISCONFIGURED
    assert (row["retry_time"] - row["failure_time"]).total_seconds() == 3600
    assert (await refused(minted(node, credential))).reason == "REFRESH_PENDING"
    right = refresh_data(provider).oauth2_refresh.client_secret
    await changed(node, credential, ["client_secret"], client_secret=right)
    assert (await minted(node, credential)).refresh_state == REFRESH_STATE_ACTIVE


async def test_a_provider_that_cannot_be_reached_leaves_nothing_in_doubt(node: Deployment, provider: Provider) -> None:
    credential = await managed(node, provider, token_url="https://127.0.0.1:1/token")
    assert (await refused(minted(node, credential))).reason == "EGRESS_REFUSED"
    row = await row_of(node, credential)
    assert (row["state"], row["in_doubt"], row["lease_node"]) == (REFRESH_STATE_BACKOFF, False, None)


async def test_a_grant_goes_on_if_other_data_changes_and_begins_again_with_another_refresh_token(
    node: Deployment, provider: Provider
) -> None:
    credential = await managed(node, provider)
    await minted(node, credential)
    await changed(node, credential, ["auth_style"], auth_style="params")
    assert (await minted(node, credential)).generation == 2
    await changed(node, credential, ["refresh_token"], refresh_token=provider.grant())
    third = await minted(node, credential)
    assert third.generation == 3
    assert generations(provider) == [1, 2, 1]
    assert [each["authentication"] for each in provider.log()] == ["basic", "body", "body"]


async def test_a_caller_that_gives_up_does_not_cancel_the_request(node: Deployment, provider: Provider) -> None:
    provider.set(latency=0.4)
    credential = await managed(node, provider)
    call = asyncio.create_task(minted(node, credential))
    await until(provider.log)
    call.cancel()
    assert (await minted(node, credential)).generation == 1
    assert len(provider.log()) == 1


async def test_a_token_is_replaced_early_while_the_present_one_is_served(node: Deployment, provider: Provider) -> None:
    provider.set(expires_in=2)
    credential = await managed(node, provider)
    first = await minted(node, credential)
    provider.set(expires_in=3600)
    await asyncio.sleep(1.75)
    assert await minted(node, credential, min_remaining_seconds=0) == first

    async def is_replaced() -> bool:
        return bool((await row_of(node, credential))["generation"] == 2)

    await until(is_replaced)
    assert (await minted(node, credential)).generation == 2
    assert len(provider.log()) == 2
    # The outcome of the second request is in the trail, though no call waited for it.
    outcomes = [outcome for outcome, _ in await uses_of(node, credential)]
    assert (outcomes.count("STARTED"), outcomes.count("OK")) == (2, 4)
