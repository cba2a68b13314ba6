"""Credentials of the variant oauth on Tines' surface: nothing before a consent, then a grant of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from connections.consenting import PUBLIC_URL, begin, completed, node, received, started, stub_of
from rpc.calls import accessed, key_of, refused, updated
from samples import created, named
from schemes.provider import CLIENT_ID, CLIENT_SECRET, provider, provider_process
from use.granting import row_of
from use.minting import later, minted
from waiting import until

from strongroom.v1.connection_service_pb2 import (
    REVOCATION_OUTCOME_NOT_SUPPORTED,
    DisconnectRequest,
    GetConnectionRequest,
)
from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_REAUTH_REQUIRED,
    SURFACE_TINES,
    Credential,
    CredentialData,
    OAuthData,
)
from strongroom.v1.credential_service_pb2 import GetCredentialRequest
from strongroom.v1.organisation_service_pb2 import ROLE_READER, ROLE_WRITER
from strongroom.v1.use_service_pb2 import AuthorizeHttpRequestRequest
from strongroom.v1.use_service_pb2_grpc import UseServiceStub
from strongroom_server.jobs import sweeper
from strongroom_server.store import token_keys

if TYPE_CHECKING:
    import pytest
    from conftest import Deployment
    from schemes.provider import Provider

    from strongroom.v1.connection_service_pb2 import Connection
    from strongroom.v1.use_service_pb2 import MintTokenResponse

__all__ = ["node", "provider", "provider_process"]

SHORT = 5


def oauth(provider: Provider, **fields: Any) -> CredentialData:
    data = {
        "authorization_url": provider.authorization_url,
        "token_url": provider.token_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": "files.read",
        "grant_type": "authorization_code",
        "pkce_code_challenge_method": "S256",
    }
    return CredentialData(oauth=OAuthData(**{**data, **fields}))


async def new(node: Deployment, provider: Provider, **fields: Any) -> Credential:
    """A credential as Tines' API creates it."""
    fields = {"allowed_hosts": ["api.example.com"], "team_id": 1, **fields}
    return await created(node, named(surface=SURFACE_TINES, data=oauth(provider), **fields))


async def connect(node: Deployment, provider: Provider, credential: Credential) -> Connection:
    """Have a person consent for a credential."""
    begun = await begin(node, credential.id)
    start = await started(node, begun)
    callback = provider.consent(start.url)
    assert callback.startswith(f"{PUBLIC_URL}/oauth2/callback?")
    await received(node, callback, start.cookie, SURFACE_TINES)
    return await completed(node, begun.session.id)


async def mint(node: Deployment, credential: Credential, **request: Any) -> MintTokenResponse:
    return await minted(node, credential, target_host="api.example.com", **request)


async def authorized(node: Deployment, credential: Credential) -> Any:
    request = AuthorizeHttpRequestRequest(id=credential.id, method="GET", url="https://api.example.com/")
    return await UseServiceStub(node.grpc).AuthorizeHttpRequest(request, metadata=node.metadata)


async def test_before_a_consent_no_use_gives_anything(node: Deployment, provider: Provider) -> None:
    credential = await new(node, provider)
    for use in (mint, authorized):
        assert (await refused(use(node, credential))).reason == "NOT_CONNECTED"
    error = await refused(mint(node, credential, scopes=["files.read"]))
    assert error.fields.keys() == {"scopes"}
    async with node.sql() as sql:
        assert await sql.fetchval("select count(*) from tokens where credential_id = $1", credential.id) == 0
    assert provider.log() == []


async def test_a_consent_makes_the_credential_itself_the_connection(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=SHORT)
    credential = await new(node, provider)
    connection = await connect(node, provider, credential)
    assert (connection.id, connection.app_id, connection.variant) == (credential.id, credential.id, "oauth")
    first = await mint(node, credential, min_remaining_seconds=1)
    [header] = (await authorized(node, credential)).headers
    assert header.value.startswith("Bearer at-")
    later(node, monkeypatch, 3)
    assert [(await mint(node, credential)).generation for _ in range(2)] == [2, 3]
    assert first.generation == 1
    # The data is as documented: it has neither token.
    shown = await accessed(node, credential.id, target_host="api.example.com")
    assert shown.data == oauth(provider)
    assert not shown.HasField("grant")
    assert shown.version == credential.version


async def test_a_new_client_secret_keeps_the_grant(node: Deployment, provider: Provider) -> None:
    credential = await new(node, provider)
    await connect(node, provider, credential)
    changed = await updated(node, credential.id, "data.oauth.client_secret", data=oauth(provider))
    assert changed.version == credential.version + 1
    token = await mint(node, credential)
    assert (token.generation, token.version, token.refresh_state) == (2, changed.version, REFRESH_STATE_ACTIVE)
    assert [each["grant"] for each in provider.log()] == ["authorization_code", "refresh_token"]


async def test_a_new_client_secret_keeps_a_token_that_cannot_be_refreshed(node: Deployment, provider: Provider) -> None:
    provider.set(refresh_token="absent", expires_in="missing")
    credential = await new(node, provider)
    await connect(node, provider, credential)
    before = await mint(node, credential)
    await updated(node, credential.id, "data.oauth.client_secret", data=oauth(provider))
    assert (await mint(node, credential)).token == before.token


async def test_another_token_endpoint_gets_no_refresh_token(node: Deployment, provider: Provider) -> None:
    credential = await new(node, provider)
    await connect(node, provider, credential)
    other = provider.token_url.replace("127.0.0.1", "localhost")
    await updated(node, credential.id, "data", data=oauth(provider, token_url=other))
    error = await refused(mint(node, credential))
    assert error.reason == "REAUTH_REQUIRED"
    assert "token_url_changed" in error.message
    assert [each["grant"] for each in provider.log()] == ["authorization_code"]
    await updated(node, credential.id, "data", data=oauth(provider))
    assert (await mint(node, credential)).refresh_state == REFRESH_STATE_ACTIVE


async def test_sending_the_client_secret_again_does_not_give_a_writer_the_grant(
    node: Deployment, provider: Provider
) -> None:
    credential = await new(node, provider)
    writer = await key_of(node, ROLE_WRITER, ROLE_READER)
    change: dict[str, Any] = {"allowed_hosts": ["evil.example.com"], "data": oauth(provider)}
    paths = ("data", "allowed_hosts")
    await updated(node, credential.id, *paths, by=writer, **change)
    await connect(node, provider, credential)
    change = {"allowed_hosts": ["more-evil.example.com"], "data": oauth(provider)}
    assert (await refused(updated(node, credential.id, *paths, by=writer, **change))).reason == "SECRET_REQUIRED"
    await updated(node, credential.id, "data", by=writer, data=oauth(provider))


async def test_disconnecting_leaves_the_credential_without_a_grant(node: Deployment, provider: Provider) -> None:
    credential = await new(node, provider)
    connection = await connect(node, provider, credential)
    request = DisconnectRequest(id=credential.id)
    response = await stub_of(node).Disconnect(request, metadata=node.metadata)
    assert response.revocation == REVOCATION_OUTCOME_NOT_SUPPORTED
    assert (await refused(mint(node, credential))).reason == "NOT_CONNECTED"
    get = stub_of(node).GetConnection(GetConnectionRequest(id=credential.id), metadata=node.metadata)
    assert (await refused(get)).reason == "CONNECTION_NOT_FOUND"
    present = await node.credentials.GetCredential(GetCredentialRequest(id=credential.id), metadata=node.metadata)
    assert present.version == credential.version
    again = await connect(node, provider, credential)
    assert (await mint(node, credential)).generation == again.generation > connection.generation


async def test_a_response_that_comes_after_the_disconnection_is_not_stored(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=SHORT)
    credential = await new(node, provider)
    await connect(node, provider, credential)
    later(node, monkeypatch, SHORT + 1)
    provider.set(latency=1)
    refresh = asyncio.create_task(mint(node, credential))
    await until(lambda: len(provider.log()) == 2)
    await stub_of(node).Disconnect(DisconnectRequest(id=credential.id), metadata=node.metadata)
    assert (await refused(refresh)).reason == "NOT_CONNECTED"
    assert (await row_of(node, credential))["box"] is None


async def test_the_sweeper_keeps_the_pair_of_a_grant_that_is_not_used(node: Deployment, provider: Provider) -> None:
    credential = await new(node, provider)
    await connect(node, provider, credential)
    async with node.sql() as sql:
        await sql.execute(
            "update tokens set create_time = now() - interval '9 days', expire_time = now() - interval '8 days'"
        )
    page = await token_keys.page(node.service.database, token_keys.FIRST)
    assert [each.is_grant for each in page if str(each.row.id) == credential.id] == [True]
    await sweeper.sweep(node.service.database, node.service.recorder)
    assert (await row_of(node, credential))["box"] is not None


async def test_a_lost_grant_of_a_credential_says_so_until_the_next_consent(
    node: Deployment, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(expires_in=SHORT)
    credential = await new(node, provider)
    await connect(node, provider, credential)
    later(node, monkeypatch, SHORT + 1)
    provider.set(answer="error:invalid_grant")
    await refused(mint(node, credential))
    async with node.sql() as sql:
        await sql.execute(
            "update tokens set retry_time = now() - interval '1 s' where credential_id = $1", credential.id
        )
    assert (await refused(mint(node, credential))).reason == "REAUTH_REQUIRED"
    get = GetConnectionRequest(id=credential.id)
    shown = await stub_of(node).GetConnection(get, metadata=node.metadata)
    assert (shown.refresh_state, shown.refresh_reason) == (REFRESH_STATE_REAUTH_REQUIRED, "invalid_grant")
    provider.set(answer="token", expires_in=3600)
    await connect(node, provider, credential)
    assert (await mint(node, credential)).refresh_state == REFRESH_STATE_ACTIVE
