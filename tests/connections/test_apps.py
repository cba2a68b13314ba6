"""Apps are credentials of the variant oauth, with what is known of their provider copied into them."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from connections.consenting import NO_APP, begin, completed
from connections.registering import app, changed_app, deleted_app, got_app, listed_apps, new_app
from rpc.calls import accessed, got, key_of, other_organisation, refused, updated
from samples import created, named
from schemes.provider import CLIENT_SECRET, provider, provider_process
from use.minting import minted, node
from writer_nodes import writer_node

from strongroom.v1.connection_service_pb2 import (
    App,
    CreateAppRequest,
    DeleteAppRequest,
    DisconnectRequest,
    GetAppRequest,
    ListAppsRequest,
)
from strongroom.v1.connection_service_pb2_grpc import ConnectionServiceStub
from strongroom.v1.credential_pb2 import (
    CLIENT_AUTHENTICATION_BASIC,
    CLIENT_AUTHENTICATION_BODY,
    SURFACE_NATIVE,
    SURFACE_TINES,
    SURFACE_VERSORI,
)
from strongroom.v1.credential_service_pb2 import CREDENTIAL_VIEW_FULL
from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER, ROLE_READER, ROLE_USER, ROLE_WRITER, Scope
from strongroom_server.connections.app_messages import app_of
from strongroom_server.schemes.providers.table import PROVIDERS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Deployment
    from rpc.calls import Metadata
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

GOOGLE = PROVIDERS["google"]
NOWHERE = str(uuid.UUID(int=0))
HTTPS = "must be an https:// URL"


def given(name: str = "google", **fields: Any) -> App:
    """A new app of a well-known provider."""
    return App(display_name="CRM", provider=name, client_id="c", client_secret=CLIENT_SECRET, **fields)


@pytest.fixture
async def writer(node: Deployment) -> Metadata:
    """A key that can change apps and cannot read secrets."""
    return await key_of(node, ROLE_WRITER)


async def test_an_app_has_the_facts_of_the_provider_that_it_names(node: Deployment) -> None:
    made = await new_app(node, given(scopes=["openid", "email"]))
    assert made == await got_app(node, made.id) == await got_app(node, str(made.number))
    assert (made.authorization_url, made.token_url, made.revocation_url, made.issuer) == (
        GOOGLE.authorization_url, GOOGLE.token_url, GOOGLE.revocation_url, GOOGLE.issuer,
    )  # fmt: skip
    assert dict(made.parameters) == GOOGLE.parameters
    assert made.client_authentication == CLIENT_AUTHENTICATION_BODY
    assert made.HasField("refresh_token_rotates")
    assert not made.refresh_token_rotates
    assert (made.grant_type, made.connection_surface) == ("authorization_code", SURFACE_NATIVE)
    assert list(made.scopes) == ["openid", "email"]


async def test_a_field_of_the_request_replaces_a_fact(node: Deployment) -> None:
    made = await new_app(
        node,
        given(
            "linkedin",
            token_url="https://a.example.com/token",
            parameters={"prompt": "login", "x": "y"},
            client_authentication=CLIENT_AUTHENTICATION_BASIC,
            refresh_token_rotates=True,
        ),
    )
    assert made.token_url == "https://a.example.com/token"
    assert made.authorization_url == PROVIDERS["linkedin"].authorization_url
    assert dict(made.parameters) == {**PROVIDERS["linkedin"].parameters, "prompt": "login", "x": "y"}
    assert (made.client_authentication, made.refresh_token_rotates) == (CLIENT_AUTHENTICATION_BASIC, True)
    # It refuses PKCE there.
    assert made.pkce_disabled
    assert not (await changed_app(node, made.id, "pkce_disabled")).pkce_disabled
    assert dict((await changed_app(node, made.id, parameters={"x": "z"})).parameters) == {"x": "z"}


async def test_a_name_that_no_provider_has_is_refused_with_the_names(node: Deployment) -> None:
    refusal = await refused(new_app(node, given("gogle")))
    assert (refusal.reason, refusal.fields) == (
        "FIELD_INVALID",
        {"app.provider": f"must be one of {', '.join(PROVIDERS)}"},
    )


async def test_an_app_is_a_credential_and_its_secret_is_never_in_it(node: Deployment) -> None:
    made = await new_app(node)
    shown = [
        made,
        await got_app(node, made.id),
        await changed_app(node, made.id, client_secret="other-s3cret"),
        *(await listed_apps(node, page_size=50)).apps,
    ]
    assert all(not each.client_secret for each in shown)
    assert not any(
        secret in each.SerializeToString() for each in shown for secret in (b"s3cret", CLIENT_SECRET.encode())
    )
    credential = await accessed(node, made.id)
    assert (credential.variant, credential.surface, credential.name) == ("oauth", SURFACE_NATIVE, "CRM")
    assert credential.data.oauth.client_secret == "other-s3cret"


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"display_name": ""}, {"app.display_name": "must be 1 to 255"}),
        ({"authorization_url": "http://a.example.com"}, {"app.authorization_url": HTTPS}),
        ({"authorization_url": ""}, {"app.authorization_url": "is required with grant_type authorization_code"}),
        ({"authorization_url": "https://a.example.com?state=x"}, {"app.authorization_url": "has a query that breaks"}),
        ({"token_url": ""}, {"app.token_url": "is required"}),
        ({"token_url": "https://a@b.example.com/"}, {"app.token_url": HTTPS}),
        ({"revocation_url": "http://a.example.com"}, {"app.revocation_url": HTTPS}),
        ({"issuer": "https://a.example.com?x=y"}, {"app.issuer": "must have no query"}),
        ({"client_id": ""}, {"app.client_id": "is required"}),
        ({"scopes": ["a", "b c"]}, {"app.scopes[1]": "must be 1 to 255 printable ASCII"}),
        ({"grant_type": "password"}, {"app.grant_type": "must be client_credentials or authorization_code"}),
        ({"connection_surface": SURFACE_TINES}, {"app.connection_surface": "must be SURFACE_NATIVE or SURFACE_VERSORI"}),
        ({"client_authentication": 77}, {"app.client_authentication": "must be a value of ClientAuthentication"}),
        ({"parameters": {"a b": "c"}}, {"app.parameters": "must have names of"}),
        *(
            ({"parameters": {name: "x"}}, {f"app.parameters.{name.lower()}": "must not be set"})
            for name in ("redirect_uri", "State", "client_id", "response_type", "response_mode", "code_challenge", "nonce")
        ),
    ],
)  # fmt: skip
async def test_a_field_that_breaks_a_rule_is_named_as_the_app_has_it(
    node: Deployment, fields: dict[str, Any], rules: dict[str, str]
) -> None:
    refusal = await refused(new_app(node, app(**fields)))
    assert (refusal.reason, refusal.fields.keys()) == ("FIELD_INVALID", rules.keys())
    assert all(refusal.fields[path].startswith(rule) for path, rule in rules.items())


async def test_a_scope_that_the_provider_would_read_as_two_is_refused(node: Deployment) -> None:
    refusal = await refused(new_app(node, given("slack", scopes=["a,b"])))
    assert refusal.fields == {"app.scopes": "must not have ',', by which this provider separates them"}
    made = await new_app(node, given("slack", scopes=["a"]))
    assert (await refused(changed_app(node, made.id, scopes=["a,b"]))).fields == refusal.fields


async def test_the_endpoints_of_an_issuer_are_read_once(node: Deployment, provider: Provider) -> None:
    sent = App(display_name="OpenID", issuer=provider.url, client_id="c", client_secret="s")
    made = await new_app(node, sent)
    assert (made.issuer, made.authorization_url, made.token_url, made.revocation_url) == (
        provider.url, provider.authorization_url, provider.token_url, provider.revocation_url,
    )  # fmt: skip
    assert made.client_authentication == CLIENT_AUTHENTICATION_BASIC
    settings = (await got(node, made.id)).use_settings.app
    assert (settings.sends_iss, settings.jwks_url) == (True, f"{provider.url}/jwks")
    read = len(provider.log(""))
    assert await got_app(node, made.id) == made
    # An issuer that stays is not read again.
    await changed_app(node, made.id, display_name="Other", issuer=provider.url)
    assert len(provider.log("")) == read


async def test_another_issuer_is_read_and_none_is_forgotten(node: Deployment, provider: Provider) -> None:
    made = await new_app(node)
    issuer = f"{provider.url}/tenant"
    changed = await changed_app(node, made.id, issuer=issuer, token_url="https://a.example.com/token")
    assert (changed.issuer, changed.authorization_url) == (issuer, provider.authorization_url)
    assert changed.token_url == "https://a.example.com/token"
    assert changed == await got_app(node, made.id)
    assert (await changed_app(node, made.id, "issuer")).issuer == ""
    settings = (await got(node, made.id)).use_settings.app
    assert (settings.issuer, settings.sends_iss, settings.jwks_url) == ("", False, "")


async def test_an_issuer_adds_to_what_is_known_of_a_provider(node: Deployment, provider: Provider) -> None:
    made = await new_app(node, given("microsoft", issuer=provider.url))
    assert (made.token_url, made.provider) == (provider.token_url, "microsoft")
    assert list((await got(node, made.id)).use_settings.app.offline_scopes) == ["offline_access"]
    # The metadata does not tell that PKCE is refused.
    made = await new_app(node, given("linkedin", issuer=provider.url))
    assert (made.pkce_disabled, made.client_authentication) == (True, CLIENT_AUTHENTICATION_BODY)
    back = await changed_app(node, (await new_app(node, given())).id, issuer=provider.url)
    assert (back.token_url, dict(back.parameters)) == (provider.token_url, GOOGLE.parameters)
    back = await changed_app(node, back.id, issuer=GOOGLE.issuer)
    assert (back.token_url, back.issuer) == (GOOGLE.token_url, GOOGLE.issuer)


@pytest.mark.parametrize(
    ("mode", "rule"),
    [
        ("wrong_issuer", "must be exactly the one"),
        ("override", "redirect_uri must not be set"),
    ],
)
async def test_metadata_that_breaks_a_rule_creates_no_app(
    node: Deployment, provider: Provider, mode: str, rule: str
) -> None:
    provider.set(discovery=mode)
    refusal = await refused(new_app(node, App(display_name=mode, issuer=provider.url, client_id="c")))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "DISCOVERY_FAILED")
    assert refusal.fields.keys() == {"app.issuer"}
    assert rule in refusal.message
    assert mode not in [each.display_name for each in (await listed_apps(node)).apps]


async def test_an_issuer_that_the_guard_refuses_is_not_read(node: Deployment) -> None:
    refusal = await refused(new_app(node, app(issuer="https://169.254.169.254")))
    assert refusal.reason == "DISCOVERY_FAILED"
    assert refusal.fields == {"app.issuer": "must be reachable (address)"}


@pytest.mark.parametrize(
    ("fields", "named_fields"),
    [
        ({"token_url": "https://evil.example.net/token"}, {"app.token_url"}),
        ({"authorization_url": "https://evil.example.net/"}, {"app.authorization_url"}),
        ({"revocation_url": "https://evil.example.net/revoke"}, {"app.revocation_url"}),
        ({"scopes": ["everything"]}, {"app.scopes"}),
        ({"parameters": {"prompt": "none"}}, {"app.parameters"}),
        ({"client_id": "other"}, {"app.client_id"}),
        ({"pkce_disabled": True}, {"app.pkce_disabled"}),
        ({"client_authentication": CLIENT_AUTHENTICATION_BODY}, {"app.client_authentication"}),
    ],
)
async def test_a_caller_that_reads_no_secrets_sends_the_secret_again(
    node: Deployment, writer: Metadata, fields: dict[str, Any], named_fields: set[str]
) -> None:
    made = await new_app(node)
    refusal = await refused(changed_app(node, made.id, by=writer, **fields))
    assert (refusal.reason, set(refusal.fields)) == ("SECRET_REQUIRED", named_fields)
    assert await got_app(node, made.id) == made
    changed = await changed_app(node, made.id, by=writer, client_secret="new", **fields)
    assert changed == await got_app(node, made.id)
    assert changed != made
    assert (await accessed(node, made.id)).data.oauth.client_secret == "new"
    # The name is no use of the secret, and a caller that may read the secret need not send it.
    assert (await changed_app(node, made.id, by=writer, display_name="Other")).display_name == "Other"
    user = await key_of(node, ROLE_WRITER, ROLE_USER)
    assert (await changed_app(node, made.id, by=user, token_url="https://b.example.com/")).token_url.endswith(
        "b.example.com/"
    )


@pytest.mark.parametrize(
    "path", ["provider", "grant_type", "connection_surface", "id", "redirect_uri", "scopes.0", "data"]
)
async def test_a_field_that_cannot_be_changed_is_refused(node: Deployment, path: str) -> None:
    made = await new_app(node)
    refusal = await refused(changed_app(node, made.id, "display_name", path, display_name="x"))
    assert refusal.fields.keys() == {"update_mask.paths[1]"}


async def test_an_update_names_its_fields(node: Deployment) -> None:
    made = await new_app(node)
    assert (await refused(changed_app(node, made.id))).fields == {
        "update_mask": "is required: name the fields to change"
    }


async def test_a_cleared_field_is_cleared(node: Deployment) -> None:
    made = await new_app(node, given(scopes=["a"]))
    names = ("revocation_url", "scopes", "parameters", "client_authentication", "refresh_token_rotates")
    changed = await changed_app(node, made.id, *names)
    assert changed == await got_app(node, made.id)
    assert not {field.name for field, _ in changed.ListFields()} & set(names)
    assert (await refused(changed_app(node, made.id, "token_url"))).fields == {"app.token_url": "is required"}


async def test_an_etag_that_is_not_the_present_one_changes_nothing(node: Deployment) -> None:
    made = await new_app(node)
    changed = await changed_app(node, made.id, display_name="B", etag=made.etag)
    for call in (
        changed_app(node, made.id, display_name="C", etag=made.etag),
        deleted_app(node, made.id, etag=made.etag),
    ):
        assert (await refused(call)).reason == "ETAG_MISMATCH"
    assert (await got_app(node, made.id)).display_name == "B"
    await deleted_app(node, made.id, etag=changed.etag)


async def test_updates_at_the_same_time_are_all_stored(node: Deployment) -> None:
    made = await new_app(node)
    await asyncio.gather(
        changed_app(node, made.id, parameters={"a": "b"}),
        changed_app(node, made.id, revocation_url="https://a.example.com/revoke"),
        changed_app(node, made.id, pkce_disabled=True),
        changed_app(node, made.id, display_name="Other"),
    )
    now = await got_app(node, made.id)
    assert dict(now.parameters) == {"a": "b"}
    assert (now.revocation_url, now.pkce_disabled, now.display_name) == ("https://a.example.com/revoke", True, "Other")


async def test_a_repeated_request_takes_effect_once(node: Deployment) -> None:
    ids = [uuid.uuid4().hex for _ in range(3)]
    first, again = [await new_app(node, request_id=ids[0]) for _ in range(2)]
    assert first == again
    changed = [await changed_app(node, first.id, display_name="B", request_id=ids[1]) for _ in range(2)]
    assert changed[0] == changed[1]
    for _ in range(2):
        await deleted_app(node, first.id, request_id=ids[2])
    assert (await refused(deleted_app(node, first.id))).reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(new_app(node, app(display_name="C"), request_id=ids[0]))).reason == "REQUEST_ID_REUSED"


async def test_only_apps_are_read_changed_and_deleted_as_apps(node: Deployment) -> None:
    for fields in ({"variant": "text"}, {"variant": "oauth", "surface": SURFACE_TINES}):
        other = await created(node, named(**fields))
        for call in (
            got_app(node, other.id),
            changed_app(node, other.id, display_name="x"),
            deleted_app(node, other.id),
        ):
            absent = await refused(call)
            assert (absent.reason, absent.fields) == ("CREDENTIAL_NOT_FOUND", {"id": NO_APP})
        assert (await got(node, other.id)).name == other.name
    for call in (got_app(node, NOWHERE), changed_app(node, NOWHERE, display_name="x"), deleted_app(node, NOWHERE)):
        absent = await refused(call)
        assert (absent.reason, absent.fields) == ("CREDENTIAL_NOT_FOUND", {"id": NO_APP})


async def test_a_credential_of_the_variant_oauth_is_an_app(node: Deployment) -> None:
    credential = await created(node, named(variant="oauth"))
    shown = await got_app(node, credential.id)
    assert (shown.display_name, shown.etag) == (credential.name, credential.etag)
    await updated(node, credential.id, "name", name="Other")
    assert (await got_app(node, credential.id)).display_name == "Other"


async def test_pages_of_apps_have_apps_alone(node: Deployment) -> None:
    _, admin = await other_organisation(node)
    made = [await new_app(node, app(display_name=f"app {index}"), by=admin) for index in range(3)]
    for fields in ({"variant": "text"}, {"variant": "oauth", "surface": SURFACE_TINES}):
        await created(node, named(**fields), admin)
    first = await listed_apps(node, by=admin, page_size=2)
    second = await listed_apps(node, by=admin, page_size=2, page_token=first.next_page_token)
    assert [*first.apps, *second.apps] == made
    assert second.next_page_token == ""
    assert (await refused(listed_apps(node, page_token=first.next_page_token))).reason == "PAGE_TOKEN_INVALID"
    assert (await refused(listed_apps(node, by=admin, page_size=-1))).fields.keys() == {"page_size"}


async def test_a_caller_that_is_limited_to_teams_has_no_apps(node: Deployment) -> None:
    _, admin = await other_organisation(node)
    made = await new_app(node, by=admin)
    limited = await key_of(node, ROLE_WRITER, ROLE_READER, by=admin, team_ids=[1])
    assert (await refused(new_app(node, by=limited))).reason == "TEAM_NOT_ALLOWED"
    for call in (got_app(node, made.id, by=limited), deleted_app(node, made.id, by=limited)):
        assert (await refused(call)).reason == "CREDENTIAL_NOT_FOUND"
    assert not (await listed_apps(node, by=limited)).apps


async def test_a_scope_contains_apps_or_does_not(node: Deployment) -> None:
    _, admin = await other_organisation(node)
    made, other = await new_app(node, by=admin), await new_app(node, by=admin)
    scoped = await key_of(node, ROLE_WRITER, ROLE_READER, by=admin, scope=Scope(credential_ids=[made.id]))
    assert [each.id for each in (await listed_apps(node, by=scoped)).apps] == [made.id]
    assert (await changed_app(node, made.id, by=scoped, display_name="B")).display_name == "B"
    assert (await refused(got_app(node, other.id, by=scoped))).reason == "CREDENTIAL_NOT_FOUND"
    assert (await refused(new_app(node, by=scoped))).reason == "SCOPE_NOT_ALLOWED"
    elsewhere = await key_of(node, ROLE_WRITER, by=admin, scope=Scope(surfaces=[SURFACE_VERSORI]))
    assert (await refused(new_app(node, by=elsewhere))).reason == "SCOPE_NOT_ALLOWED"


async def test_a_reader_reads_apps_and_an_invoker_does_not(node: Deployment) -> None:
    made = await new_app(node)
    reader, invoker = await key_of(node, ROLE_READER), await key_of(node, ROLE_INVOKER)
    assert await got_app(node, made.id, by=reader) == made
    for call in (new_app(node, by=reader), deleted_app(node, made.id, by=reader), got_app(node, made.id, by=invoker)):
        assert (await refused(call)).reason == "ROLE_MISSING"


async def test_an_app_of_client_credentials_needs_no_authorization_url(node: Deployment, provider: Provider) -> None:
    made = await new_app(
        node, app(grant_type="client_credentials", authorization_url="", token_url=provider.token_url, scopes=["read"])
    )
    assert (made.authorization_url, made.redirect_uri) == ("", "")
    token = await minted(node, await got(node, made.id), target_host="a.example.com")
    assert token.token
    assert provider.log()[-1]["fields"]["scope"] == "read"


async def test_an_app_that_has_connections_is_not_deleted(node: Deployment, provider: Provider) -> None:
    made = await new_app(node, app(grant_type="client_credentials", token_url=provider.token_url))
    begun = await begin(node, made.id)
    connection = await completed(node, begun.session.id)
    refusal = await refused(deleted_app(node, made.id))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "APP_IN_USE")
    assert await got_app(node, made.id) == made
    await ConnectionServiceStub(node.grpc).Disconnect(DisconnectRequest(id=connection.id), metadata=node.metadata)
    await deleted_app(node, made.id)
    assert (await refused(got_app(node, made.id))).reason == "CREDENTIAL_NOT_FOUND"


async def test_a_public_client_has_no_secret(node: Deployment) -> None:
    made = await new_app(node, app(client_secret=""))
    stored = (await accessed(node, made.id)).data.oauth
    assert (stored.HasField("client_secret"), stored.client_secret) == (True, "")
    confidential = await new_app(node)
    await changed_app(node, confidential.id, "client_secret")
    assert (await accessed(node, confidential.id)).data.oauth.client_secret == ""


async def test_a_node_with_a_public_url_says_what_to_register_as_the_redirect_uri(node: Deployment) -> None:
    for surface, path in (
        (SURFACE_NATIVE, "/connect/callback"),
        (SURFACE_VERSORI, "/api/switchboard/v1alpha1/connections/oauth2/callback"),
    ):
        made = await new_app(node, app(connection_surface=surface))
        assert made.connection_surface == surface
        assert made.redirect_uri == ""
        shown = app_of(await got(node, made.id, view=CREDENTIAL_VIEW_FULL), "https://vault.example.com")
        assert shown.redirect_uri == f"https://vault.example.com{path}"


async def test_a_node_without_private_keys_has_no_apps(node: Deployment, tmp_path: Path) -> None:
    made = await new_app(node)
    async with writer_node(node, tmp_path) as service:
        stub: Any = ConnectionServiceStub(service.channel())
        for call in (
            stub.CreateApp(CreateAppRequest(app=app()), metadata=node.metadata),
            stub.GetApp(GetAppRequest(id=made.id), metadata=node.metadata),
            stub.ListApps(ListAppsRequest(), metadata=node.metadata),
            stub.DeleteApp(DeleteAppRequest(id=made.id), metadata=node.metadata),
        ):
            assert (await refused(call)).reason == "OPENING_KEY_ABSENT"
