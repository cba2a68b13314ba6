"""BeginConnection: what it refuses before a person is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from connections.consenting import (
    NO_APP,
    begin,
    completed,
    connected,
    consent_client,
    consented,
    exchanges_of,
    new_app,
    node,
    received,
    reconnect,
    session_of,
    started,
    stub_of,
)
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import bearer, change_key, key_of, make_key, other_organisation, refused, revoke_key
from samples import created, named, samples
from schemes.provider import provider, provider_process
from waiting import until

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_COMPLETED,
    CONNECTION_SESSION_STATE_FAILED,
    App,
    StartConsentRequest,
)
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, SURFACE_VERSORI, Credential
from strongroom.v1.credential_service_pb2 import DeleteCredentialRequest
from strongroom.v1.organisation_service_pb2 import (
    ROLE_READER,
    ROLE_WRITER,
    Organisation,
    Scope,
    UpdateOrganisationRequest,
)
from strongroom_server.rpc import strangers
from strongroom_server.store import connection_sessions

if TYPE_CHECKING:
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

TAKEN = "name, description, metadata_json, allowed_hosts, read_access, team_id, folder_id, shared_team_slugs, labels, expire_time"
LOOPBACK_RULE = "must be http://127.0.0.1 or http://[::1] with a port and a path, without a query"


@pytest.fixture
async def app(node: Deployment, provider: Provider) -> App:
    return await new_app(node, provider, scopes=["a", "b"])


async def change_organisation(node: Deployment, **fields: Any) -> None:
    """Change settings of the organisation."""
    organisation = Organisation(**fields)
    request = UpdateOrganisationRequest(organisation=organisation, update_mask=FieldMask(paths=list(fields)))
    await node.organisations.UpdateOrganisation(request, metadata=node.metadata)
    await node.hear()


@pytest.mark.parametrize(
    ("fields", "violations"),
    [
        ({"user": ""}, {"user": "must be 1 to 255 characters long"}),
        ({"scopes": ["a", "c"]}, {"scopes": "must be among the scopes of the app"}),
        (
            {"parameters": {"redirect_uri": "https://attacker.example"}},
            {"parameters.redirect_uri": "must not be set: it would replace or reveal what the service sends"},
        ),
        ({"return_url": "https://a.example/"}, {"return_url": "must be exactly one of the organisation's return_urls"}),
        ({"loopback_redirect_uri": "http://localhost:1/"}, {"loopback_redirect_uri": LOOPBACK_RULE}),
        ({"loopback_redirect_uri": "https://a.example/"}, {"loopback_redirect_uri": LOOPBACK_RULE}),
        (
            {"loopback_redirect_uri": "http://127.0.0.1:1/", "return_url": "https://a.example/"},
            {"return_url": "must be empty with a loopback_redirect_uri"},
        ),
        (
            {"credential": Credential(use_settings=Credential.UseSettings(managed=False))},
            {"credential.use_settings": f"must be unset: only {TAKEN} may be set"},
        ),
        (
            {"credential": Credential(data=samples()["text"])},
            {"credential.data": f"must be unset: only {TAKEN} may be set"},
        ),
        (
            {"credential": Credential(metadata_json="[")},
            {"credential.metadata_json": "must be JSON; the error is at line 1, column 2"},
        ),
        ({"credential": Credential(team_id=999)}, {"credential.team_id": "must be a team of the organisation"}),
        (
            {"credential": Credential(team_id=1, folder_id=999)},
            {"credential.folder_id": "must be a folder for credentials of the team"},
        ),
    ],
)
async def test_each_mistake_is_named(
    node: Deployment, app: App, fields: dict[str, Any], violations: dict[str, str]
) -> None:
    assert (await refused(begin(node, app.id, **fields))).fields == violations


async def test_only_an_app_of_the_organisation_can_be_named(node: Deployment, app: App) -> None:
    _, foreign = await other_organisation(node)
    absent = await refused(begin(node, app.id, foreign))
    assert (absent.reason, absent.fields) == ("CREDENTIAL_NOT_FOUND", {"app_id": NO_APP})
    other = await created(node, named())
    rule = {"app_id": "must be an app, or a credential of the variant oauth on SURFACE_TINES"}
    assert (await refused(begin(node, other.id))).fields == rule


async def test_a_connection_whose_app_was_deleted_says_so(node: Deployment, provider: Provider) -> None:
    app = await new_app(node, provider)
    connection = await connected(node, provider, app)
    # DeleteApp refuses this.
    await node.credentials.DeleteCredential(DeleteCredentialRequest(id=app.id), metadata=node.metadata)
    absent = await refused(reconnect(node, connection))
    assert (absent.reason, absent.fields) == ("CREDENTIAL_NOT_FOUND", {"id": NO_APP})


async def test_a_key_begins_only_what_it_may_create(node: Deployment, provider: Provider, app: App) -> None:
    by_team = await key_of(node, ROLE_WRITER, team_ids=[1])
    assert (await refused(begin(node, app.id, by_team))).reason == "CREDENTIAL_NOT_FOUND"
    shared = await created(node, named(data=consent_client(provider), read_access=READ_ACCESS_GLOBAL))
    assert (await refused(begin(node, shared.id, by_team))).reason == "TEAM_NOT_ALLOWED"
    assert (await begin(node, shared.id, by_team, credential=Credential(team_id=1))).url
    of_app = await key_of(node, ROLE_WRITER, scope=Scope(credential_ids=[app.id]))
    assert (await refused(begin(node, app.id, of_app))).reason == "SCOPE_NOT_ALLOWED"


async def test_a_writer_sends_the_own_tokens_of_an_app_nowhere_that_the_app_does_not_allow(
    node: Deployment, provider: Provider
) -> None:
    app = await new_app(node, provider, grant_type="client_credentials", scopes=["a"])
    writer = await key_of(node, ROLE_WRITER)
    wider = {
        "credential.allowed_hosts": Credential(allowed_hosts=["attacker.example"]),
        "credential.read_access": Credential(read_access=READ_ACCESS_GLOBAL),
        "credential.team_id": Credential(team_id=1),
    }
    for field, template in wider.items():
        error = await refused(begin(node, app.id, writer, credential=template))
        assert (error.reason, list(error.fields)) == ("SECRET_REQUIRED", [field])
        # A caller that may read the secret may.
        assert await begin(node, app.id, credential=template)
    begun = await begin(node, app.id, writer, credential=Credential(name="mine"))
    assert (await completed(node, begun.session.id, writer)).name == "mine"


async def test_a_browser_goes_back_to_a_return_url_with_the_session(
    node: Deployment, provider: Provider, app: App
) -> None:
    urls = ["https://app.example.com/done?x=1", "https://app.example.com/other"]
    await change_organisation(node, return_urls=urls)
    for url, decision, joint in ((urls[0], "allow", "&"), (urls[1], "deny", "?")):
        begun = await begin(node, app.id, return_url=url)
        answer = await consented(node, provider, begun, decision)
        assert answer.return_url == f"{url}{joint}session_id={begun.session.id}"
        assert answer.consented == (decision == "allow")


async def test_an_organisation_has_at_most_so_many_sessions_at_a_time(
    node: Deployment, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node.sql() as sql:
        open_now = await sql.fetchval("select count(*) from connection_sessions where state < 3")
    monkeypatch.setattr(connection_sessions, "MOST_SESSIONS", open_now + 2)
    found = await asyncio.gather(*(begin(node, app.id) for _ in range(5)), return_exceptions=True)
    assert len([each for each in found if not isinstance(each, BaseException)]) == 2
    assert (await refused(begin(node, app.id))).reason == "CONNECTION_SESSIONS_EXHAUSTED"


async def test_without_a_public_url_only_a_program_can_begin(
    node: Deployment, provider: Provider, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    servicer: Any = node.service.methods["/strongroom.v1.ConnectionService/BeginConnection"].handle.__self__  # type: ignore[attr-defined] # a bound method
    monkeypatch.setattr(servicer, "_context", replace(servicer._context, public_url=""))
    absent = await refused(begin(node, app.id))
    assert (absent.reason, absent.message) == (
        "PUBLIC_URL_ABSENT",
        "there is no redirect URI: set STRONGROOM_PUBLIC_URL on the server",
    )
    assert (await begin(node, app.id, loopback_redirect_uri="http://127.0.0.1:9/")).url.startswith(provider.url)


@pytest.mark.parametrize("public_url", ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"])
async def test_a_deployment_for_one_machine_has_links_and_callbacks_like_others(
    node: Deployment, provider: Provider, app: App, monkeypatch: pytest.MonkeyPatch, public_url: str
) -> None:
    servicer: Any = node.service.methods["/strongroom.v1.ConnectionService/BeginConnection"].handle.__self__  # type: ignore[attr-defined] # a bound method
    monkeypatch.setattr(servicer, "_context", replace(servicer._context, public_url=public_url))
    begun = await begin(node, app.id)
    place, _, link = begun.url.rpartition("/")
    assert place == f"{public_url}/connect"
    start = await stub_of(node).StartConsent(StartConsentRequest(link=link))
    callback = provider.consent(start.url)
    assert callback.startswith(f"{public_url}/connect/callback?")
    assert (await refused(received(node, callback))).reason == "CONSENT_UNKNOWN"
    assert (await received(node, callback, start.cookie)).consented
    assert (await completed(node, begun.session.id)).app_id == app.id


@pytest.mark.parametrize("at_once", [False, True])
async def test_switchboards_callback_exchanges_at_once_only_where_the_organisation_wants_it(
    node: Deployment, provider: Provider, *, at_once: bool
) -> None:
    await change_organisation(node, switchboard_callback_exchanges=at_once)
    app = await new_app(node, provider, connection_surface=SURFACE_VERSORI)
    begun = await begin(node, app.id)
    answer = await received(node, provider.consent(begun.url), surface=SURFACE_VERSORI)
    assert (answer.consented, bool(answer.connection_id)) == (True, at_once)
    assert len(exchanges_of(provider)) == int(at_once)
    connection = await completed(node, begun.session.id)
    assert connection.surface == SURFACE_VERSORI
    assert answer.connection_id in ("", connection.id)
    assert (await session_of(node, begun.session.id)).state == CONNECTION_SESSION_STATE_COMPLETED
    assert len(exchanges_of(provider)) == 1


@pytest.mark.parametrize("end", ["revoked", "without the role"])
async def test_switchboards_callback_exchanges_nothing_for_a_key_that_may_no_longer_complete(
    node: Deployment, provider: Provider, end: str
) -> None:
    await change_organisation(node, switchboard_callback_exchanges=True)
    app = await new_app(node, provider, connection_surface=SURFACE_VERSORI)
    key = await make_key(node, ROLE_WRITER)
    begun = await begin(node, app.id, by=bearer(key.key))
    if end == "revoked":
        await revoke_key(node, key.id)
    else:
        await change_key(node, key.id, "roles", roles=[ROLE_READER])
    failed = await refused(received(node, provider.consent(begun.url), surface=SURFACE_VERSORI))
    assert (failed.reason, "creator_revoked" in failed.message) == ("CONSENT_FAILED", True)
    assert exchanges_of(provider) == []


async def test_a_callback_that_waits_for_a_provider_takes_no_place_from_other_people(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "MOST_CALLS", 1)
    await change_organisation(node, switchboard_callback_exchanges=True)
    slow = await begin(node, (await new_app(node, provider, connection_surface=SURFACE_VERSORI)).id)
    other = await begin(node, (await new_app(node, provider)).id)
    callback = provider.consent(slow.url)
    provider.set(latency=0.5)
    waiting = asyncio.create_task(received(node, callback, surface=SURFACE_VERSORI))

    async def is_sent() -> bool:
        return (await session_of(node, slow.session.id)).state == CONNECTION_SESSION_STATE_FAILED

    await until(is_sent)
    assert (await started(node, other)).url
    assert not waiting.done()
    assert (await waiting).connection_id
    assert not node.service.pipeline.strangers._calls
