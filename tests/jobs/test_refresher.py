"""Grants that are refreshed without a caller: which, when and by whom; and the events of their states."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from connections.consenting import USER, connected, new_app, node
from connections.test_connected_grants import changed_app
from prometheus_client import REGISTRY
from rpc.calls import got, other_organisation, refused, updated
from samples import created, named
from schemes.provider import CLIENT_SECRET, Provider, provider, provider_process
from use.granting import change_row, managed, refresh_data, row_of
from use.minting import later, minted
from waiting import until

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_BACKOFF,
    REFRESH_STATE_MISCONFIGURED,
    REFRESH_STATE_REAUTH_REQUIRED,
    REFRESH_STATE_REAUTH_SUSPECTED,
    Credential,
    CredentialData,
    OAuth2RefreshData,
    OAuthData,
)
from strongroom.v1.credential_service_pb2 import (
    DeleteCredentialRequest,
    ListCredentialsRequest,
    RestoreCredentialVersionRequest,
)
from strongroom_server.core.errors import ServiceError
from strongroom_server.jobs import refresher
from strongroom_server.jobs.provider_slots import ProviderSlots
from strongroom_server.jobs.refresher import MOST_OF_ORGANISATION, Refresher
from strongroom_server.store import grant_rows, promotion
from strongroom_server.store.tokens import Key
from strongroom_server.use.refresh import refresh
from strongroom_server.use.trail import Trail

if TYPE_CHECKING:
    import asyncpg
    from conftest import Deployment

__all__ = ["node", "provider", "provider_process"]

DUE = "refresh_time = now() - interval '1 s'"
RETRY = f"{DUE}, retry_time = now() - interval '1 s', failure_time = now()"


def context_of(node: Deployment) -> Any:
    servicer: Any = node.service.methods["/strongroom.v1.UseService/MintToken"].handle.__self__  # type: ignore[attr-defined]
    return servicer._context


async def refresh_due(node: Deployment) -> int:
    """Refresh what is due, as one turn of the job does."""
    job = Refresher(context_of(node))
    number = await job.start_due()
    await job.settle()
    return number


@pytest.fixture(autouse=True)
async def nothing_due(node: Deployment) -> None:
    """Without the grants of earlier tests."""
    async with node.sql() as sql:
        await sql.execute("update tokens set refresh_time = null, state = 1")


async def make_none_due(sql: asyncpg.Connection[asyncpg.Record]) -> None:
    """After a promotion, each grant of the database is due at a random time within five minutes: also those of earlier tests."""
    await sql.execute("update tokens set refresh_time = null")


async def used(node: Deployment, provider: Provider) -> Credential:
    """A grant whose use is recorded."""
    credential = await managed(node, provider)
    await minted(node, credential)

    async def is_recorded() -> bool:
        return (await row_of(node, credential))["used_time"] is not None

    await until(is_recorded)
    return credential


async def told(node: Deployment, credential_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a credential's grant, oldest first."""
    async with node.sql() as sql:
        rows = await sql.fetch(
            "select event_type, data_json from events where credential_id = $1 and event_type like 'grant.%' order by event_id",
            credential_id,
        )
    return [(row[0], json.loads(row[1])) for row in rows]


async def types_told(node: Deployment, credential: Credential) -> list[str]:
    return [event_type for event_type, _ in await told(node, credential.id)]


MINUTES = {"1 hour": (55, 59), "10 hours": (595, 599), "4 minutes": (3, 3), "1 minute": (0.5, 0.5), None: (50, 54)}


@pytest.mark.parametrize("life", MINUTES)
async def test_a_grant_that_is_used_is_refreshed_near_the_end_of_its_token(node: Deployment, life: str | None) -> None:
    created_at = datetime(2026, 11, 28, tzinfo=UTC)
    least, most = MINUTES[life]
    expire = None if life is None else f"$1::timestamptz + interval '{life}'"
    rule = grant_rows.refresh_time_of("$1::timestamptz", expire or "null::timestamptz", "$1::timestamptz")
    async with node.sql() as sql:
        rows = await sql.fetch(f"select {rule} - $1 from generate_series(1, 200)", created_at)
    times = [row[0] / timedelta(minutes=1) for row in rows]
    assert least <= min(times)
    assert max(times) <= most


async def test_an_idle_grant_is_refreshed_weekly(node: Deployment, provider: Provider) -> None:
    credential = await used(node, provider)
    await change_row(node, credential, f"used_time = now() - interval '31 days', {DUE}")
    assert await refresh_due(node) == 1
    row = await row_of(node, credential)
    assert row["generation"] == 2
    assert timedelta(days=6) < row["refresh_time"] - row["create_time"] <= timedelta(days=7)


async def test_a_refresh_ahead_of_need_is_recorded_as_an_act_of_the_server(
    node: Deployment, provider: Provider
) -> None:
    credential = await used(node, provider)
    assert await refresh_due(node) == 0
    await change_row(node, credential, DUE)
    assert await refresh_due(node) == 1
    row = await row_of(node, credential)
    assert (row["generation"], row["state"], row["lease_node"]) == (2, REFRESH_STATE_ACTIVE, None)
    assert row["refresh_time"] > datetime.now(UTC) + timedelta(minutes=50)
    assert (await minted(node, credential)).generation == 2
    assert len(provider.log()) == 2
    page = await node.audit.ListAuditEvents(
        ListAuditEventsRequest(credential_id=credential.id, action="RefreshGrant"), metadata=node.metadata
    )
    assert [(each.outcome, each.key_id, each.peer, each.use.kind) for each in page.audit_events] == [
        ("OK", "", "", "token"),
        ("STARTED", "", "", "token"),
    ]


async def test_a_use_is_recorded_once_a_day_and_ends_the_idleness(node: Deployment, provider: Provider) -> None:
    credential = await used(node, provider)
    first = (await row_of(node, credential))["used_time"]
    await minted(node, credential)
    await context_of(node).tokens._background.finish(5)
    assert (await row_of(node, credential))["used_time"] == first
    await change_row(
        node, credential, "used_time = now() - interval '25 hours', refresh_time = now() + interval '7 days'"
    )
    await minted(node, credential)

    async def is_recorded() -> bool:
        row = await row_of(node, credential)
        return bool(row["used_time"] > first and row["refresh_time"] < row["expire_time"])

    await until(is_recorded)


async def test_nodes_that_look_at_the_same_time_refresh_each_grant_once(node: Deployment, provider: Provider) -> None:
    credentials = [await used(node, provider) for _ in range(3)]
    for credential in credentials:
        await change_row(node, credential, DUE)
    before = len(provider.log())
    assert sum(await asyncio.gather(*(refresh_due(node) for _ in range(4)))) == len(credentials)
    assert len(provider.log()) - before == len(credentials)


async def test_an_organisation_with_many_due_grants_leaves_room_for_others(
    node: Deployment, provider: Provider
) -> None:
    for _ in range(MOST_OF_ORGANISATION + 2):
        await change_row(node, await used(node, provider), DUE)
    _, by = await other_organisation(node)
    settings = Credential.UseSettings(managed=True)
    other = await created(node, named(data=refresh_data(provider), use_settings=settings), by)
    await minted(node, other, by)
    await change_row(node, other, "refresh_time = now()")
    provider.set(latency=0.3)
    job = Refresher(context_of(node))
    assert await job.start_due() == MOST_OF_ORGANISATION + 1
    # The others of the first organisation wait for room.
    assert await job.start_due() == 0
    await job.settle()
    assert (await row_of(node, other))["generation"] == 2
    assert await job.start_due() == 2
    await job.settle()


async def test_a_slow_provider_leaves_room_for_others(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresher, "MOST", MOST_OF_ORGANISATION)
    monkeypatch.setattr(refresher, "MOST_OF_PROVIDER", 2)
    slow = [await used(node, provider) for _ in range(MOST_OF_ORGANISATION)]
    before = len(provider.log())
    _, by = await other_organisation(node)
    client, settings = context_of(node).client, Credential.UseSettings(managed=True)
    with Provider.start() as quick:
        ports = client._policy.ports | {quick.port}
        monkeypatch.setattr(client, "_policy", replace(client._policy, ports=ports))
        other = await created(node, named(data=refresh_data(quick), use_settings=settings), by)
        await minted(node, other, by)
        provider.set(latency=0.7)
        for credential in slow:
            await change_row(node, credential, DUE)
        job = Refresher(context_of(node))
        assert await job.start_due() == len(slow)
        await until(lambda: len(provider.log()) == before + 2)
        await change_row(node, other, DUE)
        assert await job.start_due() == 1
        await until(lambda: len(quick.log()) == 2)
        assert len(provider.log()) == before + 2
        provider.set(latency=0)
        await job.settle()
    assert [(await row_of(node, each))["generation"] for each in (*slow, other)] == [2] * (len(slow) + 1)


async def test_a_provider_has_so_many_slots_and_as_many_refreshes_wait_for_them() -> None:
    slots, order, done = ProviderSlots(1), list[str](), asyncio.Event()

    async def hold(name: str, origin: str) -> None:
        async with slots.of(origin):
            order.append(name)
            await done.wait()

    tasks = [asyncio.create_task(hold(name, "https://slow")) for name in ("first", "second")]
    await asyncio.sleep(0)
    with pytest.raises(ServiceError) as pending:
        await hold("third", "https://slow")
    assert pending.value.reason == reasons.ERROR_REASON_REFRESH_PENDING
    tasks.append(asyncio.create_task(hold("other", "https://other")))
    await asyncio.sleep(0)
    assert (order, slots.waiting) == (["first", "other"], 1)
    # A wait that ends without a slot leaves none taken.
    tasks[1].cancel()
    await asyncio.wait({tasks[1]})
    tasks.append(asyncio.create_task(hold("fourth", "https://slow")))
    done.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["first", "other", "fourth"]
    assert (slots.waiting, slots._providers) == (0, {})


async def test_a_broken_row_and_an_absent_provider_do_not_stop_the_others(node: Deployment, provider: Provider) -> None:
    forged, absent, good = [await used(node, provider) for _ in range(3)]
    await updated(
        node,
        absent.id,
        "data.oauth2_refresh.token_url",
        data=refresh_data(provider, token_url="https://127.0.0.1:443/"),
    )
    await change_row(node, absent, DUE)
    await change_row(node, forged, f"{DUE}, generation = 7")
    await change_row(node, good, DUE)
    assert await refresh_due(node) == 3
    assert (await row_of(node, good))["generation"] == 2
    assert (await row_of(node, absent))["state"] == REFRESH_STATE_BACKOFF
    assert (await row_of(node, forged))["refresh_time"] > datetime.now(UTC) + timedelta(minutes=59)


@pytest.mark.parametrize("comes_late", [False, True])
async def test_a_grant_that_another_node_refreshes_is_due_again_in_case_that_one_dies(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch, *, comes_late: bool
) -> None:
    credential, started = await used(node, provider), Trail.started
    held = "lease_node = 999, lease_until = now() + interval '1 minute'"
    await change_row(node, credential, DUE if comes_late else f"{DUE}, {held}")

    async def start(trail: Trail) -> None:
        await started(trail)
        await change_row(node, credential, held)

    if comes_late:
        monkeypatch.setattr(Trail, "started", start)
    assert await refresh_due(node) == 1
    assert len(provider.log()) == 1
    assert (await row_of(node, credential))["refresh_time"] < datetime.now(UTC) + timedelta(minutes=1)
    # STARTED alone would say that a process has ended.
    request = ListAuditEventsRequest(credential_id=credential.id, action="RefreshGrant")
    recorded = (await node.audit.ListAuditEvents(request, metadata=node.metadata)).audit_events
    assert [each.outcome for each in recorded] == (["REFRESH_PENDING", "STARTED"] if comes_late else [])


async def test_a_database_that_is_away_postpones_no_refresh(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = await used(node, provider)
    await change_row(node, credential, DUE)

    async def fail(*_: Any) -> None:
        raise ServiceError(reasons.ERROR_REASON_AUDIT_UNAVAILABLE)

    monkeypatch.setattr(Trail, "started", fail)
    assert await refresh_due(node) == 1
    assert (await row_of(node, credential))["refresh_time"] < datetime.now(UTC) + timedelta(minutes=1)


@pytest.mark.parametrize("how", ["unmanaged", "deleted", "expired", "invalid"])
async def test_a_credential_that_is_not_to_be_refreshed_is_left_alone(
    node: Deployment, provider: Provider, how: str
) -> None:
    credential = await used(node, provider)
    match how:
        case "unmanaged":
            paths = ("use_settings.managed", "data.oauth2_refresh.refresh_token")
            await updated(node, credential.id, *paths, data=refresh_data(provider))
        case "deleted":
            await node.credentials.DeleteCredential(DeleteCredentialRequest(id=credential.id), metadata=node.metadata)
        case "expired":
            soon = datetime.now(UTC) + timedelta(seconds=0.3)
            await updated(node, credential.id, "expire_time", expire_time=soon)
            await asyncio.sleep(0.4)
        case "invalid":
            await updated(
                node,
                credential.id,
                "data.oauth2_refresh.token_url",
                accept_invalid=True,
                data=refresh_data(provider, token_url="x"),
            )
    await change_row(node, credential, DUE)
    before = len(provider.log())
    assert await refresh_due(node) == 1
    assert len(provider.log()) == before
    assert (await row_of(node, credential))["refresh_time"] > datetime.now(UTC) + timedelta(minutes=59)


async def test_a_pair_that_a_caller_has_replaced_meanwhile_is_not_replaced_again(
    node: Deployment, provider: Provider
) -> None:
    credential = await used(node, provider)
    key = Key(credential.organisation_id, UUID(credential.id), b"")
    assert not await refresh(context_of(node), key, 0, ProviderSlots(1).of)
    assert len(provider.log()) == 1


@pytest.mark.parametrize("state", [REFRESH_STATE_BACKOFF, REFRESH_STATE_REAUTH_SUSPECTED, REFRESH_STATE_MISCONFIGURED])
async def test_a_grant_that_failed_is_tried_again_and_recovers(
    node: Deployment, provider: Provider, state: int
) -> None:
    credential = await used(node, provider)
    await change_row(node, credential, f"state = {state}, reason = 'invalid_client', {RETRY}")
    assert await refresh_due(node) == 1
    row = await row_of(node, credential)
    assert (row["state"], row["reason"], row["generation"]) == (REFRESH_STATE_ACTIVE, "", 2)
    [(event_type, data)] = await told(node, credential.id)
    assert event_type == "grant.recovered"
    assert (data["state"], data["reason"], data["retry_time"]) == ("ACTIVE", "", None)


@pytest.mark.parametrize("how", ["UpdateApp", "UpdateCredential", "RestoreCredentialVersion"])
async def test_a_client_that_the_provider_refused_is_tried_at_the_next_turn_after_its_app_is_repaired(
    node: Deployment, provider: Provider, how: str
) -> None:
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    await changed_app(node, app, client_secret="not the provider's")
    await change_row(node, connection, DUE)
    assert await refresh_due(node) == 1
    assert (await row_of(node, connection))["state"] == REFRESH_STATE_MISCONFIGURED
    assert await refresh_due(node) == 0
    match how:
        case "UpdateApp":
            await changed_app(node, app, client_secret=CLIENT_SECRET)
        case "UpdateCredential":
            right = CredentialData(oauth=OAuthData(client_secret=CLIENT_SECRET))
            await updated(node, app.id, "data.oauth.client_secret", data=right)
        case _:
            await node.credentials.RestoreCredentialVersion(
                RestoreCredentialVersionRequest(id=app.id, version=1), metadata=node.metadata
            )
    assert await refresh_due(node) == 1
    assert (await row_of(node, connection))["state"] == REFRESH_STATE_ACTIVE


async def test_a_grant_is_refreshed_when_it_is_due_by_the_clock_of_the_database(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = await used(node, provider)
    await change_row(
        node, credential, f"{DUE}, state = {REFRESH_STATE_BACKOFF}, failure_time = now(), retry_time = now()"
    )
    # This node's estimate of it is behind, as on a busy machine.
    later(node, monkeypatch, -0.3)
    assert await refresh_due(node) == 1
    assert (await row_of(node, credential))["generation"] == 2


async def test_a_managed_credential_whose_client_is_repaired_is_tried_at_the_next_turn(
    node: Deployment, provider: Provider
) -> None:
    credential = await used(node, provider)
    wrong = CredentialData(oauth2_refresh=OAuth2RefreshData(client_secret="not the provider's"))
    await updated(node, credential.id, "data.oauth2_refresh.client_secret", data=wrong)
    await change_row(node, credential, DUE)
    assert await refresh_due(node) == 1
    assert (await row_of(node, credential))["state"] == REFRESH_STATE_MISCONFIGURED
    right = CredentialData(oauth2_refresh=OAuth2RefreshData(client_secret=CLIENT_SECRET))
    await updated(node, credential.id, "data.oauth2_refresh.client_secret", data=right)
    assert await refresh_due(node) == 1
    assert (await row_of(node, credential))["state"] == REFRESH_STATE_ACTIVE


async def test_a_grant_that_is_refused_is_told_though_its_provider_is_flaky(
    node: Deployment, provider: Provider
) -> None:
    credential = await used(node, provider)
    for answer in ("error:invalid_grant", "status:503", "status:503", "error:invalid_grant"):
        provider.set(answer=answer)
        await change_row(node, credential, RETRY)
        assert await refresh_due(node) == 1
    row = await row_of(node, credential)
    assert (row["state"], row["reason"]) == (REFRESH_STATE_REAUTH_REQUIRED, "invalid_grant")
    assert await types_told(node, credential) == ["grant.refresh_failed", "grant.reauth_required"]


async def test_a_provider_that_is_away_never_needs_a_new_consent(node: Deployment, provider: Provider) -> None:
    credential = await used(node, provider)
    for answer in ("status:503", "status:500", "status:429", "status:502") * 2:
        provider.set(answer=answer)
        await change_row(node, credential, RETRY)
        assert await refresh_due(node) == 1
        row = await row_of(node, credential)
        assert (row["state"], row["reason"]) == (REFRESH_STATE_BACKOFF, "")
    # The first refusal after all of them is the first.
    provider.set(answer="error:invalid_grant")
    await change_row(node, credential, RETRY)
    assert await refresh_due(node) == 1
    assert (await row_of(node, credential))["state"] == REFRESH_STATE_BACKOFF


async def test_a_promotion_leaves_a_grant_misconfigured_whose_client_is_refused(
    node: Deployment, provider: Provider
) -> None:
    credential = await used(node, provider)
    provider.set(answer="error:invalid_client")
    await change_row(node, credential, DUE)
    assert await refresh_due(node) == 1
    before = await row_of(node, credential)
    async with node.sql() as sql:
        await sql.execute("update timeline_seen set timeline = timeline - 1")
        await promotion.notice(sql)
        await make_none_due(sql)
    row = await row_of(node, credential)
    names = ("state", "state_time", "reason")
    assert [row[name] for name in names] == [before[name] for name in names]
    assert row["in_doubt"]
    await change_row(node, credential, RETRY)
    assert await refresh_due(node) == 1
    assert await types_told(node, credential) == ["grant.refresh_failed", "grant.reauth_required"]


async def test_each_change_of_the_state_is_told_once(node: Deployment, provider: Provider) -> None:
    credential = await used(node, provider)
    provider.set(answer="status:503")
    for _ in range(2):
        await change_row(node, credential, RETRY)
        assert await refresh_due(node) == 1
    [(event_type, data)] = await told(node, credential.id)
    row = await row_of(node, credential)
    assert (event_type, data["state"], row["failures"]) == ("grant.refresh_failed", "BACKOFF", 2)
    assert data["retry_time"] > data["since"]
    assert row["refresh_time"] == row["retry_time"]

    provider.set(answer="error:invalid_client")
    await change_row(node, credential, RETRY)
    await refresh_due(node)
    provider.set(answer="error:invalid_grant")
    await change_row(node, credential, f"{RETRY}, in_doubt = true")
    await refresh_due(node)
    required = await told(node, credential.id)
    assert [(each, data["state"], data["reason"]) for each, data in required[1:]] == [
        ("grant.reauth_required", "MISCONFIGURED", "invalid_client"),
        ("grant.reauth_required", "REAUTH_REQUIRED", "invalid_grant"),
    ]
    assert (await row_of(node, credential))["refresh_time"] is None
    assert await refresh_due(node) == 0

    provider.set(answer="token")
    await updated(node, credential.id, "data.oauth2_refresh.refresh_token", data=refresh_data(provider))
    await minted(node, credential)
    assert (await types_told(node, credential))[-1] == "grant.recovered"


async def test_an_event_of_a_connection_names_app_and_user(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    provider.set(answer="error:invalid_client")
    async with node.sql() as sql:
        await sql.execute(f"update tokens set {DUE} where credential_id = $1", connection.id)
    assert await refresh_due(node) == 1
    events = await told(node, connection.id)
    assert [each for each, _ in events] == ["grant.refresh_failed", "grant.reauth_required"]
    assert {(data["app_id"], data["user"]) for _, data in events} == {(app.id, USER)}


async def test_after_a_promotion_each_grant_is_in_doubt_until_it_is_refreshed(
    node: Deployment, provider: Provider
) -> None:
    proven, lost = await used(node, provider), await used(node, provider)
    async with node.sql() as one, node.sql() as other:
        await one.execute("update timeline_seen set timeline = timeline - 1")
        timelines = await asyncio.gather(promotion.notice(one), promotion.notice(other))
        assert len(set(timelines)) == 1
        await make_none_due(one)
        rows = [await row_of(node, each) for each in (proven, lost)]
        assert {(row["state"], row["reason"], row["in_doubt"]) for row in rows} == {
            (REFRESH_STATE_REAUTH_SUSPECTED, "promotion", True)
        }
        await change_row(node, proven, DUE)
        assert await refresh_due(node) == 1
        # It is decided once.
        await promotion.notice(other)
    assert (await row_of(node, proven))["state"] == REFRESH_STATE_ACTIVE
    provider.set(answer="error:invalid_grant")
    await change_row(node, lost, DUE)
    assert await refresh_due(node) == 1
    assert (await row_of(node, lost))["state"] == REFRESH_STATE_REAUTH_REQUIRED
    # The doubt itself was no failure.
    assert await types_told(node, proven) == []
    assert await types_told(node, lost) == ["grant.refresh_failed", "grant.reauth_required"]


async def test_a_failure_before_a_promotion_is_told_once_and_so_is_its_end(
    node: Deployment, provider: Provider
) -> None:
    credential = await used(node, provider)
    provider.set(answer="status:503")
    await change_row(node, credential, DUE)
    assert await refresh_due(node) == 1
    async with node.sql() as sql:
        for _ in range(2):
            await sql.execute("update timeline_seen set timeline = timeline - 1")
            await promotion.notice(sql)
            await make_none_due(sql)
            assert (await row_of(node, credential))["state"] == REFRESH_STATE_REAUTH_SUSPECTED
            await change_row(node, credential, RETRY)
            assert await refresh_due(node) == 1
    provider.set(answer="token")
    await change_row(node, credential, RETRY)
    assert await refresh_due(node) == 1
    assert await types_told(node, credential) == ["grant.refresh_failed", "grant.recovered"]


async def test_the_state_of_a_grant_is_shown_without_its_tokens(node: Deployment, provider: Provider) -> None:
    credential, other = await used(node, provider), await created(node)
    working = {(await used(node, provider)).id for _ in range(2)}
    await change_row(
        node, credential, f"state = {REFRESH_STATE_BACKOFF}, reason = 'x', retry_time = now() + interval '1 hour'"
    )
    shown = (await got(node, credential.id)).grant
    assert (shown.state, shown.reason, shown.generation) == (REFRESH_STATE_BACKOFF, "x", 1)
    assert shown.HasField("state_time")
    assert shown.HasField("retry_time")
    assert shown.HasField("expire_time")
    assert not shown.access_token
    assert not (await got(node, other.id)).HasField("grant")
    assert not (await got(node, (await managed(node, provider)).id)).HasField("grant")

    async def listed(*states: Any, **request: Any) -> Any:
        wanted = ListCredentialsRequest(refresh_states=states, **request)
        return await node.credentials.ListCredentials(wanted, metadata=node.metadata)

    failing = await listed(REFRESH_STATE_BACKOFF, REFRESH_STATE_MISCONFIGURED, with_total_size=True)
    assert [each.id for each in failing.credentials] == [credential.id]
    assert failing.total_size == 1
    assert failing.credentials[0].grant == shown
    found = {each.id: each.grant.state for each in (await listed(REFRESH_STATE_ACTIVE, page_size=500)).credentials}
    assert {found[each] for each in working} == {REFRESH_STATE_ACTIVE}
    assert credential.id not in found
    first = await listed(REFRESH_STATE_ACTIVE, page_size=1)
    wrong = await refused(listed(REFRESH_STATE_BACKOFF, page_size=1, page_token=first.next_page_token))
    assert wrong.reason == "PAGE_TOKEN_INVALID"
    assert (await refused(listed(0))).reason == (await refused(listed(9))).reason == "FIELD_INVALID"


async def test_refreshes_are_counted_by_result(node: Deployment, provider: Provider) -> None:
    def count(result: str) -> float:
        return REGISTRY.get_sample_value("strongroom_refreshes_total", {"result": result}) or 0

    issued, refused_before = count("issued"), count("refused")
    credential = await used(node, provider)
    provider.set(answer="error:invalid_client")
    await change_row(node, credential, DUE)
    await refresh_due(node)
    assert count("issued") - issued == 1
    assert count("refused") - refused_before == 1


async def test_grants_are_counted_by_state(node: Deployment, provider: Provider) -> None:
    await used(node, provider)
    for state, then in ((REFRESH_STATE_BACKOFF, DUE), (REFRESH_STATE_REAUTH_REQUIRED, "refresh_time = null")):
        failing = await used(node, provider)
        await change_row(node, failing, f"state = {state}, state_time = now() - interval '1 hour', {then}")
    await refresher.count(context_of(node))
    counted = {
        name: REGISTRY.get_sample_value("strongroom_grants", {"state": name})
        for name in ("ACTIVE", "BACKOFF", "REAUTH_REQUIRED", "MISCONFIGURED")
    }
    assert counted == {"ACTIVE": 1, "BACKOFF": 1, "REAUTH_REQUIRED": 1, "MISCONFIGURED": 0}
    oldest = REGISTRY.get_sample_value("strongroom_oldest_failing_grant_seconds")
    assert oldest == pytest.approx(3600, abs=10)
