"""CompleteConnection: a code is sent once, and what the provider issues for it is stored, or revoked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc.aio
import pytest
from connections import consenting
from connections.consenting import (
    USER,
    begin,
    completed,
    connected,
    consent_client,
    consented,
    counts,
    exchanges_of,
    new_app,
    node,
    reconnect,
    session_of,
    stub_of,
)
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import accessed, read, refused
from samples import created, named
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process
from use.minting import later, minted, stored
from waiting import until

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.audit_service_pb2 import ListAuditEventsRequest
from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_COMPLETED,
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_FAILED,
    App,
    UpdateAppRequest,
)
from strongroom.v1.credential_pb2 import SURFACE_TINES, Credential
from strongroom.v1.organisation_service_pb2 import (
    CreateTeamRequest,
    DeleteTeamRequest,
    Team,
)
from strongroom_server.connections import exchange, results
from strongroom_server.connections.exchanges import Exchanges
from strongroom_server.core.errors import ServiceError
from strongroom_server.schemes import authorization_code
from strongroom_server.schemes.discovery import DiscoveryFailed
from strongroom_server.store import events

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.connection_service_pb2 import ConnectionSession

__all__ = ["node", "provider", "provider_process"]


async def ready(node: Deployment, provider: Provider, app: App | None = None, **fields: Any) -> ConnectionSession:
    """A session whose person has consented."""
    begun = await begin(node, (app or await new_app(node, provider)).id, **fields)
    await consented(node, provider, begun)
    return begun.session


async def outcomes_of(node: Deployment, session: ConnectionSession) -> list[tuple[str, str]]:
    """Action and outcome of each event of a session, oldest first."""
    page = await node.audit.ListAuditEvents(
        ListAuditEventsRequest(credential_id=session.app_id, page_size=500), metadata=node.metadata
    )
    return [(each.action, each.outcome) for each in reversed(page.audit_events) if each.subject == session.id]


async def test_each_step_is_recorded_and_the_sending_of_the_code_before_it(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ready(node, provider)
    before: list[tuple[str, str]] = []
    store = results.store

    async def storing(*arguments: Any) -> Any:
        before.extend(await outcomes_of(node, session))
        return await store(*arguments)

    monkeypatch.setattr(results, "store", storing)
    await completed(node, session.id)
    sent = [
        ("BeginConnection", "OK"),
        ("StartConsent", "OK"),
        ("ReceiveConsent", "OK"),
        ("CompleteConnection", "STARTED"),
    ]
    assert before == sent
    assert await outcomes_of(node, session) == [*sent, ("CompleteConnection", "OK")]


async def test_a_connection_is_a_managed_credential_with_what_its_request_said(
    node: Deployment, provider: Provider
) -> None:
    template = Credential(
        name="Mailbox", allowed_hosts=["api.example.com"], labels={"env": "test"}, metadata_json='{"a":1}'
    )
    connection = await connected(node, provider, await new_app(node, provider), credential=template)
    credential = await accessed(node, connection.id, target_host="api.example.com")
    assert (credential.name, list(credential.allowed_hosts), dict(credential.labels)) == (
        "Mailbox",
        ["api.example.com"],
        {"env": "test"},
    )
    assert credential.use_settings.managed
    data = credential.data.oauth2_refresh
    assert (data.client_id, data.token_url) == (CLIENT_ID, provider.token_url)
    token = (await minted(node, credential, target_host="api.example.com")).token
    assert exchanges_of(provider) == ["authorization_code"]
    assert token.startswith("at-")


async def test_twenty_completions_at_once_send_the_code_once(node: Deployment, provider: Provider) -> None:
    session, before = await ready(node, provider), await counts(node)
    provider.set(latency=0.3)
    found = await asyncio.gather(*(completed(node, session.id) for _ in range(20)))
    assert len({each.id for each in found}) == 1
    assert exchanges_of(provider) == ["authorization_code"]
    assert (await counts(node)).credentials == before.credentials + 1
    assert (await completed(node, session.id)).id == found[0].id


async def test_a_completion_outlives_its_caller(node: Deployment, provider: Provider) -> None:
    session = await ready(node, provider)
    provider.set(latency=0.6)
    with pytest.raises(grpc.aio.AioRpcError):
        await completed(node, session.id, seconds=0.2)

    async def is_completed() -> bool:
        return (await session_of(node, session.id)).state == CONNECTION_SESSION_STATE_COMPLETED

    await until(is_completed)
    assert (await completed(node, session.id)).generation == 1
    assert exchanges_of(provider) == ["authorization_code"]


@pytest.mark.parametrize("answer", ["status:503", "close"])
async def test_a_code_that_the_provider_has_not_used_can_be_sent_again(
    node: Deployment, provider: Provider, answer: str
) -> None:
    session = await ready(node, provider)
    if answer == "close":
        app_of_nowhere = await new_app(node, provider, token_url="https://127.0.0.1:443/token")
        session = await ready(node, provider, app_of_nowhere)
    else:
        provider.set(answer=answer, times=1)
    assert (await refused(completed(node, session.id))).reason in ("PROVIDER_FAILED", "EGRESS_REFUSED")
    assert (await session_of(node, session.id)).state == CONNECTION_SESSION_STATE_CONSENTED
    if answer != "close":
        assert (await completed(node, session.id)).generation == 1


@pytest.mark.parametrize(
    ("answer", "reason", "error"),
    [
        ("error:invalid_grant", "PROVIDER_REFUSED", "invalid_grant"),
        ("status:400", "PROVIDER_REFUSED", "other"),
        ("drop", "PROVIDER_FAILED", "exchange_in_doubt"),
        ("html", "PROVIDER_FAILED", "exchange_in_doubt"),
    ],
)
async def test_an_exchange_that_gives_no_tokens_ends_the_session(
    node: Deployment, provider: Provider, answer: str, reason: str, error: str
) -> None:
    session, before = await ready(node, provider), await counts(node)
    provider.set(answer=answer)
    assert (await refused(completed(node, session.id))).reason == reason
    present = await session_of(node, session.id)
    assert (present.state, present.error) == (CONNECTION_SESSION_STATE_FAILED, error)
    sent = len(exchanges_of(provider))
    again = await refused(completed(node, session.id))
    assert (again.reason, error in again.message) == ("CONSENT_FAILED", True)
    assert len(exchanges_of(provider)) == sent
    assert await counts(node) == before
    assert (await outcomes_of(node, session))[-1] == ("CompleteConnection", reason)


@pytest.mark.parametrize("way", ["wrong_nonce", "absent", "wrong_issuer"])
async def test_tokens_that_may_be_another_persons_are_revoked(node: Deployment, provider: Provider, way: str) -> None:
    session, before = await ready(node, provider), await counts(node)
    provider.set(id_token=way)
    assert (await refused(completed(node, session.id))).reason == "ACCOUNT_REJECTED"
    present = await session_of(node, session.id)
    assert (present.state, present.error) == (CONNECTION_SESSION_STATE_FAILED, "ACCOUNT_REJECTED")
    assert [each["status"] for each in provider.log("/revoke")] == [200]
    assert await counts(node) == before


async def test_tokens_that_cannot_be_stored_are_revoked(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = await node.organisations.CreateTeam(CreateTeamRequest(team=Team(name="soon gone")), metadata=node.metadata)
    session = await ready(node, provider, credential=Credential(team_id=team.id))
    exchange_code = authorization_code.exchange_code

    async def exchanged(*arguments: Any) -> Any:
        answer = await exchange_code(*arguments)
        await node.organisations.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=node.metadata)
        return answer

    monkeypatch.setattr(exchange, "exchange_code", exchanged)
    assert (await refused(completed(node, session.id))).reason == "TEAM_UNKNOWN"
    assert (await session_of(node, session.id)).error == "TEAM_UNKNOWN"
    assert len(provider.log("/revoke")) == 1


async def test_tokens_are_stored_once_the_database_takes_them(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, failures = await ready(node, provider), iter(range(3))
    add = events.add

    async def failing(*arguments: Any) -> None:
        if next(failures, None) is not None:
            raise ServiceError(reasons.ERROR_REASON_DATABASE_UNAVAILABLE)
        await add(*arguments)

    monkeypatch.setattr(events, "add", failing)
    before = await counts(node)
    assert (await completed(node, session.id)).generation == 1
    assert next(failures, None) is None
    assert (await counts(node)).connections == before.connections + 1
    assert exchanges_of(provider) == ["authorization_code"]


async def test_a_new_consent_keeps_the_connection(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    version = (await accessed(node, connection.id)).version
    before = await counts(node)
    begun = await reconnect(node, connection, user="another", scopes=["openid"])
    assert begun.session.connection_id == connection.id
    await consented(node, provider, begun)
    again = await completed(node, begun.session.id, user="another")
    assert (again.id, again.user, list(again.scopes), again.generation) == (connection.id, "another", ["openid"], 2)
    assert (await accessed(node, connection.id)).version == version
    assert await counts(node) == before
    token = (await minted(node, Credential(id=connection.id))).token
    assert token.startswith("at-")
    assert exchanges_of(provider) == ["authorization_code", "authorization_code"]


async def test_a_consent_that_is_stored_late_does_not_replace_a_newer_one(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    late, newer = [await reconnect(node, connection) for _ in range(2)]
    for begun in (late, newer):
        await consented(node, provider, begun)
    store, go_on = results.store, asyncio.Event()

    async def storing(context: Any, stored: Any, *arguments: Any) -> Any:
        if str(stored.session.id) == late.session.id:
            await go_on.wait()
        return await store(context, stored, *arguments)

    monkeypatch.setattr(results, "store", storing)
    waiting = asyncio.create_task(completed(node, late.session.id))

    async def is_sent() -> bool:
        return (await session_of(node, late.session.id)).state == CONNECTION_SESSION_STATE_FAILED

    await until(is_sent)
    assert (await completed(node, newer.session.id)).generation == 2
    token = (await minted(node, Credential(id=connection.id))).token
    go_on.set()
    assert (await refused(waiting)).reason == "CONCURRENT_CHANGE"
    assert (await session_of(node, late.session.id)).error == "CONCURRENT_CHANGE"
    assert (await minted(node, Credential(id=connection.id))).token == token
    # It would end the newer consent too.
    assert provider.log("/revoke") == []


async def test_a_new_consent_of_another_account_changes_nothing(node: Deployment, provider: Provider) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    provider.set(subject="user-2")
    begun = await reconnect(node, connection)
    await consented(node, provider, begun)
    assert (await refused(completed(node, begun.session.id))).reason == "SUBJECT_MISMATCH"
    session = await session_of(node, begun.session.id)
    assert (session.state, session.error) == (CONNECTION_SESSION_STATE_FAILED, "SUBJECT_MISMATCH")
    assert len(provider.log("/revoke")) == 1
    # Its own tokens still work.
    token = (await minted(node, Credential(id=connection.id))).token
    assert token.startswith("at-")


@pytest.mark.parametrize("url", ["/userinfo", "/answer?status=500"])
async def test_the_account_is_asked_for_where_no_id_token_names_it(
    node: Deployment, provider: Provider, url: str
) -> None:
    app = await stored(node, consent_client(provider), {"app": asking(provider, url)})
    begun = await begin(node, app.id)
    await consented(node, provider, begun)
    account = (await completed(node, begun.session.id)).account
    # An answer that fails is no reason to lose the grant.
    known = ("user-1", "user-1@example.com") if url == "/userinfo" else ("", "")
    assert (account.subject, account.label, account.issuer) == (*known, "")


async def test_an_unknown_account_does_not_replace_a_known_one(node: Deployment, provider: Provider) -> None:
    app = await stored(node, consent_client(provider), {"app": asking(provider, "/userinfo")})
    begun = await begin(node, app.id)
    await consented(node, provider, begun)
    connection = await completed(node, begun.session.id)
    begun = await reconnect(node, connection)
    await consented(node, provider, begun)
    # The new token is refused where the account is asked for.
    provider.set(life=0.001)
    assert (await refused(completed(node, begun.session.id))).reason == "SUBJECT_MISMATCH"
    # It may be the connection's own account, whose grant the provider could revoke with it.
    assert provider.log("/revoke") == []


def asking(provider: Provider, path: str) -> Credential.OAuthApp:
    """The settings of an app whose accounts are at a path of the provider."""
    return Credential.OAuthApp(
        account_subject="sub",
        account_label="email",
        account_url=f"{provider.url}{path}",
        revocation_url=provider.revocation_url,
    )


async def test_a_client_without_consent_proves_itself_at_completion(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider, grant_type="client_credentials", scopes=["a"])
    begun = await begin(node, app.id)
    assert (begun.url, begun.session.state) == ("", CONNECTION_SESSION_STATE_CONSENTED)
    connection = await completed(node, begun.session.id)
    assert (connection.variant, connection.app_id, connection.user) == ("client_credentials", app.id, USER)
    assert exchanges_of(provider) == ["client_credentials"]
    assert (await minted(node, Credential(id=connection.id))).token.startswith("at-")
    wrong = await new_app(node, provider, grant_type="client_credentials", client_secret="wrong", scopes=[])
    begun = await begin(node, wrong.id)
    assert (await refused(completed(node, begun.session.id))).reason == "PROVIDER_REFUSED"
    again = await refused(reconnect(node, connection))
    assert again.fields == {"id": "must be a connection that somebody has consented to"}


async def test_a_credential_of_tines_becomes_its_own_connection(node: Deployment, provider: Provider) -> None:
    credential = await created(node, named(data=consent_client(provider), surface=SURFACE_TINES))
    for _ in range(2):
        begun = await begin(node, credential.id)
        start = await consenting.started(node, begun)
        await consenting.received(node, provider.consent(start.url), start.cookie, SURFACE_TINES)
        connection = await completed(node, begun.session.id)
        assert (connection.id, connection.app_id) == (credential.id, credential.id)
    assert connection.generation == 2
    unset = await refused(begin(node, credential.id, credential=Credential(name="x")))
    assert unset.fields == {"credential": "must be unset on SURFACE_TINES, where the credential exists"}


async def test_a_code_does_not_go_where_its_app_did_not_lead_before(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    renamed, session = await ready(node, provider, app), await ready(node, provider, app)
    await change_app(node, app, display_name="Another name", client_secret=CLIENT_SECRET)
    assert (await completed(node, renamed.id)).generation == 1
    await change_app(node, app, token_url=f"{provider.url}/token?elsewhere", client_secret=CLIENT_SECRET)
    failed = await refused(completed(node, session.id))
    assert (failed.reason, "app_changed" in failed.message) == ("CONSENT_FAILED", True)
    assert (await session_of(node, session.id)).error == "app_changed"
    assert exchanges_of(provider) == ["authorization_code"]


async def change_app(node: Deployment, app: App, **fields: str) -> None:
    request = UpdateAppRequest(id=app.id, app=App(**fields), update_mask=FieldMask(paths=list(fields)))  # type: ignore[arg-type]
    await stub_of(node).UpdateApp(request, metadata=node.metadata)


async def test_a_new_consent_must_name_the_account_that_it_is_for(node: Deployment, provider: Provider) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    without = await refused(reconnect(node, connection, scopes=["files.read"]))
    assert without.fields == {"scopes": "must have openid: without an id_token the account cannot be compared"}
    provider.set(id_token="wrong_nonce")
    begun = await reconnect(node, connection)
    await consented(node, provider, begun)
    assert (await refused(completed(node, begun.session.id))).reason == "ACCOUNT_REJECTED"
    # The tokens may be for the connection's own account, whose grant the provider would revoke with them.
    assert provider.log("/revoke") == []


async def test_a_new_consent_without_a_refresh_token_leaves_the_present_one(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connected(node, provider, await new_app(node, provider))
    provider.set(refresh_token="absent")
    begun = await reconnect(node, connection)
    await consented(node, provider, begun)
    assert (await completed(node, begun.session.id)).generation == 2
    provider.set(refresh_token="present")
    later(node, monkeypatch, 3601)
    # The node may also have refreshed it by itself.
    assert (await minted(node, Credential(id=connection.id))).generation >= 3
    assert exchanges_of(provider) == ["authorization_code"] * 2


async def test_nodes_that_complete_a_session_at_the_same_time_send_the_code_once(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ready(node, provider)
    # As on nodes of their own: each call begins its own exchange.
    monkeypatch.setattr(Exchanges, "join", lambda _self, _session_id, begin: begin())
    answers = await asyncio.gather(*(completed(node, session.id) for _ in range(5)), return_exceptions=True)
    failed = [each for each in answers if isinstance(each, grpc.aio.AioRpcError)]
    assert len(answers) - len(failed) >= 1
    assert {read(each).reason for each in failed} <= {"CONSENT_FAILED"}
    assert exchanges_of(provider) == ["authorization_code"]
    assert (await session_of(node, session.id)).state == CONNECTION_SESSION_STATE_COMPLETED


async def test_a_code_is_not_sent_for_what_cannot_be_stored(node: Deployment, provider: Provider) -> None:
    team = await node.organisations.CreateTeam(CreateTeamRequest(team=Team(name="gone")), metadata=node.metadata)
    session = await ready(node, provider, credential=Credential(team_id=team.id))
    await node.organisations.DeleteTeam(DeleteTeamRequest(id=team.id), metadata=node.metadata)
    assert (await refused(completed(node, session.id))).reason == "TEAM_UNKNOWN"
    assert (await session_of(node, session.id)).state == CONNECTION_SESSION_STATE_CONSENTED
    assert exchanges_of(provider) == []


async def test_an_issuer_whose_keys_cannot_be_read_is_named_and_the_session_can_be_completed_again(
    node: Deployment, provider: Provider
) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    await consented(node, provider, begun)

    async def failing(*_: object) -> None:
        raise DiscoveryFailed("must be reachable")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "fetch_keys", failing)
        unknown = await refused(completed(node, begun.session.id))
    assert (unknown.reason, unknown.fields) == ("DISCOVERY_FAILED", {"app.issuer": "must be reachable"})
    assert (await completed(node, begun.session.id)).generation == 1
