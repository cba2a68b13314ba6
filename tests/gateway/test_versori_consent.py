"""Tests Versori's connections that a person consents to, from connection-init over the callback to OAuth2Refresh credentials."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from connections.consenting import PUBLIC_URL, begin, completed, node, session_of
from gateway.apis import VendorApi, base_64
from gateway.test_versori_tokens import register, sign
from gateway.versori_apps import CALLBACK, new_app, switchboard, ulid_of, uuid_of
from google.protobuf.field_mask_pb2 import FieldMask
from rpc.calls import key_of, refused
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process

from strongroom.v1.connection_service_pb2 import (
    CONNECTION_SESSION_STATE_CONSENTED,
    CONNECTION_SESSION_STATE_FAILED,
)
from strongroom.v1.organisation_service_pb2 import ROLE_WRITER, Organisation, UpdateOrganisationRequest
from strongroom_server.rpc.strangers import UNKNOWN_LINKS, Strangers

if TYPE_CHECKING:
    import httpx
    from conftest import Deployment
    from schemes.provider import Provider

__all__ = ["node", "provider", "provider_process"]

USER = "switchboard"
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


async def app_of(node: Deployment, provider: Provider, **fields: Any) -> str:
    """An app of the provider for Versori's connections."""
    known = {"authorization_url": "", "token_url": "", "issuer": provider.url, "scopes": ["openid", "files.read"]}
    return await new_app(node, **{**known, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **fields})


async def initialised(api: VendorApi, app_id: str, auth_type: str = "oauth2") -> tuple[str, str]:
    """The URL at which a person consents, and the id of the session."""
    answer = await api.request("POST", "/connection-init", json={"appId": app_id, "authType": auth_type})
    assert answer.status_code == 200
    url = answer.json()["action"]["redirect"]["url"]
    assert answer.json() == {"action": {"redirect": {"url": url}}}
    return url, answer.headers["Strongroom-Session-Id"]


async def called_back(node: Deployment, location: str, **headers: str) -> httpx.Response:
    """What a provider's redirect to the callback gets."""
    parts = urlsplit(location)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{PUBLIC_URL}{CALLBACK}"
    return await node.http.get(f"{CALLBACK}?{parts.query}", headers=headers, follow_redirects=False)


async def connected(node: Deployment, provider: Provider, app_id: str) -> dict[str, Any]:
    """A connection that a person has consented to, as Versori shows it."""
    url, session_id = await initialised(switchboard(node), app_id)
    await called_back(node, provider.consent(url))
    connection = await completed(node, session_id, user=USER)
    shown: dict[str, Any] = await switchboard(node).request_json("GET", f"/connections/{ulid_of(connection.id)}")
    return shown


@pytest.mark.parametrize("auth_type", ["oauth2", "oidc"])
async def test_a_person_consents_and_the_key_that_began_completes_the_connection(
    node: Deployment, provider: Provider, auth_type: str
) -> None:
    api, app_id = switchboard(node), await app_of(node, provider)
    url, session_id = await initialised(api, app_id, auth_type)
    query = parse_qs(urlsplit(url).query)
    assert query["redirect_uri"] == [f"{PUBLIC_URL}{CALLBACK}"]
    assert query["code_challenge_method"] == ["S256"]

    answer = await called_back(node, provider.consent(url))

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await session_of(node, session_id)).state == CONNECTION_SESSION_STATE_CONSENTED
    assert provider.log() == []
    [(_, other)] = await key_of(node, ROLE_WRITER)
    refusal = await refused(completed(node, session_id, (("authorization", other),), user=USER))
    assert refusal.reason == "CONNECTION_SESSION_NOT_FOUND"

    connection = ulid_of((await completed(node, session_id, user=USER)).id)

    shown = await api.request_json("GET", f"/connections/{connection}")
    app = await api.request_json("GET", f"/apps/{app_id}")
    config = app["supportedAuthConfigs"][0]
    assert config == {
        "type": "oidc",
        "isValid": True,
        "data": {
            "flowType": "authorization_code",
            "authorizationEndpoint": f"{provider.url}/authorize",
            "tokenEndpoint": f"{provider.url}/token",
            "discoveryUrl": f"{provider.url}/.well-known/openid-configuration",
            "clientId": CLIENT_ID,
            "scopes": {"openid": "", "files.read": ""},
        },
    }
    assert shown == {
        "id": connection,
        "orgId": "default",
        "name": "Store",
        "app": app,
        "authType": "oidc",
        "authConfig": config,
        "credentialId": connection,
        "usedByBoards": [],
    }


async def test_an_oauth2_refresh_credential_is_shown_redacted_and_refuses_changes(
    node: Deployment, provider: Provider
) -> None:
    api = switchboard(node)
    connection = await connected(node, provider, await app_of(node, provider))
    item = f"/credentials/{connection['credentialId']}"

    shown = await api.request_json("GET", item)

    assert shown == {
        "id": connection["id"],
        "organisationID": "default",
        "name": "Store",
        "type": "OAuth2Refresh",
        "data": {
            "clientID": base_64(CLIENT_ID),
            "tokenURL": base_64(f"{provider.url}/token"),
            "authStyle": shown["data"]["authStyle"],
        },
        "isValid": True,
        "errors": [],
    }
    listed = await api.request_json("GET", "/credentials", params={"sort": "id:desc", "first": 1})
    assert listed["items"] == [shown]
    names = ("clientID", "clientSecret", "tokenURL", "refreshToken")
    sent = {"name": "n", "type": "OAuth2Refresh", "data": {name: base_64("x") for name in names}}
    message = "type must not be OAuth2Refresh: only the connections API creates and updates those"
    for method, path in (("POST", "/credentials"), ("PUT", item)):
        answer = await api.request(method, path, json=sent)
        assert (answer.status_code, answer.json()["message"]) == (400, message)
    answer = await api.request("PUT", item, json={"name": "n", "type": "Raw", "data": {"raw": base_64("x")}})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "data must not change: only the connections API changes it",
    )
    assert await api.request_json("GET", item) == shown
    assert await api.request_json("DELETE", item) == {"id": connection["id"]}
    assert (await api.request("GET", f"/connections/{connection['id']}")).status_code == 404


async def test_only_the_name_of_a_consented_connection_changes(node: Deployment, provider: Provider) -> None:
    api = switchboard(node)
    connection = await connected(node, provider, await app_of(node, provider))
    item = f"/connections/{connection['id']}"
    for data in ({"apiKey": "hunter2"}, {"secret": "hunter2"}, {"unknown": 1}):
        answer = await api.request("PUT", item, json={"name": "new", "data": data})
        assert (answer.status_code, answer.json()["message"]) == (
            400,
            "data must be empty: a person has consented to this connection, so begin another consent to replace it",
        )

    renamed = await api.request_json("PUT", item, json={"name": "new", "data": {}})
    again = await api.request_json("PUT", item, json={"name": "newer"})

    assert renamed == {**connection, "name": "new"}
    assert again == {**connection, "name": "newer"}
    provider.reset()
    assert await api.request_json("DELETE", item) == {"id": connection["id"]}
    assert len(provider.log("/revoke")) == 1
    assert (await api.request("GET", f"/credentials/{connection['id']}")).status_code == 404


async def test_a_refusal_and_an_unusable_state_get_the_documented_error(node: Deployment, provider: Provider) -> None:
    api, app_id = switchboard(node), await app_of(node, provider)
    url, session_id = await initialised(api, app_id)
    location = provider.consent(url, "deny")

    denied = await called_back(node, location)

    assert (denied.status_code, denied.json()) == (
        409,
        {
            "code": "409102",
            "message": "the person or the provider has refused: begin another connection",
            "extensions": {"reason": "CONSENT_FAILED"},
        },
    )
    session = await session_of(node, session_id)
    assert (session.state, session.error) == (CONNECTION_SESSION_STATE_FAILED, "access_denied")
    url, _ = await initialised(api, app_id)
    used = provider.consent(url)
    assert (await called_back(node, used)).status_code == 204
    wrong_issuer = provider.consent((await initialised(api, app_id))[0]).replace("iss=", "iss=https%3A%2F%2Fx.example")
    for query in (
        urlsplit(location).query,
        urlsplit(used).query,
        urlsplit(wrong_issuer).query,
        "state=hunter2&code=c",
        "",
    ):
        answer = await node.http.get(f"{CALLBACK}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, "404109"), query
        assert "hunter2" not in answer.text


async def test_a_browser_is_sent_back_and_others_get_no_content(node: Deployment, provider: Provider) -> None:
    return_url, shown = (
        "https://b\u00fccher\u65e5.example/connected?tab=1",
        "https://xn--bcher-kva9491p.example/connected?tab=1",
    )
    await put_settings(node, return_urls=[return_url])
    app_id = await app_of(node, provider)

    async def callback(decision: str, **headers: str) -> tuple[str, httpx.Response]:
        begun = await begin(node, uuid_of(app_id), user=USER, return_url=return_url)
        return begun.session.id, await called_back(node, provider.consent(begun.url, decision), **headers)

    for decision in ("allow", "deny"):
        session_id, answer = await callback(decision, **BROWSER)
        assert (answer.status_code, answer.content) == (303, b"")
        assert answer.headers["Location"] == f"{shown}&session_id={session_id}"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await callback("allow"))[1].status_code == 204
    assert (await callback("deny"))[1].status_code == 409


async def test_the_callback_exchanges_at_once_where_the_organisation_wants_it(
    node: Deployment, provider: Provider
) -> None:
    api, app_id = switchboard(node), await app_of(node, provider)
    await put_settings(node, switchboard_callback_exchanges=True)
    try:
        url, session_id = await initialised(api, app_id)
        answer = await called_back(node, provider.consent(url))
    finally:
        await put_settings(node, switchboard_callback_exchanges=False)

    assert (answer.status_code, answer.content) == (204, b"")
    connection_id = (await session_of(node, session_id)).connection_id
    shown = await api.request_json("GET", f"/connections/{ulid_of(connection_id)}")
    assert shown["authType"] == "oidc"


async def put_settings(node: Deployment, **fields: Any) -> None:
    request = UpdateOrganisationRequest(organisation=Organisation(**fields), update_mask=FieldMask(paths=list(fields)))
    await node.organisations.UpdateOrganisation(request, metadata=node.metadata)


async def test_the_callback_needs_no_key_and_ignores_one(node: Deployment, provider: Provider) -> None:
    url, _ = await initialised(switchboard(node), await app_of(node, provider))
    answer = await called_back(node, provider.consent(url), Authorization="Bearer sr_unknown_key")

    assert answer.status_code == 204
    head = await node.http.head(CALLBACK)
    assert head.status_code == 405


async def test_a_token_without_exp_begins_a_connection_that_its_key_completes(
    node: Deployment, provider: Provider
) -> None:
    key_id = await register(node)
    headers = {"Authorization": f"JWT {sign(key_id)}"}
    app_id = await app_of(node, provider)
    url, session_id = await initialised(VendorApi(node.http, switchboard(node).path, headers), app_id)
    assert (await called_back(node, provider.consent(url))).status_code == 204

    token = sign(key_id, {"iss": f"strongroom:{key_id}", "exp": time.time() + 60})
    connection = await completed(node, session_id, (("authorization", f"JWT {token}"),), user=USER)

    assert connection.app_id == uuid_of(app_id)


async def test_no_query_of_the_callback_causes_an_unexpected_status(node: Deployment) -> None:
    place = urlsplit(node.http_url)
    for query in (b"state=\xff", b"state=%FF%00", b"&&=", b"state=a&state=b", b"state=" + b"x" * 10_000):
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(b"GET " + CALLBACK.encode() + b"?" + query + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        status = await reader.readline()
        writer.close()
        assert status.split()[1] in (b"400", b"404"), query


async def test_a_peer_with_too_many_unknown_states_is_refused_with_429(
    node: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.service.pipeline, "strangers", Strangers())
    answers = [await node.http.get(f"{CALLBACK}?code=a&state=unknown{number}") for number in range(UNKNOWN_LINKS + 1)]

    assert [answer.status_code for answer in answers] == [404] * UNKNOWN_LINKS + [429]
    assert answers[-1].json()["extensions"]["reason"] == "CONSENT_LIMITED"
    assert int(answers[-1].headers["retry-after"]) > 0
