"""The way of a consent from BeginConnection to the stored connection, and every way in which it must not arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import grpc.aio
import pytest
from conftest import ORGANISATION
from connections.consenting import (
    PUBLIC_URL,
    USER,
    begin,
    completed,
    consented,
    counts,
    exchanges_of,
    link_of,
    new_app,
    node,
    received,
    session_of,
    started,
    stub_of,
)
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import key_of, other_organisation, refused
from schemes.provider import CLIENT_SECRET, provider, provider_process
from use.minting import later

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_COMPLETED,
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_EXPIRED,
    CONNECTION_SESSION_STATE_FAILED,
    CONNECTION_SESSION_STATE_PENDING,
    App,
    GetConnectionSessionRequest,
    GetConsentRequest,
    UpdateAppRequest,
)
from strongroom.v1.credential_pb2 import SURFACE_NATIVE, SURFACE_VERSORI
from strongroom.v1.organisation_service_pb2 import ROLE_WRITER

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
    assert exchanges_of(provider) == []

    connection = await completed(node, begun.session.id)

    assert connection.app_id == app.id
    assert connection.user == USER
    assert (connection.account.subject, connection.account.issuer) == ("user-1", provider.url)
    assert list(connection.scopes) == ["openid", "files.read"]
    assert connection.generation == 1
    session = await session_of(node, begun.session.id)
    assert (session.state, session.connection_id) == (CONNECTION_SESSION_STATE_COMPLETED, connection.id)
    assert exchanges_of(provider) == ["authorization_code"]
    after = await counts(node)
    assert after.connections == before.connections + 1
    assert after.events == before.events + 1


async def test_a_page_can_name_provider_organisation_and_scopes(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider, scopes=["a", "b"])
    begun = await begin(node, app.id, scopes=["b"], parameters={"login_hint": "somebody@example.com"})
    shown = await stub_of(node).GetConsent(GetConsentRequest(link=link_of(begun.url)))
    assert shown.app_display_name == "Test app"
    assert shown.provider_host == f"127.0.0.1:{provider.port}"
    assert shown.organisation_display_name == ORGANISATION
    assert list(shown.scopes) == ["b"]
    start = await started(node, begun)
    given = dict(parse_qsl(urlsplit(start.url).query))
    assert (given["scope"], given["login_hint"], given["redirect_uri"]) == (
        "b",
        "somebody@example.com",
        f"{PUBLIC_URL}/connect/callback",
    )


async def test_the_host_of_a_provider_is_shown_as_dns_has_it(node: Deployment, provider: Provider) -> None:
    app = await new_app(
        node, provider, issuer="", token_url=provider.token_url, authorization_url="https://\u0430bc.example/a"
    )
    begun = await begin(node, app.id)
    shown = await stub_of(node).GetConsent(GetConsentRequest(link=link_of(begun.url)))
    assert shown.provider_host == "xn--bc-6kc.example"
    assert (await started(node, begun)).url.startswith("https://xn--bc-6kc.example/a?")


async def test_a_refusal_ends_the_session(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    begun = await begin(node, app.id)
    answer = await consented(node, provider, begun, "deny")
    assert not answer.consented
    session = await session_of(node, begun.session.id)
    assert (session.state, session.error) == (CONNECTION_SESSION_STATE_FAILED, "access_denied")
    failed = await refused(completed(node, begun.session.id))
    assert (failed.reason, failed.message) == (
        "CONSENT_FAILED",
        "the session gives no connection any more (access_denied): begin another one",
    )
    assert exchanges_of(provider) == []


async def test_a_state_and_a_link_are_accepted_once(node: Deployment, provider: Provider) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    start = await started(node, begun)
    callback = provider.consent(start.url)
    answers = await asyncio.gather(*(received(node, callback, start.cookie) for _ in range(4)), return_exceptions=True)
    assert len([each for each in answers if not isinstance(each, BaseException)]) == 1
    assert (await refused(received(node, callback, start.cookie))).reason == "CONSENT_UNKNOWN"
    assert (await refused(started(node, begun))).reason == "CONSENT_UNKNOWN"
    assert (await completed(node, begun.session.id)).id
    assert len(exchanges_of(provider)) == 1


async def test_a_new_start_makes_the_earlier_one_useless(node: Deployment, provider: Provider) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    first = await started(node, begun)
    second = await started(node, begun)
    assert (await refused(received(node, provider.consent(first.url), first.cookie))).reason == "CONSENT_UNKNOWN"
    assert (await received(node, provider.consent(second.url), second.cookie)).consented


async def test_a_link_whose_app_has_no_consent_url_any_more_is_unknown(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    begun = await begin(node, app.id)
    long = {f"p{number}": "v" * 2_000 for number in range(5)}
    request = UpdateAppRequest(
        id=app.id, app=App(parameters=long, client_secret=CLIENT_SECRET), update_mask=FieldMask(paths=["parameters"])
    )
    await stub_of(node).UpdateApp(request, metadata=node.metadata)
    assert (await refused(started(node, begun))).reason == "CONSENT_UNKNOWN"


async def test_a_callback_of_another_provider_goes_nowhere(node: Deployment, provider: Provider) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    start = await started(node, begun)
    for iss in ("wrong", "absent"):
        provider.set(iss=iss)
        assert (await refused(received(node, provider.consent(start.url), start.cookie))).reason == "CONSENT_UNKNOWN"
    assert (await session_of(node, begun.session.id)).state == CONNECTION_SESSION_STATE_PENDING
    assert (await refused(completed(node, begun.session.id))).reason == "CONSENT_PENDING"
    assert exchanges_of(provider) == []


@pytest.mark.parametrize("wrong", ["no cookie", "another cookie", "another surface", "unknown state", "no form"])
async def test_a_callback_from_elsewhere_is_unknown(node: Deployment, provider: Provider, wrong: str) -> None:
    app = await new_app(node, provider)
    begun, other = await begin(node, app.id), await begin(node, app.id)
    start, start_of_other = await started(node, begun), await started(node, other)
    callback, cookie, surface = provider.consent(start.url), start.cookie, SURFACE_NATIVE
    match wrong:
        case "no cookie":
            cookie = ""
        case "another cookie":
            cookie = start_of_other.cookie
        case "another surface":
            surface = SURFACE_VERSORI
        case "unknown state":
            callback = f"https://x.example/?code=c&state={'A' * 43}"
        case _:
            callback = "https://x.example/?code=%"
    unknown = await refused(received(node, callback, cookie, surface))
    assert (unknown.reason, unknown.message) == (
        "CONSENT_UNKNOWN",
        "the link is unknown, has expired or was used before",
    )
    assert (await session_of(node, begun.session.id)).state == CONNECTION_SESSION_STATE_PENDING


async def test_only_the_caller_and_the_user_of_a_session_complete_it(node: Deployment, provider: Provider) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    await consented(node, provider, begun)
    another = await key_of(node, ROLE_WRITER)
    _, foreign = await other_organisation(node)
    for by in (another, foreign):
        for call in (completed(node, begun.session.id, by), session_of(node, begun.session.id, by=by)):
            assert (await refused(call)).reason == "CONNECTION_SESSION_NOT_FOUND"
    assert exchanges_of(provider) == []
    assert (await completed(node, begun.session.id)).user == USER


async def test_a_consent_with_which_another_user_comes_back_is_of_no_use_to_its_own_user(
    node: Deployment, provider: Provider
) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    early = await refused(completed(node, begun.session.id, user="whoever opened the link"))
    assert early.reason == "USER_MISMATCH"
    await consented(node, provider, begun)
    mismatch = await refused(completed(node, begun.session.id, user="whoever opened the link"))
    assert mismatch.reason == "USER_MISMATCH"
    session = await session_of(node, begun.session.id)
    assert (session.state, session.error) == (CONNECTION_SESSION_STATE_FAILED, "USER_MISMATCH")
    # The one who sent the link.
    assert (await refused(completed(node, begun.session.id))).reason == "CONSENT_FAILED"
    assert provider.log() == []


async def test_a_session_lives_ten_minutes(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await new_app(node, provider)
    pending, begun = await begin(node, app.id), await begin(node, app.id)
    start = await started(node, pending)
    callback = provider.consent(start.url)
    await consented(node, provider, begun)
    later(node, monkeypatch, 601)
    for unknown in (
        stub_of(node).GetConsent(GetConsentRequest(link=link_of(pending.url))),
        started(node, pending),
        received(node, callback, start.cookie),
    ):
        assert (await refused(unknown)).reason == "CONSENT_UNKNOWN"
    for session in (pending.session, begun.session):
        assert (await session_of(node, session.id)).state == CONNECTION_SESSION_STATE_EXPIRED
        expired = await refused(completed(node, session.id))
        assert (expired.reason, "expired" in expired.message) == ("CONSENT_FAILED", True)
    assert exchanges_of(provider) == []


async def test_a_wait_ends_with_the_consent(node: Deployment, provider: Provider) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    waiting = asyncio.create_task(session_of(node, begun.session.id, wait_seconds=20))
    await consented(node, provider, begun)
    assert (await waiting).state == CONNECTION_SESSION_STATE_CONSENTED
    assert (await refused(session_of(node, begun.session.id, wait_seconds=26))).fields == {
        "wait_seconds": "must be 0 to 25"
    }


async def test_a_wait_ends_at_its_time_at_the_deadline_and_when_the_node_stops(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await begin(node, (await new_app(node, provider)).id)
    assert (await session_of(node, begun.session.id, wait_seconds=1)).state == CONNECTION_SESSION_STATE_PENDING
    request = GetConnectionSessionRequest(id=begun.session.id, wait_seconds=20)
    with pytest.raises(grpc.aio.AioRpcError) as late:
        await stub_of(node).GetConnectionSession(request, metadata=node.metadata, timeout=0.2)
    assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    waiting = asyncio.create_task(session_of(node, begun.session.id, wait_seconds=20))
    await asyncio.sleep(0)
    monkeypatch.setattr(node.service.stopping, "_ends_at", 1.0)
    assert (await waiting).state == CONNECTION_SESSION_STATE_PENDING


async def test_a_program_on_the_persons_machine_gets_the_callback_itself(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    begun, other = [await begin(node, app.id, loopback_redirect_uri="http://127.0.0.1:4711/callback") for _ in range(2)]
    callback = provider.consent(begun.url)
    assert callback.startswith("http://127.0.0.1:4711/callback?")
    # Not by the callback of browsers, which needs a cookie.
    assert (await refused(received(node, callback))).reason == "CONSENT_UNKNOWN"
    query = urlsplit(callback).query
    for wrong, rule in (
        ("", "is required with a loopback_redirect_uri"),
        (urlsplit(provider.consent(other.url)).query, "must have the state of this session"),
        ("code=x", "must be the query of a callback: the callback has no state of this service"),
        (query.replace("iss=https", "iss=http"), "must be from the provider of the app"),
    ):
        failed = await refused(completed(node, begun.session.id, callback_query=wrong))
        assert failed.fields == {"callback_query": rule}
    assert exchanges_of(provider) == []
    assert (await completed(node, begun.session.id, callback_query=query)).generation == 1
    assert (await completed(node, begun.session.id, callback_query=query)).generation == 1
    assert len(exchanges_of(provider)) == 1


async def test_a_refusal_that_a_program_brings_ends_the_session(node: Deployment, provider: Provider) -> None:
    begun = await begin(node, (await new_app(node, provider)).id, loopback_redirect_uri="http://[::1]:1/")
    query = urlsplit(provider.consent(begun.url, "deny")).query
    failed = await refused(completed(node, begun.session.id, callback_query=query))
    assert (failed.reason, "access_denied" in failed.message) == ("CONSENT_FAILED", True)
